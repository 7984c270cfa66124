// SPDX-License-Identifier: GPL-2.0
/* Buckets: blocks of a run, runs that fill and empty. */

#include <linux/bitmap.h>
#include <linux/sched.h>

#include "kunit_xnheap.h"

static const struct heap_kind kinds[] = {
	{ "64-byte pages", 64, 24, 1, 0 },
	{ "128-byte pages", 128, 16, 1, 0 },
	{ "256-byte pages", 256, 12, 1, 0 },
	{ "512-byte pages", 512, 10, 1, 0 },
	{ "1024-byte pages", 1024, 8, 1, 0 },
	{ "2048-byte pages", 2048, 8, 1, 0 },
	{ "4096-byte pages", 4096, 6, 1, 0 },
	{ "8192-byte pages", 8192, 6, 1, 0 },
	{ "16384-byte pages", 16384, 6, 1, 0 },
	{ "32768-byte pages", 32768, 6, 1, 0 },
	{ "64-byte pages, fine", 64, 40, 1, 0, XNHEAP_FINE },
	{ "128-byte pages, fine", 128, 32, 1, 0, XNHEAP_FINE },
	{ "128-byte pages, fine, 64 steps", 128, 1000, 1, 0, XNHEAP_FINE },
	{ "256-byte pages, fine", 256, 24, 1, 0, XNHEAP_FINE },
	{ "256-byte pages, fine, 64 steps", 256, 715, 1, 0, XNHEAP_FINE },
	{ "512-byte pages, fine", 512, 20, 1, 0, XNHEAP_FINE },
	{ "512-byte pages, fine, 64 steps", 512, 620, 1, 0, XNHEAP_FINE },
	{ "1024-byte pages, fine", 1024, 16, 1, 0, XNHEAP_FINE },
	{ "1024-byte pages, fine, 64 steps", 1024, 440, 1, 0, XNHEAP_FINE },
	{ "2048-byte pages, fine", 2048, 14, 1, 0, XNHEAP_FINE },
	{ "2048-byte pages, fine, 64 steps", 2048, 250, 1, 0, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 12, 1, 0, XNHEAP_FINE },
	{ "4096-byte pages, fine, 64 steps", 4096, 200, 1, 0, XNHEAP_FINE },
	{ "8192-byte pages, fine", 8192, 12, 1, 0, XNHEAP_FINE },
	{ "8192-byte pages, fine, 64 steps", 8192, 110, 1, 0, XNHEAP_FINE },
	{ "16384-byte pages, fine", 16384, 12, 1, 0, XNHEAP_FINE },
	{ "16384-byte pages, fine, 64 steps", 16384, 70, 1, 0, XNHEAP_FINE },
	{ "32768-byte pages, fine", 32768, 12, 1, 0, XNHEAP_FINE },
	{ "32768-byte pages, fine, 16 steps", 32768, 45, 1, 0, XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define BUCKET_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/* Allocate until a run of @bucket is full: @at is where each block lies. */
static u8 **fill_run(struct kunit *test, struct test_heap *th,
		     const struct xnheap_bucket *bucket)
{
	u8 **at = memory_get(test, bucket->blocks * sizeof(*at));
	u_long span = bucket->pages * th->kind.page_size, i, nr;
	DECLARE_BITMAP(seen, XNHEAP_MAX_PAGE_SIZE / XNHEAP_MIN_BLOCK) = { };
	u8 *run = NULL, *block;

	for (i = 0; i < bucket->blocks; i++) {
		block = xnheap_alloc(&th->heap, bucket->size);
		KUNIT_ASSERT_NOT_NULL(test, block);
		run = run ?: block - ((u_long)block & (th->kind.page_size - 1));
		KUNIT_ASSERT_LT(test, (u_long)(block - run), span);
		nr = (block - run) / bucket->size;
		KUNIT_ASSERT_PTR_EQ(test, run + nr * bucket->size, block);
		KUNIT_ASSERT_FALSE(test, test_and_set_bit(nr, seen));
		at[nr] = block;
	}
	KUNIT_ASSERT_EQ(test, 1U, bucket->runs);
	return at;
}

static void every_size_has_the_smallest_bucket_that_holds_it(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long size, small_max = th->kind.page_size / 2;

	if (is_fine(th))
		small_max = th->heap.buckets[th->heap.nr_buckets - 1].size;
	KUNIT_EXPECT_EQ(test, small_max, th->heap.small_max);
	for (size = 1; size <= small_max; size++)
		KUNIT_ASSERT_EQ(test, rounded(th, size),
				(u_long)bucket_of_size(&th->heap, size)->size);
	KUNIT_EXPECT_EQ(test, 0UL, smallest_block(th, small_max + 1));
}

/* Bits for the blocks of a run in the page map, used or not. */
static u_long bits_of_run(const struct xnheap *heap,
			  const struct xnheap_bucket *bucket)
{
	u_long words = (heap->page_stride - sizeof(struct xnheap_page)) / sizeof(long);

	return BITS_PER_LONG * (bucket->type == PAGE_RUN_WORD ? 1 : words - 1);
}

/* Whether the address is told as what it is; the first block is allocated. */
static bool is_told(struct test_heap *th, const struct xnheap_bucket *bucket,
		    u8 *run, u_long offset)
{
	struct block block = block_find(&th->heap, run + offset);
	u_long nr = offset / bucket->size;
	enum block_where where = offset % bucket->size ? BLOCK_INSIDE :
							 BLOCK_START;

	if (block.address != (u_long)run + offset || block.bucket != bucket ||
	    block.nr != nr)
		return false;
	if (nr >= bucket->blocks)
		return block.where == BLOCK_RUN_REST;
	return block.where == where && block_is_live(block) == !nr &&
	       block_size(&th->heap, block) == bucket->size &&
	       block_start(&th->heap, block) == (u_long)run + nr * bucket->size;
}

static void every_offset_is_divided_exactly(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long span, offset, wrong, step = th->kind.page_size > SZ_2K ? 13 : 1;
	unsigned int i;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		struct xnheap_bucket *bucket = &th->heap.buckets[i];
		u8 *run = alloc_block(test, th, bucket->size);

		span = bucket->pages * th->kind.page_size;
		KUNIT_ASSERT_EQ(test, span / bucket->size,
				(u_long)bucket->blocks);
		/* Even what is left over has a bit, which is never set */
		KUNIT_ASSERT_LE(test, DIV_ROUND_UP(span, bucket->size),
				bits_of_run(&th->heap, bucket));
		wrong = 0;
		for (offset = 0; offset < span; offset += step)
			wrong += !is_told(th, bucket, run, offset);
		for (offset = bucket->size; offset < span;
		     offset += bucket->size)
			wrong += !is_told(th, bucket, run, offset - 1) +
				 !is_told(th, bucket, run, offset);
		KUNIT_ASSERT_EQ_MSG(test, 0UL, wrong, "size %u", bucket->size);
		free_block(test, th, run);
		cond_resched();
	}
}

/* What xnheap_check_block() and xnheap_free() must say of an address. */
static void expect_refused(struct kunit *test, struct test_heap *th, u8 *at)
{
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_check_block(&th->heap, at));
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(&th->heap, at));
}

