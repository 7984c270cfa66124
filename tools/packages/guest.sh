#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: load the modules and use them, by the tools of the packages.
#
# Usage: guest.sh VERSION

set -eux
tar -xf root.tar -C /
export PATH="/usr/sbin:/usr/bin:/sbin:/bin"
parameters=/sys/module/xnheap_example/parameters

modprobe xnheap
[ "$(cat /sys/module/xnheap/version)" = "$1" ]
modprobe xnheap_example
xnheap-trace callers -l example -s 2 >/tmp/callers
grep -q '^#' /tmp/callers
xnheap-top --once | grep '^example'
xnheap-map /sys/kernel/debug/xnheap/example | grep -q '<svg'
[ "$(cat $parameters/received)" -gt 500 ]
[ "$(cat $parameters/lost)" = 0 ]

# Its module is installed, too, but not loaded by the other one
latency() { xnheap-latency --interval 2000 --duration 2; }
if latency 2>/tmp/refused; then false; fi
grep 'xnheap_latency is not loaded: modprobe it' /tmp/refused
modprobe xnheap_latency
[ "$(cat /sys/module/xnheap_latency/version)" = "$1" ]
latency >/tmp/report
cat /tmp/report
awk '/^  xnheap / && $3 > 0 { n++ } END { exit n != 4 }' /tmp/report
grep 'xnheap_latency_worst: ' /tmp/report
rmmod xnheap_latency
rmmod xnheap_example
rmmod xnheap
