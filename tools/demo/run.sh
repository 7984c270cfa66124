#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run the demo: load xnheap.ko and demo.ko, which lie beside this script, show
# what the demo says while it runs, then what debugfs said half way through and
# the verdict, and unload both.  Exits with 0 if all went well.
#
# Where demo_shared.ko and demo-peer lie there, too, the demo's other half runs at the
# same time: messages to a process, which waits for them by read() for half of the time,
# and by poll() from then on.
#
# Usage: run.sh [SECONDS [RECORD [demo.ko's parameter...]]]
#   RECORD  a file to keep what debugfs says in each of the first 24 seconds, as
#           xnheap-top does

set -eu
cd "$(dirname "$0")"
seconds=${1-10}
record=${2-/dev/null}
[ $# -lt 2 ] || shift
[ $# = 0 ] || shift
debugfs=/sys/kernel/debug/xnheap
stats=$debugfs/demo/stats
tmp=$(mktemp -d)
follower='' peer='' polls='' trips='' shared_failed=''

die()
{
	echo "error: $*" >&2
	exit 1
}

cleanup()
{
	[ -z "$follower" ] || kill "$follower" 2>/dev/null || :
	rm -rf "$tmp"
	[ -z "$peer" ] || kill "$peer" 2>/dev/null || :
	rmmod demo 2>/dev/null || :
	rmmod demo_shared 2>/dev/null || :
	rmmod xnheap 2>/dev/null || :
}
trap cleanup EXIT

# Usage: look - print what debugfs says, as xnheap-top records it
look()
{
	# Seconds since 1970 like the clock's, but with hundredths
	read -r uptime _ </proc/uptime
	[ -n "${boot-}" ] || boot=$(($(date +%s) - ${uptime%.*}))
	echo "= $((boot + ${uptime%.*})).${uptime#*.}"
	for file in "$debugfs/heaps" "$debugfs"/demo/*; do
		[ -e "$file" ] || continue
		echo "> ${file#"$debugfs/"}"
		sed 's/^/\t/' "$file"
	done
}

# Usage: begin_shared [-p] - have a process served; by poll()
begin_shared()
{
	insmod demo_shared.ko seconds=$(((seconds + 1) / 2))
	./demo-peer "$@" >"$tmp/peer" 2>&1 &
	peer=$!
	shared_verdict=''
}

# The process sees its heap end, and what becomes of all this is kept to be told
end_shared()
{
	rmmod demo_shared
	wait "$peer" && code=0 || code=$?
	peer=''
	[ "$code${shared_verdict%%:*}" = 0passed ] || shared_failed=y
	trips="$trips
by ${polls:-read}(): $trip.
$shared_verdict
The process: $(cat "$tmp/peer")"
}

case $seconds in
'' | *[!0-9]*) die "SECONDS=$seconds: must be a number" ;;
esac
limit=$((seconds + 30))

# Follow the kernel's log; what it held before comes first
mkfifo "$tmp/log"
mark="xnheap-demo: follow $$"
echo "$mark" >/dev/kmsg
timeout "$limit" cat /dev/kmsg >"$tmp/log" &
follower=$!
exec 3<"$tmp/log"

grep -q ' /sys/kernel/debug ' /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug
insmod xnheap.ko
echo "# xnheap record 1" >"$record"
insmod demo.ko seconds="$seconds" "$@" || die "$(dmesg | sed -n 's/.*xnheap-demo: //p' | tail -n 1)"
# What there is not need not come to a verdict
shared_verdict=none
if [ -e demo_shared.ko ] && [ -x demo-peer ]; then
	begin_shared
fi
echo "A hard interrupt sends messages to a thread${peer:+, and others to a process}, for $seconds s:"

fresh='' lines=0 memory='' calls='' verdict='' trip=''
while [ -z "$verdict" ] || [ -z "$shared_verdict" ]; do
	IFS= read -r line <&3 || break
	case $line in
	*";$mark")
		fresh=y
		;;
	*";xnheap-demo: verdict: "*)
		[ -z "$fresh" ] || verdict=${line#*verdict: }
		;;
	*";xnheap-demo: memory: "*)
		memory=${line#*memory: }
		;;
	*";xnheap-demo: calls: "*)
		calls=${line#*calls: }
		;;
	*";xnheap-demo-shared: verdict: "*)
		[ -n "$fresh" ] || continue
		shared_verdict=${line#*verdict: }
		end_shared
		[ -z "$polls" ] || continue
		polls=poll
		begin_shared -p
		;;
	*";xnheap-demo-shared: round trip: "*)
		trip=${line#*round trip: }
		;;
	*";xnheap-demo-shared: "*)
		[ -z "$fresh" ] || echo "${line#*xnheap-demo-shared: }"
		;;
	*";xnheap-demo: "*)
		[ -n "$fresh" ] || continue
		echo "${line#*xnheap-demo: }"
		lines=$((lines + 1))
		[ "$lines" != $(((seconds + 1) / 2)) ] || cat "$stats" >"$tmp/stats"
		[ "$lines" -gt 24 ] || look >>"$record"
		;;
	esac
done
if [ -z "$verdict" ] || [ -z "$shared_verdict" ]; then
	die "no verdict within $limit s"
fi

echo
echo "$stats, after $(((seconds + 1) / 2)) s:"
cat "$tmp/stats"
echo
echo "In the bursts, $memory."
echo "Of all calls, $calls."
echo "$verdict"
rmmod demo

if [ -n "$trips" ]; then
	echo
	echo "Round trips, from the interrupt to the answer of a process, which waits"
	echo "${trips#?}"
fi
rmmod xnheap
[ "${verdict%%:*}$shared_failed" = passed ]
