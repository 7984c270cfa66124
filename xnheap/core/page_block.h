/* SPDX-License-Identifier: GPL-2.0 */
/* Page blocks: whole pages, straight from the ranges. */
#ifndef _XNHEAP_PAGE_BLOCK_H
#define _XNHEAP_PAGE_BLOCK_H

#include "account.h"
#include "range.h"

notrace __noendbr
void *page_block_alloc(struct xnheap *heap, size_t size);

/* The same for less than a run's pages, where no range has that many. */
notrace __noendbr
void *page_block_alloc_short(struct xnheap *heap, size_t size);

/* Fail, where no page is free. */
notrace __noendbr
void *page_block_refuse(struct xnheap *heap);

/*
 * Have a page block hold @size bytes where it is: give pages at its end back, or take
 * some of the free range after it. False: that has too few, and nothing is changed.
 */
notrace __noendbr
bool page_block_resize(struct xnheap *heap, struct xnheap_page *page, size_t size);

/* @pages pages, of which the last is marked, become a page block that is allocated. */
static __always_inline void page_block_begin(struct xnheap *heap, struct xnheap_page *page,
					     size_t pages)
{
	page->type = PAGE_BLOCK;
	path_mark(page_block);
	page->count = pages;
	heap->page_block_allocs++;
	heap->page_block_pages += pages;
}

static __always_inline int page_block_free(struct xnheap *heap, struct xnheap_page *page)
{
	size_t pages = page->count;

	heap->page_block_frees++;
	heap->page_block_pages -= pages;
	account_free(heap, pages << heap->page_shift);
	return range_free_noinline(heap, page, pages);
}

#endif
