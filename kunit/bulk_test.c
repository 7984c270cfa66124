// SPDX-License-Identifier: GPL-2.0
/* Many blocks in a call. */

#include <linux/err.h>

#include "kunit_xnheap.h"

static const struct heap_kind kinds[] = {
	{ "64-byte pages, 3 extents at odd addresses", 64, 100, 3, 13 },
	{ "512-byte pages", 512, 60, 1, 0 },
	{ "4096-byte pages, 2 extents", 4096, 20, 2, 0 },
	{ "32768-byte pages at an odd address", 32768, 12, 1, 8 },
	{ "512-byte pages, fine, 2 extents", 512, 120, 2, 7, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 40, 1, 0, XNHEAP_FINE },
	{ "4096-byte pages, percpu, 2 extents", 4096, 700, 2, 0, XNHEAP_PERCPU },
#ifdef XNHEAP_OBSERVE
	{ "512-byte pages, debug", 512, 60, 1, 5, XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define BULK_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

static struct test_heap *make(struct kunit *test)
{
	return heap_make(test, test->param_value);
}

/* Places for more blocks than the heap can have. */
static u_long most(struct test_heap *th)
{
	return xnheap_usable_mem(&th->heap) / XNHEAP_MIN_BLOCK + 10;
}

#define UNTOUCHED	((void *)0xa5)

static void **places(struct kunit *test, u_long n)
{
	void **blocks = memory_get(test, n * sizeof(*blocks));
	u_long i;

	for (i = 0; i < n; i++)
		blocks[i] = UNTOUCHED;
	return blocks;
}

static void expect_empty(struct kunit *test, struct test_heap *th)
{
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, xnheap_max_contiguous(&th->heap), xnheap_largest_free(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

/* Each is a block of its own: whoever had two the same would find another's mark. */
static void expect_apart(struct kunit *test, struct test_heap *th, void **blocks, u_long n,
			 u_long size)
{
	u_long i;

	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_EQ(test, 0, xnheap_check_block(&th->heap, blocks[i]));
		memset(blocks[i], i, size);
	}
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_NULL(test, memchr_inv(blocks[i], i, size));
}

static void all_blocks_come_and_go(struct kunit *test)
{
	static const u_long numbers[] = { 1, 2, 7, 8, 9, 16, 17, 40, 63, 64, 65 };
	struct test_heap *th = make(test);
	u_long ps = th->kind.page_size, size, i, nr;
	void **blocks = places(test, 66);
	size_t takes;

	for (size = 1; size <= 2 * ps; size = 2 * size + 3) {
		for (i = 0; i < ARRAY_SIZE(numbers); i++) {
			nr = numbers[i];
			takes = xnheap_block_size(&th->heap, size);
			if (nr * takes > xnheap_largest_free(&th->heap) / 3)
				break;
			blocks[nr] = UNTOUCHED;
			KUNIT_ASSERT_EQ(test, nr, xnheap_alloc_bulk(&th->heap, size, nr, blocks));
			KUNIT_EXPECT_PTR_EQ(test, UNTOUCHED, blocks[nr]);
			KUNIT_EXPECT_EQ(test, nr * takes, xnheap_used_mem(&th->heap));
			expect_apart(test, th, blocks, nr, size);
			EXPECT_SOUND(test, &th->heap);
			KUNIT_ASSERT_EQ(test, 0, xnheap_free_bulk(&th->heap, nr, blocks));
			KUNIT_EXPECT_NULL(test, memchr_inv(blocks, 0, nr * sizeof(*blocks)));
			KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
			/* NULL is no block, and no mistake */
			KUNIT_EXPECT_EQ(test, 0, xnheap_free_bulk(&th->heap, nr, blocks));
		}
	}
	KUNIT_EXPECT_EQ(test, 0, th->heap.failed[XNHEAP_FREE_INVALID]);
	expect_empty(test, th);
}

/* Allocations that found nothing; also where another CPU kept some. */
static u64 found_full(const struct test_heap *th)
{
	return th->heap.failed[XNHEAP_ALLOC_FULL] + th->heap.failed[XNHEAP_ALLOC_KEPT];
}

static void there_are_as_many_as_there_would_be_one_by_one(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long ps = th->kind.page_size, size, room = most(th), got, one_by_one;
	void **blocks = places(test, room);
	struct blocks each = blocks_for(test, th);
	u64 full;

	for (size = 8; size <= 3 * ps; size = 3 * size + 1) {
		one_by_one = blocks_fill(test, &each, th, size);
		blocks_free_all(test, &each, th, NULL);
		KUNIT_EXPECT_EQ(test, 0, xnheap_drain(&th->heap));

		full = found_full(th);
		got = xnheap_alloc_bulk(&th->heap, size, room, blocks);
		KUNIT_EXPECT_EQ(test, one_by_one, got);
		KUNIT_EXPECT_EQ(test, full + 1, found_full(th));
		KUNIT_ASSERT_LT(test, got, room);
		KUNIT_EXPECT_PTR_EQ(test, UNTOUCHED, blocks[got]);
		expect_apart(test, th, blocks, got, size);
		EXPECT_SOUND(test, &th->heap);
		KUNIT_EXPECT_EQ(test, 0, xnheap_free_bulk(&th->heap, got, blocks));
		while (got--)
			blocks[got] = UNTOUCHED;
		expect_empty(test, th);
	}
}

static void what_is_no_block_is_told_and_the_others_are_freed(struct kunit *test)
{
	struct test_heap *th = make(test);
	void **blocks = places(test, 40);
	void *bad = NULL, *twice;
	u_long i;

	KUNIT_ASSERT_EQ(test, 30, xnheap_alloc_bulk(&th->heap, 40, 30, blocks));
	twice = blocks[4];
	bad = blocks[7] + 8;
	blocks[30] = bad;
	for (i = 31; i < 40; i++)
		blocks[i] = i % 2 ? th : NULL;
	swap(blocks[30], blocks[3]);
	free_block(test, th, blocks[20]);
	blocks[20] = twice;
	/* -EINVAL for one inside, before -EFAULT for others */
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_bulk(&th->heap, 40, blocks));
	for (i = 0; i < 40; i++) {
		if (i == 3)
			KUNIT_EXPECT_PTR_EQ(test, bad, blocks[i]);
		else if (i == 20)
			KUNIT_EXPECT_PTR_EQ(test, twice, blocks[i]);
		else if (i > 30 && i % 2)
			KUNIT_EXPECT_PTR_EQ(test, (void *)th, blocks[i]);
		else
			KUNIT_EXPECT_NULL(test, blocks[i]);
	}
	KUNIT_EXPECT_EQ(test, 2, th->heap.failed[XNHEAP_FREE_INVALID]);
	KUNIT_EXPECT_EQ(test, 5, th->heap.failed[XNHEAP_FREE_OUTSIDE]);
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free_bulk(&th->heap, 9, blocks + 31));
	expect_empty(test, th);
}

static void none_is_none(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap *none = kunit_kzalloc(test, sizeof(*none), GFP_KERNEL);
	void *block = UNTOUCHED;

	KUNIT_ASSERT_NOT_NULL(test, none);
	KUNIT_EXPECT_EQ(test, 0, xnheap_alloc_bulk(&th->heap, 8, 0, NULL));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_bulk(&th->heap, 0, NULL));
	KUNIT_EXPECT_EQ(test, 0, th->heap.failed[XNHEAP_ALLOC_SIZE]);
	KUNIT_EXPECT_EQ(test, 0, xnheap_alloc_bulk(&th->heap, 0, 1, &block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_alloc_bulk(&th->heap, ULONG_MAX, 1, &block));
	KUNIT_EXPECT_EQ(test, 2, th->heap.failed[XNHEAP_ALLOC_SIZE]);
	KUNIT_EXPECT_EQ(test, 0, xnheap_alloc_bulk(none, 8, 1, &block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_alloc_bulk(NULL, 8, 1, &block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_bulk(none, 1, &block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_bulk(NULL, 1, &block));
	KUNIT_EXPECT_PTR_EQ(test, UNTOUCHED, block);
}

static struct kunit_case cases[] = {
	BULK_CASE(all_blocks_come_and_go),
	BULK_CASE(there_are_as_many_as_there_would_be_one_by_one),
	BULK_CASE(what_is_no_block_is_told_and_the_others_are_freed),
	BULK_CASE(none_is_none),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_bulk",
	.test_cases = cases,
};

kunit_test_suite(suite);
