// SPDX-License-Identifier: GPL-2.0
/* A block of another size: the same block where that can be, else one that moved. */

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "other.h"

bool live_resize(struct xnheap *heap, struct block block, size_t size)
{
	if (block.bucket)
		return size <= block.bucket->size;
	return page_block_resize(heap, block.page, size);
}

/*
 * Returns 0 if the block holds @size bytes now; -ENOSPC if it cannot, where it is:
 * then it has @had bytes that are the caller's; or as of a free that was refused.
 */
static int resize(struct xnheap *heap, void *at, size_t size, size_t *had,
		  unsigned long caller)
{
	struct block block;
	int ret;

	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->resize(heap, at, size, had, caller);
	heap_lock(heap);
	if (live_find(heap, at, &block)) {
		*had = block_size(heap, block);
		ret = live_resize(heap, block, size) ? 0 : -ENOSPC;
	} else {
		ret = heap_refuse_found(heap, block);
	}
	heap_unlock(heap);
	call_done(heap);
	return ret;
}

static noinline void *alloc_other(struct xnheap *heap, size_t size, unsigned long caller)
{
	path_enter(other);
	return alloc_for(heap, size, caller);
}

/* If another freed the block meanwhile, its free is refused here, and counted. */
static noinline void free_moved(struct xnheap *heap, void *block, unsigned long caller)
{
	free_for(heap, block, caller);
}

void *xnheap_realloc(struct xnheap *heap, void *block, size_t size)
{
	void *moved;
	size_t had;
	int ret;

	if (!heap_is_valid(heap) || in_nmi())
		return NULL;
	/* A size that is none is refused there, and counted */
	if (!block || size - 1 >= XNHEAP_MAX_EXTENT_SIZE)
		return alloc_other(heap, size, _RET_IP_);
	ret = resize(heap, block, size, &had, _RET_IP_);
	if (!ret)
		return block;
	if (ret != -ENOSPC || heap->apart)
		return NULL;
	moved = alloc_other(heap, size, _RET_IP_);
	if (!moved)
		return NULL;
	memcpy(moved, block, min(had, size));
	free_moved(heap, block, _RET_IP_);
	return moved;
}
EXPORT_SYMBOL_GPL(xnheap_realloc);
