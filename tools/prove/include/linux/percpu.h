/* SPDX-License-Identifier: GPL-2.0 */
/* There is one processor. */
#ifndef _PROVE_PERCPU_H
#define _PROVE_PERCPU_H

#include <stdlib.h>

#define __alloc_percpu(size, align)	calloc(1, size)
#define free_percpu(memory)		free(memory)
#define per_cpu_ptr(ptr, cpu)		((void)(cpu), (ptr))
#define DEFINE_PER_CPU(type, name)	type name
#define raw_cpu_ptr(ptr)		(ptr)
#define raw_cpu_inc(variable)		((variable)++)

#endif
