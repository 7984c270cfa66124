#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: load xnheap.ko and every other module here, which are KUnit
# suites, and print their KTAP.
#
# Usage: kunit.sh [-e]
#   -e  end with the first suite that fails

results=/sys/kernel/debug/kunit

# Where the kernel can make allocations fail: any of them, without a word
for kind in failslab fail_page_alloc; do
	[ -d "/sys/kernel/debug/$kind" ] || continue
	cd "/sys/kernel/debug/$kind" || exit
	echo 0 >verbose
	for ignored in ignore-gfp-*; do
		echo N >"$ignored"
	done
	[ ! -e min-order ] || echo 0 >min-order
	cd "$OLDPWD" || exit
done

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
		[ "${1-}" != -e ] || ! grep -q '^ *not ok' "$suite/results" || exit 0
	done
done
