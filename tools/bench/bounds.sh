#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, which counts instructions: re-measure the adversary's cases,
# print KTAP: whether each stays within its bound.

insmod xnheap.ko && insmod bench.ko part=adversary || exit
awk -f bounds.awk bounds /sys/kernel/debug/xnheap-bench
