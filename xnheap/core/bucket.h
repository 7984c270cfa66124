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
 * become empty meanwhile, which saves memory and costs instructions. With an
 * empty queue, the bucket begins a run with free pages. A full run is in no list,
 * until a block of it is freed; an empty one, even the current one, becomes free
 * pages at once.
 *
 * With powers of two, all runs are simple: a page, with one word of bits or several,
 * each of which is a block's. Fine classes differ in this: their sizes; runs of several
 * pages, or whose last word has bits that no block has; lifo; and some pages that are
 * kept back. Those of reservations differ, too: see reservation.h.
 */
#ifndef _XNHEAP_BUCKET_H
#define _XNHEAP_BUCKET_H

#include "account.h"
#include "extent.h"
#include "index.h"
#include "list.h"
#include "page_block.h"
#include "size_class.h"

/* Bits of fraction that the reciprocal of a block's size has: see block_in_run(). */
#define RECIPROCAL_BITS	40

struct xnheap_bucket {
	/* where the next block is allocated */
	unsigned long *cursor;		/* a word of the current run; without one, a full word */
	struct xnheap_page *run;	/* current, never full; or NULL, even with runs queued */
	unsigned long address;		/* of the block of that word's lowest bit */

	u64 allocs;
	u64 frees;
	struct list_head queue;		/* of other runs with a free block */

	/* fixed, but for the runs */
	u64 reciprocal;			/* 2^RECIPROCAL_BITS / size, rounded up */
	u64 start_below;		/* see block_in_run() */
	u32 runs;
	u32 size;			/* bytes of a block */
	u32 blocks;			/* in a run: 2 or more, but for reservations */
	/* blocks - 2: run->count while one block is allocated; U32_MAX: empty runs stay */
	u32 count_one_out;
	u16 place;			/* bytes after the first bucket */
	u8 nr;
	u8 pages;			/* of a run */
	u8 type;			/* of a run's first page */
	u8 summary;			/* 1: bits[0] is a summary, blocks have those after */
	bool simple;			/* a run is one page, and has bits for blocks alone */
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

/* Pages of a run. Only where it is one block they may be more than a u8 holds. */
static inline u32 bucket_run_pages(const struct xnheap *heap, const struct xnheap_bucket *bucket)
{
	return bucket->blocks == 1 ? bucket->size >> heap->page_shift : bucket->pages;
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

/* Of a reservation: queue a new run; allocate, where there is a free block; end an empty run. */
void bucket_add_run(struct xnheap *heap, struct xnheap_bucket *bucket, struct xnheap_page *run);
void *bucket_alloc_added(struct xnheap *heap, struct xnheap_bucket *bucket);
void bucket_end_run(struct xnheap *heap, struct xnheap_bucket *bucket, struct xnheap_page *run);

/* The run comes second, as for range_free(), which it may end with. */
notrace __noendbr
int bucket_free_edge(struct xnheap *heap, struct xnheap_page *run, struct xnheap_bucket *bucket);

/*
 * The cursor's word plus 1. Its lowest set bit is the lowest clear one of the word, which
 * is a free block's; it is 0 if all are set, and none is free.
 *
 * Bits that no block has are never found: a run of one word is left when its last block
 * is allocated, by its count; and in one of several words, they are set.
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
 * Count a block of the current run as allocated; true if it was the last free one. A
 * run's count is its free blocks less 1, see struct xnheap_page.
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

/* Free a block of @run, whose bit is clear by now. Returns 0 always. */
static __always_inline int bucket_free(struct xnheap *heap, struct xnheap_bucket *bucket,
				       struct xnheap_page *run)
{
	account_free(heap, bucket->size);
	bucket->frees++;
	/* Two in one: the run was full (-1, the largest u32), or this was all it had allocated */
	if (unlikely((u32)run->count >= bucket->count_one_out))
		return bucket_free_edge(heap, run, bucket);
	run->count++;
	return 0;
}

#endif
