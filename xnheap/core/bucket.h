/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buckets: small blocks, in runs of pages that hold blocks of one size.
 *
 * McKusick and Karels, "Design of a General Purpose Memory Allocator for the
 * 4.3BSD UNIX Kernel" (USENIX 1988), with bitmaps in the page map where they
 * thread free lists through the blocks.
 *
 * A bucket allocates from its current run until that is full, then from the
 * first run in its queue, which holds all others that have a free block. That
 * is the run that has waited longest, and so has got most blocks back: few
 * calls find a run full. With lifo it is the one that came last: the others may
 * become empty meanwhile, which saves memory and costs instructions.
 *
 * Fine classes differ in this: their sizes; runs of several pages, or whose last
 * word has bits that no block has; lifo; and some pages that are kept back.
 */
#ifndef _XNHEAP_BUCKET_H
#define _XNHEAP_BUCKET_H

#include "account.h"
#include "extent.h"
#include "index.h"
#include "list.h"
#include "page_block.h"
#include "size_class.h"

/*
 * To divide an offset by a block's size, multiply it with a reciprocal that has
 * so many bits of fraction, rounded up. An offset is nr * size + rest, below 2^18;
 * a size is 2^16 at most, so a reciprocal is 2^24 at least. Then
 *	product = nr * 2^RECIPROCAL_BITS + rest * reciprocal + error, error < 2^18,
 * where the last two carry nothing into nr, and are below the reciprocal only if the
 * rest is 0.
 */
#define RECIPROCAL_BITS	40

struct xnheap_bucket {
	/* where the next block is allocated */
	unsigned long *cursor;		/* a word of the current run; without one, a full word */
	struct xnheap_page *run;	/* the current one, or NULL */
	unsigned long address;		/* of the block of that word's lowest bit */

	u64 allocs;
	u64 frees;
	struct list_head queue;		/* of other runs with a free block */

	/* fixed, but for the runs */
	u64 reciprocal;			/* 2^RECIPROCAL_BITS / size, rounded up */
	u64 start_below;		/* a fraction below this: the rest is 0 */
	u32 runs;
	u32 size;			/* bytes of a block */
	u32 blocks;			/* in a run */
	u32 count_one_out;		/* of a run with one block out: blocks - 2, 0 or more */
	u16 place;			/* bytes after the first bucket */
	u8 nr;
	u8 pages;			/* of a run */
	u8 type;			/* of a run's first page */
	u8 summary;			/* 1: bits[0] is a summary, blocks have those after */
	bool simple;			/* a run is a page, no bits of which are set first */
	bool lifo;			/* fine classes */
};

/* The bucket that lies @place bytes after the first. */
static __always_inline struct xnheap_bucket *
bucket_at(const struct xnheap *heap, unsigned long place)
{
	return (void *)heap->buckets + place;
}

/* The bucket for a request of @size bytes, 1 to heap->small_max. */
static __always_inline struct xnheap_bucket *bucket_of_size(const struct xnheap *heap, size_t size)
{
	return bucket_at(heap, heap->bucket_place[(size - 1) / XNHEAP_MIN_BLOCK]);
}

/* The bucket of a run, given its first page. */
static __always_inline struct xnheap_bucket *
bucket_of_run(const struct xnheap *heap, const struct xnheap_page *run)
{
	return bucket_at(heap, run->bucket);
}

void bucket_setup(struct xnheap_bucket *bucket, unsigned int nr,
		  const struct size_class *class, bool lifo);
notrace __noendbr
void *bucket_alloc_slowpath(struct xnheap *heap, struct xnheap_bucket *bucket, size_t size);
notrace __noendbr
void *bucket_alloc_slowpath_aligned(struct xnheap *heap, struct xnheap_bucket *bucket, size_t size,
				    const struct xnheap_index *aligned);
notrace __noendbr
void bucket_advance(struct xnheap *heap, struct xnheap_bucket *bucket);
notrace __noendbr
int bucket_free_edge(struct xnheap *heap, struct xnheap_page *run, struct xnheap_bucket *bucket);

/*
 * The cursor's word plus one: 0 if the word is full, and else its lowest set bit is
 * the word's lowest clear one.
 *
 * That one is a block's. Where a run has one word, its count says that it is full
 * before a bit after those of its blocks is reached; where it has several, such bits
 * were set when it began.
 */
static __always_inline unsigned long bucket_lowest_free(const struct xnheap_bucket *bucket)
{
	return *bucket->cursor + 1;
}

/* Allocate a block at the cursor, given bucket_lowest_free(), which is not 0. */
static __always_inline void *bucket_alloc_at_cursor(struct xnheap *heap,
						    struct xnheap_bucket *bucket,
						    unsigned long lowest_free)
{
	unsigned long nr = __ffs(lowest_free);
	unsigned long offset = nr * bucket->size;

	__set_bit(nr, bucket->cursor);
	bucket->allocs++;
	account_alloc(heap, bucket->size);
	return (void *)(bucket->address + offset);
}

/*
 * Count a block of the current run as allocated; true if it was the last free one.
 * A run's count is that of its free blocks less one.
 */
static __always_inline bool bucket_count_alloc(struct xnheap_bucket *bucket)
{
	return unlikely(--bucket->run->count < 0);
}

static __always_inline void *bucket_alloc(struct xnheap *heap, struct xnheap_bucket *bucket,
					  unsigned long lowest_free)
{
	void *block = bucket_alloc_at_cursor(heap, bucket, lowest_free);

	if (bucket_count_alloc(bucket))
		bucket_advance(heap, bucket);
	return block;
}

/* Count a block of @run, whose bit is clear by now, as free. */
static __always_inline int bucket_free(struct xnheap *heap, struct xnheap_bucket *bucket,
				       struct xnheap_page *run)
{
	account_free(heap, bucket->size);
	bucket->frees++;
	/* Rare: the run was full, its count -1, the largest u32; or this was its last block out */
	if (unlikely((u32)run->count >= bucket->count_one_out))
		return bucket_free_edge(heap, run, bucket);
	run->count++;
	return 0;
}

#endif
