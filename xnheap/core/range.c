// SPDX-License-Identifier: GPL-2.0
/* Free page ranges: how they merge. */

#include "range.h"

/* Whether a range that grew to @pages pages stands after a shorter one. */
static __always_inline bool range_outgrew(const struct xnheap_page *page, u32 pages)
{
	const struct xnheap_page *prev = list_prev_entry(page, list);

	/* The head has a count of 0, and is never shorter: 0 - 1 is the largest u32 */
	return (u32)prev->count - 1 < pages - 1;
}

/* Free @pages pages, merged with the free ranges on both sides. */
static __always_inline int merge(struct xnheap *heap, struct xnheap_page *page, u32 pages)
{
	struct xnheap_page *before = page_before(heap, page, 1);
	struct xnheap_page *last = page_after(heap, page, pages - 1);
	struct xnheap_page *after = page_after(heap, last, 1);
	unsigned long bin;

	heap->free_pages += pages;
	page->type = PAGE_FREE;		/* no head of a block, even inside a range */
	last->type = PAGE_FREE;
	if (after->type == PAGE_FREE) {
		range_unlink(heap, after, after->bin);
		last = page_after(heap, after, after->count - 1);
		pages += after->count;
	}
	if (before->type == PAGE_FREE) {
		page = page_before(heap, page, before->count);
		pages += before->count;
		bin = range_bin(pages);
		if (bin != page->bin || range_outgrew(page, pages)) {
			range_unlink(heap, page, page->bin);
			range_link(heap, page, bin, pages);
		}
	} else {
		range_link(heap, page, range_bin(pages), pages);
	}
	page->count = pages;
	last->count = pages;
	return 0;
}

notrace __noendbr
int range_free(struct xnheap *heap, struct xnheap_page *page, u32 pages)
{
	return merge(heap, page, pages);
}

notrace __noendbr
int range_free_page(struct xnheap *heap, struct xnheap_page *page)
{
	return merge(heap, page, 1);
}
