/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share: heaps to test, the rounding that the contract
 * promises, and a check of a whole heap that calls none of the rooms.
 */
#ifndef _KUNIT_XNHEAP_H
#define _KUNIT_XNHEAP_H

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/xnheap.h>

#include "heap.h"
#include "range.h"

#if KERNEL_VERSION(6, 13, 0) <= LINUX_VERSION_CODE
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
#else
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
#endif
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suite of xnheap");

/*
 * What must be undone when a test ends, even if it ends by a failed assertion:
 * heaps, then memory. undo_all() is the exit of every suite.
 */
struct undo {
	struct undo *next;
	void (*end)(void *what);
	void *what;
};

static inline void undo_all(struct kunit *test)
{
	struct undo *undo = test->priv;

	while (undo) {
		struct undo *next = undo->next;

		undo->end(undo->what);
		kfree(undo);
		undo = next;
	}
	test->priv = NULL;
}

static inline void undo_later(struct kunit *test, void (*end)(void *what),
			      void *what, bool last)
{
	struct undo **at = (struct undo **)&test->priv;
	struct undo *undo = kzalloc(sizeof(*undo), GFP_KERNEL);

	if (!undo)
		end(what);
	KUNIT_ASSERT_NOT_NULL(test, undo);
	while (last && *at)
		at = &(*at)->next;
	*undo = (struct undo) { .next = *at, .end = end, .what = what };
	*at = undo;
}

static inline void memory_end(void *memory)
{
	vfree(memory);
}

/* Memory until the test ends; nothing says that it is clear. */
static inline void *memory_get(struct kunit *test, u_long size)
{
	u8 *memory = vmalloc(size);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	memset(memory, 0xa5, size);
	undo_later(test, memory_end, memory, true);
	return memory;
}

/* Random numbers that are the same in every run. */
static inline u32 random_below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

/* The kind of heap that a test is about. */
struct heap_kind {
	const char *name;
	u_long page_size;
	u_long pages;		/* that an area measures */
	unsigned int extents;
	u_long odd;		/* bytes that the areas lie behind a page */
};

static inline void kind_name(const struct heap_kind *kind, char *name)
{
	strscpy(name, kind->name, KUNIT_PARAM_DESC_SIZE);
}

static const struct heap_kind heap_kinds[] __maybe_unused = {
	{ "64-byte pages", 64, 64, 1, 0 },
	{ "64-byte pages, 2 extents at odd addresses", 64, 40, 2, 13 },
	{ "64-byte pages, 64 extents", 64, 16, 64, 0 },
	{ "512-byte pages at an odd address", 512, 24, 1, 509 },
	{ "512-byte pages, 2 extents", 512, 12, 2, 0 },
	{ "512-byte pages, 64 extents at odd addresses", 512, 6, 64, 7 },
	{ "4096-byte pages", 4096, 16, 1, 0 },
	{ "4096-byte pages, 2 extents at odd addresses", 4096, 9, 2, 4095 },
	{ "4096-byte pages, 64 extents", 4096, 3, 64, 0 },
	{ "32768-byte pages at an odd address", 32768, 12, 1, 8 },
	{ "32768-byte pages, 2 extents", 32768, 6, 2, 0 },
	{ "32768-byte pages, 9 extents at odd addresses", 32768, 4, 9, 32767 },
};

#define HEAP_KIND_PARAM KUNIT_ARRAY_PARAM(heap_kind, heap_kinds, kind_name)
#define KIND_CASE(test) KUNIT_CASE_PARAM(test, heap_kind_gen_params)

/* A heap under test: first in it, so that either can be had of the other. */
struct test_heap {
	struct xnheap heap;
	struct heap_kind kind;
	u8 *memory;
	u_long memory_size;
	u_long area_size;
	u8 *area[XNHEAP_MAX_EXTENTS + 1];
};

/* The room before the first area and behind the last one. */
#define MARGIN	256

static inline void heap_end(void *heap)
{
	xnheap_destroy(heap, NULL, NULL);
	kfree(heap);
}

/*
 * Areas for a heap of @kind, and @spare more. They lie in a shuffled order;
 * some touch each other, between others there is a gap.
 */
