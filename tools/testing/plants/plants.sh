#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: plant faults by xnheap_plants.ko and see that each is reported,
# in words that klog.awk, too, takes for trouble.  Prints KTAP.  The kernel's
# ktap_helpers.sh lies beside this script.
#
# Usage: plants.sh PLANT...

set -u
cd "$(dirname "$0")" || exit
# shellcheck source=/dev/null # it is not here
. ./ktap_helpers.sh
leaks=/sys/kernel/debug/kmemleak

# What is reported of a plant
words()
{
	case $1 in
	kmalloc_under_raw_lock) echo 'Invalid wait context' ;;
	sleep_in_atomic) echo 'sleeping function called from invalid context' ;;
	overrun_kmalloc) echo 'KASAN: slab-out-of-bounds in overrun_kmalloc' ;;
	overrun_vmalloc) echo 'KASAN: vmalloc-out-of-bounds in overrun_vmalloc' ;;
	use_after_free) echo 'KASAN: slab-use-after-free in use_after_free' ;;
	shift_too_far) echo 'UBSAN: shift-out-of-bounds' ;;
	index_too_far) echo 'UBSAN: array-index-out-of-bounds' ;;
	delete_twice) echo 'list_del corruption' ;;
	forget_block) echo 'unreferenced object .*size 4096' ;;
	race_for_a_word) echo 'KCSAN: data-race in race' ;;
	esac
}

# A leak is reported once two scans found it, the later one after 5 s
scan()
{
	sleep 6
	echo scan >"$leaks"
	echo scan >"$leaks"
	cat "$leaks" >/dev/kmsg
}

# Usage: report PLANT - plant it, and print what the kernel logs of it
report()
{
	mark="xnheap-plants: $1"
	echo "$mark" >/dev/kmsg
	echo "$1" >/sys/module/xnheap_plants/parameters/plant || return
	[ "$1" != forget_block ] || scan
	dmesg | sed "1,/$mark/d"
}

# Usage: is_reported PLANT
is_reported()
{
	text=$(report "$1") || return
	echo "$text" | sed 's/^/# /'
	echo "$text" | grep -q "$(words "$1")" &&
		! echo "$text" | awk -f klog.awk >/dev/null
}

is_silent()
{
	text=$(report nothing) || return
	echo "$text" | awk -f klog.awk
}

ktap_print_header
ktap_set_plan $(($# + 1))
insmod xnheap_plants.ko
ktap_test_result "nothing is reported of what is right" is_silent
for plant; do
	ktap_test_result "$plant is reported" is_reported "$plant"
done
ktap_finished
