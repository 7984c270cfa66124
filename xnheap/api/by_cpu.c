// SPDX-License-Identifier: GPL-2.0
/* What a call does on a heap with XNHEAP_PERCPU where the CPU's stacks do not serve. */

#include "../cpu/batch.h"
#include "by_cpu.h"
#include "deferred.h"

noinline notrace __noendbr
void *by_cpu_alloc_locked(struct xnheap *heap, size_t size)
{
	unsigned int rounds = cpu_rounds(heap);
	void *block;
	bool again = false;

	for (;;) {
		/* A call that goes on has been counted */
		if (!heap_enter(heap, heap))
			return again ? NULL : alloc_busy(heap);
		block = cpu_alloc_locked(heap, size, &again);
		heap_unlock(heap);
		if (likely(!again) || !rounds--)
			return block;
		path_mark(again);
	}
}

noinline void *by_cpu_refuse_align(struct xnheap *heap)
{
	if (!heap_enter(heap, heap))
		return alloc_busy(heap);
	heap_refuse_align(heap);
	heap_unlock(heap);
	return NULL;
}

/* Free a block that was claimed; or one that may not be, if its bits are NULL. */
noinline notrace __noendbr
int by_cpu_free_locked(struct xnheap *heap, unsigned long block, unsigned long *live)
{
	struct cpu_slot slot = { block, live };
	int ret;

	if (!block)
		return 0;
	if (!heap_enter(heap, heap)) {
		if (live && heap->waiting)
			return deferred_leave(heap, (void *)block, slot_page(heap, slot));
		if (live)
			live_set(heap, slot);
		return free_later(heap, (void *)block);
	}
	ret = cpu_free_locked(heap, slot);
	heap_unlock(heap);
	return ret;
}

/* It is not in the first extent. */
noinline notrace __noendbr
int by_cpu_free_elsewhere(struct xnheap *heap, unsigned long block)
{
	struct cpu_slot slot = { block };
	struct xnheap_page *page = cpu_claim_unlocked(heap, &slot);

	if (unlikely(!page))
		return by_cpu_free_locked(heap, block, NULL);
	return by_cpu_keep(heap, slot, page);
}
