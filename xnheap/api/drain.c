// SPDX-License-Identifier: GPL-2.0
/* Having CPUs give back the free blocks that they keep. */

#include <linux/cpu.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/smp.h>

#include "api.h"

static int drain_here(void *heap)
{
	cpu_drain(heap, raw_smp_processor_id());
	return 0;
}

int xnheap_drain(struct xnheap *heap)
{
	unsigned int cpu;

	if (!heap_is_valid(heap))
		return -EINVAL;
	if (!heap->cpu)
		return 0;
	/* What is offline has nothing */
	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_on_cpu(cpu, drain_here, heap, false);
	cpus_read_unlock();
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_drain);

static enum cpuhp_state dead_state;

static int cpu_is_dead(unsigned int cpu)
{
	struct xnheap *heap;

	mutex_lock(&heaps_lock);
	list_for_each_entry(heap, &heaps, list)
		/* Of one that is being made, all or nothing: see heap_begin() */
		if (smp_load_acquire(&heap->magic) && heap->cpu)
			cpu_drain(heap, cpu);
	mutex_unlock(&heaps_lock);
	return 0;
}

int heaps_init(void)
{
	int ret = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "lib/xnheap:dead",
					    NULL, cpu_is_dead);

	if (ret < 0)
		return ret;
	dead_state = ret;
	return 0;
}

void heaps_exit(void)
{
	cpuhp_remove_state_nocalls(dead_state);
}