static inline struct test_heap *
heap_prepare(struct kunit *test, const struct heap_kind *kind, u_long spare)
{
	u_long n = kind->extents + spare, size = kind->pages * kind->page_size;
	struct test_heap *th = kzalloc(sizeof(*th), GFP_KERNEL);
	u_long i, at;
	u8 *start;

	KUNIT_ASSERT_NOT_NULL(test, th);
	undo_later(test, heap_end, th, false);
	KUNIT_ASSERT_LE(test, n, ARRAY_SIZE(th->area));
	th->kind = *kind;
	th->area_size = size;
	th->memory_size = n * (size + 24) + kind->page_size + kind->odd +
			  2 * MARGIN;
	th->memory = memory_get(test, th->memory_size);
	start = PTR_ALIGN(th->memory + MARGIN, kind->page_size) + kind->odd;
	for (i = 0; i < n; i++) {
		at = n < 37 ? n - 1 - i : i * 37 % n;
		th->area[i] = start + at * size + at / 2 * 24;
	}
	return th;
}

static inline struct test_heap *
heap_make(struct kunit *test, const struct heap_kind *kind)
{
	struct test_heap *th = heap_prepare(test, kind, 0);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, xnheap_init(&th->heap, th->area[0],
					     th->area_size, kind->page_size));
	for (i = 1; i < kind->extents; i++)
		KUNIT_ASSERT_EQ(test, 0, xnheap_extend(&th->heap, th->area[i],
						       th->area_size));
	return th;
}

/* Whether any byte of an area of the heap is at @address. */
static inline bool heap_spans(const struct test_heap *th, const void *address)
{
	unsigned int i;

	for (i = 0; i < th->kind.extents; i++)
		if ((u_long)address - (u_long)th->area[i] < th->area_size)
			return true;
	return false;
}

/* What the contract says that a request of @size takes. */
static inline u_long rounded(const struct test_heap *th, u_long size)
{
	u_long page_size = th->kind.page_size, block = XNHEAP_MIN_BLOCK;

	if (size > page_size)
		return (size + page_size - 1) / page_size * page_size;
	while (block < size)
		block *= 2;
	return block;
}

/* Small sizes as often as large ones, up to four pages. */
static inline u_long random_size(struct rnd_state *rnd, struct test_heap *th)
{
	u32 shift = random_below(rnd, ilog2(th->kind.page_size) + 3);

	return 1 + random_below(rnd, 1U << shift);
}

/* Blocks that a test holds. */
struct block {
	u8 *at;
	u_long size;		/* asked for */
	u64 mark;
};

struct blocks {
	struct block *block;
	u_long nr, max;
};

static inline struct blocks blocks_room(struct kunit *test, u_long max)
{
	return (struct blocks) {
		.block = memory_get(test, max * sizeof(struct block)),
		.max = max,
	};
}

/* Room for the smallest blocks that fill a heap. */
static inline struct blocks blocks_for(struct kunit *test, struct test_heap *th)
{
	return blocks_room(test, xnheap_usable_mem(&th->heap) /
				 XNHEAP_MIN_BLOCK + 1);
}

/* Allocate, and keep the block; false if there is none. */
static inline bool blocks_alloc(struct kunit *test, struct blocks *blocks,
				struct test_heap *th, u_long size)
{
	u8 *at = xnheap_alloc(&th->heap, size);

	if (!at)
		return false;
	KUNIT_ASSERT_LT(test, blocks->nr, blocks->max);
	blocks->block[blocks->nr++] = (struct block) { .at = at, .size = size };
	return true;
}

static inline u_long blocks_fill(struct kunit *test, struct blocks *blocks,
				 struct test_heap *th, u_long size)
{
	u_long n = 0;

	while (blocks_alloc(test, blocks, th, size))
		n++;
	return n;
}

static inline void blocks_free(struct kunit *test, struct blocks *blocks,
			       struct test_heap *th, u_long i)
{
	KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, blocks->block[i].at));
	blocks->block[i] = blocks->block[--blocks->nr];
}

static inline void blocks_free_all(struct kunit *test, struct blocks *blocks,
				   struct test_heap *th, struct rnd_state *rnd)
{
	while (blocks->nr)
		blocks_free(test, blocks, th,
			    rnd ? random_below(rnd, blocks->nr) : 0);
}

/*
 * The check of a whole heap. It knows the layout of what it reads, and works
 * out everything else by itself, in the plainest way.
 */
#define WALK_BUCKETS	64

enum walk_mark { NOT_LISTED, RANGE_HEAD, RUN_LISTED };

struct walk {
	struct xnheap *heap;
	const char *fault;		/* the first that was found */
	u_long page_size;
	u_long stride;
	u8 *mark;			/* of each entry: enum walk_mark */
	u_long first[XNHEAP_MAX_EXTENTS];	/* mark of an extent's page 0 */
	u_long given, pages;
	u_long page_blocks, page_block_pages, used, free;
	u_long runs[WALK_BUCKETS];
	u_long run_blocks[WALK_BUCKETS];
};

