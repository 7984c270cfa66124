// SPDX-License-Identifier: GPL-2.0
/*
 * Buckets: which there are, and the runs they take and give back.
 *
 * What alloc and free call is notrace: a tracer's no-op counts too, and what
 * people trace are the calls themselves.
 */

#include <linux/align.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "bucket.h"
#include "kunit.h"
#include "range.h"

/* The word of a bucket without a current run: full. */
static unsigned long no_word = ~0UL;

/*
 * Step from one bucket to the next larger, from a size of 0 to the first; false
 * after the last. This is the one place that says which sizes there are.
 */
static bool bucket_next(u_long page_size, struct xnheap_bucket *bucket)
{
	u_long size = bucket->size ? bucket->size * 2 : XNHEAP_MIN_BLOCK;

	if (size >= page_size)
		return false;
	*bucket = (struct xnheap_bucket) {
		.word = &no_word,
		.size = size,
		.reciprocal = DIV_ROUND_UP_ULL(1ULL << 32, size),
		.edge = page_size / size - 2,
		.blocks = page_size / size,
		.pages = 1,
		.wide = page_size / size > BITS_PER_LONG,
		.plain = true,
	};
	return true;
}

static u_long class_bytes(const struct bucket_plan *plan)
{
	return ALIGN(plan->small_max / XNHEAP_MIN_BLOCK * sizeof(u16),
		     sizeof(long));
}

void bucket_plan(u_long page_size, struct bucket_plan *plan)
{
	struct xnheap_bucket bucket = { };

	*plan = (struct bucket_plan) { };
	while (bucket_next(page_size, &bucket)) {
		plan->small_max = bucket.size;
		plan->nr++;
	}
	plan->bytes = class_bytes(plan) +
		      plan->nr * sizeof(struct xnheap_bucket);
}
EXPORT_SYMBOL_IF_KUNIT(bucket_plan);

/* Write the class table and the buckets to plan->bytes bytes at @at. */
void bucket_layout(struct xnheap *heap, const struct bucket_plan *plan,
		   u_long at)
{
	struct xnheap_bucket bucket = { };
	u_long i = 0;

	heap->class = (u16 *)at;
	heap->buckets = (void *)at + class_bytes(plan) - PAGE_RUN;
	heap->small_max = plan->small_max;
	heap->narrow = U32_MAX;

	while (bucket_next(heap->page_mask + 1, &bucket)) {
		bucket.nr = heap->nr_buckets++;
		bucket.kind = bucket_kind(bucket.nr);
		*bucket_of_kind(heap, bucket.kind) = bucket;
		for (; i < bucket.size / XNHEAP_MIN_BLOCK; i++)
			heap->class[i] = bucket.kind;
		if (!bucket.wide)
			heap->narrow = min_t(u32, heap->narrow,
					     bucket.kind);
	}
}
EXPORT_SYMBOL_IF_KUNIT(bucket_layout);

/* Where in its bitmap the current run of a wide bucket stands. */
static __always_inline unsigned int wide_word(const struct xnheap_bucket *bucket)
{
	return bucket->word - bucket->run->bits - 1;
}

/* Go on to the first word of the current run that is not full. */
static __always_inline void wide_seek(struct xnheap_bucket *bucket)
{
	int from = wide_word(bucket);
	int to = ffz(bucket->run->bits[0]);

	bucket->word += to - from;
	bucket->address += (long)(to - from) * BITS_PER_LONG * bucket->size;
}

/* Take blocks from the start of @run. */
static __always_inline void bucket_set_run(struct xnheap *heap,
					   struct xnheap_bucket *bucket,
					   struct xnheap_page *run)
{
	bucket->run = run;
	bucket->word = bucket_bits(bucket, run);
	bucket->address = page_start(heap, run);
}

/* Without a current run. The next call for a block finds another. */
static __always_inline void bucket_clear_run(struct xnheap *heap,
					     struct xnheap_bucket *bucket)
{
	bucket->run = NULL;
	bucket->word = &no_word;
	if (!bucket->head)
		index_clear(&heap->bucket_index, bucket->nr);
}

/* The last word of a wide run's bitmap, and its bits that no block has. */
static unsigned long *run_tail(const struct xnheap_bucket *bucket,
			       struct xnheap_page *run, unsigned long *mask)
{
	unsigned int blocks = bucket->blocks % BITS_PER_LONG;

