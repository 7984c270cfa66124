/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The check of a whole heap. It knows the layout of what it reads, calls none
 * of the rooms and works out everything else by itself, in the plainest way.
 */
#ifndef _XNHEAP_WALK_H
#define _XNHEAP_WALK_H

#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xnheap.h>

#include "heap.h"

#define WALK_BUCKETS	XNHEAP_INDEX_BITS
#define WALK_RESERVE	32	/* one page in so many, of heaps with fine sizes */

enum walk_mark { NOT_LISTED, RANGE_HEAD, RUN_LISTED };

struct walk {
	struct xnheap *heap;
	const char *fault;		/* the first that was found */
	u_long page_size;
	u_long stride;
	u8 *mark;			/* of each entry: enum walk_mark */
	u_long first[XNHEAP_MAX_EXTENTS];	/* mark of an extent's page 0 */
	u_long given, pages;
	u_long page_blocks, page_block_pages, used, free, free_pages;
	u_long runs[WALK_BUCKETS];
	u_long run_blocks[WALK_BUCKETS];
};

static inline bool walk_note(struct walk *w, bool sound, const char *text)
{
	if (!sound && !w->fault)
		w->fault = text;
	return sound;
}

#define SOUND(w, condition)	walk_note(w, condition, #condition)

/* A class for each length up to 15, then 8 for each doubling. */
#define OWN_CLASSES	15

static inline unsigned int class_by_counting(u32 pages)
{
	unsigned int class = min(pages, OWN_CLASSES + 1U);
	u32 from = OWN_CLASSES + 1, width = 2;

	while (pages >= from + width) {
		class++;
		from += width;
		if (is_power_of_2(from))
			width *= 2;
	}
	return class;
}

static inline const struct xnheap_page *
walk_page(const struct walk *w, const struct xnheap_extent *ext, u_long nr)
{
	return (void *)ext->map + nr * w->stride;
}

/* The mark of an entry of any extent's page map; NULL if it is none. */
static inline u8 *walk_mark(struct walk *w, const struct xnheap_page *page)
{
	u_long i;

	for (i = 0; i < w->heap->nr_extents; i++) {
		const struct xnheap_extent *ext = w->heap->extent[i];
		u_long offset = (u_long)page - (u_long)ext->map;

		if (offset < (ext->nr_pages + 2) * w->stride)
			return offset % w->stride ? NULL :
			       &w->mark[w->first[i] + offset / w->stride];
	}
	return NULL;
}

/* Words of a page's bitmaps. */
static inline u_long walk_words(const struct walk *w)
{
	return (w->stride - sizeof(struct xnheap_page)) / sizeof(long);
}

static inline bool walk_no_bits(const struct walk *w,
				const struct xnheap_page *page)
{
	return bitmap_empty(page->bits, walk_words(w) * BITS_PER_LONG);
}

/* What says that it is of a run is old, and leads to none that has the page. */
static inline bool walk_is_stale(const struct walk *w,
				 const struct xnheap_extent *ext, u_long p)
{
	const struct xnheap_page *page = walk_page(w, ext, p), *run;
	const struct xnheap_bucket *bucket;

	if (!page->offset || page->offset >= p)
		return false;
	run = walk_page(w, ext, p - page->offset);
	bucket = w->heap->buckets + run->kind;
	return run->kind < PAGE_RUN || bucket->pages <= page->offset;
}

/* Neither the head of a block, nor of a run, nor a page of one. */
static inline bool walk_is_blank(const struct walk *w,
				 const struct xnheap_extent *ext, u_long p)
{
	const struct xnheap_page *page = walk_page(w, ext, p);

	return (page->kind == PAGE_FREE || page->kind == PAGE_BODY ||
		(page->kind == PAGE_NEXT && walk_is_stale(w, ext, p))) &&
	       walk_no_bits(w, page);
}

