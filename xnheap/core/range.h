/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Free page ranges, found by length in constant time.
 *
 * Two-level segregated fit on page counts (Masmano, Ripoll, Crespo and Real,
 * "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004):
 * a bin for every length up to 31 pages, and 16 for each doubling above.
 *
 * From 32 on, a bin has ranges of several lengths. Its list is not sorted: a range that
 * comes into it becomes the first, or the second if the first is longer; one that outgrows
 * the first becomes the first. So until pages are allocated from the first, it is no
 * shorter than any range that came in after it. Where each extent is one free range, the
 * first of the highest bin is the longest of all.
 */
#ifndef _XNHEAP_RANGE_H
#define _XNHEAP_RANGE_H

#include "extent.h"
#include "index.h"
#include "linkage.h"
#include "list.h"

/* Below, the bin is the length. */
#define RANGE_EXACT	32

/*
 * The bin of @pages pages, 1 or more: of these, the 5 highest bits count. 1 to 31 are
 * in bins 1 to 31, 32 and 33 in 32, 34 and 35 in 33, 64 to 67 in 48.
 */
static __always_inline unsigned long range_bin(u32 pages)
{
	unsigned long shift = __fls(pages | 16) - 4;

	return shift * 16 + (pages >> shift);
}

/*
 * Put a range that will have @pages pages into @bin: first, or second if the first
 * is longer.
 */
static __always_inline void range_link(struct xnheap *heap, struct xnheap_page *page,
				       unsigned long bin, u32 pages)
{
	struct list_head *head = &heap->bins[bin].list;
	struct xnheap_page *first = list_first(head);	/* the head, of count 0, if empty */
	struct list_head *at = (u32)first->count > pages ? &first->list : head;

	page->bin = bin;
	index_set(&heap->range_index, bin);
	list_link(at, &page->list, at->next);
}

static __always_inline void range_unlink(struct xnheap *heap, struct xnheap_page *page,
					 unsigned long bin)
{
	if (likely(list_remove(page)))
		index_clear(&heap->range_index, bin);
}

/*
 * Write the length of a range where the neighbours on both sides look. Its first
 * page is PAGE_FREE already.
 */
static __always_inline void range_mark(struct xnheap_page *page,
				       struct xnheap_page *last, u32 pages)
{
	page->count = pages;
	last->count = pages;
	last->type = PAGE_FREE;
}

/*
 * A range of @pages pages or more, or NULL. @bin is that of @pages, and becomes
 * that of the range. Of @bin only the first is looked at: from RANGE_EXACT on, one
 * after it that is long enough is missed.
 */
static __always_inline struct xnheap_page *
range_find(struct xnheap *heap, u32 pages, unsigned long *bin)
{
	/* If the bin is empty, this is its head, which has a count of 0 */
	struct xnheap_page *page = list_first(&heap->bins[*bin].list);

	if (page->count >= pages)
		return page;
	path_mark(range_search);
	/* If all larger ones are empty, the bin is nr_bins: its head is zeroed, and gives NULL */
	*bin = index_find(&heap->range_index, *bin + 1);
	return list_first(&heap->bins[*bin].list);
}

/*
 * The bin of a range of @pages pages or more; 0: there is none. To be called only if
 * no range has RANGE_EXACT pages or more.
 */
static __always_inline unsigned long range_find_short(const struct xnheap *heap, u32 pages)
{
	unsigned long bits = heap->range_index.word[0] & (~0UL << pages);

	return bits ? __ffs(bits) : 0;
}

/*
 * Allocate @pages pages from the end of a range that range_find() found, so
 * that what is left of it often stays where it is. The new owner marks the
 * pages, which still look like parts of a range.
 */
static __always_inline struct xnheap_page *
range_alloc(struct xnheap *heap, struct xnheap_page *page, u32 pages, unsigned long bin)
{
	u32 left = page->count - pages;
	struct xnheap_page *first;
	unsigned long left_bin;

	heap->free_pages -= pages;
	if (!left) {
		range_unlink(heap, page, bin);
		return page;
	}
	left_bin = range_bin(left);
	if (left_bin != bin) {
		range_unlink(heap, page, bin);
		range_link(heap, page, left_bin, left);
	}
	first = page_after(heap, page, left);
	range_mark(page, page_before(heap, first, 1), left);
	return first;
}

/*
 * Allocate the first @pages pages of a free range, for what ends before it. The rest
 * is a range that begins after them.
 */
static __always_inline void range_alloc_first(struct xnheap *heap, struct xnheap_page *page,
					      u32 pages)
{
	u32 left = page->count - pages;
	struct xnheap_page *rest = page_after(heap, page, pages);

	heap->free_pages -= pages;
	range_unlink(heap, page, page->bin);
	if (!left)
		return;
	rest->type = PAGE_FREE;
	range_mark(rest, page_after(heap, rest, left - 1), left);
	range_link(heap, rest, range_bin(left), left);
}

/*
 * Whether a range that grew to @pages pages, in its bin, may be longer than the first now:
 * then it has to be linked anew. The one before it in the list is asked in place of the
 * first, as it is at hand: it is no longer than the first, so "no" is right. (It may be
 * once pages were allocated from the first; but then nothing is promised, see above.) A
 * "yes" may be wrong, and does no harm: range_link() looks at the first.
 */
static __always_inline bool range_outgrew(const struct xnheap_page *page, u32 pages)
{
	const struct xnheap_page *prev = list_prev_entry(page, list);

	/* prev->count && prev->count < pages, in one: 0, that of a head, wraps around */
	return (u32)prev->count - 1 < pages - 1;
}

/* Free @pages pages, merged with the free ranges on both sides. Returns 0 always. */
static __always_inline int range_free(struct xnheap *heap, struct xnheap_page *page, u32 pages)
{
	struct xnheap_page *before = page_before(heap, page, 1);
	struct xnheap_page *last = page_after(heap, page, pages - 1);
	struct xnheap_page *after = page_after(heap, last, 1);
	unsigned long bin;

	heap->free_pages += pages;
	/* Once merged with a neighbour, they may be inside: no block may seem to start there */
	page->type = PAGE_FREE;
	last->type = PAGE_FREE;
	/* @before is the last entry of what lies there, @after a first one: never stale */
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
int range_free_noinline(struct xnheap *heap, struct xnheap_page *page, u32 pages);

#endif
