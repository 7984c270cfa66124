// SPDX-License-Identifier: GPL-2.0
/* The stacks of a heap's CPUs: made, limited, asked. */

#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>

#include "cpu.h"

static_assert(sizeof(struct cpu_stack) + CPU_STACK_SLOTS * sizeof(struct cpu_slot) <=
	      CPU_STACK_BYTES);

/* Of a heap's bytes, CPUs keep one in so many at most. */
#define KEPT_SHARE	100

/* Before the heap has an extent. */
bool cpu_stacks_init(struct xnheap *heap)
{
	heap->cpu = __alloc_percpu(sizeof(struct xnheap_cpu) +
				   (heap->nr_buckets + 1) * CPU_STACK_BYTES,
				   SMP_CACHE_BYTES);
	return heap->cpu;
}

/* How many blocks are kept of each size: an equal share of bytes, two at least or none. */
void cpu_set_limits_locked(struct xnheap *heap)
{
	size_t share = heap->size / KEPT_SHARE / num_possible_cpus() / heap->nr_buckets;
	struct cpu_stack *stack;
	unsigned long limit;
	unsigned int i, nr;

	for (i = 0; i < heap->nr_buckets; i++) {
		limit = min_t(size_t, share / heap->buckets[i].size, CPU_STACK_SLOTS);
		if (limit < 2 || heap->flags & XNHEAP_DEBUG)
			limit = 0;
		for_each_possible_cpu(nr) {
			stack = cpu_stack_at(per_cpu_ptr(heap->cpu, nr),
					     heap->buckets[i].place);
			WRITE_ONCE(stack->limit, limit * sizeof(struct cpu_slot));
		}
	}
}

struct cpu_kept cpu_kept_by(const struct xnheap *heap, const struct xnheap_bucket *bucket,
			    unsigned int nr)
{
	struct cpu_stack *at = cpu_stack_at(per_cpu_ptr(heap->cpu, nr), bucket->place);
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

	if (!heap->cpu)
		return kept;
	for_each_possible_cpu(nr) {
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