/* The copy of the first extent, but for what may be changed later. */
static inline void walk_first(struct walk *w, const struct xnheap_extent *ext)
{
	const struct xnheap_extent *first = &w->heap->first;

	SOUND(w, first->base == ext->base);
	SOUND(w, first->span == ext->span);
	SOUND(w, first->map == ext->map);
	SOUND(w, first->start == ext->start);
	SOUND(w, first->size == ext->size);
	SOUND(w, first->nr_pages == ext->nr_pages);
	SOUND(w, first->nr == 0);
}

static inline void walk_tables(struct walk *w)
{
	const struct xnheap *heap = w->heap;
	u_long seen = 0, i, end = 0, page_size = w->page_size;

	for (i = 0; i < XNHEAP_MAX_EXTENTS; i++) {
		const struct xnheap_extent *ext = heap->place[i].extent;

		if (i >= heap->nr_extents) {
			SOUND(w, heap->place[i].key == ULONG_MAX);
			continue;
		}
		if (!SOUND(w, ext->nr < heap->nr_extents))
			return;
		SOUND(w, !(seen & BIT(ext->nr)));
		seen |= BIT(ext->nr);
		SOUND(w, heap->extent[ext->nr] == ext);
		SOUND(w, ext->start >= end);
		end = ext->start + ext->size;
		SOUND(w, heap->place[i].key == ext->start - 1);
		SOUND(w, heap->place[i].base == ext->base);
		SOUND(w, heap->place[i].span == ext->span);
		SOUND(w, heap->place[i].map == ext->map);
		SOUND(w, (u_long)ext - ext->start < sizeof(long));
		SOUND(w, (void *)ext->map >= (void *)(ext + 1));
		SOUND(w, (u_long)ext->map + (ext->nr_pages + 2) * w->stride <=
			 ext->base + page_size);
		SOUND(w, !(ext->base % page_size));
		SOUND(w, ext->span == (ext->nr_pages + 1) * page_size);
		SOUND(w, ext->base + ext->span <= end);
		if (!ext->nr)
			walk_first(w, ext);
		w->first[ext->nr] = w->pages + 2 * i;
		w->given += ext->size;
		w->pages += ext->nr_pages;
	}
}

static inline u_long walk_run(struct walk *w, const struct xnheap_extent *ext,
			      u_long p)
{
	const struct xnheap_page *run = walk_page(w, ext, p);
	u_long nr = (run->kind - PAGE_RUN) / sizeof(struct xnheap_bucket);
	u_long from = (run->kind - PAGE_RUN) % sizeof(struct xnheap_bucket);
	const struct xnheap_bucket *bucket = w->heap->buckets + run->kind;
	u_long blocks, wide, words, used, i;
	const unsigned long *bits;

	if (!SOUND(w, !from && nr < w->heap->nr_buckets) ||
	    !SOUND(w, p + bucket->pages <= ext->nr_pages + 1))
		return 1;
	blocks = w->page_size * bucket->pages / bucket->size;
	wide = blocks > BITS_PER_LONG;
	words = DIV_ROUND_UP(blocks, BITS_PER_LONG);
	bits = run->bits + wide;
	if (!SOUND(w, blocks == bucket->blocks) ||
	    !SOUND(w, wide == bucket->wide) ||
	    !SOUND(w, wide + words <= walk_words(w)))
		return 1;
	used = bitmap_weight(bits, blocks);
	SOUND(w, used > 0);
	SOUND(w, (u32)run->count == (u32)(blocks - used - 1));
	/* Bits that no block has: set in a last word of many, else clear */
	for (i = blocks; i < words * BITS_PER_LONG; i++)
		SOUND(w, !!(bits[i / BITS_PER_LONG] &
			    BIT(i % BITS_PER_LONG)) == wide);
	for (i = wide + words; i < walk_words(w); i++)
		SOUND(w, !run->bits[i]);
	SOUND(w, !wide || words == BITS_PER_LONG || !(run->bits[0] >> words));
	for (i = 0; wide && i < words; i++) {
		/* A word is marked as full no later than it is left */
		if (run != bucket->run || &bits[i] != bucket->word)
			SOUND(w, !!(run->bits[0] & BIT(i)) == !~bits[i]);
		else
			SOUND(w, !(run->bits[0] & BIT(i)) || !~bits[i]);
	}
	for (i = 1; i < bucket->pages; i++) {
		const struct xnheap_page *page = walk_page(w, ext, p + i);

		SOUND(w, page->kind == PAGE_NEXT && page->offset == i);
		SOUND(w, walk_no_bits(w, page));
	}
	if (run == bucket->run) {
		i = bucket->word - bits;
		SOUND(w, i < words);
		SOUND(w, used < blocks);
		SOUND(w, bucket->address == ext->base + p * w->page_size +
					    i * BITS_PER_LONG * bucket->size);
	} else if (used < blocks) {
		*walk_mark(w, run) = RUN_LISTED;
	}
	w->runs[nr]++;
	w->run_blocks[nr] += used;
	w->used += used * bucket->size;
	w->free += bucket->pages * w->page_size - used * bucket->size;
	return bucket->pages;
}

