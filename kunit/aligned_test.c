// SPDX-License-Identifier: GPL-2.0
/* Aligned blocks: all alignments, sizes up to some pages, what is refused. */

#include <linux/log2.h>
#include <linux/sched.h>

#include "kunit_xnheap.h"

static const struct heap_kind kinds[] = {
	{ "64-byte pages at an odd address", 64, 64, 1, 13 },
	{ "512-byte pages, 2 extents", 512, 24, 2, 0 },
	{ "4096-byte pages", 4096, 12, 1, 0 },
	{ "32768-byte pages", 32768, 12, 1, 0 },
	{ "64-byte pages at an odd address, fine", 64, 64, 1, 13, XNHEAP_FINE },
	{ "128-byte pages, fine, 64 steps", 128, 1000, 1, 0, XNHEAP_FINE },
	{ "512-byte pages, fine, 2 extents", 512, 24, 2, 0, XNHEAP_FINE },
	{ "512-byte pages, fine, 64 steps", 512, 620, 1, 0, XNHEAP_FINE },
	{ "1024-byte pages, fine", 1024, 20, 1, 0, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 14, 1, 0, XNHEAP_FINE },
	{ "4096-byte pages, fine, 64 steps", 4096, 200, 1, 0, XNHEAP_FINE },
	{ "16384-byte pages, fine", 16384, 14, 1, 0, XNHEAP_FINE },
	{ "32768-byte pages, fine, 16 steps", 32768, 45, 1, 0, XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define ALIGNED_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/* A size above @size: every one at first, then some, not only round ones. */
static u_long step_size(u_long size)
{
	return size + 1 + size / 16;
}

/* An aligned block, which is checked; the bytes that it is given. */
static u_long alloc_aligned(struct kunit *test, struct test_heap *th,
			    u_long size, u_long align, u8 **block)
{
	u_long used = xnheap_used_mem(&th->heap);

	*block = xnheap_alloc_aligned(&th->heap, size, align);
	KUNIT_ASSERT_NOT_NULL_MSG(test, *block, "size %lu, align %lu", size,
				  align);
	KUNIT_ASSERT_EQ(test, 0UL, (u_long)*block % align);
	KUNIT_ASSERT_TRUE(test, heap_spans(th, *block));
	KUNIT_ASSERT_TRUE(test, heap_spans(th, *block + size - 1));
	return xnheap_used_mem(&th->heap) - used;
}

static void free_aligned(struct kunit *test, struct test_heap *th, u8 *block,
			 u_long align)
{
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(&th->heap, block + 1));
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(&th->heap, block - 1));
	KUNIT_ASSERT_EQ(test, 0, xnheap_check_block(&th->heap, block));
	KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, block));
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(&th->heap, block));
}

/* What it may take: its bucket, one with a power of two, or whole pages. */
static void expect_taken(struct kunit *test, struct test_heap *th, u_long taken,
			 u_long size, u_long align, bool pages)
{
	u_long smallest = rounded(th, size), power;

	power = roundup_pow_of_two(max(size, align));
	if (pages)
		KUNIT_ASSERT_EQ(test, whole_pages(th, size), taken);
	else
		KUNIT_ASSERT_EQ(test, smallest_block(th, taken), taken);
	if (smallest < th->kind.page_size && !(smallest % align))
		KUNIT_ASSERT_EQ(test, smallest, taken);
	else if (power < th->kind.page_size && power <= th->heap.small_max)
		KUNIT_ASSERT_LE(test, taken, power);
	else
		KUNIT_ASSERT_LE(test, taken, max(whole_pages(th, size), power));
	KUNIT_ASSERT_GE(test, taken, size);
}

static void every_alignment_is_had_of_every_size(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, size, align, taken, page_blocks;
	u8 *first, *second;

	for (align = 1; align <= ps; align *= 2) {
		for (size = 1; size <= 4 * ps; size = step_size(size)) {
			page_blocks = th->heap.page_block_allocs;
			taken = alloc_aligned(test, th, size, align, &first);
			expect_taken(test, th, taken, size, align,
				     th->heap.page_block_allocs != page_blocks);
			/* Not only of the first block of a run */
			KUNIT_ASSERT_EQ(test, taken,
					alloc_aligned(test, th, size, align,
						      &second));
			KUNIT_ASSERT_GE(test, (u_long)abs(second - first),
					taken);
			memset(first, 0xff, size);
			memset(second, 0xff, size);
			if (size % 8 == 0)
				EXPECT_SOUND(test, &th->heap);
			free_aligned(test, th, first, align);
			free_aligned(test, th, second, align);
			KUNIT_ASSERT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
		}
		EXPECT_SOUND(test, &th->heap);
		cond_resched();
	}
}

static void a_bucket_is_aligned_as_far_as_its_size_is(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	u_long align, i;
	unsigned int nr;
	u8 *block;

	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[nr];

		align = alignment(th, bucket->size);
		/* A whole run, none of which may be lost */
		for (i = 0; i < bucket->blocks; i++) {
			block = xnheap_alloc_aligned(&th->heap, bucket->size,
						     align);
			KUNIT_ASSERT_NOT_NULL(test, block);
			KUNIT_ASSERT_EQ(test, 0UL, (u_long)block % align);
			blocks.block[blocks.nr++].at = block;
		}
		KUNIT_ASSERT_EQ(test, 1U, bucket->runs);
		KUNIT_ASSERT_EQ(test, bucket->size * (u_long)bucket->blocks,
				xnheap_used_mem(&th->heap));
		blocks_free_all(test, &blocks, th, NULL);
		EXPECT_SOUND(test, &th->heap);
	}
}

