/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share: heaps to test, and the rounding that the contract
 * promises.
 */
#ifndef _KUNIT_XNHEAP_H
#define _KUNIT_XNHEAP_H

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/xnheap.h>

#include "api/validate.h"
#include "api/api.h"

#if KERNEL_VERSION(6, 13, 0) <= LINUX_VERSION_CODE
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
#else
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
#endif
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suite of xnheap");

/* What must be undone when a test ends, even by a failed assertion. */
static inline void undo_later(struct kunit *test, void (*end)(void *what),
			      void *what)
{
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end, what));
}

/*
 * Memory until the test ends; nothing says that it is clear. What came first
 * goes last: a heap is to be made after the memory that is for it.
 */
KUNIT_DEFINE_ACTION_WRAPPER(memory_end, vfree, const void *);

static inline void *memory_get(struct kunit *test, u_long size)
{
	u8 *memory = vmalloc(size);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	memset(memory, 0xa5, size);
	undo_later(test, memory_end, memory);
	return memory;
}

/* Ranges of up to so many pages have a bin for each length. */
#define EXACT_LENGTHS	31

/* Of heaps with fine sizes, a page in so many is kept back. */
#define RESERVE		32

/* Random numbers that are the same in every run. */
static inline u32 random_below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

/* Beyond 32 bits, or else beyond the largest extent. */
#define FAR	(IS_ENABLED(CONFIG_64BIT) ? (u_long)(1ULL << 32) : 3UL * SZ_1G)

/*
 * The contract: what a page takes of the page map. That is 24 bytes, 16 on 32
 * bits, and a bit for each 8 bytes of the page, or 32 with fine sizes, in whole
 * words; one word more if there are several.
 */
static inline u_long entry_bytes(u_long page_size, unsigned int flags)
{
	u_long words = page_size / 8 / BITS_PER_LONG / (flags & XNHEAP_FINE ? 4 : 1);

	return 8 + sizeof(long) * (2 + (words > 1 ? words + 1 : 1));
}

/* The contract: the smallest block of a heap of powers of two. */
static inline u_long smallest_power(u_long page_size)
{
	return max(XNHEAP_MIN_BLOCK + 0UL, page_size / BITS_PER_LONG / BITS_PER_LONG);
}

/*
 * The contract: how many pages lie in an area with their page map, which has an
 * entry more at either end; by trying.
 */
static inline u_long pages_in(u_long start, u_long size, u_long page_size,
			      u_long entry, u_long extra)
{
	u_long end = (start + size) / page_size * page_size;
	u_long from = (start + 7) / 8 * 8, pages = 0;
	u_long room = end > from ? end - from : 0;

	while ((pages + 1) * (extra + entry + page_size) + 2 * entry <= room)
		pages++;
	return pages;
}

/* The kind of heap that a test is about. */
struct heap_kind {
	const char *name;
	u_long page_size;
	u_long pages;		/* that an area measures */
	unsigned int extents;
	u_long odd;		/* bytes from a page's start to an area's */
	unsigned int flags;	/* of init */
};

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
	/* Of fine sizes: each extent has room for the longest run */
	{ "64-byte pages, fine", 64, 64, 1, 0, XNHEAP_FINE },
	{ "64-byte pages, fine, 2 extents at odd addresses", 64, 40, 2, 13,
	  XNHEAP_FINE },
	{ "64-byte pages, fine, 64 extents", 64, 32, 64, 0, XNHEAP_FINE },
	{ "128-byte pages, fine, 64 steps", 128, 1000, 1, 0, XNHEAP_FINE },
	{ "512-byte pages at an odd address, fine", 512, 24, 1, 509,
	  XNHEAP_FINE },
	{ "512-byte pages, fine, 64 steps", 512, 620, 1, 1, XNHEAP_FINE },
	{ "512-byte pages, fine, 64 extents at odd addresses", 512, 16, 64, 7,
	  XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 16, 1, 0, XNHEAP_FINE },
	{ "4096-byte pages, fine, 2 extents at odd addresses", 4096, 12, 2, 4095,
	  XNHEAP_FINE },
	{ "4096-byte pages, fine, 64 steps", 4096, 200, 1, 0, XNHEAP_FINE },
	{ "32768-byte pages at an odd address, fine", 32768, 12, 1, 8,
	  XNHEAP_FINE },
	{ "32768-byte pages, fine, 16 steps, 2 extents", 32768, 45, 2, 0,
	  XNHEAP_FINE },
	{ "32768-byte pages, fine, 9 extents at odd addresses", 32768, 10, 9,
	  32767, XNHEAP_FINE },
};

#define HEAP_KIND_PARAM KUNIT_ARRAY_PARAM_DESC(heap_kind, heap_kinds, name)
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

/* Bytes before the first area, and after the last one. */
#define MARGIN	256

static inline void destroy_heap(void *heap)
{
	xnheap_destroy(heap, NULL, NULL);
}

/* What a name says of how fine the sizes are must be true. */
static inline void expect_steps(struct kunit *test, const struct heap_kind *kind)
{
	const char *named = kind->name ? strstr(kind->name, ", fine, ") : NULL;
	struct size_classes classes;
	unsigned int steps;

	if (!named || sscanf(named, ", fine, %u steps", &steps) != 1 ||
	    !strstr(named, "steps"))
		return;
	size_classes_plan(&classes, kind->page_size, kind->flags,
			  kind->pages * kind->page_size);
	/* Shorter words have fewer classes, which may have room for finer steps */
	if (BITS_PER_LONG < 64 && classes.steps > steps)
		return;
	KUNIT_ASSERT_EQ_MSG(test, steps, classes.steps, "%s", kind->name);
}