	*mask = bucket->wide && blocks ? ~0UL << blocks : 0;
	return bucket_bits(bucket, run) + bucket->blocks / BITS_PER_LONG;
}

/* What only runs have that are not plain. */
static void run_mark(struct xnheap *heap, const struct xnheap_bucket *bucket,
		     struct xnheap_page *run)
{
	struct xnheap_page *page = run;
	unsigned long mask, *tail;
	unsigned int i;

	for (i = 1; i < bucket->pages; i++) {
		page = page_after(heap, page, 1);
		page->kind = PAGE_NEXT;
		page->offset = i;
	}
	tail = run_tail(bucket, run, &mask);
	if (mask)
		*tail |= mask;
}

static void run_put(struct xnheap *heap, const struct xnheap_bucket *bucket,
		    struct xnheap_page *run)
{
	struct xnheap_page *page = run;
	unsigned long mask, *tail;
	unsigned int i;

	for (i = 1; i < bucket->pages; i++) {
		page = page_after(heap, page, 1);
		page->kind = PAGE_FREE;
	}
	tail = run_tail(bucket, run, &mask);
	if (mask)
		*tail = 0;
	range_put(heap, run, bucket->pages);
}

static __always_inline void bucket_start_run(struct xnheap *heap,
					     struct xnheap_bucket *bucket,
					     struct xnheap_page *run)
{
	run->kind = bucket->kind;
	run->count = bucket->blocks - 1;
	if (unlikely(!bucket->plain))
		run_mark(heap, bucket, run);
	bucket->runs++;
	bucket_set_run(heap, bucket, run);
	index_set(&heap->bucket_index, bucket->nr);
}

/* Let a bucket go on with the first run in its queue. */
static __always_inline void bucket_next_run(struct xnheap *heap,
					    struct xnheap_bucket *bucket)
{
	bucket_set_run(heap, bucket, queue_take(&bucket->head));
	if (bucket->wide)
		wide_seek(bucket);
}

notrace void bucket_filled(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	if (bucket->wide)
		bucket->run->bits[0] |= BIT(wide_word(bucket));
	if (bucket->head)
		bucket_next_run(heap, bucket);
	else
		bucket_clear_run(heap, bucket);
}
EXPORT_SYMBOL_IF_KUNIT(bucket_filled);

/*
 * Find a bucket with a free block at its word for a request that @bucket has
 * none for: itself, with the next word, the next run or a new one; or else the
 * next larger that has a free block. NULL if there is none.
 */
notrace struct xnheap_bucket *bucket_refill(struct xnheap *heap,
					    struct xnheap_bucket *bucket)
{
	unsigned long class = bucket->pages;	/* as all up to 15 */
	struct xnheap_page *range;
	unsigned long nr;

	if (!bucket->run && !bucket->head) {
		range = range_find(heap, bucket->pages, &class);
		if (likely(range)) {
			bucket_start_run(heap, bucket,
					 range_take(heap, range, bucket->pages,
						    class));
			return bucket;
		}
		nr = index_find(&heap->bucket_index, bucket->nr);
		if (nr == XNHEAP_INDEX_BITS)
			return NULL;
		bucket = bucket_of_kind(heap, bucket_kind(nr));
	}
	if (!bucket->run) {
		bucket_next_run(heap, bucket);
	} else if (!~*bucket->word) {
		bucket->run->bits[0] |= BIT(wide_word(bucket));
		wide_seek(bucket);
	}
	return bucket;
}
EXPORT_SYMBOL_IF_KUNIT(bucket_refill);

/*
 * Count a block as free in a run that was full, and has a block to take now,
 * or that has no block left, and goes back to the free ranges.
 */
notrace void bucket_put_edge(struct xnheap *heap, struct xnheap_bucket *bucket,
			     struct xnheap_page *run)
{
	if (!++run->count) {
		queue_append(&bucket->head, run);
		index_set(&heap->bucket_index, bucket->nr);
		return;
	}

	if (run == bucket->run)
		bucket_clear_run(heap, bucket);
	else if (queue_remove(&bucket->head, run) && !bucket->run)
		index_clear(&heap->bucket_index, bucket->nr);

	bucket->runs--;
	if (likely(bucket->plain))
		range_put(heap, run, 1);
	else
		run_put(heap, bucket, run);
}
EXPORT_SYMBOL_IF_KUNIT(bucket_put_edge);
