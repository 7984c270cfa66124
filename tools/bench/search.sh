#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, which counts instructions: search for states in which a call is
# expensive, print KTAP: whether each stays within what the adversary's cases do.
#
# Usage: search.sh [bench.ko's parameter...]

insmod xnheap.ko && insmod bench.ko part=search "$@" || exit
awk -f search.awk bounds /sys/kernel/debug/xnheap-bench
