/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_SMP_H
#define _PROVE_LINUX_SMP_H

#define raw_smp_processor_id()		0
#define smp_call_on_cpu(cpu, fn, arg, phys)	((fn)(arg))

#endif
