#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: run parts of the bench, print their results; lines that begin
# with '#' tell how far it is.
#
# Usage: guest.sh [bench.ko's parameter...] -- PART...
#   PART  as of bench.ko; "trace" stands for every *.trace here

results=/sys/kernel/debug/xnheap-bench
args=

# Usage: bench PART [parameter...]
bench()
{
	echo "# $*"
	# shellcheck disable=SC2086 # several words
	insmod bench.ko "part=$1" "$2" $args || exit
	cat "$results"
	rmmod bench
}

while [ "$1" != -- ]; do
	args="$args $1"
	shift
done
shift

insmod xnheap.ko || exit
printf 'kernel\t%s\n' "$(uname -r)"
printf 'configuration\t%s\n' "$(uname -v)"
printf 'cpus\t%s\n' "$(nproc)"
for part; do
	if [ "$part" = trace ]; then
		for file in *.trace; do
			bench trace "trace=$PWD/$file"
		done
	else
		bench "$part"
	fi
done
