/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_CPUMASK_H
#define _PROVE_CPUMASK_H

#define nr_cpu_ids		1
#define cpu_possible(cpu)	true
#define cpu_online(cpu)		true
#define num_possible_cpus()	1
#define for_each_online_cpu(cpu)	for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < 1; (cpu)++)

#endif
