#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: load xnheap.ko and every other module here, which are KUnit
# suites, one in each, and print their KTAP as subtests.  Exits with 1 if one
# fails.
#
# Usage: kunit.sh [-e]
#   -e  end with the first suite that fails

results=/sys/kernel/debug/kunit

insmod xnheap.ko || exit
echo >/tmp/seen
code=0 nr=0
echo "KTAP version 1"
echo "1..$(($(find . -name '*.ko' | wc -l) - 1))"
for module in *.ko; do
	[ "$module" != xnheap.ko ] || continue
	nr=$((nr + 1))
	echo "# module $module"
	insmod "$module"
	suite=$(find "$results" -name results | grep -vxFf /tmp/seen)
	echo "$suite" >>/tmp/seen
	# As a test by itself it is the first of one
	sed "/^KTAP /d; /^1\.\./d; s/^\(not \)*ok 1 /\1ok $nr /" "$suite" ||
		echo "not ok $nr $module"
	grep -q '^ok' "$suite" && continue
	code=1
	[ "${1-}" != -e ] || exit 0
done
exit $code