static inline void walk_extent(struct walk *w, const struct xnheap_extent *ext)
{
	u_long p, n = ext->nr_pages, length, i;
	bool behind_free = false;

	SOUND(w, walk_page(w, ext, 0)->kind == PAGE_BODY);
	SOUND(w, walk_page(w, ext, n + 1)->kind == PAGE_BODY);
	for (p = 0; p <= n + 1; p++)
		SOUND(w, walk_page(w, ext, p)->extent == ext->nr);
	for (p = 1; p <= n && !w->fault; p += length) {
		const struct xnheap_page *page = walk_page(w, ext, p), *last;

		if (page->kind >= PAGE_RUN) {
			length = walk_run(w, ext, p);
			behind_free = false;
			continue;
		}
		length = page->count;
		if (page->kind != PAGE_FREE &&
		    !SOUND(w, page->kind == PAGE_BLOCK))
			return;
		if (!SOUND(w, length > 0 && length <= n + 1 - p))
			return;
		SOUND(w, walk_no_bits(w, page));
		for (i = 1; i < length; i++)
			SOUND(w, walk_is_blank(w, ext, p + i));
		last = walk_page(w, ext, p + length - 1);
		if (page->kind == PAGE_FREE) {
			SOUND(w, !behind_free);
			SOUND(w, last->kind == PAGE_FREE);
			SOUND(w, last->count == length);
			*walk_mark(w, page) = RANGE_HEAD;
			w->free += length * w->page_size;
			w->free_pages += length;
		} else {
			SOUND(w, length == 1 || last->kind == PAGE_BODY);
			w->page_blocks++;
			w->page_block_pages += length;
			w->used += length * w->page_size;
		}
		behind_free = page->kind == PAGE_FREE;
	}
}

/* Every entry of a list must be marked, and is not marked behind this. */
static inline void walk_list(struct walk *w, const struct xnheap_page *head,
			     enum walk_mark mark, u_long what)
{
	const struct xnheap_page *page, *prev = NULL;

	for (page = head; page && !w->fault; page = page->next) {
		u8 *marked = walk_mark(w, page);

		if (!SOUND(w, marked && *marked == mark))
			return;
		*marked = NOT_LISTED;
		SOUND(w, page == head || page->prev == prev);
		prev = page;
		if (mark == RUN_LISTED) {
			SOUND(w, page->kind == what);
			continue;
		}
		SOUND(w, page->class == what);
		SOUND(w, class_by_counting(page->count) == what);
	}
	/* ranges are in lists, runs in queues */
	if (head && !w->fault)
		SOUND(w, head->prev == (mark == RUN_LISTED ? prev : NULL));
}

static inline void walk_index(struct walk *w, const struct xnheap_index *index,
			      unsigned int i, bool is_set)
{
	unsigned long bit = BIT(i % BITS_PER_LONG);

	SOUND(w, !!(index->word[i / BITS_PER_LONG] & bit) == is_set);
}

