// SPDX-License-Identifier: GPL-2.0
/* Whether a heap is sound. */

#include <linux/export.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "api.h"
#include "validate.h"

bool validate_next(struct validation *v)
{
	bool more;

	heap_lock(v->heap);
	more = validate_slice(v);
	heap_unlock(v->heap);
	cond_resched();
	return more;
}

static const char *validate(struct xnheap *heap, enum validate_phase end)
{
	struct validation *v = kvmalloc(sizeof(*v), GFP_KERNEL);
	const char *fault;

	if (!v)
		return "no memory to check the heap";
	validate_begin(v, heap);
	while (validate_next(v) && v->phase < end)
		;
	fault = v->fault ?: "";
	if (*fault)
		pr_err("xnheap: %s: extent %u, page %u: %s\n", heap->label,
		       v->extent, v->page, fault);
	kvfree(v);
	return fault;
}

const char *validate_heap(struct xnheap *heap)
{
	return validate(heap, VALIDATE_DONE);
}
EXPORT_SYMBOL_GPL(validate_heap);

const char *validate_heap_but_sums(struct xnheap *heap)
{
	return validate(heap, VALIDATE_SUMS);
}
EXPORT_SYMBOL_GPL(validate_heap_but_sums);

unsigned long validate_live_blocks(struct xnheap *heap)
{
	return heap_live_blocks(heap);
}
EXPORT_SYMBOL_GPL(validate_live_blocks);

void validate_count_lockless(struct xnheap *heap, u64 *lockless, u64 *all)
{
	struct bucket_stats bucket;
	unsigned int i;

	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		*all += bucket.allocs;
		*lockless += cpu_kept(heap, &heap->buckets[i]).popped;
	}
}
EXPORT_SYMBOL_GPL(validate_count_lockless);
