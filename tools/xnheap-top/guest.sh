#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Test xnheap-top on the heap of the demo; it, the modules, test_that.sh and the
# kernel's ktap_helpers.sh lie beside this script.  Prints KTAP.
#
# Usage: guest.sh, in a guest that has mounted debugfs and no module loaded

set -u
cd "$(dirname "$0")" || exit
# shellcheck source=../testing/test_that.sh
. ./test_that.sh
debugfs=/sys/kernel/debug

# Usage: says MESSAGE - xnheap-top fails with it
says()
{
	! ./xnheap-top --once >/tmp/out 2>&1 || return
	cat /tmp/out
	grep -q "$1" /tmp/out
}

list_is_empty() { ./xnheap-top --once | grep 'there are no heaps'; }

# The same as the heap itself says, so nothing is at work meanwhile
figures_are_those_of_stats()
{
	stats=$debugfs/xnheap/demo/stats
	./xnheap-top --json >/tmp/json || return
	# The columns are one line, the files the next
	grep '"name": "demo"' /tmp/json >/tmp/columns
	for pair in given:bytes_given usable:bytes_usable peak:bytes_peak_used \
		allocs:allocs frees:frees extents:extents page_size:page_size; do
		value=$(sed -n "s/^${pair#*:} *//p" "$stats")
		echo "$pair $value"
		grep -q "\"${pair%:*}\": $value," /tmp/columns || return
	done
}

every_file_is_understood()
{
	for file in "$debugfs"/xnheap/demo/*; do
		# Those that are written to only show nothing
		[ "$(stat -c %a "$file")" != 200 ] || continue
		echo "$file"
		grep -q "\"${file##*/}\": [^n]" /tmp/json || return
	done
}

record_has_what_happened()
{
	grep -c '^= ' /tmp/record
	[ "$(grep -c '^= ' /tmp/record)" -gt 3 ] || return
	./xnheap-top --once --replay /tmp/record || return
	./xnheap-top --json --replay /tmp/record | grep -q '"map": \[{"nr": 0'
}

# The demo holds messages while it runs, and says so by its function's name
record_has_who_held_what()
{
	grep -A 8 '^> demo/leaks' /tmp/record
	grep -q '^	[0-9]* [0-9]* .*+0x.*\[demo\]' /tmp/record
}

ktap_print_header
ktap_set_plan 7
umount $debugfs
test_that not_mounted says "debugfs is not mounted on $debugfs"
mount -t debugfs debugfs $debugfs
test_that not_loaded says "the xnheap module is not loaded"
insmod xnheap.ko debug=1
test_that no_heaps list_is_empty

dmesg -c >/dev/null
insmod demo.ko seconds=3
./xnheap-top --record /tmp/record --delay 0.5 >/dev/null &
pid=$!
i=0
until dmesg | grep -q 'xnheap-demo: verdict' || [ $i = 60 ]; do
	sleep 1
	i=$((i + 1))
done
kill $pid
test_that figures figures_are_those_of_stats
test_that files every_file_is_understood
test_that record record_has_what_happened
test_that leaks record_has_who_held_what
rmmod demo
rmmod xnheap