static void in_every_page_of_a_run_blocks_alone_are_accepted(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long span, end, offset, step = 1 + th->kind.page_size / 200;
	unsigned int i;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		struct xnheap_bucket *bucket = &th->heap.buckets[i];
		u8 **at = fill_run(test, th, bucket);

		span = bucket->pages * th->kind.page_size;
		end = (u_long)bucket->blocks * bucket->size;
		for (offset = 0; offset < span; offset += step)
			if (offset % bucket->size || offset >= end)
				expect_refused(test, th, at[0] + offset);
		/* Where one block more would start and end, and beside each */
		if (end < span) {
			expect_refused(test, th, at[0] + end);
			expect_refused(test, th, at[0] + span - 1);
		}
		for (offset = 0; offset < end; offset += bucket->size) {
			u8 *block = at[0] + offset;

			KUNIT_ASSERT_EQ(test, 0,
					xnheap_check_block(&th->heap, block));
			expect_refused(test, th, block + 1);
			expect_refused(test, th, block + bucket->size - 1);
		}
		KUNIT_ASSERT_EQ(test, bucket->blocks * (u_long)bucket->size,
				xnheap_used_mem(&th->heap));
		EXPECT_SOUND(test, &th->heap);
		/* Each once, and then the whole run is none */
		for (offset = 0; offset < end; offset += bucket->size) {
			KUNIT_ASSERT_EQ(test, 0,
					xnheap_free(&th->heap, at[0] + offset));
			expect_refused(test, th, at[0] + offset);
		}
		for (offset = 0; offset < end; offset += bucket->size)
			expect_refused(test, th, at[0] + offset);
		for (offset = 0; offset < span; offset += round_up(step, 8))
			expect_refused(test, th, at[0] + offset);
		EXPECT_SOUND(test, &th->heap);
		cond_resched();
	}
}

