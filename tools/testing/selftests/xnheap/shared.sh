#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Test heaps that are shared with processes, from processes. Prints KTAP; exits with 0 if
# no test failed.
#
# Runs as root in a folder that holds xnheap.ko, xnheap_shared_test.ko and, of the programs
# xnheap-shared-test and xnheap-shared-test-32, for processes of 32 bits on a kernel of 64,
# at least one that can run. Leaves no module loaded.
#
# Usage: shared.sh [PART...] - the tests that have such a PART in their names

set -u
cd "$(dirname "$0")" || exit
debugfs=/sys/kernel/debug
name=shared-test	# of the heap that the program makes
nr=0 failed=0 any=

# Usage: result STATUS SENTENCE
result()
{
	nr=$((nr + 1))
	[ "$1" = 0 ] || failed=$((failed + 1))
	[ "$1" = 0 ] && echo "ok $nr $2" || echo "not ok $nr $2"
}

# Usage: load [parameter=value...]
load() { insmod xnheap.ko "$@" && insmod xnheap_shared_test.ko; }
unload() { rmmod xnheap_shared_test && rmmod xnheap; }

# Usage: program FILE SENTENCE PART... - its tests, as one
program()
{
	file=$1 sentence=$2
	shift 2
	"./$file" --nothing 2>/dev/null || {
		nr=$((nr + 1))
		echo "ok $nr $sentence # SKIP there is no $file that can run here"
		return
	}
	any=$file
	{
		"./$file" "$@"
		echo $? >/tmp/shared.status
	} | while IFS= read -r line; do
		echo "    $line"
	done | tee /tmp/shared.ktap
	grep -q '^    ok' /tmp/shared.ktap && [ "$(cat /tmp/shared.status)" = 0 ]
	result $? "$sentence"
}

# As the module's parameters say
owned()
{
	! insmod xnheap.ko share_mode=07777 2>/dev/null || return
	load share_mode=0640 share_uid=12 share_gid=34 || return
	"./$any" device_node >/tmp/shared.owned || {
		sed 's/^/# /' /tmp/shared.owned
		return 1
	}
	"./$any" --make || return
	[ "$(stat -c '%a %u %g' /dev/xnheap/$name)" = "640 12 34" ]
}

# With one of its devices open, though the heap and who made it have gone
needed()
{
	exec 3<>/dev/xnheap/$name || return
	rmmod xnheap_shared_test || return
	! rmmod xnheap 2>/dev/null || return
	! head -c 8 <&3 2>/dev/null || return
	exec 3>&-
	rmmod xnheap
}

echo "KTAP version 1"
echo "1..6"
grep -q " $debugfs " /proc/mounts || mount -t debugfs debugfs $debugfs 2>/dev/null
load
result $? "the modules load"
program xnheap-shared-test "a process has a shared heap" "$@"
program xnheap-shared-test-32 "a process of 32 bits has a shared heap" "$@"
[ -n "$any" ] && unload
result $? "the modules unload"
owned
result $? "devices have the mode and the owner that parameters say"
needed
result $? "the module stays while a device is open"
[ $failed = 0 ]
