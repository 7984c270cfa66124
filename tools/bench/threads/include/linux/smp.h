/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_SMP_H
#define _THREADS_LINUX_SMP_H

#include <linux/cpumask.h>

#include_next <linux/smp.h>

#undef raw_smp_processor_id
#define raw_smp_processor_id()	this_cpu

#endif