static inline bool walk_note(struct walk *w, bool sound, const char *text)
{
	if (!sound && !w->fault)
		w->fault = text;
	return sound;
}

#define SOUND(w, condition)	walk_note(w, condition, #condition)

/* A class for each length up to 15, then 8 for each doubling. */
#define OWN_CLASSES	15

static inline unsigned int class_by_counting(u32 pages)
{
	unsigned int class = min(pages, OWN_CLASSES + 1U);
	u32 from = OWN_CLASSES + 1, width = 2;

	while (pages >= from + width) {
		class++;
		from += width;
		if (is_power_of_2(from))
			width *= 2;
	}
	return class;
}

static inline const struct xnheap_page *
walk_page(const struct walk *w, const struct xnheap_extent *ext, u_long nr)
{
	return (void *)ext->map + nr * w->stride;
}

/* The mark of an entry of any extent's page map; NULL if it is none. */
static inline u8 *walk_mark(struct walk *w, const struct xnheap_page *page)
{
	u_long i;

	for (i = 0; i < w->heap->nr_extents; i++) {
		const struct xnheap_extent *ext = w->heap->extent[i];
		u_long offset = (u_long)page - ext->map;

		if (offset < (ext->nr_pages + 2) * w->stride)
			return offset % w->stride ? NULL :
			       &w->mark[w->first[i] + offset / w->stride];
	}
	return NULL;
}

/* Words of a page's bitmaps. */
static inline u_long walk_words(const struct walk *w)
{
	return (w->stride - sizeof(struct xnheap_page)) / sizeof(long);
}

/* Neither the head of a block, nor of a run, nor a page of one. */
static inline bool walk_is_blank(const struct walk *w,
				 const struct xnheap_page *page)
{
	return (page->kind == PAGE_FREE || page->kind == PAGE_BODY) &&
	       bitmap_empty(page->bits, walk_words(w) * BITS_PER_LONG);
}

/* The copy of the first extent, but for what may be changed later. */
static inline void walk_first(struct walk *w, const struct xnheap_extent *ext)
{
	const struct xnheap_extent *first = &w->heap->first;

	SOUND(w, first->base == ext->base);
	SOUND(w, first->span == ext->span);
	SOUND(w, first->map == ext->map);
	SOUND(w, first->start == ext->start);
	SOUND(w, first->size == ext->size);
	SOUND(w, first->nr_pages == ext->nr_pages);
	SOUND(w, first->nr == 0);
}

static inline void walk_tables(struct walk *w)
{
	const struct xnheap *heap = w->heap;
	u_long seen = 0, i, end = 0, page_size = w->page_size;

	for (i = 0; i < XNHEAP_MAX_EXTENTS; i++) {
		const struct xnheap_extent *ext = heap->place[i].extent;

		if (i >= heap->nr_extents) {
			SOUND(w, heap->place[i].key == ULONG_MAX);
			continue;
		}
		if (!SOUND(w, ext->nr < heap->nr_extents))
			return;
		SOUND(w, !(seen & BIT(ext->nr)));
		seen |= BIT(ext->nr);
		SOUND(w, heap->extent[ext->nr] == ext);
		SOUND(w, ext->start >= end);
		end = ext->start + ext->size;
		SOUND(w, heap->place[i].key == ext->start - 1);
		SOUND(w, heap->place[i].base == ext->base);
		SOUND(w, heap->place[i].span == ext->span);
		SOUND(w, heap->place[i].map == ext->map);
		SOUND(w, (u_long)ext - ext->start < sizeof(long));
		SOUND(w, ext->map >= (u_long)(ext + 1));
		SOUND(w, ext->map + (ext->nr_pages + 2) * w->stride <=
			 ext->base + page_size);
		SOUND(w, !(ext->base % page_size));
		SOUND(w, ext->span == (ext->nr_pages + 1) * page_size);
		SOUND(w, ext->base + ext->span <= end);
		if (!ext->nr)
			walk_first(w, ext);
		w->first[ext->nr] = w->pages + 2 * i;
		w->given += ext->size;
		w->pages += ext->nr_pages;
	}
}

