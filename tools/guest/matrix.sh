#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: run demo.sh, torture.sh and the selftests, shared.sh and run.sh, which
# lie beside this script.  Prints KTAP.
#
# Usage: matrix.sh

# Usage: subtests NR COMMAND... - run what prints KTAP, as one test with others in it
subtests()
{
	nr=$1
	shift
	echo "    KTAP version 1"
	"$@" 2>&1 | sed '/^KTAP version/d; /^TAP version/d; s/^/    /' | tee /tmp/ktap
	if grep -q '^    ok' /tmp/ktap && ! grep -q '^    not ok' /tmp/ktap; then
		echo "ok $nr $2"
	else
		echo "not ok $nr $2"
	fi
}

echo "KTAP version 1"
echo "1..5"
sh demo.sh 5 >/tmp/demo 2>&1 && result=ok || result="not ok"
sed 's/^/# /' /tmp/demo
echo "$result 1 demo.sh"
subtests 2 sh torture.sh 10
subtests 3 sh torture.sh 10 flags=16 extent_size=131072
subtests 4 sh shared.sh
# It leaves the kernel locked down
subtests 5 sh run.sh
