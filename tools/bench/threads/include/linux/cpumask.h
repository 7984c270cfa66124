/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_CPUMASK_H
#define _THREADS_LINUX_CPUMASK_H

#define NR_CPUS			2
#define nr_cpu_ids		NR_CPUS
#define cpu_possible(cpu)	true
#define num_possible_cpus()	NR_CPUS
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < NR_CPUS; (cpu)++)

#endif
