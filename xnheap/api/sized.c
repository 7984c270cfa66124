// SPDX-License-Identifier: GPL-2.0
/* Blocks and their sizes: zeroed ones, arrays, and what a block has or takes. */

#include <linux/export.h>
#include <linux/math.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "../core/owner.h"
#include "other.h"

static void *zalloc(struct xnheap *heap, size_t size, unsigned long caller)
{
	void *block;

	if (!heap_is_valid(heap) || heap->apart)
		return NULL;
	block = alloc_for(heap, size, caller);
	return block ? memset(block, 0, size) : NULL;
}

void *xnheap_zalloc(struct xnheap *heap, size_t size)
{
	return zalloc(heap, size, _RET_IP_);
}
EXPORT_SYMBOL_GPL(xnheap_zalloc);

void *xnheap_calloc(struct xnheap *heap, size_t n, size_t size)
{
	/* SIZE_MAX where it overflows: the heap refuses that, and counts it */
	return zalloc(heap, array_size(n, size), _RET_IP_);
}
EXPORT_SYMBOL_GPL(xnheap_calloc);

bool live_find(struct xnheap *heap, const void *at, struct block *block)
{
	unsigned long address;

	*block = block_find(heap, at);
	if (block->where != BLOCK_START || !block_is_live(*block))
		return false;
	if (heap_is_plain(heap))
		return true;
	path_mark(not_plain);
	if (heap->sharing) {
		path_mark(owned);
		return *owner_of(heap, *block) == OWNER_KERNEL;
	}
	if (!has_live_bits(heap))
		return true;
	/* What a CPU keeps, or what waits to be freed, has left its run, but is no caller's */
	address = block->address;
	path_mark_at(by_cpu, address);
	return !cpu_check_locked(heap, address);
}

size_t xnheap_usable_size(struct xnheap *heap, const void *block)
{
	struct block found;
	size_t bytes = 0;

	if (!heap_is_valid(heap))
		return 0;
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->usable(heap, block);
	if (!heap_enter(heap, heap))
		return 0;
	if (live_find(heap, block, &found))
		bytes = block_size(heap, found);
	heap_unlock(heap);
	call_done(heap);
	return bytes;
}
EXPORT_SYMBOL_GPL(xnheap_usable_size);

size_t xnheap_block_size(const struct xnheap *heap, size_t size)
{
	const struct xnheap_bucket *bucket;
	size_t span;

	if (!heap_is_valid(heap))
		return 0;
	if (xnheap_observer)
		size = xnheap_observer->takes(heap, size);
	span = READ_ONCE(heap->largest_span);
	if (size - 1 >= span)
		return 0;
	if (size <= heap->small_max) {
		bucket = bucket_of_size(heap, size);
		/* Where no extent has room for such a run, pages serve */
		if ((size_t)bucket->pages << heap->page_shift <= span)
			return bucket->size;
	}
	return round_up(size, heap->page_mask + 1UL);
}
EXPORT_SYMBOL_GPL(xnheap_block_size);
