#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: load xnheap.ko and every other module here, which are KUnit
# suites, and print their KTAP.  Exits with 1 if one cannot be loaded.
#
# Usage: kunit.sh [-e]
#   -e  end with the first suite that fails

results=/sys/kernel/debug/kunit

# Where the kernel can make allocations fail: any of them, without a word, and
# all of a task that says so
for kind in failslab fail_page_alloc; do
	[ -d "/sys/kernel/debug/$kind" ] || continue
	cd "/sys/kernel/debug/$kind" || exit
	echo 0 >verbose
	for ignored in ignore-gfp-*; do
		echo N >"$ignored"
	done
	[ ! -e min-order ] || echo 0 >min-order
	echo Y >task-filter
	echo "-1" >"times"
	echo 100 >probability
	cd "$OLDPWD" || exit
done

insmod xnheap.ko || exit
touch /tmp/seen
code=0
for module in *.ko; do
	[ "$module" != xnheap.ko ] || continue
	echo "# module $module"
	insmod "$module" || code=1
	for suite in "$results"/*; do
		grep -qxF "$suite" /tmp/seen && continue
		cat "$suite/results"
		echo "$suite" >>/tmp/seen
		[ "${1-}" != -e ] || ! grep -q '^ *not ok' "$suite/results" || exit 0
	done
done
exit $code
