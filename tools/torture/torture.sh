#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: load xnheap.ko and xnheap_torture.ko, which lie beside this
# script, read all that debugfs shows meanwhile, and wait for the verdict.
# Prints KTAP, and as diagnostics what the module says.
#
# Usage: torture.sh [SECONDS [parameter=value...]]

set -u
cd "$(dirname "$0")" || exit
seconds=${1-60}
[ $# = 0 ] || shift
view=/sys/kernel/debug/xnheap
reads=$(mktemp)
number=0 failed=0

# Usage: result STATUS SENTENCE
result()
{
	number=$((number + 1))
	[ "$1" = 0 ] || failed=$((failed + 1))
	[ "$1" = 0 ] && echo "ok $number $2" || echo "not ok $number $2"
}

# What the module said since the last time
said()
{
	dmesg | sed -n 's/^.*xnheap-torture: //p' >"$reads.log"
	sed "1,${lines}d; s/^/# /" "$reads.log"
	lines=$(wc -l <"$reads.log")
}

verdict() { tail -n 1 "$reads.log" | grep "^verdict: $1"; }

# Heaps end while their files are read: an error is no fault
read_views()
{
	until [ -e "$reads.enough" ]; do
		find "$view" -type f -exec cat {} + >"$reads.text" 2>/dev/null
		[ ! -s "$reads.text" ] || echo >>"$reads"
	done
}

echo "KTAP version 1"
echo "1..5"
lines=0
said >/dev/null
insmod xnheap.ko &&
	insmod xnheap_torture.ko seconds="$seconds" "$@"
result $? "the torture begins"

read_views &
! rmmod xnheap 2>/dev/null
result $? "xnheap.ko stays while it is tortured"

# The rest of the time is for a slow machine
left=$((4 * seconds + 120))
said
until verdict '' >/dev/null || [ $left -le 0 ]; do
	sleep 1
	left=$((left - 1))
	said
done
verdict passed >/dev/null
result $? "no call goes wrong in $seconds s"
times=$(wc -l <"$reads")
[ "$times" -gt 2 ]
result $? "all that debugfs shows is read meanwhile, $times times"

# Its end waits for those who call
rmmod xnheap_torture 2>/dev/null
insmod xnheap_torture.ko seconds=0 "$@" && sleep 2 && rmmod xnheap_torture &&
	said && verdict passed >/dev/null
ended=$?
touch "$reads.enough"
wait
rmmod xnheap && [ $ended = 0 ]
result $? "the modules unload in the midst of it"
[ $failed = 0 ]
