#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Test xnheap.ko from outside, as a user of its kernel sees it.  Prints KTAP;
# exits with 0 if no test failed.
#
# Runs as root in a folder that holds xnheap.ko, xnheap_selftest.ko and, if it
# is to be tested too, demo.ko.  The last tests leave xnheap.ko loaded for good:
# run this where the machine is thrown away afterwards.
#
# Usage: run.sh

# Each test: its function, or operation of the test module, and what it proves
tests='
loads                   the module loads and makes a folder in debugfs
test_null_heap          every call refuses a NULL heap
test_unused_heap        every call refuses a heap that was never initialised
test_destroyed_heap     every call refuses a heap that was destroyed
test_bad_init           xnheap_init() refuses bad arguments
test_bad_create         xnheap_create() refuses bad arguments
test_bad_extend         xnheap_extend() refuses bad arguments and areas it has
test_bad_free           nothing can be freed but an allocated block
test_bad_delete         xnheap_delete() leaves alone what was not created
test_raw_lock           heaps work under a raw spinlock
test_hard_irq           heaps work in a hard interrupt
test_nmi                heaps work in NMI
busy                    in NMI calls give up where the lock is taken, and count it
small                   debugfs shows every number of a heap of small pages
grown                   debugfs shows every number of a heap that grew
twins                   two heaps of one label have a folder each
slash                   a label may hold a slash
secret                  only root may read what debugfs shows
vanish                  the folder of a heap vanishes with it
reader                  a file held open while its heap ends gives an error
abandoned               the log tells how many blocks a destroyed heap still had
blind                   heaps work where debugfs is not mounted
demo                    the demo passes
demo_refuses            the demo refuses bad parameters
reload                  the module loads and unloads 100 times
needed                  the module stays while another one uses it
leak                    the module stays while a heap that it made is left behind
no_trouble              the log of the kernel holds no trouble
'

set -u
cd "$(dirname "$0")" || exit
debugfs=/sys/kernel/debug
view=$debugfs/xnheap
param=/sys/module/xnheap_selftest/parameters/op
skip=4				# the exit status of kselftest for it
mark="xnheap selftest $$"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

die()
{
	echo "$*" >&2
	exit 1
}

skip()
{
	echo "$*" >&2
	exit $skip
}

# Run an operation of the test module and print what it leaves to be read
op()
{
	echo "$1" >"$param" || die "cannot run $1"
	cat "$param"
}

# Run an operation that prints nothing if all is as it should be
check()
{
	result=$(op "$1") || exit
	case $result in
	'') ;;
	SKIP*) skip "${result#SKIP }" ;;
	*) die "$result" ;;
	esac
}

mount_debugfs()
{
	grep -q " $debugfs " /proc/mounts || mount -t debugfs debugfs "$debugfs"
}

need_view()
{
	mount_debugfs || skip "debugfs cannot be mounted"
}

# Print a heap's view, a space between words, no empty lines
view()
{
	awk 'NF { $1 = $1; print }' "$view/$1/stats"
}

# What the kernel logged since this script began
log()
{
	dmesg | sed "1,/$mark/d"
}

is_loaded() { [ -d "/sys/module/$1" ]; }

load()
{
	is_loaded xnheap || insmod xnheap.ko || die "cannot load xnheap.ko"
	is_loaded xnheap_selftest || insmod xnheap_selftest.ko ||
		die "cannot load xnheap_selftest.ko"
}

unload()
{
	for module in demo xnheap_selftest xnheap; do
		! is_loaded $module || rmmod $module || die "cannot unload $module.ko"
	done
}

loads()
{
	insmod xnheap.ko || die "cannot load xnheap.ko"
	need_view
	[ -d "$view" ] || die "no $view"
}

# Compare a heap's whole view with what the operation of its name says
compare()
{
	need_view
	op "make_$1" >"$tmp/expected"
	view "$1" >"$tmp/actual" || die "no view"
	diff "$tmp/expected" "$tmp/actual" || die "< expected  > shown"
}

small() { compare small; }
grown() { compare grown; }

busy()
{
	op make_busy >"$tmp/expected"
	! grep SKIP "$tmp/expected" || skip "$(sed 's/SKIP //' "$tmp/expected")"
	need_view
	view busy | grep _busy >"$tmp/actual"
	diff "$tmp/expected" "$tmp/actual" || die "< expected  > shown"
}

