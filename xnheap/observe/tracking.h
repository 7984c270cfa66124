/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debug heaps: a track of each block, a red zone after it, poison in it once
 * it is free.
 *
 * Blocks are multiples of TRACKING_SPAN, so that the place of a block's track
 * follows from its address. The tracks of an extent are its extra, which ends where
 * its page map begins.
 */
#ifndef _XNHEAP_TRACKING_H
#define _XNHEAP_TRACKING_H

#include <linux/align.h>
#include <linux/xnheap.h>

#define TRACKING_SPAN	64UL		/* bytes of a page that share a track */
#define RED_ZONE	8UL		/* bytes after a block, at least */
#define RED_ZONE_MAX	64UL		/* of the rest, those that are checked */
#define POISON_MAX	4096UL		/* first bytes of a block, likewise */

/* What is known of a block. */
struct track {
	unsigned long caller;	/* who allocated it; once free, who freed it */
	u64 time;		/* when, by local_clock() */
	u32 size;		/* bytes asked for */
	u32 era;		/* if poisoned: the heap's era at that time */
	u16 cpu;
	bool live;
};

/* Blocks of one caller that are still allocated. */
struct leak {
	unsigned long caller;	/* 0: of all that there is no room for */
	unsigned long blocks;
	unsigned long bytes;
};

/* All callers', most bytes first. */
struct leaks {
	unsigned int nr;
	unsigned long blocks;
	struct leak leak[];
};

static inline bool heap_is_debug(const struct xnheap *heap)
{
	return heap->flags & XNHEAP_DEBUG;
}

/* Bytes to allocate for a request of @size. */
static inline size_t tracking_size(const struct xnheap *heap, size_t size)
{
	if (!heap_is_debug(heap) || size - 1 >= XNHEAP_MAX_EXTENT_SIZE)
		return size;
	return ALIGN(size + RED_ZONE, TRACKING_SPAN);
}

/* The largest request that @bytes can hold. */
static inline size_t tracking_largest(const struct xnheap *heap, size_t bytes)
{
	if (!heap_is_debug(heap))
		return bytes;
	bytes = ALIGN_DOWN(bytes, TRACKING_SPAN);
	return bytes ? bytes - RED_ZONE : 0;
}

/*
 * Bytes of pages for blocks of @bytes in all: with its red zone, one that was a
 * power of two takes the next, and one of a page takes two.
 */
static inline size_t tracking_planned(unsigned int flags, size_t bytes)
{
	return flags & XNHEAP_DEBUG ? 2 * bytes : bytes;
}

/* The tracks of an extent; the map's first entry is that of page -1. */
static inline struct track *tracks_of(const struct xnheap *heap,
				      const struct xnheap_extent *ext)
{
	return (void *)ext->map - heap->page_stride -
	       ext->nr_pages * heap->page_extra;
}

size_t tracking_page_extra(unsigned int flags, size_t page_size);
void tracking_format(const struct xnheap *heap, struct xnheap_extent *ext);
bool tracking_alloc(struct xnheap *heap, u32 era, void *block, size_t size,
		    size_t given, unsigned long caller, struct track *stale);
bool tracking_free(struct xnheap *heap, u32 *era, void *block, size_t given,
		   unsigned long caller, struct track *track);
bool tracking_defer(struct xnheap *heap, void *block, size_t given,
		    unsigned long caller, struct track *track);
size_t tracking_asked(const struct xnheap *heap, const void *block);
bool tracking_resize(struct xnheap *heap, u32 *era, void *block, size_t size,
		     size_t had, size_t given, unsigned long caller, struct track *track);
bool tracking_grown(struct xnheap *heap, u32 era, void *block, size_t had,
		    size_t given, struct track *stale);
struct leaks *tracking_leaks(struct xnheap *heap, int (*stop)(struct xnheap *heap));

#endif
