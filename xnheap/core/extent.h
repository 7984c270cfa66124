/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extents: where the pages and their map lie; address to page.
 *
 *	in one area	| extra | page map | page 0 | ... | page n - 1 |
 *	apart		| extra | page map |   and   | page 0 | ... | page n - 1 |
 *
 * The map has an entry more at either end, for pages -1 and n, which do not
 * exist, so that every page has neighbours. They are PAGE_LAST: nothing merges
 * with them.
 */
#ifndef _XNHEAP_EXTENT_H
#define _XNHEAP_EXTENT_H

#include <linux/xnheap.h>

#include "linkage.h"

/*
 * What an entry of the page map stands for. The first and the last page of a
 * free range and of a page block are marked, and every page of a run. All other
 * entries are stale: a stale entry is never PAGE_BLOCK or the first of a run, so no
 * block is found there. One may be PAGE_RUN_TAIL, but then leads to no run, or to
 * one that is too short to have the page. The order counts: runs come last.
 */
enum page_type {
	PAGE_FREE,		/* first or last of a free range */
	PAGE_LAST,		/* last of a page block; or not a page */
	PAGE_BLOCK,		/* first of a page block */
	PAGE_RUN_TAIL,		/* of a run, but not its first */
	/* first of a run; its blocks have: */
	PAGE_RUN_PARTIAL,	/* several words of bits, some of the last set for no block */
	PAGE_RUN_WORDS,		/* several words of bits */
	PAGE_RUN_WORD,		/* one word of bits */
};

struct xnheap_page {
	/* in a bin or a bucket's queue; first, so that an entry NULL is a page NULL */
	struct list_head list;
	/* range, page block: pages; run: free blocks - 1, so that a full one has -1 */
	int count;
	u8 type;
	u8 extent;		/* its number, in every entry */
	union {
		u16 bin;	/* PAGE_FREE: of the range */
		u16 distance;	/* PAGE_RUN_TAIL: pages from the first to this */
		u16 bucket;	/* first of a run: its bucket's place, in bytes */
	};
	/*
	 * In the first page of a run, a bit a block, set while it is
	 * allocated. Where they take several words, bits[0] is a summary of those
	 * after it: which are full. That of the cursor's word is set when the
	 * cursor leaves it; one is cleared when a block of its word is freed, so in
	 * an empty run all are. All clear in every other page.
	 */
	unsigned long bits[];
};

/* Entries without an extent have a key of ULONG_MAX: no address is above. */
struct xnheap_by_address {
	unsigned long key;		/* start - 1 */
	struct xnheap_extent *extent;
};

/* The entry @n pages after @page in the same extent. */
static __always_inline struct xnheap_page *
page_after(const struct xnheap *heap, struct xnheap_page *page, u32 n)
{
	return (void *)page + n * heap->page_stride;
}

static __always_inline struct xnheap_page *
page_before(const struct xnheap *heap, struct xnheap_page *page, u32 n)
{
	return (void *)page - n * heap->page_stride;
}

/* The address of a page. */
static __always_inline unsigned long page_start(const struct xnheap *heap,
						const struct xnheap_page *page)
{
	const struct xnheap_extent *ext = &heap->extent[page->extent];
	unsigned long offset = (void *)page - (void *)ext->map;
	/*
	 * Exact: the reciprocal is (2^32 + e) / stride, where e < stride, so the product is
	 * nr * 2^32 + nr * e. And nr * e < nr * stride < 2^32: an extent has 2^30 bytes at
	 * most, and an entry less than four times its page.
	 */
	unsigned long nr = (u64)offset * heap->page_reciprocal >> 32;

	return ext->base + (nr << heap->page_shift);
}

/*
 * The extent that holds @address, if any does: the last that starts at or
 * before it, or else the first.
 */
static __always_inline const struct xnheap_extent *
extent_find(const struct xnheap *heap, unsigned long address)
{
	const struct xnheap_by_address *at = heap->by_address;

	unsigned int half;

#pragma GCC unroll 6
	for (half = XNHEAP_MAX_EXTENTS / 2; half; half /= 2)
		if (address > at[half].key)
			at += half;
	return at->extent;
}

/* The extent that has a page at @address, or NULL; without the lock. */
notrace __noendbr
const struct xnheap_extent *extent_find_unlocked(const struct xnheap *heap,
						 unsigned long address);

/* What an extent has for each of its pages, and the page. */
struct extent_shape {
	size_t page_size;
	size_t stride;		/* bytes of an entry of the page map */
	size_t extra;		/* bytes of an observer's */
};

/* Memory that an extent is to be made of. Without a map, the map lies in it. */
struct extent_area {
	unsigned long start;
	size_t size;
	unsigned long map;
	size_t map_size;
	u64 cookie;
};

size_t extent_map_size(size_t pages, const struct extent_shape *shape);
int extent_layout(struct xnheap_extent *ext, const struct extent_area *area,
		  const struct extent_shape *shape);
struct xnheap_extent *extent_claim(struct xnheap *heap, const struct xnheap_extent *plan);
void extent_format(const struct xnheap *heap, struct xnheap_extent *ext);
void extent_publish(struct xnheap *heap, struct xnheap_extent *ext);
void extent_retire(struct xnheap *heap, struct xnheap_extent *ext);

#endif