twins()
{
	need_view
	check make_twins
	for name in twin 'twin#2'; do
		view "$name" | grep -qx 'label twin' || die "nothing in $name"
	done
}

slash()
{
	need_view
	check make_slash
	view drive_0 | grep -qx 'label drive/0' || die "nothing in drive_0"
}

secret()
{
	need_view
	check make_twins
	for file in "$view"/*/*; do
		mode=$(stat -c %a "$file")
		[ "$mode" = 400 ] || [ "$mode" = 600 ] ||
			die "$file has mode $mode"
	done
}

vanish()
{
	need_view
	check make_slash
	[ -d "$view/drive_0" ] || die "no drive_0"
	check drop_heaps
	[ -z "$(ls -A "$view")" ] || die "left: $(ls -A "$view")"
}

reader()
{
	need_view
	check make_slash
	exec 3<"$view/drive_0/stats"
	check drop_heaps
	! cat <&3 || die "read the file of a heap that is gone"
}

abandoned()
{
	expected=$(op make_abandoned)
	log | grep -F "$expected" || die "not in the log: $expected"
}

blind()
{
	unload
	! grep -q " $debugfs " /proc/mounts || umount "$debugfs" ||
		skip "cannot unmount debugfs"
	load
	check test_bad_free
	op make_small >/dev/null
	unload
}

demo()
{
	[ -e demo.ko ] || skip "no demo.ko"
	insmod demo.ko seconds=2 || die "cannot load demo.ko"
	tries=20
	until verdict=$(log | grep 'xnheap-demo: verdict'); do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || die "no verdict"
		sleep 1
	done
	rmmod demo || die "cannot unload demo.ko"
	case $verdict in
	*"verdict: passed"*) ;;
	*) die "$verdict" ;;
	esac
}

demo_refuses()
{
	[ -e demo.ko ] || skip "no demo.ko"
	for bad in seconds=0 seconds=3601 rate_hz=0 rate_hz=10001; do
		! insmod demo.ko $bad || die "$bad is taken"
		log | grep -q "xnheap-demo: $bad: must be" || die "$bad: no word of it"
	done
}

reload()
{
	unload
	mount_debugfs
	i=0
	while [ $i -lt 100 ]; do
		insmod xnheap.ko || die "cannot load it after $i times"
		rmmod xnheap || die "cannot unload it after $i times"
		i=$((i + 1))
	done
	[ ! -d "$view" ] || die "left: $view"
}

needed()
{
	! rmmod xnheap || die "unloaded"
	check test_bad_free
	unload
}

leak()
{
	check make_leak
	rmmod xnheap_selftest || die "cannot unload xnheap_selftest.ko"
	! rmmod xnheap || die "unloaded, although there is a heap"
	need_view
	view leaked | grep -qx 'label leaked' || die "nothing in leaked"
}

trouble='WARNING: |BUG: |Oops|Call Trace:|KASAN|UBSAN|KCSAN|general protection'
trouble="$trouble|possible circular|possible recursive|inconsistent lock state"
trouble="$trouble|Invalid wait context|suspicious RCU|rcu.*stall|blocked for more"
trouble="$trouble|scheduling while atomic|sleeping function|corruption"

no_trouble()
{
	dmesg | grep -qF "$mark" || die "the log lost its beginning"
	! log | grep -E "$trouble" || die "the whole log tells more"
}

run()
{
	[ "$1" = loads ] || load
	case $1 in
	test_*) check "$1" ;;
	*) "$1" ;;
	esac
}

echo "$mark" >/dev/kmsg
echo "KTAP version 1"
echo "1..$(echo "$tests" | grep -c .)"
number=0 failed=0
while read -r test sentence; do
	[ -n "$test" ] || continue
	! is_loaded xnheap_selftest || op drop_heaps >/dev/null
	number=$((number + 1))
	output=$(run "$test" 2>&1 </dev/null)
	case $? in
	0)
		echo "ok $number $sentence"
		;;
	"$skip")
		echo "ok $number $sentence # SKIP $(echo "$output" | tail -n 1)"
		;;
	*)
		failed=$((failed + 1))
		echo "$output" | sed 's/^/# /'
		echo "not ok $number $sentence"
		;;
	esac
done <<EOF
$tests
EOF
[ $failed = 0 ]
