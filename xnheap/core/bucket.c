// SPDX-License-Identifier: GPL-2.0
/* Buckets: runs that begin, fill, wait and end. */

#include <linux/math.h>

#include "bucket.h"
#include "range.h"

/* The cursor of a bucket without a current run is at a full word. */
static unsigned long no_word = ~0UL;

void bucket_setup(struct xnheap_bucket *bucket, unsigned int nr,
		  const struct size_class *class, bool lifo)
{
	bool partial = class->blocks % BITS_PER_LONG;
	enum page_type type = class->blocks <= BITS_PER_LONG ? PAGE_RUN_WORD :
			      partial ? PAGE_RUN_PARTIAL : PAGE_RUN_WORDS;

	*bucket = (struct xnheap_bucket) {
		.cursor = &no_word,
		.queue = LIST_HEAD_INIT(bucket->queue),
		.size = class->size,
		.reciprocal = DIV_ROUND_UP_ULL(1ULL << 32, class->size),
		.blocks = class->blocks,
		.count_one_out = class->blocks - 2,
		.count_none_out = class->blocks - 1,
		.place = nr * sizeof(*bucket),
		.nr = nr,
		.pages = class->pages,
		.type = type,
		.words = type != PAGE_RUN_WORD,
		.simple = class->pages == 1 && type != PAGE_RUN_PARTIAL,
		.lifo = lifo,
	};
}

/* The number of the cursor's word, of a bucket that has words. */
static __always_inline unsigned int cursor_word(const struct xnheap_bucket *bucket)
{
	return bucket->cursor - bucket->run->bits - 1;
}

/* Go on to the first word of the current run that is not full. */
static __always_inline void cursor_seek(struct xnheap_bucket *bucket)
{
	int from = cursor_word(bucket);
	int to = ffz(bucket->run->bits[0]);

	bucket->cursor += to - from;
	bucket->address += (long)(to - from) * BITS_PER_LONG * bucket->size;
}

/* Allocate from the start of @run. */
static __always_inline void bucket_set_run(struct xnheap *heap,
					   struct xnheap_bucket *bucket,
					   struct xnheap_page *run)
{
	bucket->run = run;
	bucket->cursor = &run->bits[bucket->words];	/* after the summary */
	bucket->address = page_start(heap, run);
}

/* The next call for a block finds another. */
static __always_inline void bucket_clear_run(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	bucket->run = NULL;
	bucket->cursor = &no_word;
	if (list_empty(&bucket->queue))
		index_clear(&heap->bucket_index, bucket->nr);
}

/* What only runs have that are not simple: more pages, bits that no block has. */
static void run_begin(struct xnheap *heap, const struct xnheap_bucket *bucket,
		      struct xnheap_page *run)
{
	unsigned int rest = bucket->blocks % BITS_PER_LONG, i;
	struct xnheap_page *page = run;

	for (i = 1; i < bucket->pages; i++) {
		page = page_after(heap, page, 1);
		page->type = PAGE_RUN_TAIL;
		page->distance = i;
	}
	if (bucket->words)
		run->bits[1 + bucket->blocks / BITS_PER_LONG] = ~0UL << rest;
}

static void run_end(struct xnheap *heap, const struct xnheap_bucket *bucket,
		    struct xnheap_page *run)
{
	if (bucket->words)
		run->bits[1 + bucket->blocks / BITS_PER_LONG] = 0;
	range_free(heap, run, bucket->pages);
}

/* Let a bucket go on with the first run in its queue. */
static __always_inline void bucket_next_run(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	struct xnheap_page *run = list_first(&bucket->queue);

	list_remove(run);
	bucket_set_run(heap, bucket, run);
	if (bucket->words)
		cursor_seek(bucket);
}

/* The current run is full: go on to another. */
notrace __noendbr
void bucket_advance(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	if (bucket->words)
		bucket->run->bits[0] |= BIT(cursor_word(bucket));
	if (!list_empty(&bucket->queue))
		bucket_next_run(heap, bucket);
	else
		bucket_clear_run(heap, bucket);
}

/* The nearest larger bucket with a free block, or NULL: @bucket has none. */
static __always_inline struct xnheap_bucket *
bucket_larger(struct xnheap *heap, const struct xnheap_bucket *bucket)
{
	unsigned long nr = index_find(&heap->bucket_index, bucket->nr);

	return nr == XNHEAP_INDEX_BITS ? NULL : &heap->buckets[nr];
}

/* Let a bucket begin a run, if there are pages for it. */
static __always_inline bool bucket_new_run(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	unsigned long bin = bucket->pages;	/* below RANGE_EXACT, they are the same */
	struct xnheap_page *run = range_find(heap, bucket->pages, &bin);

	if (!run)
		return false;
	run = range_alloc(heap, run, bucket->pages, bin);
	run->type = bucket->type;
	run->bucket = bucket->place;
	run->count = bucket->count_none_out;	/* its bits are clear */
	if (unlikely(!bucket->simple))
		run_begin(heap, bucket, run);
	bucket->runs++;
	bucket_set_run(heap, bucket, run);
	index_set(&heap->bucket_index, bucket->nr);
	return true;
}

/*
 * Find a bucket with a free block at its cursor for a request that @bucket has
 * none for: itself, with the next word, the next run or a new one; or else the
 * next larger that has a free block. NULL if there is none. The last free pages
 * are kept for those that have no larger bucket to turn to.
 */
notrace __noendbr
struct xnheap_bucket *bucket_refill(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	struct xnheap_bucket *larger = NULL;

	if (!bucket->run && list_empty(&bucket->queue)) {
		/* No race: read so, it is not kept for a costlier subtraction */
		if (unlikely(READ_ONCE(heap->free_pages) < heap->reserve))
			larger = bucket_larger(heap, bucket);
		if (!larger) {
			if (likely(bucket_new_run(heap, bucket)))
				return bucket;
			larger = bucket_larger(heap, bucket);	/* or in vain again */
			if (!larger)
				return NULL;
		}
		bucket = larger;
	}
	if (!bucket->run) {
		bucket_next_run(heap, bucket);
	} else if (!bucket_free_bits(bucket)) {
		bucket->run->bits[0] |= BIT(cursor_word(bucket));
		cursor_seek(bucket);
	}
	return bucket;
}

/*
 * Count a block as free in a run that was full, or that was the last one out of
 * its run.
 */
notrace __noendbr
void bucket_free_edge(struct xnheap *heap, struct xnheap_page *run,
		      struct xnheap_bucket *bucket)
{
	/* It was full, and so not the current run: queue it */
	if (!++run->count) {
		if (bucket->lifo)
			list_add_first(&bucket->queue, run);
		else
			list_add_last(&bucket->queue, run);
		index_set(&heap->bucket_index, bucket->nr);
		return;
	}

	/* It is empty: the bucket leaves it, be it the current run or queued */
	if (run == bucket->run)
		bucket_clear_run(heap, bucket);
	else if (list_remove(run) && !bucket->run)
		index_clear(&heap->bucket_index, bucket->nr);

	bucket->runs--;
	if (likely(bucket->simple))
		range_free(heap, run, 1);
	else
		run_end(heap, bucket, run);
}
