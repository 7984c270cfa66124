#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: print the machine code of xnheap.ko, and of the kernel's functions
# that are named in the file `functions`, as it lies in memory: once with nobody
# observing heaps, once with somebody.  Of those in `names`, where they are.

page=4096
reach=1024		# bytes of a function that are read, at least

# Set `offset` to where /proc/kcore has an address.
place()
{
	# shellcheck disable=SC2034 # fields that nobody wants
	while read -r type where start physical size rest; do
		if [ -z "$rest" ] || [ "${type#????????}" != 00000001 ] ||
			[ $((0x$start > $1 || $1 - 0x$start >= 0x$size)) = 1 ]; then
			continue
		fi
		offset=$((0x$where + ($1 - 0x$start)))
		return
	done </tmp/headers
	echo "guest.sh: /proc/kcore does not have the address $1"
	exit 1
}

# Usage: memory ADDRESS BYTES
memory()
{
	first=$(($1 & -page))
	count=$((($1 + $2 - first + page - 1) / page))
	place "$first"
	printf 'memory\t%x\n' "$first"
	dd if=/proc/kcore bs=$page skip=$((offset / page)) count="$count" 2>/dev/null | base64
}

# Usage: state NAME
state()
{
	printf 'state\t%s\n' "$1"
	for section in /sys/module/xnheap/sections/.*text*; do
		name=${section##*/}
		bytes=$(sed -n "s/^$name //p" sections)
		[ -n "$bytes" ] || continue	# gone after it was loaded
		address=$(cat "$section")
		printf 'section\t%s\t%s\n' "$name" "${address#0x}"
		memory "$address" "0x$bytes"
	done
	while read -r address type name; do
		printf 'function\t%s\t%s\n' "$name" "$address"
		! grep -qFx "$name" functions || memory "0x$address" $reach
	done </tmp/names
}

insmod xnheap.ko || exit
awk 'NR == FNR { name[$1]; next } $3 in name && !$4' names /proc/kallsyms >/tmp/names
# The program headers, 56 bytes each, after the header of 64
od -A n -v -t x8 -w56 -j 64 -N $((16 * 56)) /proc/kcore >/tmp/headers

state off
echo 1 >/sys/kernel/debug/tracing/events/xnheap/enable || exit
state on
echo end
