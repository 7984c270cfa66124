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
rmmod xnheap_example
rmmod xnheap
