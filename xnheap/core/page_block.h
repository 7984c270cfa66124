/* SPDX-License-Identifier: GPL-2.0 */
/* Page blocks: whole pages, straight from the ranges. */
#ifndef _XNHEAP_PAGE_BLOCK_H
#define _XNHEAP_PAGE_BLOCK_H

#include "account.h"
#include "range.h"

notrace __noendbr
void *page_block_alloc(struct xnheap *heap, size_t size);

/* The same where no range is as long as a run: for less than that. */
notrace __noendbr
void *page_block_alloc_short(struct xnheap *heap, size_t size);

static __always_inline int page_block_free(struct xnheap *heap, struct xnheap_page *page)
{
	size_t pages = page->count;

	heap->page_block_frees++;
	heap->page_block_pages -= pages;
	account_free(heap, pages << heap->page_shift);
	return range_free_noinline(heap, page, pages);
}

#endif
