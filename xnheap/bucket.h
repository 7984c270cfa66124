/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 2: small blocks, in runs of pages that hold blocks of one size.
 *
 * McKusick and Karels, "Design of a General Purpose Memory Allocator for the
 * 4.3BSD UNIX Kernel" (USENIX 1988), with bitmaps in the page map where they
 * thread free lists through the blocks.
 *
 * A bucket takes blocks from its current run until that is full, then from
 * the first run in its queue, which holds all others that have a free block.
 * That is the run that waits longest, and so has got most free blocks back: few
 * calls find a run full. Or else, where memory counts more than instructions,
 * the one that has just come: the others may become empty meanwhile.
 */
#ifndef _XNHEAP_BUCKET_H
#define _XNHEAP_BUCKET_H

#include "extent.h"
#include "index.h"
#include "list.h"
#include "plan.h"

/*
 * What alloc and free call is never called through a pointer, and not traced:
 * people trace the calls themselves. No-ops that allow for either count, too.
 */
#ifdef CONFIG_X86
#include <asm/ibt.h>
#else
#define __noendbr
#endif

struct xnheap_bucket {
	/* where the next block is taken from */
	unsigned long *word;		/* of the current run's bitmap */
	struct xnheap_page *run;	/* the current one, or NULL */
	u_long address;			/* of the word's first block */

	u_long allocs;
	u_long frees;
	struct xnheap_page *head;	/* queue of other runs with a free block */
	u32 runs;

	/* fixed */
	u32 size;			/* bytes of a block */
	u32 reciprocal;			/* 2^32 / size, rounded up */
	u32 edge;			/* blocks - 2 */
	u32 blocks;			/* in a run */
	u16 kind;			/* of a run's first page */
	u8 pages;			/* of a run */
	u8 nr;				/* of this bucket */
	bool wide;			/* a run needs more than a word of bits */
	bool plain;			/* a page a run, and whole words of bits */
	bool lifo;			/* the last run queued is the first out */
};

/* The kind of a bucket's runs: what must be added to heap->buckets. */
static __always_inline u16 bucket_kind(unsigned int nr)
{
	return PAGE_RUN + nr * sizeof(struct xnheap_bucket);
}

/* The bucket whose runs are of @kind, PAGE_RUN or more. */
static __always_inline struct xnheap_bucket *
bucket_of_kind(const struct xnheap *heap, unsigned long kind)
{
	return heap->buckets + kind;
}

/* The bucket for a request of @size bytes, 1 to heap->small_max. */
static __always_inline struct xnheap_bucket *
bucket_of_size(const struct xnheap *heap, u_long size)
{
	return bucket_of_kind(heap, heap->class[(size - 1) / XNHEAP_MIN_BLOCK]);
}

/* The bitmap with a bit for each block of a run. */
static __always_inline unsigned long *
bucket_bits(const struct xnheap_bucket *bucket, struct xnheap_page *run)
{
	return &run->bits[bucket->wide];
}

/*
 * The number of the block that starts @offset bytes behind the start of a run;
 * false if none does. For a multiple of the size, and for nothing else, the
 * product's lower half is below the reciprocal.
 */
static __always_inline bool bucket_block(const struct xnheap_bucket *bucket,
					 u64 offset, u32 *nr)
{
	u64 product = offset * bucket->reciprocal;

	if (unlikely((u32)product >= bucket->reciprocal))
		return false;
	*nr = product >> 32;
	return true;
}

void bucket_layout(struct xnheap *heap, const struct bucket_plan *plan,
		   u_long at);
notrace __noendbr
struct xnheap_bucket *bucket_refill(struct xnheap *heap,
				    struct xnheap_bucket *bucket);
notrace __noendbr
void bucket_filled(struct xnheap *heap, struct xnheap_bucket *bucket);
notrace __noendbr
void bucket_put_edge(struct xnheap *heap, struct xnheap_page *run,
		     struct xnheap_bucket *bucket);

/*
 * The word of the current run's bitmap, plus one: that is 0 if the word is full,
 * and else its lowest set bit is the word's lowest clear one.
 */
static __always_inline unsigned long
bucket_room(const struct xnheap_bucket *bucket)
{
	return *bucket->word + 1;
}

/* Take a block of the current run, which has @room. */
static __always_inline void *bucket_take(struct xnheap_bucket *bucket,
					 unsigned long room)
{
	unsigned long nr = __ffs(room);

	__set_bit(nr, bucket->word);
	bucket->allocs++;
	return (void *)bucket->address + nr * bucket->size;
}

/* Count a block as taken. */
static __always_inline void bucket_taken(struct xnheap *heap,
					 struct xnheap_bucket *bucket)
{
	if (unlikely(--bucket->run->count < 0))
		bucket_filled(heap, bucket);
}

/* Count a block of @run, whose bit is clear by now, as free. */
static __always_inline void bucket_put(struct xnheap *heap,
				       struct xnheap_bucket *bucket,
				       struct xnheap_page *run)
{
	bucket->frees++;
	if (unlikely((u32)run->count >= bucket->edge))
		bucket_put_edge(heap, run, bucket);
	else
		run->count++;
}

#endif
