// SPDX-License-Identifier: GPL-2.0
/* The stacks of a heap's CPUs: made, limited, asked. */

#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "cpu.h"

static_assert(sizeof(struct cpu_stack) + CPU_STACK_SLOTS * sizeof(struct cpu_slot) <=
	      CPU_STACK_BYTES);

/* Of a heap's bytes, CPUs and the depot keep one in so many at most. */
#define KEPT_SHARE	100

/* Before the heap has an extent. On error, what was had goes by cpu_stacks_free(). */
bool cpu_stacks_init(struct xnheap *heap)
{
	size_t size = sizeof(struct xnheap_cpu) + (heap->nr_buckets + 1) * CPU_STACK_BYTES;

	heap->cpu = __alloc_percpu(size, SMP_CACHE_BYTES);
	heap->depot = kvzalloc(size, GFP_KERNEL);
	return heap->cpu && heap->depot;
}

void cpu_stacks_free(struct xnheap *heap)
{
	free_percpu(heap->cpu);
	kvfree(heap->depot);
}

/*
 * How many blocks are kept of each size, two at least or none: of an equal share of bytes,
 * a size has half of what smaller ones left, and the largest all.
 */
void cpu_set_limits_locked(struct xnheap *heap)
{
	size_t bytes = heap->size / KEPT_SHARE / (num_possible_cpus() + 1);
	struct xnheap_bucket *bucket, *last = heap->buckets + heap->nr_buckets - 1;
	struct cpu_stack *stack;
	unsigned long limit;
	unsigned int nr;

	for (bucket = heap->buckets; bucket <= last; bucket++) {
		limit = (bucket < last ? bytes / 2 : bytes) / bucket->size;
		limit = min_t(unsigned long, limit, CPU_STACK_SLOTS);
		if (limit < 2 || heap->flags & XNHEAP_DEBUG)
			limit = 0;
		bytes -= limit * bucket->size;
		for (nr = 0; nr <= CPU_DEPOT; nr++) {
			if (!cpu_has_stacks(nr))
				continue;
			stack = cpu_stack_at(cpu_stacks(heap, nr), bucket->place);
			WRITE_ONCE(stack->limit, limit * sizeof(struct cpu_slot));
		}
	}
}

struct cpu_kept cpu_kept_by(const struct xnheap *heap, const struct xnheap_bucket *bucket,
			    unsigned int nr)
{
	struct cpu_stack *at = cpu_stack_at(cpu_stacks(heap, nr), bucket->place);
	/* As it is now, or was just before: its CPU may be at work */
	const struct cpu_stack stack = data_race(*at);

	return (struct cpu_kept) {
		stack.top / sizeof(struct cpu_slot), stack.popped, stack.filled, stack.flushed
	};
}

struct cpu_kept cpu_kept(const struct xnheap *heap, const struct xnheap_bucket *bucket)
{
	struct cpu_kept kept = { }, by;
	unsigned int nr;

	if (!heap->cpu || bucket_is_reserved(heap, bucket))
		return kept;
	for (nr = 0; nr <= CPU_DEPOT; nr++) {
		if (!cpu_has_stacks(nr))
			continue;
		by = cpu_kept_by(heap, bucket, nr);
		kept.blocks += by.blocks;
		kept.popped += by.popped;
		kept.filled += by.filled;
		kept.flushed += by.flushed;
	}
	/* One that went from CPU to CPU meanwhile was counted twice */
	kept.blocks = min_t(u64, kept.blocks, bucket->allocs - bucket->frees);
	return kept;
}

size_t cpu_kept_bytes(const struct xnheap *heap)
{
	const struct xnheap_bucket *bucket;
	size_t bytes = 0;

	if (!heap->cpu)
		return 0;
	for (bucket = heap->buckets; bucket < heap->buckets + heap->nr_buckets; bucket++)
		bytes += cpu_kept(heap, bucket).blocks * bucket->size;
	return bytes;
}
