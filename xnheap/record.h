/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 2: debug heaps: a record for each block, a red zone behind it, poison
 * in it once it is free.
 *
 * Blocks are multiples of RECORD_SPAN, so that the place of a block's record
 * follows from its address. The records of an extent stand behind its header.
 */
#ifndef _XNHEAP_RECORD_H
#define _XNHEAP_RECORD_H

#include <linux/align.h>
#include <linux/xnheap.h>

#define RECORD_SPAN	64UL		/* bytes of a page that share a record */
#define RED_ZONE	8UL		/* bytes behind a block, at least */
#define RED_ZONE_MAX	64UL		/* of the rest, those that are checked */
#define POISON_MAX	4096UL		/* first bytes of a block, likewise */

/* What is known of a block. */
struct xnheap_record {
	u_long caller;		/* who allocated it; once free, who freed it */
	u64 time;		/* when, by local_clock() */
	u32 size;		/* bytes asked for */
	u32 era;		/* if poisoned: the heap's era at that time */
	u16 cpu;
	bool live;
};

/* Blocks of one caller that are still out. */
struct leak {
	u_long caller;		/* 0: of all that there is no room for */
	u_long blocks;
	u_long bytes;
};

/* All callers', most bytes first. */
struct leaks {
	unsigned int nr;
	u_long blocks;
	struct leak leak[];
};

static inline bool heap_is_debug(const struct xnheap *heap)
{
	return heap->options & XNHEAP_DEBUG;
}

/* Bytes to take for a request of @size. */
static inline u_long record_size(const struct xnheap *heap, u_long size)
{
	if (!heap_is_debug(heap) || size - 1 >= XNHEAP_MAX_EXTENT_SIZE)
		return size;
	return ALIGN(size + RED_ZONE, RECORD_SPAN);
}

/* The largest request that @bytes can hold. */
static inline u_long record_room(const struct xnheap *heap, u_long bytes)
{
	if (!heap_is_debug(heap))
		return bytes;
	bytes = ALIGN_DOWN(bytes, RECORD_SPAN);
	return bytes ? bytes - RED_ZONE : 0;
}

u_long record_bytes(unsigned int options, u_long page_size);
void record_format(const struct xnheap *heap, struct xnheap_extent *ext);
bool record_take(struct xnheap *heap, u32 era, void *block, u_long size,
		 u_long given, u_long caller, struct xnheap_record *stale);
bool record_put(struct xnheap *heap, u32 *era, void *block, u_long given,
		u_long caller, struct xnheap_record *record);
struct leaks *record_leaks(struct xnheap *heap);

#endif