/*
 * Areas for a heap of @kind, and @spare more. They lie in a shuffled order;
 * some touch each other, between others there is a gap.
 */
static inline struct test_heap *
heap_prepare(struct kunit *test, const struct heap_kind *kind, u_long spare)
{
	u_long n = kind->extents + spare, size = kind->pages * kind->page_size;
	struct test_heap *th = kunit_kzalloc(test, sizeof(*th), GFP_KERNEL);
	u_long i, at;
	u8 *start;

	KUNIT_ASSERT_NOT_NULL(test, th);
	KUNIT_ASSERT_LE(test, n, ARRAY_SIZE(th->area));
	expect_steps(test, kind);
	/* What one CPU keeps another does not find: the test's thread stays where it is */
	if (kind->flags & XNHEAP_PERCPU)
		KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current,
							      cpumask_of(raw_smp_processor_id())));
	th->kind = *kind;
	th->area_size = size;
	th->memory_size = n * (size + 24) + kind->page_size + kind->odd +
			  2 * MARGIN;
	th->memory = memory_get(test, th->memory_size);
	undo_later(test, destroy_heap, th);
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

	KUNIT_ASSERT_EQ(test, 0, xnheap_init_flags(&th->heap, th->area[0],
						   th->area_size,
						   kind->page_size,
						   kind->flags));
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

/* The length of the free range that starts at @address; 0 if none does. */
static inline u32 range_length(const struct xnheap *heap, u_long address)
{
	const struct xnheap_page *page;
	unsigned int bin;

	for (bin = 0; bin < heap->nr_bins; bin++)
		list_for_each_entry(page, &heap->bins[bin].list, list)
			if (page_start(heap, page) == address)
				return page->count;
	return 0;
}

static inline bool is_fine(const struct test_heap *th)
{
	return th->kind.flags & XNHEAP_FINE;
}

static inline u_long whole_pages(const struct test_heap *th, u_long size)
{
	u_long page_size = th->kind.page_size;

	return (size + page_size - 1) / page_size * page_size;
}

/* The smallest block size of a bucket that holds @size; 0 if none does. */
static inline u_long smallest_block(struct test_heap *th, u_long size)
{
	u_long block, smallest = 0;
	unsigned int i;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		block = th->heap.buckets[i].size;
		if (block >= size && (!smallest || block < smallest))
			smallest = block;
	}
	return smallest;
}

/* What the contract says that a request of @size takes, if all is free. */
static inline u_long rounded(struct test_heap *th, u_long size)
{
	u_long block = smallest_power(th->kind.page_size);

	if (is_fine(th))
		return smallest_block(th, size) ?: whole_pages(th, size);
	if (size > th->kind.page_size)
		return whole_pages(th, size);
	while (block < size)
		block *= 2;
	return block;
}

/* What a block of so many bytes is aligned to, its run starting with a page. */
static inline u_long alignment(const struct test_heap *th, u_long bytes)
{
	return min(bytes & -bytes, th->kind.page_size);
}

/* The next larger size to try: that of a block, or else of whole pages. */
static inline u_long next_size(struct test_heap *th, u_long size)
{
	u_long pages = th->kind.page_size;

	if (smallest_block(th, size + 1))
		return smallest_block(th, size + 1);
	while (pages <= size)
		pages *= 2;
	return pages;
}

/* Bytes at the ends of runs that are too few for a block. */
static inline u_long run_rests(struct test_heap *th)
{
	u_long bytes = 0;
	unsigned int i;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[i];

		bytes += bucket->runs * (bucket->pages * th->kind.page_size -
					 (u_long)bucket->blocks * bucket->size);
	}
	return bytes;
}

/* Small sizes as often as large ones, up to four pages. */
static inline u_long random_size(struct rnd_state *rnd, struct test_heap *th)
{
	u32 shift = random_below(rnd, ilog2(th->kind.page_size) + 3);

	return 1 + random_below(rnd, 1U << shift);
}

/* A block that there must be. */
static inline u8 *alloc_block(struct kunit *test, struct test_heap *th,
			      u_long size)
{
	u8 *block = xnheap_alloc(&th->heap, size);

	KUNIT_ASSERT_NOT_NULL_MSG(test, block, "size %lu", size);
	return block;
}

/* A block that stays; what comes back has the size that the compiler goes by. */
static inline u8 *realloc_in_place(struct kunit *test, struct test_heap *th,
				   u8 *block, u_long size)
{
	u8 *now = xnheap_realloc(&th->heap, block, size);

	KUNIT_ASSERT_PTR_EQ(test, block, now);
	return now;
}

static inline void free_block(struct kunit *test, struct test_heap *th,
			      void *block)
{
	KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, block));
}

/* Blocks that a test holds. */
struct held {
	u8 *at;
	u_long size;		/* asked for */
	u64 mark;
};

struct blocks {
	struct held *block;
	u_long nr, max;
};

static inline struct blocks blocks_room(struct kunit *test, u_long max)
{
	return (struct blocks) {
		.block = memory_get(test, max * sizeof(struct held)),
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
	blocks->block[blocks->nr++] = (struct held) { .at = at, .size = size };
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

#define EXPECT_SOUND(test, heap) \
	KUNIT_EXPECT_STREQ(test, validate_heap(heap), "")
/* Of a heap whose ranges a test allocates and frees by itself */
#define EXPECT_SOUND_RANGES(test, heap) \
	KUNIT_EXPECT_STREQ(test, validate_heap_but_sums(heap), "")

#endif
