/* SPDX-License-Identifier: GPL-2.0 */
/* A thread is a processor, and knows its number. */
#ifndef _THREADS_LINUX_PERCPU_H
#define _THREADS_LINUX_PERCPU_H

#include <stdlib.h>
#include <string.h>

#include <linux/cpumask.h>
#include <linux/types.h>

extern __thread unsigned int this_cpu;

/* From the memory of one processor to that of the next */
#define PERCPU_BYTES	16384UL

#define per_cpu_ptr(ptr, cpu)	((typeof(ptr))((char *)(ptr) + (cpu) * PERCPU_BYTES))
#define raw_cpu_ptr(ptr)	per_cpu_ptr(ptr, this_cpu)
#define free_percpu(memory)	free(memory)

static inline void *__alloc_percpu(size_t size, size_t align)
{
	void *memory = size > PERCPU_BYTES ? NULL : aligned_alloc(align, NR_CPUS * PERCPU_BYTES);

	return memory ? memset(memory, 0, NR_CPUS * PERCPU_BYTES) : NULL;
}

#endif