static void the_one_block_freed_of_a_full_run_is_the_next(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	unsigned int i, j;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		struct xnheap_bucket *bucket = &th->heap.buckets[i];
		u8 **at = fill_run(test, th, bucket);

		for (j = 0; j < bucket->blocks; j++) {
			KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, at[j]));
			KUNIT_ASSERT_PTR_EQ(test, at[j],
					    xnheap_alloc(&th->heap, bucket->size));
		}
		EXPECT_SOUND(test, &th->heap);
		for (j = 0; j < bucket->blocks; j++)
			KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, at[j]));
	}
}

static void holes_in_a_run_are_filled_before_a_new_one_starts(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	unsigned int i, j, n, step;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		struct xnheap_bucket *bucket = &th->heap.buckets[i];
		u8 **at = fill_run(test, th, bucket);

		/* Many holes, then few, which skip whole words of the bitmap */
		for (step = 2; step < bucket->blocks; step = step * 3 + 1) {
			for (j = step - 1, n = 0; j < bucket->blocks; j += step)
				n += !xnheap_free(&th->heap, at[j]);
			KUNIT_ASSERT_EQ(test, bucket->blocks / step, n);
			EXPECT_SOUND(test, &th->heap);
			while (n--)
				KUNIT_ASSERT_NOT_NULL(test,
						      xnheap_alloc(&th->heap,
								   bucket->size));
			KUNIT_ASSERT_EQ(test, 1U, bucket->runs);
		}
		EXPECT_SOUND(test, &th->heap);
		for (j = 0; j < bucket->blocks; j++)
			KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, at[j]));
	}
}

static void a_run_goes_back_with_its_last_block_and_not_before(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long whole = xnheap_largest_free(&th->heap);
	struct rnd_state rnd;
	unsigned int i, j, left;

	prandom_seed_state(&rnd, 42);
	for (i = 0; i < th->heap.nr_buckets; i++) {
		struct xnheap_bucket *bucket = &th->heap.buckets[i];
		u8 **at = fill_run(test, th, bucket);

		for (left = bucket->blocks; left; left--) {
			KUNIT_ASSERT_EQ(test, 1U, bucket->runs);
			j = random_below(&rnd, left);
			KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, at[j]));
			at[j] = at[left - 1];
			if (left % 16 == 0)
				EXPECT_SOUND(test, &th->heap);
		}
		KUNIT_ASSERT_EQ(test, 0U, bucket->runs);
		KUNIT_ASSERT_EQ(test, whole, xnheap_largest_free(&th->heap));
		EXPECT_SOUND(test, &th->heap);
	}
}

static void any_run_may_go_from_the_queue_of_its_bucket(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct xnheap_bucket *bucket = &th->heap.buckets[0];
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;
	u_long i, round;

	/* That with the fewest blocks a run */
	for (i = 1; i < th->heap.nr_buckets; i++)
		if (th->heap.buckets[i].blocks < bucket->blocks)
			bucket = &th->heap.buckets[i];
	KUNIT_ASSERT_LE(test, bucket->blocks, is_fine(th) ? 4U : 2U);
	prandom_seed_state(&rnd, 7);
	for (round = 0; round < 10; round++) {
		blocks_fill(test, &blocks, th, bucket->size);
		/* Half of them, in random order: each run full, half or gone */
		for (i = blocks.nr / 2; i; i--) {
			blocks_free(test, &blocks, th,
				    random_below(&rnd, blocks.nr));
			if (i % 16 == 0)
				EXPECT_SOUND(test, &th->heap);
		}
	}
	blocks_free_all(test, &blocks, th, &rnd);
	KUNIT_EXPECT_EQ(test, 0U, bucket->runs);
	EXPECT_SOUND(test, &th->heap);
}

static struct kunit_case cases[] = {
	BUCKET_CASE(every_size_has_the_smallest_bucket_that_holds_it),
	BUCKET_CASE(every_offset_is_divided_exactly),
	BUCKET_CASE(in_every_page_of_a_run_blocks_alone_are_accepted),
	BUCKET_CASE(the_one_block_freed_of_a_full_run_is_the_next),
	BUCKET_CASE(holes_in_a_run_are_filled_before_a_new_one_starts),
	BUCKET_CASE(a_run_goes_back_with_its_last_block_and_not_before),
	BUCKET_CASE(any_run_may_go_from_the_queue_of_its_bucket),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_bucket",
	.test_cases = cases,
};

kunit_test_suite(suite);
