// SPDX-License-Identifier: GPL-2.0
/* Runs of several pages: stale marks, merging, what is kept back for them. */

#include <linux/sched.h>

#include "kunit_xnheap.h"

/* Few pages of many shapes: each address can be tried many times. */
static const struct heap_kind tiny_kinds[] = {
	{ "64-byte pages", 64, 40, 1, 0, XNHEAP_FINE },
	{ "128-byte pages", 128, 30, 1, 5, XNHEAP_FINE },
	{ "256-byte pages", 256, 25, 1, 0, XNHEAP_FINE },
	{ "512-byte pages", 512, 20, 1, 509, XNHEAP_FINE },
	{ "1024-byte pages", 1024, 17, 1, 0, XNHEAP_FINE },
	{ "4096-byte pages", 4096, 14, 1, 8, XNHEAP_FINE },
	{ "32768-byte pages", 32768, 13, 1, 0, XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(tiny_kind, tiny_kinds, name);
#define TINY_CASE(test) KUNIT_CASE_PARAM(test, tiny_kind_gen_params)

/* Enough pages that some are kept back, more than the longest run has. */
static const struct heap_kind large_kinds[] = {
	{ "64-byte pages", 64, 700, 1, 0, XNHEAP_FINE },
	{ "512-byte pages", 512, 400, 1, 1, XNHEAP_FINE },
	{ "4096-byte pages", 4096, 320, 1, 0, XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(large_kind, large_kinds, name);

static const struct heap_kind powers_kinds[] = {
	{ "64-byte pages", 64, 700, 1, 0 },
	{ "512-byte pages", 512, 400, 1, 1 },
	{ "4096-byte pages", 4096, 320, 1, 0 },
};

KUNIT_ARRAY_PARAM_DESC(powers_kind, powers_kinds, name);

static u_long page_of(const struct test_heap *th, const u8 *block)
{
	return (u_long)block & -th->kind.page_size;
}

/* Try addresses of all pages, at most 512 in each: what is not in @blocks is refused. */
static void try_pages(struct kunit *test, struct test_heap *th,
		      const struct blocks *blocks)
{
	const struct xnheap_extent *ext = &th->heap.extent[0];
	u8 *first = (u8 *)ext->base, *at;
	u8 *end = (u8 *)ext->base + ext->span;
	u_long step = th->kind.page_size > SZ_512 ?
		      max(th->kind.page_size / SZ_512, XNHEAP_MIN_BLOCK) : 4;
	u_long used = xnheap_used_mem(&th->heap), i, found = 0, tried = 0;
	int ret;

	for (at = first; at < end; at += step) {
		if (!xnheap_check_block(&th->heap, at)) {
			found++;
			continue;
		}
		ret = xnheap_free(&th->heap, at);
		KUNIT_ASSERT_EQ_MSG(test, -EINVAL, ret, "byte %ld of %ld",
				    (long)(at - first), (long)(end - first));
	}
	for (i = 0; i < blocks->nr; i++) {
		at = blocks->block[i].at;
		KUNIT_ASSERT_EQ(test, 0, xnheap_check_block(&th->heap, at));
		tried += !((at - first) % step);
	}
	KUNIT_ASSERT_EQ(test, tried, found);
	KUNIT_ASSERT_EQ(test, used, xnheap_used_mem(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

/* Let runs of a bucket begin and end, @shift pages before the last one. */
static void leave_marks(struct kunit *test, struct test_heap *th,
			struct blocks *blocks,
			const struct xnheap_bucket *bucket, u_long shift)
{
	u_long ps = th->kind.page_size;
	u8 *after = NULL;

	if (shift > 1)
		after = alloc_block(test, th, shift * ps);
	else if (shift)
		after = alloc_block(test, th, 1);
	blocks_fill(test, blocks, th, bucket->size);
	blocks_free_all(test, blocks, th, NULL);
	if (after)
		free_block(test, th, after);
	KUNIT_ASSERT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
}

/*
 * Runs of one shape, then something else over what they leave in the page map:
 * a block, and another, and all that fit, of each shape or of whole pages.
 */
static void over_stale_marks(struct kunit *test, struct test_heap *th,
			     struct blocks *blocks,
			     const struct xnheap_bucket *old, u_long shift,
			     u_long size)
{
	leave_marks(test, th, blocks, old, shift);
	blocks_alloc(test, blocks, th, size);
	try_pages(test, th, blocks);
	blocks_alloc(test, blocks, th, old->size);
	blocks_alloc(test, blocks, th, size);
	try_pages(test, th, blocks);
	blocks_free(test, blocks, th, 0);
	try_pages(test, th, blocks);
	blocks_fill(test, blocks, th, size);
	try_pages(test, th, blocks);
	blocks_free_all(test, blocks, th, NULL);
}

static void stale_marks_lead_to_no_block(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, shift, size;
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;
	unsigned int nr, part = ps == 64 ? 1 : ps / 3;

	prandom_seed_state(&rnd, ps);
	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *old = &th->heap.buckets[nr];

		for (shift = 0; shift < old->pages; shift++) {
			for (size = next_size(th, 0); size <= 9 * ps;
			     size = size < 2 * ps ? next_size(th, size) :
						    size + ps) {
				/* All where it takes no time, else some */
				if (random_below(&rnd, part))
					continue;
				over_stale_marks(test, th, &blocks, old, shift,
						 size);
				cond_resched();
			}
		}
	}
}

/* A run, with a block in the rest of the last @pages pages, and without. */
static void try_short_run(struct kunit *test, struct test_heap *th,
			  struct blocks *blocks, u_long pages,
			  const struct xnheap_bucket *bucket)
{
	u8 *rest = alloc_block(test, th, (pages - bucket->pages) * th->kind.page_size);
	u8 *run = alloc_block(test, th, bucket->size);

	KUNIT_ASSERT_PTR_EQ(test, run + bucket->pages * th->kind.page_size,
			    rest);
	blocks->block[0].at = run;
	blocks->block[1].at = rest;
	blocks->nr = 2;
	try_pages(test, th, blocks);
	free_block(test, th, rest);
	blocks->nr = 1;
	try_pages(test, th, blocks);
	free_block(test, th, run);
	blocks->nr = 0;
}

static void a_shorter_run_does_not_have_the_pages_of_a_longer_one(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	unsigned int nr, other, tried = 0, beside;

	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *old = &th->heap.buckets[nr];

		/* One of each length: all leave the same marks */
		if (tried & BIT(old->pages))
			continue;
		tried |= BIT(old->pages);
		beside = 0;
		for (other = 0; other < th->heap.nr_buckets; other++) {
			const struct xnheap_bucket *shorter;

			shorter = &th->heap.buckets[other];
			if (shorter->pages + 2 > old->pages ||
			    beside & BIT(shorter->pages))
				continue;
			beside |= BIT(shorter->pages);
			free_block(test, th, alloc_block(test, th, old->size));
			try_short_run(test, th, &blocks, old->pages, shorter);
			cond_resched();
		}
	}
}

static void random_runs_leave_no_mark_that_matters(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, steps = 80000 / ps, i, size;
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;

	prandom_seed_state(&rnd, ps + 1);
	for (i = 0; i < min(steps, 800UL); i++) {
		/* Up to some pages, most of them not of one */
		size = 1 + random_below(&rnd, 5 * ps);
		while (random_below(&rnd, 3) &&
		       blocks_alloc(test, &blocks, th, size))
			;
		while (random_below(&rnd, 4) && blocks.nr)
			blocks_free(test, &blocks, th,
				    random_below(&rnd, blocks.nr));
		try_pages(test, th, &blocks);
		cond_resched();
	}
	blocks_free_all(test, &blocks, th, &rnd);
}

/* | rest free | 2 pages | 3 pages | run | 2 pages |, and each order of ends. */
static void a_run_that_ends_merges_with_what_is_free_beside_it(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, start, pages;
	u_long whole = range_largest(&th->heap);
	unsigned int nr, sides;
	u8 *after, *run, *before, *guard;

	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[nr];

		if (bucket->pages + 7U > whole)
			continue;
		for (sides = 0; sides < 4; sides++) {
			after = alloc_block(test, th, 2 * ps);
			run = alloc_block(test, th, bucket->size);
			KUNIT_ASSERT_PTR_EQ(test, after,
					    run + bucket->pages * ps);
			KUNIT_ASSERT_EQ(test, page_of(th, run), (u_long)run);
			before = alloc_block(test, th, 3 * ps);
			guard = alloc_block(test, th, 2 * ps);
			KUNIT_ASSERT_EQ(test, whole - bucket->pages - 7,
					th->heap.free_pages);
			start = (u_long)run;
			pages = bucket->pages;
			if (sides & 1) {
				free_block(test, th, before);
				start -= 3 * ps;
				pages += 3;
			}
			if (sides & 2) {
				free_block(test, th, after);
				pages += 2;
			}
			free_block(test, th, run);
			KUNIT_ASSERT_EQ(test, pages, range_length(&th->heap, start));
			EXPECT_SOUND(test, &th->heap);
			if (!(sides & 1))
				free_block(test, th, before);
			if (!(sides & 2))
				free_block(test, th, after);
			free_block(test, th, guard);
			KUNIT_ASSERT_EQ(test, whole,
					(u_long)range_largest(&th->heap));
			EXPECT_SOUND(test, &th->heap);
		}
	}
}

static void where_a_run_has_no_room_whole_pages_are_handed_out(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, whole = range_largest(&th->heap), room;
	u_long bytes, used;
	unsigned int nr;
	u8 *rest, *block;

	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[nr];

		bytes = whole_pages(th, bucket->size);
		for (room = 1; room < bucket->pages; room++) {
			rest = alloc_block(test, th, (whole - room) * ps);
			KUNIT_ASSERT_EQ(test, room, th->heap.free_pages);
			used = xnheap_used_mem(&th->heap);
			block = xnheap_alloc(&th->heap, bucket->size);
			KUNIT_ASSERT_EQ(test, bytes <= room * ps, !!block);
			if (block) {
				KUNIT_ASSERT_EQ(test, page_of(th, block),
						(u_long)block);
				KUNIT_ASSERT_EQ(test, used + bytes,
						xnheap_used_mem(&th->heap));
				EXPECT_SOUND(test, &th->heap);
				free_block(test, th, block);
			}
			free_block(test, th, rest);
		}
		/* With as many as it takes, it is a run */
		if (whole <= bucket->pages + 1U)
			continue;
		rest = alloc_block(test, th, (whole - bucket->pages) * ps);
		used = xnheap_used_mem(&th->heap);
		block = alloc_block(test, th, bucket->size);
		KUNIT_ASSERT_EQ(test, used + bucket->size,
				xnheap_used_mem(&th->heap));
		KUNIT_ASSERT_EQ(test, 1U, bucket->runs);
		free_block(test, th, block);
		free_block(test, th, rest);
	}
	EXPECT_SOUND(test, &th->heap);
}

/*
 * With @left free pages in a row and a free block in the run of @larger, the
 * bytes that a request for a block of @bucket is given.
 */
static u_long taken_with(struct kunit *test, struct test_heap *th,
			 const struct xnheap_bucket *bucket,
			 const struct xnheap_bucket *larger, u_long left)
{
	u8 *open = larger ? alloc_block(test, th, larger->size) : NULL, *rest, *block;
	u_long used, taken;

	rest = alloc_block(test, th, (th->heap.free_pages - left) * th->kind.page_size);
	KUNIT_ASSERT_EQ(test, left, th->heap.free_pages);
	used = xnheap_used_mem(&th->heap);
	block = alloc_block(test, th, bucket->size);
	taken = xnheap_used_mem(&th->heap) - used;
	EXPECT_SOUND(test, &th->heap);
	/* The next one is of its own run, however few pages are left */
	if (bucket->runs) {
		u8 *next = alloc_block(test, th, bucket->size);

		KUNIT_ASSERT_EQ(test, used + 2 * bucket->size,
				xnheap_used_mem(&th->heap));
		free_block(test, th, next);
	}
	free_block(test, th, block);
	free_block(test, th, rest);
	if (open)
		free_block(test, th, open);
	KUNIT_ASSERT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
	return taken;
}

static void the_last_pages_are_for_what_no_larger_block_serves(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long reserve = th->heap.pages / RESERVE;
	unsigned int nr, larger;

	KUNIT_ASSERT_EQ(test, reserve, th->heap.scarce_below);
	KUNIT_ASSERT_GT(test, reserve, 8UL);
	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[nr];

		for (larger = nr + 1; larger < th->heap.nr_buckets;
		     larger += 1 + larger / 5) {
			const struct xnheap_bucket *l;

			l = &th->heap.buckets[larger];
			KUNIT_ASSERT_EQ(test, (u_long)bucket->size,
					taken_with(test, th, bucket, l,
						   reserve + 1));
			KUNIT_ASSERT_EQ(test, (u_long)bucket->size,
					taken_with(test, th, bucket, l,
						   reserve));
			KUNIT_ASSERT_EQ(test, (u_long)l->size,
					taken_with(test, th, bucket, l,
						   reserve - 1));
			KUNIT_ASSERT_EQ(test, (u_long)l->size,
					taken_with(test, th, bucket, l, 8));
		}
		/* Smaller ones cannot serve, nor can none at all */
		if (nr)
			KUNIT_ASSERT_EQ(test, (u_long)bucket->size,
					taken_with(test, th, bucket,
						   &th->heap.buckets[nr - 1],
						   8));
		KUNIT_ASSERT_EQ(test, (u_long)bucket->size,
				taken_with(test, th, bucket, NULL, 8));
	}
}

static void powers_of_two_take_the_last_page_first(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	unsigned int nr, larger;
	u_long left;

	KUNIT_ASSERT_EQ(test, 1U, th->heap.scarce_below);
	for (nr = 0; nr < th->heap.nr_buckets; nr++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[nr];

		for (larger = nr + 1; larger < th->heap.nr_buckets; larger++)
			for (left = 1; left < 3; left++)
				KUNIT_ASSERT_EQ(test, (u_long)bucket->size,
						taken_with(test, th, bucket,
							   &th->heap.buckets[larger],
							   left));
	}
}

static struct kunit_case cases[] = {
	TINY_CASE(stale_marks_lead_to_no_block),
	TINY_CASE(a_shorter_run_does_not_have_the_pages_of_a_longer_one),
	TINY_CASE(random_runs_leave_no_mark_that_matters),
	TINY_CASE(a_run_that_ends_merges_with_what_is_free_beside_it),
	TINY_CASE(where_a_run_has_no_room_whole_pages_are_handed_out),
	KUNIT_CASE_PARAM(the_last_pages_are_for_what_no_larger_block_serves,
			 large_kind_gen_params),
	KUNIT_CASE_PARAM(powers_of_two_take_the_last_page_first,
			 powers_kind_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_run",
	.test_cases = cases,
};

kunit_test_suite(suite);
