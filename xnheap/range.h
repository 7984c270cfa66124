/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 1: free page ranges, found by length in constant time.
 *
 * Two-level segregated fit on page counts (Masmano, Ripoll, Crespo and Real,
 * "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004):
 * a list for every length up to 15 pages, and 8 for each doubling above.
 */
#ifndef _XNHEAP_RANGE_H
#define _XNHEAP_RANGE_H

#include "extent.h"
#include "index.h"
#include "list.h"

/* Below, the class is the length. */
#define RANGE_EXACT	16

/* The class of ranges of @pages pages, 1 or more. */
static __always_inline unsigned long range_class(u32 pages)
{
	unsigned long shift = __fls(pages | 8) - 3;

	return shift * 8 + (pages >> shift);
}

/* The shortest and the longest range of a class. */
static inline void range_class_lengths(unsigned long class, u32 *from, u32 *to)
{
	unsigned long shift = class < 8 ? 0 : class / 8 - 1;

	*from = (class - shift * 8) << shift;
	*to = *from + (1U << shift) - 1;
}

static __always_inline void range_link(struct xnheap *heap,
				       struct xnheap_page *page,
				       unsigned long class)
{
	page->class = class;
	index_set(&heap->range_index, class);
	list_push(&heap->range[class], page);
}

static __always_inline void range_unlink(struct xnheap *heap,
					 struct xnheap_page *page,
					 unsigned long class)
{
	if (list_remove(&heap->range[class], page))
		index_clear(&heap->range_index, class);
}

/* Write the length of a range where the neighbours on both sides look. */
static __always_inline void range_mark(struct xnheap_page *page,
				       struct xnheap_page *last, u32 pages)
{
	page->count = pages;
	last->count = pages;
	last->kind = PAGE_FREE;
}

/* A range of @pages pages or more, @class being theirs, or NULL. */
static __always_inline struct xnheap_page *
range_find(struct xnheap *heap, u32 pages, unsigned long *class)
{
	struct xnheap_page *page = heap->range[*class];

	if (page && page->count >= pages)
		return page;
	*class = index_find(&heap->range_index, *class + 1);
	return heap->range[*class];	/* none behind the last class */
}

/*
 * Take @pages pages from the end of a range that range_find() found, so that
 * what is left of it often stays where it is. The new owner marks the pages,
 * which still look like parts of a range.
 */
static __always_inline struct xnheap_page *
range_take(struct xnheap *heap, struct xnheap_page *page, u32 pages,
	   unsigned long class)
{
	u32 left = page->count - pages;
	struct xnheap_page *taken;
	unsigned long left_class;

	heap->free_pages -= pages;
	if (!left) {
		range_unlink(heap, page, class);
		return page;
	}
	left_class = range_class(left);
	if (left_class != class) {
		range_unlink(heap, page, class);
		range_link(heap, page, left_class);
	}
	taken = page_after(heap, page, left);
	range_mark(page, page_before(heap, taken, 1), left);
	return taken;
}

/* Give @pages pages back, merged with the free ranges on both sides. */
static __always_inline void range_put(struct xnheap *heap,
				      struct xnheap_page *page, u32 pages)
{
	struct xnheap_page *before = page_before(heap, page, 1);
	struct xnheap_page *last = page_after(heap, page, pages - 1);
	struct xnheap_page *behind = page_after(heap, last, 1);
	unsigned long class;

	heap->free_pages += pages;
	page->kind = PAGE_FREE;
	if (behind->kind == PAGE_FREE) {
		range_unlink(heap, behind, behind->class);
		last = page_after(heap, behind, behind->count - 1);
		pages += behind->count;
	}
	if (before->kind == PAGE_FREE) {
		page = page_before(heap, page, before->count);
		pages += page->count;
		class = range_class(pages);
		if (class != page->class) {
			range_unlink(heap, page, page->class);
			range_link(heap, page, class);
		}
	} else {
		range_link(heap, page, range_class(pages));
	}
	range_mark(page, last, pages);
}

/* Pages of the longest range that range_take() would find. */
static inline u32 range_largest(const struct xnheap *heap)
{
	long class = index_last(&heap->range_index);

	return class < 0 ? 0 : heap->range[class]->count;
}

#endif
