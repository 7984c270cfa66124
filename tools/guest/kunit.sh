#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: load xnheap.ko and every other module here, which are KUnit
# suites, and print their KTAP.  Where the kernel looks for memory leaks, add a
# test that it found none.

results=/sys/kernel/debug/kunit
leaks=/sys/kernel/debug/kmemleak

insmod xnheap.ko || exit
touch /tmp/seen
for module in *.ko; do
	[ "$module" != xnheap.ko ] || continue
	echo "# module $module"
	insmod "$module"
	for suite in "$results"/*; do
		grep -qxF "$suite" /tmp/seen && continue
		cat "$suite/results"
		echo "$suite" >>/tmp/seen
	done
done

# A block counts as leaked when two scans, one of them made when it was at
# least five seconds old, find nothing that points to it.
if [ -w "$leaks" ]; then
	echo "# module kmemleak"
	echo "KTAP version 1"
	echo "1..1"
	sleep 6
	echo scan >"$leaks"
	echo scan >"$leaks"
	# Of the modules: they are what stands in brackets
	if grep -q ' \[[a-z0-9_]*\]' "$leaks"; then
		sed 's/^/# /' "$leaks"
		echo "not ok 1 kmemleak"
	else
		echo "ok 1 kmemleak"
	fi
fi
