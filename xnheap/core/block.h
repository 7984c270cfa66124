/* SPDX-License-Identifier: GPL-2.0 */
/* What an address is: whichever call is given one asks here. */
#ifndef _XNHEAP_BLOCK_H
#define _XNHEAP_BLOCK_H

#include "bucket.h"

enum block_where {
	BLOCK_START,		/* of a block, allocated or not */
	BLOCK_INSIDE,		/* of one, further on */
	BLOCK_RUN_REST,		/* after the last block of a run */
	BLOCK_PAGES,		/* free, or not the first page of a page block */
	BLOCK_EXTENT,		/* of an extent, but none of its pages */
	BLOCK_OUTSIDE,		/* of all extents */
};

/* What lies at an address. */
struct block {
	unsigned long address;
	enum block_where where;
	enum page_type type;		/* PAGE_BLOCK, a run's, or PAGE_LAST: no block */
	struct xnheap_page *page;	/* the first of the run or page block */
	struct xnheap_bucket *bucket;	/* of the run; NULL: page block */
	u32 nr;				/* in the run */
};

/*
 * The block at @address, @distance pages after the first of a run of @type. Its number
 * is offset / size, and it starts there if that leaves no rest.
 *
 * To divide by a size is to multiply with its reciprocal: (2^RECIPROCAL_BITS + d) / size,
 * where 0 <= d < size rounds it up. An offset is nr * size + rest, so
 *	offset * reciprocal = nr * 2^RECIPROCAL_BITS + rest * reciprocal + nr * d.
 * As d < size, nr * d is at most the offset, below 2^18: a run has 8 pages of 2^15 at most.
 * A size is 2^16 at most, so a reciprocal is 2^24 at least; a size is 8 at least, so no
 * product is over 2^55.
 * The rest is size - 1 at most, so
 *	rest * reciprocal <= size * reciprocal - reciprocal = 2^RECIPROCAL_BITS + d - reciprocal,
 *	and d + nr * d < 2^16 + 2^18 < reciprocal:
 * nothing is carried into nr, and rest * reciprocal + nr * d is the fraction. It is below
 * the reciprocal only if the rest is 0; to compare them, both are shifted to the top, where
 * nr is dropped. (A reservation's run of one block may be larger, but only its first page
 * leads here: nr is 0 then, and the offset is the rest.)
 */
static __always_inline struct block block_in_run(const struct xnheap *heap,
						 struct xnheap_page *run,
						 unsigned long address,
						 u32 distance,
						 enum page_type type)
{
	struct xnheap_bucket *bucket = bucket_of_run(heap, run);
	u32 offset = ((u32)address & heap->page_mask) +
		     (distance << heap->page_shift);
	u64 product = offset * bucket->reciprocal;
	u64 fraction = product << (64 - RECIPROCAL_BITS);
	u32 nr = product >> RECIPROCAL_BITS;
	/*
	 * What is left after the last block looks like one more, number bucket->blocks.
	 * Only partial runs have a bit set there; in others, it looks free.
	 */
	bool after = type == PAGE_RUN_PARTIAL && nr >= bucket->blocks;

	return (struct block) {
		.address = address,
		.where = after ? BLOCK_RUN_REST :
			 fraction < bucket->start_below ? BLOCK_START : BLOCK_INSIDE,
		.type = type,
		.page = run,
		.bucket = bucket,
		.nr = nr,
	};
}

typedef int (*block_fn)(struct xnheap *heap, struct block block, void *what);

/*
 * Call @then with what lies at @address, which is in @page, and return what it
 * returns. Each type of page has a copy of @then, in which block.type is constant.
 */
static __always_inline int block_in_page(struct xnheap *heap, struct xnheap_page *page,
					 unsigned long address, block_fn then,
					 void *what)
{
	u32 offset = (u32)address & heap->page_mask;
	struct xnheap_page *run;

	if (page->type == PAGE_RUN_WORD) {
		path_mark(word);
		return then(heap, block_in_run(heap, page, address, 0, PAGE_RUN_WORD), what);
	}
	if (page->type == PAGE_RUN_WORDS)
		return then(heap, block_in_run(heap, page, address, 0, PAGE_RUN_WORDS), what);
	if (page->type == PAGE_RUN_PARTIAL) {
		path_mark(partial);
		return then(heap, block_in_run(heap, page, address, 0, PAGE_RUN_PARTIAL), what);
	}
	if (page->type == PAGE_BLOCK)
		return then(heap, (struct block) {
			.address = address,
			.where = offset ? BLOCK_INSIDE : BLOCK_START,
			.type = PAGE_BLOCK,
			.page = page,
		}, what);
	if (page->type == PAGE_RUN_TAIL) {
		/* Runs of several pages have one word of bits */
		path_mark(tail);
		run = page_before(heap, page, page->distance);
		if (run->type == PAGE_RUN_WORD &&
		    page->distance < bucket_of_run(heap, run)->pages)
			return then(heap,
				    block_in_run(heap, run, address,
						 page->distance,
						 PAGE_RUN_WORD), what);
	}
	return then(heap, (struct block) {
		.address = address,
		.where = BLOCK_PAGES,
		.type = PAGE_LAST,
	}, what);
}

/* As block_in_page(), for any address. */
static __always_inline int block_at(struct xnheap *heap, unsigned long address,
				    block_fn then, void *what)
{
	const struct xnheap_extent *ext = extent_find(heap, address);
	unsigned long offset = address - ext->base;

	if (likely(offset < ext->span))
		return block_in_page(heap, page_after(heap, ext->map,
						      offset >> heap->page_shift),
				     address, then, what);
	return then(heap, (struct block) {
		.address = address,
		/* Without a span, it is claimed, but not published */
		.where = ext->span && address - ext->start < ext->size ?
			 BLOCK_EXTENT : BLOCK_OUTSIDE,
		.type = PAGE_LAST,
	}, what);
}

/* Whether what starts at an address is allocated. */
static __always_inline bool block_is_live(struct block block)
{
	return block.type == PAGE_BLOCK ||
	       test_bit(block.nr, block.page->bits + (block.type != PAGE_RUN_WORD));
}

static inline size_t block_size(const struct xnheap *heap, struct block block)
{
	return block.bucket ? block.bucket->size :
	       (size_t)block.page->count << heap->page_shift;
}

static inline unsigned long block_start(const struct xnheap *heap, struct block block)
{
	return page_start(heap, block.page) +
	       (block.bucket ? block.nr * block.bucket->size : 0);
}

struct block block_find(struct xnheap *heap, const void *address);

#endif
