// SPDX-License-Identifier: GPL-2.0
/* The allocator, for who holds the heap's lock: what is not inline. */

#include <linux/minmax.h>

#include "heap.h"

/* Of the pages of a heap with fine classes, one in so many is kept back. */
#define FINE_RESERVE	32

notrace __noendbr
void *heap_refuse_align(struct xnheap *heap)
{
	path_enter(failed_align);
	heap->failed[XNHEAP_ALLOC_ALIGN]++;
	return NULL;
}

/* For heap_free(), which has seen that the page is no PAGE_RUN_WORD. */
notrace __noendbr
int heap_free_in_page(struct xnheap *heap, unsigned long address, struct xnheap_page *page)
{
	path_enter(in_page);
	return block_in_page(heap, page, address, free_found, NULL);
}

notrace __noendbr
int heap_free_any(struct xnheap *heap, unsigned long address)
{
	path_enter(free_any);
	return block_at(heap, address, free_found, NULL);
}

static __always_inline int refuse(struct xnheap *heap, struct block block, void *unused)
{
	return heap_refuse_found(heap, block);
}

/* Refuse to free what lies there, be it a block or not. */
notrace __noendbr
int heap_refuse_any(struct xnheap *heap, unsigned long address)
{
	return block_at(heap, address, refuse, NULL);
}

static __always_inline int keep(struct xnheap *heap, struct block block, void *what)
{
	*(struct block *)what = block;
	return 0;
}

/* What lies at @address. Of a page block, the first page alone tells. */
struct block block_find(struct xnheap *heap, const void *address)
{
	unsigned long at = (unsigned long)address;
	struct block block;

	block_at(heap, at, keep, &block);
	if (block.bucket && block.nr >= block.bucket->blocks)
		block.where = BLOCK_RUN_REST;
	return block;
}

static void set_scarce_below(struct xnheap *heap)
{
	heap->scarce_below = heap->flags & XNHEAP_FINE ?
			     max_t(size_t, heap->pages / FINE_RESERVE, 1) : 1;
}

/* Let blocks come from an extent that is claimed and formatted. */
void heap_add_extent(struct xnheap *heap, struct xnheap_extent *ext)
{
	extent_publish(heap, ext);
	WRITE_ONCE(heap->size, heap->size + ext->size);
	/* After the size, for those who read the pages first, without the lock */
	smp_store_release(&heap->pages, heap->pages + ext->nr_pages);
	set_scarce_below(heap);
	range_free_noinline(heap, ext->map, ext->nr_pages);
}

/*
 * Take an extent out, if all of its pages are free: they are one range then. False if
 * they are not. The first one stays.
 */
bool heap_retire_extent(struct xnheap *heap, struct xnheap_extent *ext)
{
	struct xnheap_page *page = ext->map;

	if (page->type != PAGE_FREE || page->count != ext->nr_pages)
		return false;
	range_unlink(heap, page, page->bin);
	heap->free_pages -= ext->nr_pages;
	WRITE_ONCE(heap->size, heap->size - ext->size);
	WRITE_ONCE(heap->pages, heap->pages - ext->nr_pages);
	set_scarce_below(heap);
	extent_retire(heap, ext);
	return true;
}
