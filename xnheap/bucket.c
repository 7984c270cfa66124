// SPDX-License-Identifier: GPL-2.0
/* Buckets: the runs they take and give back. */

#include <linux/math.h>
#include <linux/minmax.h>

#include "bucket.h"
#include "kunit.h"
#include "range.h"

/* The word of a bucket without a current run: full. */
static unsigned long no_word = ~0UL;

static void bucket_init(struct xnheap_bucket *bucket, unsigned int nr,
			const struct run_shape *shape, bool lifo)
{
	bool wide = shape->blocks > BITS_PER_LONG;

	*bucket = (struct xnheap_bucket) {
		.word = &no_word,
		.size = shape->size,
		.reciprocal = DIV_ROUND_UP_ULL(1ULL << 32, shape->size),
		.edge = shape->blocks - 2,
		.blocks = shape->blocks,
		.kind = bucket_kind(nr),
		.pages = shape->pages,
		.nr = nr,
		.wide = wide,
		.plain = shape->pages == 1 &&
			 !(wide && shape->blocks % BITS_PER_LONG),
		.lifo = lifo,
	};
}

/* Write the class table and the buckets to plan->bytes bytes at @at. */
void bucket_layout(struct xnheap *heap, const struct bucket_plan *plan,
		   u_long at)
{
	struct run_shape shape = { };
	struct xnheap_bucket *bucket;
	unsigned int nr = 0;
	u_long i = 0;

	heap->class = (u16 *)at;
	heap->buckets = (void *)at + plan_class_bytes(plan) - PAGE_RUN;
	heap->small_max = plan->small_max;
	heap->nr_buckets = plan->nr;
	heap->narrow = U32_MAX;
	heap->wide = PAGE_RUN;

	while (plan_next(plan, &shape)) {
		bucket = bucket_of_kind(heap, bucket_kind(nr));
		bucket_init(bucket, nr++, &shape, plan->steps);
		for (; i < shape.size / XNHEAP_MIN_BLOCK; i++)
			heap->class[i] = bucket->kind;
		if (!bucket->wide)
			heap->narrow = min_t(u32, heap->narrow, bucket->kind);
		else if (!bucket->plain)
			heap->wide = bucket_kind(nr);
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

/* What only runs have that are not plain: more pages, bits that no block has. */
static void run_begin(struct xnheap *heap, const struct xnheap_bucket *bucket,
		      struct xnheap_page *run)
{
	unsigned int rest = bucket->blocks % BITS_PER_LONG, i;
	struct xnheap_page *page = run;

	for (i = 1; i < bucket->pages; i++) {
		page = page_after(heap, page, 1);
		page->kind = PAGE_NEXT;
		page->offset = i;
	}
	if (bucket->wide)
		run->bits[1 + bucket->blocks / BITS_PER_LONG] = ~0UL << rest;
}

static void run_end(struct xnheap *heap, const struct xnheap_bucket *bucket,
		    struct xnheap_page *run)
{
	if (bucket->wide)
		run->bits[1 + bucket->blocks / BITS_PER_LONG] = 0;
	range_put(heap, run, bucket->pages);
}

static __always_inline void bucket_start_run(struct xnheap *heap,
					     struct xnheap_bucket *bucket,
					     struct xnheap_page *run)
{
	run->kind = bucket->kind;
	run->count = bucket->blocks - 1;
	if (unlikely(!bucket->plain))
		run_begin(heap, bucket, run);
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

notrace __noendbr
void bucket_filled(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	if (bucket->wide)
		bucket->run->bits[0] |= BIT(wide_word(bucket));
	if (bucket->head)
		bucket_next_run(heap, bucket);
	else
		bucket_clear_run(heap, bucket);
}
EXPORT_SYMBOL_IF_KUNIT(bucket_filled);

/* The nearest larger bucket with a free block, or NULL. */
static __always_inline struct xnheap_bucket *
bucket_larger(struct xnheap *heap, const struct xnheap_bucket *bucket)
{
	unsigned long nr = index_find(&heap->bucket_index, bucket->nr);

	return nr == XNHEAP_INDEX_BITS ?
	       NULL : bucket_of_kind(heap, bucket_kind(nr));
}

/* Let a bucket begin a run, if there are pages for it. */
static __always_inline bool bucket_new_run(struct xnheap *heap,
					   struct xnheap_bucket *bucket)
{
	unsigned long class = bucket->pages;	/* as all up to 15 */
	struct xnheap_page *range = range_find(heap, bucket->pages, &class);

	if (!range)
		return false;
	bucket_start_run(heap, bucket,
			 range_take(heap, range, bucket->pages, class));
	return true;
}

/*
 * Find a bucket with a free block at its word for a request that @bucket has
 * none for: itself, with the next word, the next run or a new one; or else the
 * next larger that has a free block. NULL if there is none. The last free pages
 * are kept back for those that have no larger bucket to turn to.
 */
notrace __noendbr
struct xnheap_bucket *bucket_refill(struct xnheap *heap,
				    struct xnheap_bucket *bucket)
{
	struct xnheap_bucket *larger = NULL;

	if (!bucket->run && !bucket->head) {
		if (unlikely(heap->free_pages < heap->reserve))
			larger = bucket_larger(heap, bucket);
		if (!larger) {
			if (likely(bucket_new_run(heap, bucket)))
				return bucket;
			larger = bucket_larger(heap, bucket);
			if (!larger)
				return NULL;
		}
		bucket = larger;
	}
	if (!bucket->run) {
		bucket_next_run(heap, bucket);
	} else if (!bucket_room(bucket)) {
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
notrace __noendbr
void bucket_put_edge(struct xnheap *heap, struct xnheap_page *run,
		     struct xnheap_bucket *bucket)
{
	if (!++run->count) {
		if (bucket->lifo)
			queue_push(&bucket->head, run);
		else
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
		run_end(heap, bucket, run);
}
EXPORT_SYMBOL_IF_KUNIT(bucket_put_edge);
