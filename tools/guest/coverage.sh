#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: run the suites in suites/ and the selftests in selftest/, then
# print what was counted, as a packed archive.

counted=/sys/kernel/debug/gcov

# Usage: tests FOLDER SCRIPT - print what it says if a test fails
tests()
{
	cd "/xnheap/$1" || exit
	if ! sh "$2" >/tmp/ktap 2>&1 || grep -q '^ *not ok' /tmp/ktap; then
		cat /tmp/ktap
		return 1
	fi
}

tests suites kunit.sh || exit
for module in *_test.ko; do
	rmmod "$module"
done
rmmod xnheap
tests selftest shared.sh || exit
tests selftest run.sh || exit

# These files tell no size, so that each must be read out
find "$counted" -name '*.gcda' | while read -r file; do
	mkdir -p "/tmp/counted$(dirname "$file")"
	cat "$file" >"/tmp/counted$file"
done
echo "counted:"
tar -C "/tmp/counted$counted" -cz . | base64
