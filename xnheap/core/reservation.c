// SPDX-License-Identifier: GPL-2.0
/* Reservations: blocks that are set aside for who has the handle. */

#include <linux/err.h>
#include <linux/math.h>

#include "range.h"
#include "reservation.h"

/* The reservation that has the handle; NULL: none has it, or not yet, or not any more. */
struct reservation *reservation_find(struct xnheap *heap, unsigned long handle)
{
	struct reservation *r = &heap->reservations->of[handle % XNHEAP_MAX_RESERVATIONS];

	return r->handle == handle && !r->busy ? r : NULL;
}

/* @r: of reservation_find(), so that it may be NULL. */
void *reservation_alloc(struct xnheap *heap, struct reservation *r)
{
	size_t left = r ? r->blocks - reservation_out(heap, r) : 0;

	if (unlikely(!left)) {
		heap->failed[XNHEAP_ALLOC_RESERVED]++;
		return NULL;
	}
	if (left <= r->lowest)
		r->lowest = left - 1;
	return bucket_alloc_added(heap, reservation_bucket(heap, r));
}

/* Blocks that a request of @bytes is served with, or else of whole pages. */
static struct size_class class_of(const struct xnheap *heap, size_t bytes)
{
	const struct xnheap_bucket *bucket;

	if (bytes <= heap->small_max) {
		bucket = bucket_of_size(heap, bytes);
		/* Where no extent has room for such a run, pages serve */
		if ((size_t)bucket->pages << heap->page_shift <= heap->largest_span)
			return (struct size_class) {
				bucket->size, bucket->blocks, bucket->pages
			};
	}
	return (struct size_class) { round_up(bytes, heap->page_mask + 1UL), 1, 1 };
}

/* What was counted of the bucket goes on: it is a part of the heap's counts. */
static void setup_bucket(struct xnheap *heap, struct xnheap_bucket *bucket,
			 const struct size_class *class)
{
	const u64 calls = bucket->allocs;	/* and as many frees */

	bucket_setup(bucket, bucket - heap->buckets, class, false);
	bucket->nr = heap->nr_buckets + 1;	/* of a bit that nobody reads */
	bucket->count_one_out = U32_MAX;
	bucket->allocs = calls;
	bucket->frees = calls;
}

/*
 * Begin to reserve @blocks blocks for requests of @size bytes, which take @bytes of the
 * heap; or ERR_PTR(): of -ENOSPC if all buckets are taken, of -ENOMEM if there are too few
 * pages.
 */
struct reservation *reservation_begin(struct xnheap *heap, size_t size, size_t bytes,
				      size_t blocks)
{
	struct xnheap_reservations *all = heap->reservations;
	const struct size_class class = class_of(heap, bytes);
	unsigned long handle = all->handles;
	struct xnheap_bucket *bucket;
	struct reservation *r;
	unsigned int i;
	size_t pages;

	for (i = 0; i < XNHEAP_MAX_RESERVATIONS; i++, handle++) {
		r = &all->of[handle % XNHEAP_MAX_RESERVATIONS];
		bucket = reservation_bucket(heap, r);
		if (!r->handle && !r->busy && !bucket->runs)
			break;
	}
	if (i == XNHEAP_MAX_RESERVATIONS)
		return ERR_PTR(-ENOSPC);
	pages = class.blocks == 1 ? class.size >> heap->page_shift : class.pages;
	if ((blocks - 1) / class.blocks >= heap->free_pages / pages)
		return ERR_PTR(-ENOMEM);
	setup_bucket(heap, bucket, &class);
	all->handles = handle + 1;
	*r = (struct reservation) {
		.handle = (unsigned long)all + handle % RESERVATION_HANDLES,
		.busy = true,
		.size = size,
		.blocks = blocks,
		.lowest = blocks,
	};
	return r;
}

/* Returns 1 if more runs are needed; 0 if not: it has begun; or -ENOMEM. */
int reservation_add_run(struct xnheap *heap, struct reservation *r)
{
	struct xnheap_bucket *bucket = reservation_bucket(heap, r);
	u32 pages = bucket_run_pages(heap, bucket);
	unsigned long bin = range_bin(pages);
	struct xnheap_page *range = range_find(heap, pages, &bin);

	if (!range)
		return -ENOMEM;
	range = range_alloc(heap, range, pages, bin);
	if (r->run)
		r->run[bucket->runs] = range;
	bucket_add_run(heap, bucket, range);
	heap->reserved_pages += pages;
	heap->reservations->steps++;
	r->busy = (size_t)bucket->runs * bucket->blocks < r->blocks;
	return r->busy;
}

/*
 * Nothing is allocated from it any more, and runs go as they become empty. Those that
 * are empty now are for reservation_end_run(): returns how many times to call that.
 */
size_t reservation_end(struct xnheap *heap, struct reservation *r)
{
	struct xnheap_bucket *bucket = reservation_bucket(heap, r);

	r->handle = 0;
	r->busy = true;
	r->blocks = 0;
	heap->reserved_pages -= bucket->runs * bucket_run_pages(heap, bucket);
	bucket->count_one_out = bucket->blocks - 2;	/* of one block: U32_MAX, as before */
	return bucket->runs;
}

/* Let the last run of one block go; or if that is out, let it be a page block: return it. */
static struct xnheap_page *end_block(struct xnheap *heap, struct xnheap_bucket *bucket,
				     struct reservation *r)
{
	struct xnheap_page *run = r->run[bucket->runs - 1];

	if (!run->count) {
		bucket_end_run(heap, bucket, run);
		return NULL;
	}
	/* It was allocated there, not here */
	bucket->runs--;
	bucket->allocs--;
	run->bits[0] = 0;
	page_block_begin(heap, run, bucket_run_pages(heap, bucket));
	return run;
}

/*
 * Give back a run that is empty; one that is not waits after the others in the queue.
 * Returns one that has become a page block, or NULL.
 */
struct xnheap_page *reservation_end_run(struct xnheap *heap, struct reservation *r)
{
	struct xnheap_bucket *bucket = reservation_bucket(heap, r);
	struct xnheap_page *run = bucket->run;
	int empty = bucket->blocks - 1;

	heap->reservations->steps++;
	if (r->run)
		return end_block(heap, bucket, r);
	if (!run || run->count != empty) {
		if (list_empty(&bucket->queue))
			return NULL;
		run = list_first(&bucket->queue);
	}
	if (run->count == empty) {
		bucket_end_run(heap, bucket, run);
	} else {
		list_remove(run);
		list_add_last(&bucket->queue, run);
	}
	return NULL;
}

/* Bytes that are neither used nor free: what is not out of all runs of reservations. */
size_t reservations_bytes(const struct xnheap *heap)
{
	const struct xnheap_bucket *bucket;
	size_t bytes = 0;
	unsigned int i;

	for (i = heap->nr_buckets; i < heap_all_buckets(heap); i++) {
		bucket = &heap->buckets[i];
		bytes += ((size_t)bucket->runs * bucket_run_pages(heap, bucket) <<
			  heap->page_shift) -
			 (size_t)(bucket->allocs - bucket->frees) * bucket->size;
	}
	return bytes;
}
