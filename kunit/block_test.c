// SPDX-License-Identifier: GPL-2.0
/* What an address is. Of the addresses in a run, see bucket_test.c. */

#include "kunit_xnheap.h"

static const struct heap_kind kinds[] = {
	{ "64-byte pages", 64, 32, 1, 13 },
	{ "512-byte pages", 512, 24, 2, 509 },
	{ "4096-byte pages", 4096, 12, 3, 8 },
	{ "32768-byte pages", 32768, 10, 1, 0 },
	{ "64-byte pages, fine", 64, 48, 1, 13, XNHEAP_FINE },
	{ "512-byte pages, fine", 512, 24, 2, 509, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 16, 3, 8, XNHEAP_FINE },
	{ "32768-byte pages, fine", 32768, 14, 1, 0, XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define BLOCK_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/* How many of @bytes addresses from @at on are anything else. */
static u_long others(struct test_heap *th, u_long at, u_long bytes,
		     enum block_where where)
{
	u_long step = 1 + th->kind.page_size / 600, i, n = 0;

	for (i = 0; i < bytes; i += step)
		n += block_find(&th->heap, (void *)at + i).where != where;
	return n;
}

static void outside_of_a_heap_there_is_nothing(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long at, end = (u_long)th->memory + th->memory_size, wrong = 0;
	static const u_long far[] = { 0, 1, 8, ULONG_MAX, ULONG_MAX - 7,
				      LONG_MAX, LONG_MIN };
	unsigned int i;

	for (at = (u_long)th->memory; at < end; at++)
		if (!heap_spans(th, (void *)at))
			wrong += others(th, at, 1, BLOCK_OUTSIDE);
	for (i = 0; i < ARRAY_SIZE(far); i++)
		wrong += others(th, far[i], 1, BLOCK_OUTSIDE);
	KUNIT_EXPECT_EQ(test, 0UL, wrong);
}

static void an_area_is_pages_and_what_lies_around_them(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, start, end, first, last, i;

	for (i = 0; i < th->heap.nr_extents; i++) {
		const struct xnheap_extent *ext = &th->heap.extent[i];

		start = (u_long)th->area[i];
		end = start + th->area_size;
		first = ext->base;
		last = first + ext->nr_pages * ps;
		KUNIT_EXPECT_EQ(test, 0UL, others(th, start, first - start,
						  BLOCK_EXTENT));
		KUNIT_EXPECT_EQ(test, 0UL, others(th, first, last - first,
						  BLOCK_PAGES));
		KUNIT_EXPECT_EQ(test, 0UL, others(th, last, end - last,
						  BLOCK_EXTENT));
	}
}

/* One of each number of pages, among free ones and others. */
static void a_page_block_is_told_by_its_first_page(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, pages, at;
	struct block block;

	for (pages = 2; pages < 6; pages++) {
		at = (u_long)alloc_block(test, th, pages * ps);
		block = block_find(&th->heap, (void *)at);
		KUNIT_EXPECT_EQ(test, BLOCK_START, block.where);
		KUNIT_EXPECT_NULL(test, block.bucket);
		KUNIT_EXPECT_TRUE(test, block_is_live(block));
		KUNIT_EXPECT_EQ(test, pages * ps, block_size(&th->heap, block));
		KUNIT_EXPECT_EQ(test, at, block_start(&th->heap, block));
		KUNIT_EXPECT_EQ(test, 0UL, others(th, at + 1, ps - 1,
						  BLOCK_INSIDE));
		block = block_find(&th->heap, (void *)at + ps - 3);
		KUNIT_EXPECT_EQ(test, at, block_start(&th->heap, block));
		KUNIT_EXPECT_EQ(test, 0UL, others(th, at + ps, (pages - 1) * ps,
						  BLOCK_PAGES));
		free_block(test, th, (void *)at);
		KUNIT_EXPECT_EQ(test, 0UL, others(th, at, pages * ps,
						  BLOCK_PAGES));
	}
}

/* A run goes back with its last block: another one keeps it. */
static void a_block_that_is_free_is_one_that_is_not_live(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct block block;
	u8 *at, *other;
	u_long nr;

	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		struct xnheap_bucket *bucket = &th->heap.buckets[nr];
		u_long bytes = bucket->size;

		at = alloc_block(test, th, bytes);
		other = alloc_block(test, th, bytes);
		KUNIT_ASSERT_PTR_EQ(test, at + bytes, other);
		free_block(test, th, at);
		block = block_find(&th->heap, at);
		KUNIT_EXPECT_EQ(test, BLOCK_START, block.where);
		KUNIT_EXPECT_FALSE(test, block_is_live(block));
		KUNIT_EXPECT_EQ(test, bytes, block_size(&th->heap, block));
		block = block_find(&th->heap, other + bytes - 1);
		KUNIT_EXPECT_EQ(test, BLOCK_INSIDE, block.where);
		KUNIT_EXPECT_TRUE(test, block_is_live(block));
		KUNIT_EXPECT_EQ(test, (u_long)other,
				block_start(&th->heap, block));
		free_block(test, th, other);
		/* Even its tail pages, which look as they did, lead to none */
		KUNIT_EXPECT_EQ(test, 0UL,
				others(th, (u_long)at,
				       bucket->pages * th->kind.page_size,
				       BLOCK_PAGES));
	}
}

static struct kunit_case cases[] = {
	BLOCK_CASE(outside_of_a_heap_there_is_nothing),
	BLOCK_CASE(an_area_is_pages_and_what_lies_around_them),
	BLOCK_CASE(a_page_block_is_told_by_its_first_page),
	BLOCK_CASE(a_block_that_is_free_is_one_that_is_not_live),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_block",
	.test_cases = cases,
};

kunit_test_suite(suite);
