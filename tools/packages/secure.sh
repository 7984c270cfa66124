#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, started by Secure Boot: the modules load if they are signed, and
# what is shown of heaps is what Documentation/secure-boot.rst says.

set -eux
tar -xf root.tar -C /
export PATH="/usr/sbin:/usr/bin:/sbin:/bin"
lockdown=/sys/kernel/security/lockdown
heap=/sys/kernel/debug/xnheap/example

mount -t securityfs securityfs /sys/kernel/security
grep -F '[integrity]' $lockdown

# Usage: refused COMMAND...
refused()
{
	if "$@" 2>/tmp/refused; then false; fi
	cat /tmp/refused
}

refused insmod unsigned.ko
grep 'Key was rejected by service' /tmp/refused
dmesg | grep 'Loading of unsigned module is rejected'

modprobe xnheap debug=1
modprobe xnheap_example
modprobe xnheap_latency
sleep 1

files()
{
	xnheap-top --once | grep '^example'
	xnheap-map $heap | grep '<svg'
	refused sh -c "echo 1 >$heap/latency_switch"
	grep 'Operation not permitted' /tmp/refused
	xnheap-latency --interval 2000 --duration 1 >/tmp/report
	grep '^worst call' /tmp/report
}

files
grep 'xnheap_latency_worst: ' /tmp/report
xnheap-trace callers -s 1

echo confidentiality >$lockdown
files
grep 'without a trace: the kernel gives no trace buffer' /tmp/report
refused xnheap-trace callers -s 1
