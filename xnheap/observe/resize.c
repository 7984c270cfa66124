// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on a block's size while somebody looks on. A block that gets another size
 * where it is shows up as freed and allocated again, at the same address.
 */

#include <linux/minmax.h>
#include <linux/sched/clock.h>

#include "../api/other.h"
#include "kasan.h"
#include "observe.h"
#include "trace.h"

/* Bytes that were asked for, as far as it is known, of a block that takes @given. */
static size_t asked(const struct xnheap *heap, const void *block, size_t given)
{
	return heap_is_debug(heap) ? min(tracking_asked(heap, block), given) :
				     kasan_heap_asked(heap, block, given);
}

/* A debug heap's block takes @given bytes instead of @had. True: to be logged. */
static bool resize_tracked(struct xnheap *heap, void *block, size_t size, size_t had,
			   size_t given, unsigned long caller)
{
	struct xnheap_observed *observed = heap->observed;
	struct log_entry entry = {
		.caller = caller,
		.block = block,
	};
	bool logged = false;

	/* First: the red zone is written there */
	if (tracking_grown(heap, observed->era, block, had, given, &entry.track)) {
		observed->stale++;
		logged = log_leave(observed, LOG_STALE, &entry);
	}
	if (tracking_resize(heap, &observed->era, block, size, had, given, caller,
			    &entry.track)) {
		observed->overruns++;
		logged |= log_leave(observed, LOG_OVERRUN, &entry);
	}
	return logged;
}

/* Have the block hold @size bytes where it is; false: it cannot. Under the lock. */
static bool resize(struct xnheap *heap, struct block block, size_t size, size_t *given,
		   unsigned long caller, bool *logged)
{
	void *at = (void *)block.address;
	size_t had = *given;

	if (!live_resize(heap, block, tracking_size(heap, size)))
		return false;
	*given = block_size(heap, block);
	kasan_heap_alloc(heap, at, max(had, *given), max(had, *given));
	*logged = heap_is_debug(heap) &&
		  resize_tracked(heap, at, size, had, *given, caller);
	kasan_heap_alloc(heap, at, size, *given);
	if (*given < had)
		kasan_heap_free(heap, at + *given, had - *given);
	return true;
}

/* As resize() in realloc.c: of what it moves, the alloc and free come after this. */
int observe_resize(struct xnheap *heap, void *at, size_t size, size_t *had,
		   unsigned long caller)
{
	u64 called = local_clock(), locked;
	size_t before = 0, given = 0;
	bool logged = false;
	struct label label;
	struct block block;
	int ret;

	heap_lock(heap);
	locked = local_clock();
	if (live_find(heap, at, &block)) {
		before = block_size(heap, block);
		given = before;
		*had = asked(heap, at, before);
		ret = resize(heap, block, size, &given, caller, &logged) ? 0 : -ENOSPC;
	} else {
		ret = heap_refuse_found(heap, block);
		logged = free_refused(heap, at, ret, caller);
	}
	latency_note(heap->observed, LATENCY_ALLOC, called, locked);
	label = label_of(heap);
	heap_unlock(heap);
	call_done(heap);

	if (logged)
		irq_work_queue(&heap->observed->irq_work);
	if (!ret) {
		trace_xnheap_free(label.text, caller, at, heap_is_debug(heap) ? *had : 0,
				  before);
		trace_xnheap_alloc(label.text, caller, at, size, given);
	} else if (ret != -ENOSPC) {
		trace_xnheap_bad_free(label.text, caller, at, ret);
	}
	return ret;
}

/* As xnheap_usable_size(). */
size_t observe_usable(struct xnheap *heap, const void *at)
{
	struct block block;
	size_t bytes = 0;

	if (!heap_enter(heap, heap))
		return 0;
	if (live_find(heap, at, &block))
		bytes = asked(heap, at, block_size(heap, block));
	heap_unlock(heap);
	call_done(heap);
	return bytes;
}
