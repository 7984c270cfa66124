// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks that wait to be freed while somebody looks on. Who lets one wait has freed it,
 * as far as events and debug heaps tell, and its red zone is looked at then. It is
 * poisoned, and none of KASAN's any more, when the wait is over.
 */

#include "kasan.h"
#include "observe.h"
#include "trace.h"

/* A debug heap's block, under the lock. True: to be logged. */
static bool defer_tracked(struct xnheap *heap, void *block, size_t given,
			  unsigned long caller, size_t *size)
{
	struct xnheap_observed *observed = heap->observed;
	struct log_entry entry = {
		.caller = caller,
		.block = block,
	};
	bool overrun;

	/* What is after the bytes that were asked for is none of KASAN's */
	kasan_heap_alloc(heap, block, given, given);
	overrun = tracking_defer(heap, block, given, caller, &entry.track);
	*size = entry.track.size;
	kasan_heap_alloc(heap, block, *size, given);
	if (!overrun)
		return false;
	observed->overruns++;
	return log_leave(observed, LOG_OVERRUN, &entry);
}

/* A block was claimed, and is about to wait. */
void observe_deferred(struct xnheap *heap, void *block, unsigned long caller)
{
	struct label label = label_of(heap);
	size_t given = 0, size = 0;
	bool logged = false;

	/* In NMI the lock may be taken: then it is looked at when it is freed */
	if (heap_enter(heap, heap)) {
		given = block_size(heap, block_find(heap, block));
		logged = heap_is_debug(heap) &&
			 defer_tracked(heap, block, given, caller, &size);
		heap_unlock(heap);
	}
	if (logged)
		irq_work_queue(&heap->observed->irq_work);
	trace_xnheap_free(label.text, caller, block, size, given);
}

/* The wait of a block is over, which has left its set; under the lock. True: to be logged. */
static bool settle(struct xnheap *heap, unsigned long address)
{
	struct cpu_slot slot = { .block = address };
	size_t given = account_used(heap), size;
	void *block = (void *)address;
	struct xnheap_page *page;
	bool logged;

	if (heap->cpu) {
		page = cpu_page_unlocked(heap, address);
		slot.live = live_bits(heap, page);
		given = cpu_block_size(heap, page);
	} else {
		heap_free_any(heap, address);
		given -= account_used(heap);
	}
	kasan_heap_alloc(heap, block, given, given);
	logged = heap_is_debug(heap) && free_tracked(heap, block, given, _THIS_IP_, &size);
	kasan_heap_free(heap, block, given);
	/* Not before: once it is in a stack, an NMI may allocate it */
	if (heap->cpu)
		cpu_free_locked(heap, slot);
	return logged;
}

/* As free_one_of(). */
bool observe_settle(struct xnheap *heap, unsigned int set)
{
	unsigned long address;
	bool logged = false;

	heap_lock(heap);
	address = wait_take(heap, set);
	if (address)
		logged = settle(heap, address);
	heap_unlock(heap);
	if (logged)
		irq_work_queue(&heap->observed->irq_work);
	return address;
}
