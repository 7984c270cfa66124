/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_CPUMASK_H
#define _THREADS_LINUX_CPUMASK_H

/* As many as there may be; as there are. */
#define NR_CPUS			4
extern unsigned int nr_cpu_ids;
#define cpu_possible(cpu)	true
#define cpu_online(cpu)		true
#define num_possible_cpus()	nr_cpu_ids
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu)
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)

#endif