static void what_is_no_alignment_is_refused(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long most = xnheap_largest_free(&th->heap), i;
	typeof(th->heap.failed) want = { };
	u_long ps = th->kind.page_size;
	u_long aligns[] = {
		0, 3, 5, 6, 7, 12, 24, ps - 1, ps + 1, ps / 2 * 3, 2 * ps,
		FAR, LONG_MIN, ULONG_MAX, ULONG_MAX - 7, -ps,
	};
	u_long sizes[] = { 0, XNHEAP_MAX_EXTENT_SIZE + 1, ULONG_MAX, -ps,
			   LONG_MIN + 1 };
	u8 *block = xnheap_alloc(&th->heap, 1);
	u_long used = xnheap_used_mem(&th->heap), align;

	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		KUNIT_EXPECT_NULL_MSG(test,
				      xnheap_alloc_aligned(&th->heap, 1,
							   aligns[i]),
				      "align %lu", aligns[i]);
		KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(&th->heap, 2 * ps,
							     aligns[i]));
		KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(&th->heap, 0,
							     aligns[i]));
		want[XNHEAP_ALLOC_ALIGN] += 3;
	}
	for (align = 1; align <= ps; align *= 2) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			KUNIT_EXPECT_NULL(test,
					  xnheap_alloc_aligned(&th->heap,
							       sizes[i], align));
			want[XNHEAP_ALLOC_SIZE]++;
		}
		KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(&th->heap, most + 1,
							     align));
		want[XNHEAP_ALLOC_FULL]++;
	}
	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		KUNIT_EXPECT_EQ(test, want[i], th->heap.failed[i]);
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
	EXPECT_SOUND(test, &th->heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
}

/* Each request on a heap that is nearly full: aligned, or there is no room. */
static void try_all(struct kunit *test, struct test_heap *th)
{
	u_long ps = th->kind.page_size, size, align, used, room;
	u8 *block;

	used = xnheap_used_mem(&th->heap);
	room = (u_long)range_largest(&th->heap) * ps;
	for (align = 1; align <= ps; align *= 2) {
		for (size = 1; size <= 3 * ps; size = step_size(size)) {
			block = xnheap_alloc_aligned(&th->heap, size, align);
			if (!block) {
				KUNIT_ASSERT_LT(test, room, whole_pages(th, size));
				continue;
			}
			KUNIT_ASSERT_EQ(test, 0UL, (u_long)block % align);
			KUNIT_ASSERT_GE(test, xnheap_used_mem(&th->heap),
					used + size);
			free_aligned(test, th, block, align);
			KUNIT_ASSERT_EQ(test, used, xnheap_used_mem(&th->heap));
		}
	}
}

static void where_no_aligned_block_is_left_pages_are_handed_out(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;
	u_long round, i;

	prandom_seed_state(&rnd, 64);
	for (round = 0; round < 12; round++) {
		while (blocks_alloc(test, &blocks, th,
				    random_size(&rnd, th)))
			;
		/* From full to nearly empty */
		for (i = blocks.nr * round / 12; i; i--)
			blocks_free(test, &blocks, th,
				    random_below(&rnd, blocks.nr));
		try_all(test, th);
		EXPECT_SOUND(test, &th->heap);
	}
	blocks_free_all(test, &blocks, th, &rnd);
}

/* Of larger blocks that are free some are not aligned: those must not serve. */
static void a_larger_block_serves_only_if_it_is_aligned(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	u_long ps = th->kind.page_size, align, pages;
	unsigned int nr;
	u8 *first, *block;

	for (nr = 1; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[nr];

		/* A run of it, and at most a page elsewhere, which would do */
		first = xnheap_alloc(&th->heap, bucket->size);
		while ((pages = range_largest(&th->heap)) > 1)
			KUNIT_ASSERT_TRUE(test,
					  blocks_alloc(test, &blocks, th,
						       pages * ps));
		for (align = 1; align <= ps; align *= 2) {
			block = xnheap_alloc_aligned(&th->heap, 1, align);
			if (!block) {
				KUNIT_ASSERT_EQ(test, 0UL, th->heap.free_pages);
				KUNIT_ASSERT_NE(test, 0UL, bucket->size % align);
				continue;
			}
			KUNIT_ASSERT_EQ(test, 0UL, (u_long)block % align);
			KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, block));
		}
		EXPECT_SOUND(test, &th->heap);
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, first));
		blocks_free_all(test, &blocks, th, NULL);
	}
}

static struct kunit_case cases[] = {
	ALIGNED_CASE(every_alignment_is_had_of_every_size),
	ALIGNED_CASE(a_bucket_is_aligned_as_far_as_its_size_is),
	ALIGNED_CASE(what_is_no_alignment_is_refused),
	ALIGNED_CASE(where_no_aligned_block_is_left_pages_are_handed_out),
	ALIGNED_CASE(a_larger_block_serves_only_if_it_is_aligned),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_aligned",
	.test_cases = cases,
};

kunit_test_suite(suite);
