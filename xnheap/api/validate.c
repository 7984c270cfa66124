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