static inline u_long walk_run(struct walk *w, const struct xnheap_extent *ext,
			      u_long p)
{
	const struct xnheap_page *run = walk_page(w, ext, p);
	u_long nr = (run->kind - PAGE_RUN) / sizeof(struct xnheap_bucket);
	u_long from = (run->kind - PAGE_RUN) % sizeof(struct xnheap_bucket);
	const struct xnheap_bucket *bucket = w->heap->buckets + run->kind;
	u_long blocks, wide, used, i;
	const unsigned long *bits;

	if (!SOUND(w, !from && nr < w->heap->nr_buckets) ||
	    !SOUND(w, p + bucket->pages <= ext->nr_pages + 1))
		return 1;
	blocks = w->page_size * bucket->pages / bucket->size;
	wide = blocks > BITS_PER_LONG;
	bits = run->bits + wide;
	used = bitmap_weight(bits, blocks);
	SOUND(w, blocks == bucket->blocks);
	SOUND(w, used > 0);
	SOUND(w, (u32)run->count == (u32)(blocks - used - 1));
	for (i = 0; wide && i * BITS_PER_LONG < blocks; i++) {
		/* A word is marked as full no later than it is left */
		if (run != bucket->run || &bits[i] != bucket->word)
			SOUND(w, !!(run->bits[0] & BIT(i)) == !~bits[i]);
		else
			SOUND(w, !(run->bits[0] & BIT(i)) || !~bits[i]);
	}
	for (i = 1; i < bucket->pages; i++) {
		const struct xnheap_page *page = walk_page(w, ext, p + i);

		SOUND(w, page->kind == PAGE_NEXT && page->offset == i);
		SOUND(w, bitmap_empty(page->bits, walk_words(w) * BITS_PER_LONG));
	}
	if (run == bucket->run) {
		i = bucket->word - bits;
		SOUND(w, i * BITS_PER_LONG < blocks);
		SOUND(w, used < blocks);
		SOUND(w, bucket->address == ext->base + p * w->page_size +
					    i * BITS_PER_LONG * bucket->size);
	} else if (used < blocks) {
		*walk_mark(w, run) = RUN_LISTED;
	}
	w->runs[nr]++;
	w->run_blocks[nr] += used;
	w->used += used * bucket->size;
	w->free += bucket->pages * w->page_size - used * bucket->size;
	return bucket->pages;
}

static inline void walk_extent(struct walk *w, const struct xnheap_extent *ext)
{
	u_long p, n = ext->nr_pages, length, i;
	bool behind_free = false;

	SOUND(w, walk_page(w, ext, 0)->kind == PAGE_BODY);
	SOUND(w, walk_page(w, ext, n + 1)->kind == PAGE_BODY);
	for (p = 0; p <= n + 1; p++)
		SOUND(w, walk_page(w, ext, p)->extent == ext->nr);
	for (p = 1; p <= n && !w->fault; p += length) {
		const struct xnheap_page *page = walk_page(w, ext, p), *last;

		if (page->kind >= PAGE_RUN) {
			length = walk_run(w, ext, p);
			behind_free = false;
			continue;
		}
		length = page->count;
		if (page->kind != PAGE_FREE &&
		    !SOUND(w, page->kind == PAGE_BLOCK))
			return;
		if (!SOUND(w, length > 0 && length <= n + 1 - p))
			return;
		SOUND(w, bitmap_empty(page->bits,
				      walk_words(w) * BITS_PER_LONG));
		for (i = 1; i < length; i++)
			SOUND(w, walk_is_blank(w, walk_page(w, ext, p + i)));
		last = walk_page(w, ext, p + length - 1);
		if (page->kind == PAGE_FREE) {
			SOUND(w, !behind_free);
			SOUND(w, last->kind == PAGE_FREE);
			SOUND(w, last->count == length);
			*walk_mark(w, page) = RANGE_HEAD;
			w->free += length * w->page_size;
		} else {
			SOUND(w, length == 1 || last->kind == PAGE_BODY);
			w->page_blocks++;
			w->page_block_pages += length;
			w->used += length * w->page_size;
		}
		behind_free = page->kind == PAGE_FREE;
	}
}

/* Every entry of a list must be marked, and is not marked behind this. */
static inline void walk_list(struct walk *w, const struct xnheap_page *head,
			     enum walk_mark mark, u_long what)
{
	const struct xnheap_page *page, *prev = NULL;

	for (page = head; page && !w->fault; page = page->next) {
		u8 *marked = walk_mark(w, page);

		if (!SOUND(w, marked && *marked == mark))
			return;
		*marked = NOT_LISTED;
		SOUND(w, page == head || page->prev == prev);
		prev = page;
		if (mark == RUN_LISTED) {
			SOUND(w, page->kind == what);
			continue;
		}
		SOUND(w, page->class == what);
		SOUND(w, class_by_counting(page->count) == what);
	}
	/* ranges are in lists, runs in queues */
	if (head && !w->fault)
		SOUND(w, head->prev == (mark == RUN_LISTED ? prev : NULL));
}

