/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reservations: blocks that are set aside for who has the handle.
 *
 * Each has a bucket of its own, after those that requests are served from, where no
 * search looks. Its runs are allocated when it begins, with all blocks free, and it keeps
 * them when they become empty. A block's run leads to that bucket, so whoever frees it
 * gives it back there, and no other call pays for it. A block of whole pages is a run of
 * one block.
 *
 * When a reservation ends, empty runs are given back, and the others by the call that
 * frees the last of their blocks. Until then none of its kind has the bucket. Runs of one
 * block become page blocks.
 */
#ifndef _XNHEAP_RESERVATION_H
#define _XNHEAP_RESERVATION_H

#include <linux/compiler.h>

#include "bucket.h"

/*
 * A handle is an address in so many bytes, but is not used as one. From one to the next it
 * goes up by one, and past places that are taken: by XNHEAP_MAX_RESERVATIONS at most.
 */
#define RESERVATION_HANDLES	SZ_4K

struct reservation {
	unsigned long handle;		/* 0: it has ended */
	bool busy;			/* it begins or ends: runs come or go */
	size_t size;			/* asked for */
	size_t blocks;			/* that may be out */
	size_t lowest;			/* that were left at any time */
	struct xnheap_page **run;	/* if of one block each: all runs; else NULL */
};

/* Allocated with the first one, at a multiple of RESERVATION_HANDLES. */
struct xnheap_reservations {
	struct xnheap *heap;
	unsigned long handles;		/* that were given out */
	u64 steps;			/* runs that came and went as one began or ended */
	struct reservation of[XNHEAP_MAX_RESERVATIONS];
};

/* Buckets of reservations come after all others. */
static inline bool bucket_is_reserved(const struct xnheap *heap,
				      const struct xnheap_bucket *bucket)
{
	return bucket >= heap->buckets + heap->nr_buckets;
}

/* How many buckets there are, with those of reservations. */
static inline unsigned int heap_all_buckets(const struct xnheap *heap)
{
	return heap->nr_buckets +
	       (READ_ONCE(heap->reservations) ? XNHEAP_MAX_RESERVATIONS : 0);
}

static inline struct xnheap_bucket *reservation_bucket(const struct xnheap *heap,
						       const struct reservation *r)
{
	return &heap->buckets[heap->nr_buckets + (r - heap->reservations->of)];
}

static inline struct xnheap_reservations *reservations_of(unsigned long handle)
{
	return (void *)(handle & ~(RESERVATION_HANDLES - 1UL));
}

/* Blocks that are out. */
static inline size_t reservation_out(const struct xnheap *heap, const struct reservation *r)
{
	const struct xnheap_bucket *bucket = reservation_bucket(heap, r);

	return bucket->allocs - bucket->frees;
}

struct reservation *reservation_find(struct xnheap *heap, unsigned long handle);
void *reservation_alloc(struct xnheap *heap, struct reservation *r);

struct reservation *reservation_begin(struct xnheap *heap, size_t size, size_t bytes,
				      size_t blocks);
int reservation_add_run(struct xnheap *heap, struct reservation *r);
size_t reservation_end(struct xnheap *heap, struct reservation *r);
struct xnheap_page *reservation_end_run(struct xnheap *heap, struct reservation *r);

size_t reservations_bytes(const struct xnheap *heap);

#endif
