// SPDX-License-Identifier: GPL-2.0
/* Page blocks: whole pages, straight from the ranges. */

#include "page_block.h"

static noinline void *refuse_size(struct xnheap *heap)
{
	path_enter(failed_size);
	heap->failed[XNHEAP_ALLOC_SIZE]++;
	return NULL;
}

noinline notrace __noendbr
void *page_block_refuse(struct xnheap *heap)
{
	path_enter(failed_full);
	heap->failed[XNHEAP_ALLOC_FULL]++;
	return NULL;
}

/* Allocate @pages pages of a range that was found. */
static __always_inline void *alloc_from_range(struct xnheap *heap, struct xnheap_page *range,
					      size_t pages, unsigned long bin)
{
	struct xnheap_page *page = range_alloc(heap, range, pages, bin);

	/* In this order: a single page is both */
	page_after(heap, page, pages - 1)->type = PAGE_LAST;
	page_block_begin(heap, page, pages);
	account_alloc(heap, pages << heap->page_shift);
	return (void *)page_start(heap, page);
}

notrace __noendbr
void *page_block_alloc(struct xnheap *heap, size_t size)
{
	struct xnheap_page *range;
	unsigned long bin;
	size_t pages;

	path_enter(pages);
	if (unlikely(size - 1 >= XNHEAP_MAX_EXTENT_SIZE))
		return refuse_size(heap);
	pages = ((size - 1) >> heap->page_shift) + 1;
	if (unlikely(pages > heap->free_pages))
		return page_block_refuse(heap);
	bin = likely(pages < RANGE_EXACT) ? pages : range_bin(pages);
	range = range_find(heap, pages, &bin);
	if (unlikely(!range))
		return page_block_refuse(heap);
	return alloc_from_range(heap, range, pages, bin);
}

notrace __noendbr
void *page_block_alloc_short(struct xnheap *heap, size_t size)
{
	size_t pages = ((size - 1) >> heap->page_shift) + 1;
	unsigned long bin;

	path_enter(short_pages);
	bin = range_find_short(heap, pages);
	if (!bin)
		return page_block_refuse(heap);
	return alloc_from_range(heap, list_first(&heap->bins[bin].list), pages, bin);
}

notrace __noendbr
bool page_block_resize(struct xnheap *heap, struct xnheap_page *page, size_t size)
{
	u32 had = page->count, pages = ((size - 1) >> heap->page_shift) + 1;
	struct xnheap_page *after = page_after(heap, page, had);

	path_enter(resize);
	if (pages > had) {
		if (after->type != PAGE_FREE || (u32)after->count < pages - had)
			return false;
		range_alloc_first(heap, after, pages - had);
	}
	/* As in alloc_from_range(); what is given back looks here for a neighbour */
	page_after(heap, page, pages - 1)->type = PAGE_LAST;
	page->type = PAGE_BLOCK;
	page->count = pages;
	heap->page_block_pages += (unsigned long)pages - had;
	account_free(heap, (size_t)had << heap->page_shift);
	account_alloc(heap, (size_t)pages << heap->page_shift);
	if (pages < had)
		range_free_noinline(heap, page_after(heap, page, pages), had - pages);
	return true;
}