static inline void walk_index(struct walk *w, const struct xnheap_index *index,
			      unsigned int i, bool is_set)
{
	unsigned long bit = BIT(i % BITS_PER_LONG);

	SOUND(w, !!(index->word[i / BITS_PER_LONG] & bit) == is_set);
}

static inline void walk_bucket(struct walk *w, unsigned int nr)
{
	u16 kind = PAGE_RUN + nr * sizeof(struct xnheap_bucket);
	const struct xnheap_bucket *bucket = w->heap->buckets + kind;

	SOUND(w, bucket->nr == nr);
	SOUND(w, bucket->runs == w->runs[nr]);
	SOUND(w, bucket->allocs - bucket->frees == w->run_blocks[nr]);
	SOUND(w, bucket->run || !~*bucket->word);
	SOUND(w, !bucket->run || bucket->run->kind == kind);
	walk_index(w, &w->heap->bucket_index, nr, bucket->run || bucket->head);
	walk_list(w, bucket->head, RUN_LISTED, kind);
}

static inline void walk_accounts(struct walk *w)
{
	struct xnheap *heap = w->heap;

	SOUND(w, heap->page_block_allocs - heap->page_block_frees ==
		 w->page_blocks);
	SOUND(w, heap->page_block_pages == w->page_block_pages);
	SOUND(w, xnheap_used_mem(heap) == w->used);
	SOUND(w, xnheap_usable_mem(heap) == w->pages * w->page_size);
	SOUND(w, xnheap_size(heap) == w->given);
	SOUND(w, w->used + w->free == w->pages * w->page_size);
	SOUND(w, heap->slack >= 0 && heap->peak >= w->used);
}

/* What is wrong with a heap that nobody is using; "" if nothing is. */
static inline const char *heap_fault_but(struct xnheap *heap, bool accounts)
{
	u_long blocks = (heap->page_mask + 1) / XNHEAP_MIN_BLOCK;
	struct walk *w = kvzalloc(sizeof(*w), GFP_KERNEL);
	u_long words = DIV_ROUND_UP(blocks, BITS_PER_LONG);
	const char *fault = "no memory to check the heap";
	unsigned int i;

	if (!w)
		return fault;
	w->heap = heap;
	w->page_size = heap->page_mask + 1;
	w->stride = sizeof(struct xnheap_page) +
		    (words > 1 ? words + 1 : 1) * sizeof(long);
	w->mark = kvzalloc(heap->pages + 2 * XNHEAP_MAX_EXTENTS, GFP_KERNEL);
	if (!w->mark)
		goto out;
	SOUND(w, heap->page_stride == w->stride);
	SOUND(w, heap->nr_extents && heap->nr_extents <= XNHEAP_MAX_EXTENTS);
	SOUND(w, heap->nr_buckets <= WALK_BUCKETS);
	/* Where a search ends */
	SOUND(w, test_bit(XNHEAP_INDEX_BITS, heap->range_index.word));
	SOUND(w, test_bit(XNHEAP_INDEX_BITS, heap->bucket_index.word));
	SOUND(w, !heap->range[XNHEAP_INDEX_BITS]);
	if (!w->fault)
		walk_tables(w);
	SOUND(w, heap->given == w->given);
	SOUND(w, heap->pages == w->pages);
	for (i = 0; i < heap->nr_extents && !w->fault; i++)
		walk_extent(w, heap->extent[i]);
	for (i = 0; i < XNHEAP_INDEX_BITS && !w->fault; i++) {
		walk_index(w, &heap->range_index, i, heap->range[i]);
		walk_list(w, heap->range[i], RANGE_HEAD, i);
	}
	for (i = 0; i < heap->nr_buckets && !w->fault; i++)
		walk_bucket(w, i);
	SOUND(w, !memchr_inv(w->mark, NOT_LISTED,
			     w->pages + 2 * XNHEAP_MAX_EXTENTS));
	if (accounts && !w->fault)
		walk_accounts(w);
	fault = w->fault ?: "";
out:
	kvfree(w->mark);
	kvfree(w);
	return fault;
}

#define EXPECT_SOUND(test, heap) \
	KUNIT_EXPECT_STREQ(test, heap_fault_but(heap, true), "")
/* Of a heap whose ranges a test takes and puts by itself */
#define EXPECT_SOUND_RANGES(test, heap) \
	KUNIT_EXPECT_STREQ(test, heap_fault_but(heap, false), "")

#endif
