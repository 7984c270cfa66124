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
	u64 reciprocal = DIV_ROUND_UP_ULL(1ULL << RECIPROCAL_BITS, class->size);

	*bucket = (struct xnheap_bucket) {
		.cursor = &no_word,
		.queue = LIST_HEAD_INIT(bucket->queue),
		.size = class->size,
		.reciprocal = reciprocal,
		.start_below = reciprocal << (64 - RECIPROCAL_BITS),
		.blocks = class->blocks,
		.count_one_out = class->blocks - 2,
		.place = nr * sizeof(*bucket),
		.nr = nr,
		.pages = class->pages,
		.type = type,
		.summary = type != PAGE_RUN_WORD,
		.simple = class->pages == 1 && type != PAGE_RUN_PARTIAL,
		.lifo = lifo,
	};
}

/* The number of the cursor's word, of a bucket that has several. */
static __always_inline unsigned long cursor_word(const struct xnheap_bucket *bucket)
{
	return bucket->cursor - bucket->run->bits - 1;
}

/* The cursor's word is full: say so in the summary. */
static __always_inline void cursor_mark_full(struct xnheap_bucket *bucket)
{
	if (bucket->summary)
		__set_bit(cursor_word(bucket), bucket->run->bits);
}

/*
 * Go on to the first word of the current run that is not full, be it before this
 * one. Only for runs of several words: others are full with their word.
 */
static __always_inline void cursor_next_word(struct xnheap_bucket *bucket)
{
	long step;

	cursor_mark_full(bucket);
	step = ffz(bucket->run->bits[0]) - cursor_word(bucket);
	bucket->cursor += step;
	bucket->address += step * BITS_PER_LONG * bucket->size;
}

/* Have no current run: the next call looks for one, in the queue first. */
static __always_inline void bucket_clear_run(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	bucket->run = NULL;
	bucket->cursor = &no_word;
	/* Not that it is likely: so the longest path has no jump, for the bound */
	if (likely(list_empty(&bucket->queue)))
		index_clear(&heap->bucket_index, bucket->nr);
}

/* Set up what simple runs have not: more pages; or in the last word, bits of no block. */
static __always_inline void run_begin(struct xnheap *heap, const struct xnheap_bucket *bucket,
				      struct xnheap_page *run)
{
	struct xnheap_page *page;
	size_t stride;
	u32 i;

	if (bucket->summary) {
		run->bits[1 + bucket->blocks / BITS_PER_LONG] =
			~0UL << bucket->blocks % BITS_PER_LONG;
		return;
	}
	i = bucket->pages - 1;
	page = page_after(heap, run, i);
	stride = heap->page_stride;
	do {
		page->type = PAGE_RUN_TAIL;
		page->distance = i;
		path_mark(wide_page);
		page = (void *)page - stride;
	} while (--i);
}

/* Let a bucket go on with the first run in its queue. */
static __always_inline void bucket_next_run(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	struct xnheap_page *run = list_first(&bucket->queue);
	unsigned long word;

	list_remove(run);
	bucket->run = run;
	bucket->cursor = run->bits;
	bucket->address = page_start(heap, run);
	if (!bucket->summary)
		return;
	word = ffz(run->bits[0]);
	bucket->cursor += 1 + word;
	bucket->address += word * BITS_PER_LONG * bucket->size;
}

/* The current run is full: go on to another. */
notrace __noendbr
void bucket_advance(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	path_enter(advance);
	cursor_mark_full(bucket);
	if (!list_empty(&bucket->queue))
		bucket_next_run(heap, bucket);
	else
		bucket_clear_run(heap, bucket);
}

/* There is no current run: allocate from the first in the queue, and go on with that. */
static noinline notrace __noendbr
void *alloc_from_queue(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	void *block;

	path_enter(from_queue);
	bucket_next_run(heap, bucket);
	block = bucket_alloc_at_cursor(heap, bucket, bucket_lowest_free(bucket));
	if (bucket_count_alloc(bucket)) {
		/* It is full again. The next one is for the next call, for the bound's sake */
		cursor_mark_full(bucket);
		bucket_clear_run(heap, bucket);
	}
	return block;
}

/* Allocate from the current run. */
static noinline notrace __noendbr
void *alloc_from_run(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	path_enter(from_run);
	/* A current run is never full, but the cursor's word may be, if it has several words */
	if (!bucket_lowest_free(bucket))
		cursor_next_word(bucket);
	return bucket_alloc(heap, bucket, bucket_lowest_free(bucket));
}

static __always_inline void *alloc_from(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	return bucket->run ? alloc_from_run(heap, bucket) : alloc_from_queue(heap, bucket);
}

/* The nearest larger bucket with a free block, or NULL: @bucket has none. */
static __always_inline struct xnheap_bucket *
bucket_larger(struct xnheap *heap, const struct xnheap_bucket *bucket,
	      const struct xnheap_index *aligned)
{
	unsigned long nr = aligned ?
		index_find_and(&heap->bucket_index, aligned, bucket->nr) :
		index_find(&heap->bucket_index, bucket->nr);

	return nr == heap->nr_buckets ? NULL : &heap->buckets[nr];
}

/*
 * While pages are scarce, a block of a larger bucket is handed out before a run begins.
 * With powers of two they are scarce when none is free.
 */
static __always_inline bool is_scarce(const struct xnheap *heap)
{
	return heap->free_pages < heap->scarce_below;
}

/*
 * Allocate from a new run; or where there are not enough pages in a row for one,
 * from a larger bucket, or else just pages.
 */
