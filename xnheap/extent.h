/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 0: the layout of an extent, the page map, address to page.
 *
 *	start                                       base + page size
 *	| extent | class table, buckets | page map | page 1 | ... | page n |
 *	           (first extent only)
 *
 * Pages are numbered from 1. The map has an entry more at either end, for
 * pages 0 and n + 1 that do not exist, so that every page has neighbours.
 */
#ifndef _XNHEAP_EXTENT_H
#define _XNHEAP_EXTENT_H

#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/xnheap.h>

/*
 * What an entry of the page map stands for. Only the first and the last page
 * of a free range and of a page block are marked, and every page of a run.
 * What is left in the others is old. It may be PAGE_NEXT, which then leads to
 * no run, or to one that is too short to have the page.
 */
enum page_kind {
	PAGE_FREE,		/* first or last of a free range */
	PAGE_BODY,		/* last of a page block; not a page */
	PAGE_BLOCK,		/* first of a page block */
	PAGE_NEXT,		/* of a run, but not its first */
	PAGE_RUN,		/* first of a run: from here on, its bucket */
};

struct xnheap_page {
	struct xnheap_page *next;	/* in the list of class or bucket */
	struct xnheap_page *prev;
	/* range, page block: pages; run: free blocks - 1 */
	int count;
	u16 kind;
	union {
		u8 class;	/* PAGE_FREE: of the range */
		u8 offset;	/* PAGE_NEXT: pages from the first to this */
	};
	u8 extent;		/* its number, in every entry */
	/*
	 * In the first page of a run, a bit a block, set while it is
	 * allocated. Where there are more than 64 blocks, bits[0] tells which
	 * of the words behind it are full. All clear in every other page.
	 */
	unsigned long bits[];
};

/* The extent of an area that was handed in. */
static inline struct xnheap_extent *extent_at(u_long start)
{
	return (void *)ALIGN(start, sizeof(u64));
}

/* The entry of page @nr in the page map at @map. */
static __always_inline struct xnheap_page *map_page(const struct xnheap *heap,
						    struct xnheap_page *map,
						    u_long nr)
{
	return (void *)map + nr * heap->page_stride;
}

/* The address of a page. */
static __always_inline u_long page_start(const struct xnheap *heap,
					 const struct xnheap_page *page)
{
	const struct xnheap_extent *ext = heap->extent[page->extent];
	u_long offset = (void *)page - (void *)ext->map;
	u_long nr = (u64)offset * heap->page_reciprocal >> 32;

	return ext->base + (nr << heap->page_shift);
}

/* The entry @n pages behind @page in the same extent. */
static __always_inline struct xnheap_page *
page_after(const struct xnheap *heap, struct xnheap_page *page, u_long n)
{
	return (void *)page + n * heap->page_stride;
}

static __always_inline struct xnheap_page *
page_before(const struct xnheap *heap, struct xnheap_page *page, u_long n)
{
	return (void *)page - n * heap->page_stride;
}

/*
 * The extent that holds @address, if any does: the last that starts at or
 * before it, or else the first. Places without an extent have a key of
 * ULONG_MAX, which is above no address.
 */
static __always_inline const struct xnheap_place *
extent_find(const struct xnheap *heap, u_long address)
{
	const struct xnheap_place *place = heap->place;

	BUILD_BUG_ON(XNHEAP_MAX_EXTENTS != 64);
	if (address > place[32].key)
		place += 32;
	if (address > place[16].key)
		place += 16;
	if (address > place[8].key)
		place += 8;
	if (address > place[4].key)
		place += 4;
	if (address > place[2].key)
		place += 2;
	if (address > place[1].key)
		place += 1;
	return place;
}

/* What an extent takes beside its own header and its pages. */
struct extent_shape {
	u_long page_size;
	u_long stride;		/* bytes of an entry of the page map */
	u_long header;		/* bytes before the page map */
	u_long extra;		/* likewise, for each page */
};

u_long extent_stride(unsigned int words);
u_long extent_size(u_long pages, const struct extent_shape *shape);
int extent_layout(struct xnheap_extent *ext, u_long start, u_long size,
		  const struct extent_shape *shape);
struct xnheap_extent *extent_format(const struct xnheap *heap,
				    const struct xnheap_extent *plan);
int extent_claim(struct xnheap *heap, struct xnheap_extent *plan);
void extent_publish(struct xnheap *heap, struct xnheap_extent *ext);

#endif
