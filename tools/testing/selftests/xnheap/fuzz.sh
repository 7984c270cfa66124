#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: fuzz shared heaps from user space. xnheap.ko, xnheap_shared_test.ko and
# xnheap-shared-fuzz lie beside this script. Prints KTAP.
#
# Usage: fuzz.sh [SECONDS [SEED [PROCESSES]]]

set -u
cd "$(dirname "$0")" || exit
failed=0

# Usage: result NR STATUS SENTENCE
result()
{
	[ "$2" = 0 ] || failed=1
	[ "$2" = 0 ] && echo "ok $1 $3" || echo "not ok $1 $3"
}

echo "KTAP version 1"
echo "1..3"
insmod xnheap.ko && insmod xnheap_shared_test.ko
result 1 $? "the modules load"
{
	./xnheap-shared-fuzz "$@"
	echo $? >/tmp/fuzz.status
} | while IFS= read -r line; do
	case $line in
	KTAP* | 1..1) ;;
	'#'*) echo "$line" ;;
	*) echo "# $line" ;;
	esac
done
result 2 "$(cat /tmp/fuzz.status)" "processes, interrupts and the kernel use shared heaps at random"
rmmod xnheap_shared_test && rmmod xnheap
result 3 $? "the modules unload"
exit $failed