static inline void walk_bucket(struct walk *w, unsigned int nr)
{
	u16 kind = PAGE_RUN + nr * sizeof(struct xnheap_bucket);
	const struct xnheap_bucket *bucket = w->heap->buckets + kind;

	SOUND(w, bucket->nr == nr);
	SOUND(w, bucket->wide == (kind < w->heap->narrow));
	SOUND(w, bucket->runs == w->runs[nr]);
	SOUND(w, bucket->allocs - bucket->frees == w->run_blocks[nr]);
	SOUND(w, bucket->run || !~*bucket->word);
	SOUND(w, !bucket->run || bucket->run->kind == kind);
	walk_index(w, &w->heap->bucket_index, nr, bucket->run || bucket->head);
	walk_list(w, bucket->head, RUN_LISTED, kind);
}

static inline void walk_accounts(struct walk *w)
{
	struct xnheap *heap = w->heap;

	SOUND(w, heap->page_block_allocs - heap->page_block_frees ==
		 w->page_blocks);
	SOUND(w, heap->page_block_pages == w->page_block_pages);
	SOUND(w, xnheap_used_mem(heap) == w->used);
	SOUND(w, xnheap_usable_mem(heap) == w->pages * w->page_size);
	SOUND(w, xnheap_size(heap) == w->given);
	SOUND(w, w->used + w->free == w->pages * w->page_size);
	SOUND(w, heap->slack >= 0 && heap->peak >= w->used);
}

/* What is wrong with a heap that nobody is using; "" if nothing is. */
static inline const char *heap_fault_but(struct xnheap *heap, bool accounts)
{
	u_long blocks = (heap->page_mask + 1) / XNHEAP_MIN_BLOCK;
	bool fine = heap->options & XNHEAP_FINE;
	struct walk *w = kvzalloc(sizeof(*w), GFP_KERNEL);
	u_long words = DIV_ROUND_UP(fine ? blocks / 4 : blocks, BITS_PER_LONG);
	const char *fault = "no memory to check the heap";
	unsigned int i;

	if (!w)
		return fault;
	w->heap = heap;
	w->page_size = heap->page_mask + 1;
	w->stride = sizeof(struct xnheap_page) +
		    (words > 1 ? words + 1 : 1) * sizeof(long);
	w->mark = kvzalloc(heap->pages + 2 * XNHEAP_MAX_EXTENTS, GFP_KERNEL);
	if (!w->mark)
		goto out;
	SOUND(w, heap->page_stride == w->stride);
	SOUND(w, heap->nr_extents && heap->nr_extents <= XNHEAP_MAX_EXTENTS);
	SOUND(w, heap->nr_buckets <= WALK_BUCKETS);
	/* Where a search ends */
	SOUND(w, test_bit(XNHEAP_INDEX_BITS, heap->range_index.word));
	SOUND(w, test_bit(XNHEAP_INDEX_BITS, heap->bucket_index.word));
	SOUND(w, !heap->range[XNHEAP_INDEX_BITS]);
	if (!w->fault)
		walk_tables(w);
	SOUND(w, heap->given == w->given);
	SOUND(w, heap->pages == w->pages);
	for (i = 0; i < heap->nr_extents && !w->fault; i++)
		walk_extent(w, heap->extent[i]);
	for (i = 0; i < XNHEAP_INDEX_BITS && !w->fault; i++) {
		walk_index(w, &heap->range_index, i, heap->range[i]);
		walk_list(w, heap->range[i], RANGE_HEAD, i);
	}
	for (i = 0; i < heap->nr_buckets && !w->fault; i++)
		walk_bucket(w, i);
	for (; i < XNHEAP_INDEX_BITS && !w->fault; i++)
		walk_index(w, &heap->bucket_index, i, false);
	SOUND(w, heap->free_pages == w->free_pages);
	SOUND(w, heap->reserve == (fine ? w->pages / WALK_RESERVE : 0));
	SOUND(w, !memchr_inv(w->mark, NOT_LISTED,
			     w->pages + 2 * XNHEAP_MAX_EXTENTS));
	if (accounts && !w->fault)
		walk_accounts(w);
	fault = w->fault ?: "";
out:
	kvfree(w->mark);
	kvfree(w);
	return fault;
}

#endif