static __always_inline
void *alloc_from_new_run(struct xnheap *heap, struct xnheap_bucket *bucket,
			 size_t size, const struct xnheap_index *aligned)
{
	u32 pages = bucket->pages;
	unsigned long bin = pages;	/* below RANGE_EXACT, they are the same */
	struct xnheap_page *range, *run;
	struct xnheap_bucket *larger = NULL;
	unsigned long *bits;

	path_mark(new_run);
	range = range_find(heap, pages, &bin);
	if (unlikely(!range)) {
		/* Fine classes alone: powers of two need one page, and there is one */
		path_mark(run_missing);
		/* If pages are scarce, alloc_slowpath() has looked, and found none */
		if (!is_scarce(heap)) {
			path_mark(larger);
			larger = bucket_larger(heap, bucket, aligned);
		}
		return larger ? alloc_from(heap, larger) : page_block_alloc_short(heap, size);
	}
	run = range_alloc(heap, range, pages, bin);
	run->type = bucket->type;
	path_mark(run_begun);
	run->bucket = bucket->place;
	run->count = bucket->count_one_out;	/* not full: it has 2 blocks at least */
	if (unlikely(!bucket->simple))
		run_begin(heap, bucket, run);

	bits = run->bits + bucket->summary;	/* after the summary */
	*bits = 1;				/* all others are clear, as outside of runs */
	bucket->cursor = bits;
	bucket->run = run;
	bucket->runs++;
	bucket->allocs++;
	account_alloc(heap, bucket->size);
	index_set(&heap->bucket_index, bucket->nr);
	bucket->address = page_start(heap, run);
	return (void *)bucket->address;
}

/*
 * Allocate a block for a request that @bucket has none for at its cursor: from its
 * next word or run; or else from a new one; or else from the next larger bucket that
 * has a block, or just pages. Where pages are scarce, the larger bucket comes before
 * a new run. Only buckets in @aligned count, unless that is NULL.
 */
static __always_inline void *alloc_slowpath(struct xnheap *heap,
					    struct xnheap_bucket *bucket, size_t size,
					    const struct xnheap_index *aligned)
{
	struct xnheap_bucket *larger;

	if (index_test(&heap->bucket_index, bucket->nr))
		return alloc_from(heap, bucket);
	if (unlikely(is_scarce(heap))) {
		path_mark(scarce);
		larger = bucket_larger(heap, bucket, aligned);
		if (larger)
			return alloc_from(heap, larger);
		/* So it is with powers of two, whenever pages are scarce */
		if (!heap->free_pages)
			return page_block_refuse(heap);
	}
	return alloc_from_new_run(heap, bucket, size, aligned);
}

notrace __noendbr
void *bucket_alloc_slowpath(struct xnheap *heap, struct xnheap_bucket *bucket, size_t size)
{
	return alloc_slowpath(heap, bucket, size, NULL);
}

notrace __noendbr
void *bucket_alloc_slowpath_aligned(struct xnheap *heap, struct xnheap_bucket *bucket, size_t size,
				    const struct xnheap_index *aligned)
{
	return alloc_slowpath(heap, bucket, size, aligned);
}

/*
 * Count a block as free in a run that was full, or that is empty now. Returns 0
 * always, so that a free can end with it.
 */
notrace __noendbr
int bucket_free_edge(struct xnheap *heap, struct xnheap_page *run, struct xnheap_bucket *bucket)
{
	bool none_queued;

	/* From -1 to 0: it was full, and so not the current run. Queue it */
	if (!++run->count) {
		if (bucket->lifo)
			list_add_first(&bucket->queue, run);
		else
			list_add_last(&bucket->queue, run);
		index_set(&heap->bucket_index, bucket->nr);
		return 0;
	}

	/* It is empty: take it from the bucket, as its current run or out of the queue */
	if (run == bucket->run) {
		bucket_clear_run(heap, bucket);
	} else {
		none_queued = list_remove(run);
		/* For the bound, as in bucket_clear_run() */
		if (likely(none_queued) && likely(!bucket->run))
			index_clear(&heap->bucket_index, bucket->nr);
	}

	bucket->runs--;
	if (likely(bucket->simple))
		return range_free(heap, run, 1);
	/* Outside of runs, all bits are clear, as those of blocks are by now: clear the rest */
	if (bucket->summary)
		run->bits[1 + bucket->blocks / BITS_PER_LONG] = 0;
	return range_free_noinline(heap, run, bucket->pages);
}

/*
 * All blocks of @run are free. Its pages still look like parts of a range; where it is one
 * block, those between the first and the last go on doing so.
 */
void bucket_add_run(struct xnheap *heap, struct xnheap_bucket *bucket, struct xnheap_page *run)
{
	path_mark(added_run);
	/* In this order: a single page is both */
	page_after(heap, run, bucket_run_pages(heap, bucket) - 1)->type = PAGE_LAST;
	run->type = bucket->type;
	run->bucket = bucket->place;
	run->count = bucket->blocks - 1;
	if (!bucket->simple)
		run_begin(heap, bucket, run);
	list_add_last(&bucket->queue, run);
	bucket->runs++;
}

void *bucket_alloc_added(struct xnheap *heap, struct xnheap_bucket *bucket)
{
	return alloc_from(heap, bucket);
}

void bucket_end_run(struct xnheap *heap, struct xnheap_bucket *bucket, struct xnheap_page *run)
{
	if (bucket->blocks > 1) {
		run->count--;		/* as if its last block came back now */
		bucket_free_edge(heap, run, bucket);
		return;
	}
	list_remove(run);
	bucket->runs--;
	range_free_noinline(heap, run, bucket_run_pages(heap, bucket));
}
