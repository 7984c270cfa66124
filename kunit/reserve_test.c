// SPDX-License-Identifier: GPL-2.0
/* Reservations: blocks that are set aside for who has the handle. */

#include <linux/err.h>

#include "kunit_xnheap.h"
#ifdef XNHEAP_OBSERVE
#include "debugfs.h"
#endif

static const struct heap_kind kinds[] = {
	{ "64-byte pages, 3 extents at odd addresses", 64, 400, 3, 13 },
	{ "512-byte pages", 512, 200, 1, 0 },
	{ "4096-byte pages, 2 extents", 4096, 60, 2, 0 },
	{ "32768-byte pages at an odd address", 32768, 60, 1, 8 },
	{ "64-byte pages, fine", 64, 800, 1, 0, XNHEAP_FINE },
	{ "512-byte pages, fine, 2 extents", 512, 300, 2, 7, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 120, 1, 0, XNHEAP_FINE },
	{ "512-byte pages, percpu", 512, 4000, 1, 0, XNHEAP_PERCPU },
	{ "4096-byte pages, percpu, 2 extents", 4096, 700, 2, 0, XNHEAP_PERCPU },
#ifdef XNHEAP_OBSERVE
	{ "512-byte pages, debug", 512, 200, 1, 5, XNHEAP_DEBUG },
	{ "4096-byte pages, fine, debug", 4096, 120, 1, 0, XNHEAP_FINE | XNHEAP_DEBUG },
	{ "4096-byte pages, percpu, debug", 4096, 300, 2, 0, XNHEAP_PERCPU | XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define RESERVE_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

#define NR	9	/* blocks of most reservations: no multiple of those of a run */

static struct test_heap *make(struct kunit *test)
{
	return heap_make(test, test->param_value);
}

/* The size with which a test goes on: small ones, of about a page, of several pages. */
static u_long next(u_long size, u_long page_size)
{
	return size + 1 + (size >= page_size / 2 ? page_size / 2 : size);
}

#define for_each_size(size, th)						\
	for (size = 1; size <= 4 * (th)->kind.page_size;		\
	     size = next(size, (th)->kind.page_size))

static struct xnheap_reservation *reserve(struct kunit *test, struct test_heap *th,
					  u_long size, u_long n)
{
	struct xnheap_reservation *r = xnheap_reserve(&th->heap, size, n);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR_OR_NULL(r), "%lu of %lu bytes: %ld", n, size,
			       PTR_ERR(r));
	return r;
}

static void none_where_blocks_may_wait(struct kunit *test)
{
	static const struct heap_kind defer = { "", 512, 200, 1, 0, XNHEAP_DEFER };
	struct test_heap *th = heap_make(test, &defer);

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, PTR_ERR(xnheap_reserve(&th->heap, 8, 1)));
}

static struct heap_stats stats_of(struct test_heap *th)
{
	struct heap_stats stats;

	heap_get_stats(&th->heap, &stats);
	return stats;
}

/* Nothing is lost, and what is in ranges and runs of others is what is told as free. */
static struct heap_stats expect_sums(struct kunit *test, struct test_heap *th)
{
	struct heap_stats stats = stats_of(th);
	u_long free = (u_long)th->heap.free_pages * th->kind.page_size;
	u_long overhead = th->kind.extents * th->area_size - xnheap_usable_mem(&th->heap);
	unsigned int i;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[i];

		free += bucket->runs * bucket->pages * th->kind.page_size -
			(u_long)(bucket->allocs - bucket->frees) * bucket->size;
	}
	KUNIT_EXPECT_EQ(test, th->kind.extents * th->area_size,
			stats.used + free + stats.kept + stats.reserved + overhead);
	return stats;
}

/* The n blocks that there must be, each all of its mark; and not one more. */
static void take(struct kunit *test, struct test_heap *th, struct xnheap_reservation *r,
		 u_long size, u_long n, u8 **blocks)
{
	u64 failed = th->heap.failed[XNHEAP_ALLOC_RESERVED];
	u_long i;

	for (i = 0; i < n; i++) {
		blocks[i] = xnheap_alloc_reserved(r);
		KUNIT_ASSERT_NOT_NULL_MSG(test, blocks[i], "%lu of %lu bytes", i, size);
		KUNIT_ASSERT_EQ(test, 0, xnheap_check_block(&th->heap, blocks[i]));
		KUNIT_ASSERT_GE(test, xnheap_usable_size(&th->heap, blocks[i]), size);
		memset(blocks[i], i, size);
	}
	KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(r));
	KUNIT_EXPECT_EQ(test, failed + 1, th->heap.failed[XNHEAP_ALLOC_RESERVED]);
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_NULL(test, memchr_inv(blocks[i], i, size));
}

static void put(struct kunit *test, struct test_heap *th, u_long n, u8 **blocks)
{
	while (n--)
		free_block(test, th, blocks[n]);
}

static void blocks_are_there_though_the_heap_is_full(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct blocks others = blocks_for(test, th);
	struct xnheap_reservation *r;
	u8 *blocks[NR];
	u_long size, i;

	for_each_size(size, th) {
		r = reserve(test, th, size, NR);
		/* All there is, down to the smallest */
		for (i = 4 * th->kind.page_size; i; i /= 2)
			blocks_fill(test, &others, th, i);
		for (i = 0; i < others.nr; i++)
			memset(others.block[i].at, 0xee, others.block[i].size);
		take(test, th, r, size, NR, blocks);
		for (i = 0; i < others.nr; i++)
			KUNIT_ASSERT_NULL(test, memchr_inv(others.block[i].at, 0xee,
							   others.block[i].size));
		/* One that is freed is for the reservation alone */
		free_block(test, th, blocks[NR / 2]);
		KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, size));
		blocks[NR / 2] = xnheap_alloc_reserved(r);
		KUNIT_EXPECT_NOT_NULL(test, blocks[NR / 2]);
		KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(r));
		EXPECT_SOUND(test, &th->heap);
		expect_sums(test, th);
		put(test, th, NR, blocks);
		blocks_free_all(test, &others, th, NULL);
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
		KUNIT_ASSERT_EQ(test, 0, xnheap_drain(&th->heap));
		KUNIT_ASSERT_EQ(test, th->heap.pages, th->heap.free_pages);
	}
	EXPECT_SOUND(test, &th->heap);
}

/* However the blocks of a run are taken and put back, and whichever run they are of */
static void blocks_come_and_go_in_any_order(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long pages, size, n, out, i, at;
	struct xnheap_reservation *r;
	struct rnd_state rnd;
	u8 *block, **blocks;

	prandom_seed_state(&rnd, 15);
	for_each_size(size, th) {
		/* Several runs, where that is not the whole heap */
		n = size < th->kind.page_size ? 3 * th->kind.page_size / size + 1 : 5;
		n = min(n, th->kind.flags & XNHEAP_DEBUG ? 300UL : 3000UL);
		blocks = memory_get(test, n * sizeof(*blocks));
		r = reserve(test, th, size, n);
		pages = th->heap.free_pages;
		for (out = 0, i = 0; i < 6 * n; i++) {
			if (out < n && random_below(&rnd, 8) < (i < 3 * n ? 5 : 3)) {
				block = xnheap_alloc_reserved(r);
				KUNIT_ASSERT_NOT_NULL(test, block);
				memset(block, (u8)(u_long)block / 8, size);
				blocks[out++] = block;
			} else if (out) {
				at = random_below(&rnd, out);
				block = blocks[at];
				KUNIT_ASSERT_NULL(test, memchr_inv(block, (u8)(u_long)block / 8,
								   size));
				free_block(test, th, block);
				KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(&th->heap, block));
				blocks[at] = blocks[--out];
			}
			/* What comes back stays there, and nothing else is taken */
			KUNIT_ASSERT_EQ(test, pages, th->heap.free_pages);
		}
		EXPECT_SOUND(test, &th->heap);
		put(test, th, out, blocks);
		take(test, th, r, size, n, blocks);
		put(test, th, n, blocks);
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
		KUNIT_ASSERT_EQ(test, th->heap.pages, th->heap.free_pages);
		EXPECT_SOUND(test, &th->heap);
	}
}

static void what_is_reserved_is_neither_used_nor_free(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct heap_stats stats, before = expect_sums(test, th);
	u_long ps = th->kind.page_size, size, pages, took;
	struct xnheap_reservation *r;
	u8 *blocks[NR], *block;

	for_each_size(size, th) {
		took = xnheap_block_size(&th->heap, size);
		r = reserve(test, th, size, NR);
		pages = th->heap.pages - th->heap.free_pages;
		/* As few runs as there can be */
		KUNIT_EXPECT_GE(test, pages * ps, NR * took);
		KUNIT_EXPECT_LE(test, pages * ps, NR * took + 9 * ps);
		stats = expect_sums(test, th);
		KUNIT_EXPECT_EQ(test, before.used, stats.used);
		KUNIT_EXPECT_EQ(test, pages * ps, stats.reserved);
		KUNIT_EXPECT_EQ(test, pages, th->heap.reserved_pages);
		take(test, th, r, size, NR, blocks);
		stats = expect_sums(test, th);
		KUNIT_EXPECT_EQ(test, NR * took, stats.used);
		KUNIT_EXPECT_EQ(test, NR * took, xnheap_used_mem(&th->heap));
		KUNIT_EXPECT_EQ(test, pages * ps - NR * took, stats.reserved);
		KUNIT_EXPECT_EQ(test, NR, validate_live_blocks(&th->heap));
		/* Nobody else gets what is left of the runs */
		block = alloc_block(test, th, size);
		KUNIT_EXPECT_EQ(test, pages * ps - NR * took, stats_of(th).reserved);
		free_block(test, th, block);
		put(test, th, NR, blocks);
		stats = expect_sums(test, th);
		KUNIT_EXPECT_EQ(test, pages * ps, stats.reserved);
		KUNIT_EXPECT_EQ(test, 0, stats.used);
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
		KUNIT_EXPECT_EQ(test, 0, expect_sums(test, th).reserved);
		KUNIT_EXPECT_EQ(test, 0, th->heap.reserved_pages);
		KUNIT_ASSERT_EQ(test, 0, xnheap_drain(&th->heap));
	}
}

static int agree(void *block)
{
	return 0;
}

static int disagree(void *block)
{
	return -EPERM;
}

/* Any call that frees puts a block back; what is none is refused as ever */
static void every_call_knows_such_a_block(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap *heap = &th->heap;
	struct xnheap_reservation *r;
	u8 *blocks[NR], *block;
	u_long size, ps = th->kind.page_size, i;

	for_each_size(size, th) {
		r = reserve(test, th, size, NR);
		take(test, th, r, size, NR, blocks);
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, blocks[0] + 1));
		for (i = 8; i < min(size, ps); i += 8)
			KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, blocks[0] + i));
		for (i = ps; i < size; i += ps)
			KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, blocks[0] + i));
		KUNIT_EXPECT_EQ(test, -EPERM, xnheap_test_and_free(heap, blocks[0], disagree));
		KUNIT_EXPECT_EQ(test, 0, xnheap_test_and_free(heap, blocks[0], agree));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_test_and_free(heap, blocks[0], agree));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(heap, blocks[0]));
		KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(heap, blocks[0]));
		KUNIT_EXPECT_EQ(test, 0, xnheap_free_bulk(heap, NR - 1, (void **)blocks + 1));
		take(test, th, r, size, NR, blocks);

		/* One that moves to a larger block leaves its own to the reservation */
		block = realloc_in_place(test, th, blocks[1], size);
		block = xnheap_realloc(heap, block, 2 * size + 2 * ps);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_PTR_NE(test, blocks[1], block);
		KUNIT_EXPECT_NULL(test, memchr_inv(block, 1, size));
		free_block(test, th, block);
		blocks[1] = xnheap_alloc_reserved(r);
		KUNIT_EXPECT_NOT_NULL(test, blocks[1]);
		KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(r));
		EXPECT_SOUND(test, heap);
		put(test, th, NR, blocks);
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
	}
	EXPECT_SOUND(test, heap);
}

/* In whatever order they come back, and whether or not others have the pages between */
static void blocks_outlive_their_reservation(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap_reservation *r;
	u_long size, i, out, pages;
	u8 *blocks[NR], *block;

	for_each_size(size, th) {
		for (out = 1; out <= NR; out += 2) {
			r = reserve(test, th, size, NR);
			take(test, th, r, size, NR, blocks);
			for (i = out; i < NR; i++)
				free_block(test, th, blocks[i]);
			KUNIT_ASSERT_EQ(test, 0, xnheap_unreserve(r));
			KUNIT_EXPECT_EQ(test, 0, th->heap.reserved_pages);
			KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(r));
			EXPECT_SOUND(test, &th->heap);
			expect_sums(test, th);
			pages = th->heap.free_pages;
			for (i = 0; i < out; i++) {
				KUNIT_ASSERT_EQ(test, 0, xnheap_check_block(&th->heap, blocks[i]));
				KUNIT_ASSERT_NULL(test, memchr_inv(blocks[i], i, size));
				KUNIT_ASSERT_GE(test, xnheap_usable_size(&th->heap, blocks[i]),
						size);
				free_block(test, th, blocks[i]);
				KUNIT_ASSERT_EQ(test, -EINVAL,
						xnheap_free(&th->heap, blocks[i]));
				/* Not one goes to others before its pages do */
				KUNIT_ASSERT_GE(test, th->heap.free_pages, pages);
				pages = th->heap.free_pages;
				expect_sums(test, th);
			}
			KUNIT_ASSERT_EQ(test, 0, xnheap_drain(&th->heap));
			KUNIT_ASSERT_EQ(test, th->heap.pages, th->heap.free_pages);
			KUNIT_EXPECT_EQ(test, 0, stats_of(th).reserved);
		}
		EXPECT_SOUND(test, &th->heap);
	}
	/* Whole pages are page blocks by then, which realloc() leaves in place */
	size = 3 * th->kind.page_size - 64;
	r = reserve(test, th, size, 1);
	block = xnheap_alloc_reserved(r);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_EQ(test, 0, xnheap_unreserve(r));
	block = realloc_in_place(test, th, block, 1);
	KUNIT_EXPECT_GE(test, th->heap.free_pages + 1, th->heap.pages);
	free_block(test, th, block);
	KUNIT_EXPECT_EQ(test, th->heap.pages, th->heap.free_pages);
}

/* A handle that has ended is not that of any of the next reservations. */
static void expect_no_more(struct kunit *test, struct test_heap *th,
			   struct xnheap_reservation *ended)
{
	struct xnheap_reservation *r;
	unsigned int i;

	for (i = 0; i < 255; i++) {
		r = reserve(test, th, 8, 1);
		KUNIT_ASSERT_PTR_NE(test, ended, r);
		KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_unreserve(ended));
		KUNIT_ASSERT_NULL(test, xnheap_alloc_reserved(ended));
		KUNIT_ASSERT_EQ(test, 0, xnheap_unreserve(r));
	}
}

static void a_handle_that_has_ended_is_none(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap_reservation *first = reserve(test, th, 8, 1);
	u64 failed = th->heap.failed[XNHEAP_ALLOC_RESERVED];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(first));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_unreserve(first));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(first));
	KUNIT_EXPECT_EQ(test, failed + 1, th->heap.failed[XNHEAP_ALLOC_RESERVED]);
	expect_no_more(test, th, first);
	/* Even if all other places are taken, so that one is used again and again */
	for (i = 1; i < XNHEAP_MAX_RESERVATIONS; i++)
		reserve(test, th, 8, 1);
	first = reserve(test, th, 8, 1);
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(first));
	expect_no_more(test, th, first);
	EXPECT_SOUND(test, &th->heap);
}

static void what_is_no_handle_is_refused(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap_reservation *r = reserve(test, th, 8, 1);
	void *bad[] = {
		NULL, ERR_PTR(-ENOMEM), ERR_PTR(-ENOSPC), th, &th->heap, &r, test,
		(void *)16, (void *)~15UL, th->heap.reservations, (void *)r + 1, (void *)r - 1,
	};
	unsigned int i;

	KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(NULL));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(ERR_PTR(-ENOMEM)));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (bad[i] != r)
			KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_unreserve(bad[i]));
	KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc_reserved(r));
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&th->heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_unreserve(r));
}

static void expect_error(struct kunit *test, struct xnheap *heap, size_t size, size_t n,
			 int error)
{
	u32 free = heap->free_pages;

	KUNIT_EXPECT_EQ_MSG(test, error, PTR_ERR_OR_ZERO(xnheap_reserve(heap, size, n)),
			    "%zu of %zu bytes", n, size);
	KUNIT_EXPECT_EQ(test, free, heap->free_pages);
	KUNIT_EXPECT_EQ(test, 0, heap->reserved_pages);
	EXPECT_SOUND(test, heap);
}

static void an_error_leaves_nothing_reserved(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long ps = th->kind.page_size, usable = xnheap_usable_mem(&th->heap), i;
	struct blocks pages = blocks_room(test, th->heap.pages);
	struct xnheap_reservation *r;
	u_long holes, red = th->kind.flags & XNHEAP_DEBUG ? 8 : 0;
	static struct xnheap none;

	KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR_OR_ZERO(xnheap_reserve(&none, 8, 1)));
	KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR_OR_ZERO(xnheap_reserve(NULL, 8, 1)));
	expect_error(test, &th->heap, 0, 1, -EINVAL);
	expect_error(test, &th->heap, 8, 0, -EINVAL);
	expect_error(test, &th->heap, XNHEAP_MAX_EXTENT_SIZE + 1, 1, -EINVAL);
	expect_error(test, &th->heap, SIZE_MAX, 1, -EINVAL);
	expect_error(test, &th->heap, XNHEAP_MAX_EXTENT_SIZE, 1, -ENOMEM);
	expect_error(test, &th->heap, usable + 1, 1, -ENOMEM);
	expect_error(test, &th->heap, 1, SIZE_MAX, -ENOMEM);
	expect_error(test, &th->heap, ps, SIZE_MAX, -ENOMEM);
	expect_error(test, &th->heap, 8, usable / 8 + 1, -ENOMEM);
	expect_error(test, &th->heap, 3 * ps, usable / ps / 3 + 1, -ENOMEM);
	/* What is hopeless is not tried: others would miss the pages meanwhile */
	KUNIT_EXPECT_EQ(test, 0, th->heap.reservations->steps);

	/* Enough pages, but not in a row for all: some are had, and given back */
	for (i = 0; blocks_alloc(test, &pages, th, (i % 4 ? 2 : 4) * ps - red); i++)
		;
	for (i = 0, holes = 0; i + 1 < pages.nr; i += 2) {
		free_block(test, th, pages.block[i].at);
		holes += i % 4 == 0;
	}
	KUNIT_ASSERT_GE(test, th->heap.free_pages, 4 * (holes + 1));
	expect_error(test, &th->heap, 4 * ps - red, holes + 1, -ENOMEM);
	r = reserve(test, th, 4 * ps - red, holes);
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
}

static void no_more_than_so_many_at_a_time(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap_reservation *r[XNHEAP_MAX_RESERVATIONS];
	void *block[XNHEAP_MAX_RESERVATIONS];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = reserve(test, th, 8, 1);
		block[i] = xnheap_alloc_reserved(r[i]);
		KUNIT_ASSERT_NOT_NULL(test, block[i]);
	}
	KUNIT_EXPECT_EQ(test, -ENOSPC, PTR_ERR_OR_ZERO(xnheap_reserve(&th->heap, 8, 1)));
	/* Nor where one has ended, but for a block */
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r[3]));
	KUNIT_EXPECT_EQ(test, -ENOSPC, PTR_ERR_OR_ZERO(xnheap_reserve(&th->heap, 8, 1)));
	free_block(test, th, block[3]);
	r[3] = reserve(test, th, 8, 1);
	KUNIT_EXPECT_EQ(test, -ENOSPC, PTR_ERR_OR_ZERO(xnheap_reserve(&th->heap, 8, 1)));
	block[3] = xnheap_alloc_reserved(r[3]);
	KUNIT_EXPECT_NOT_NULL(test, block[3]);
	EXPECT_SOUND(test, &th->heap);
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		free_block(test, th, block[i]);
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r[i]));
	}
	KUNIT_EXPECT_EQ(test, th->heap.pages, th->heap.free_pages);
}

static void no_cpu_keeps_a_block_that_is_reserved(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap_reservation *r;
	u_long size, kept, i;
	u8 *blocks[NR];

	for_each_size(size, th) {
		r = reserve(test, th, size, NR);
		free_block(test, th, alloc_block(test, th, size));
		kept = cpu_kept_bytes(&th->heap);
		take(test, th, r, size, NR, blocks);
		for (i = 0; i < NR; i++) {
			free_block(test, th, blocks[i]);
			KUNIT_ASSERT_EQ(test, kept, cpu_kept_bytes(&th->heap));
		}
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
	}
}

/* Of blocks in runs, and of whole pages */
static void memory_that_is_never_touched(struct kunit *test)
{
	u_long size = 64 * SZ_4K, map = xnheap_map_size(size, SZ_4K, XNHEAP_FINE), i;
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	struct xnheap_reservation *r[2];
	void *block[2][NR];

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_apart(heap, (void *)SZ_4K, size, SZ_4K,
						   memory_get(test, map), map, XNHEAP_FINE));
	undo_later(test, destroy_heap, heap);
	r[0] = xnheap_reserve(heap, 100, NR);
	r[1] = xnheap_reserve(heap, 2 * SZ_4K, NR);
	for (i = 0; i < 2 * NR; i++) {
		block[i % 2][i / 2] = xnheap_alloc_reserved(r[i % 2]);
		KUNIT_ASSERT_NOT_NULL(test, block[i % 2][i / 2]);
	}
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(r[i]));
		KUNIT_EXPECT_EQ(test, 0, xnheap_free_bulk(heap, NR, block[i]));
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r[i]));
	}
	KUNIT_EXPECT_EQ(test, heap->pages, heap->free_pages);
	EXPECT_SOUND(test, heap);
}

/* As no extent has room for a run of that size, whole pages serve */
static void a_size_whose_run_is_too_long(struct kunit *test)
{
	struct heap_kind kind = { "short", 4096, 0, 1, 0, XNHEAP_FINE };
	struct xnheap_reservation *r;
	struct test_heap *th;
	u_long size;
	u8 *block;

	for (kind.pages = 4; kind.pages < 12; kind.pages++) {
		th = heap_make(test, &kind);
		for (size = 1; size <= xnheap_max_contiguous(&th->heap); size += size / 16 + 1) {
			r = reserve(test, th, size, 1);
			block = xnheap_alloc_reserved(r);
			KUNIT_ASSERT_NOT_NULL(test, block);
			memset(block, 1, size);
			EXPECT_SOUND(test, &th->heap);
			free_block(test, th, block);
			KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
		}
	}
}

/* One block takes all of an extent; a run's pages need not be counted by 8 bits */
static void a_block_of_a_whole_extent(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 2000, .extents = 3 };
	struct test_heap *th = heap_make(test, &kind);
	u_long size = xnheap_max_contiguous(&th->heap), i;
	struct xnheap_reservation *r = reserve(test, th, size, 3);
	u8 *blocks[3];

	KUNIT_ASSERT_GT(test, size / 512, 255);
	KUNIT_EXPECT_EQ(test, 0, xnheap_largest_free(&th->heap));
	take(test, th, r, size, 3, blocks);
	EXPECT_SOUND(test, &th->heap);
	for (i = 512; i < size; i += 512)
		KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(&th->heap, blocks[1] + i));
	free_block(test, th, blocks[1]);
	EXPECT_SOUND(test, &th->heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
	KUNIT_EXPECT_EQ(test, size, xnheap_largest_free(&th->heap));
	EXPECT_SOUND(test, &th->heap);
	free_block(test, th, blocks[0]);
	free_block(test, th, blocks[2]);
	KUNIT_EXPECT_EQ(test, th->heap.pages, th->heap.free_pages);
	EXPECT_SOUND(test, &th->heap);
}

/* Of each thing that must not be, one check tells. */
#define EXPECT_FOUND(test, heap, what, wrong) do {			\
	typeof(what) was = what;					\
									\
	what = wrong;							\
	KUNIT_EXPECT_STRNEQ(test, "", validate_heap(heap));		\
	what = was;							\
	EXPECT_SOUND(test, heap);					\
} while (0)

static void the_validator_finds_what_is_wrong(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct xnheap *heap = &th->heap;
	struct xnheap_reservation *handle = reserve(test, th, 8, NR);
	u_long place = (u_long)handle % XNHEAP_MAX_RESERVATIONS;
	struct reservation *r = &heap->reservations->of[place];
	struct xnheap_bucket *bucket = &heap->buckets[heap->nr_buckets + place];
	u8 *block = xnheap_alloc_reserved(handle);

	KUNIT_ASSERT_NOT_NULL(test, block);
	EXPECT_FOUND(test, heap, bucket->nr, heap->nr_buckets);
	EXPECT_FOUND(test, heap, bucket->lifo, true);
	EXPECT_FOUND(test, heap, bucket->count_one_out, bucket->blocks - 2);
	EXPECT_FOUND(test, heap, r->handle, was + RESERVATION_HANDLES);
	EXPECT_FOUND(test, heap, r->handle, was % 2 ? was - 1 : was + 1);
	EXPECT_FOUND(test, heap, r->lowest, NR);
	EXPECT_FOUND(test, heap, r->blocks, bucket->runs * bucket->blocks + 1);
	EXPECT_FOUND(test, heap, r->run, (void *)heap);
	EXPECT_FOUND(test, heap, heap->reserved_pages, was + 1);
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(handle));
	EXPECT_FOUND(test, heap, bucket->count_one_out, U32_MAX);
	EXPECT_FOUND(test, heap, r->run, (void *)heap);
	free_block(test, th, block);
}

#ifdef XNHEAP_OBSERVE

static void expect_text(struct kunit *test, struct test_heap *th, const char *file,
			const char *line)
{
	char *text = memory_get(test, SZ_64K);
	struct file *from = text_open(&th->heap, file);

	KUNIT_ASSERT_FALSE(test, IS_ERR(from));
	KUNIT_EXPECT_GT(test, text_read_all(from, text, SZ_64K), 0);
	text_close(from);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, line), "%s in %s", line, text);
}

static void debugfs_shows_each(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 200, .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);
	struct xnheap_reservation *small = reserve(test, th, 100, 9);
	struct xnheap_reservation *large = reserve(test, th, 1000, 2);
	void *block[4];
	unsigned int i;

	for (i = 0; i < 3; i++)
		block[i] = xnheap_alloc_reserved(small);
	free_block(test, th, block[2]);
	block[3] = xnheap_alloc_reserved(large);
	/* Runs of 4 blocks of 128 bytes, 3 of them; blocks of 2 pages, 2 of them */
	expect_text(test, th, "reservations",
		    "\n100 9 2 6 128 3\n1000 2 1 1 1024 4\n");
	expect_text(test, th, "stats", "\nbytes_used           1280\n");
	expect_text(test, th, "stats", "\nbytes_reserved       2304\n");
	KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc_reserved(large));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_reserved(large));
	expect_text(test, th, "stats", "\nalloc_failed_reserved 1\n");
	expect_text(test, th, "stats", "\nallocs               5\n");
	expect_text(test, th, "stats", "\nfrees                1\n");
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(small));
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(large));
	/* Both blocks are in one run; those of whole pages are as any other's */
	expect_text(test, th, "reservations", "\n100 0 2 6 128 1\n");
	expect_text(test, th, "stats", "\nbytes_reserved       256\n");
	expect_text(test, th, "stats", "\nallocs               5\n");
	expect_text(test, th, "stats", "\nwhole_pages         4          2          -\n");
}
#endif

static struct kunit_case cases[] = {
	KUNIT_CASE(none_where_blocks_may_wait),
	RESERVE_CASE(blocks_are_there_though_the_heap_is_full),
	RESERVE_CASE(blocks_come_and_go_in_any_order),
	RESERVE_CASE(what_is_reserved_is_neither_used_nor_free),
	RESERVE_CASE(every_call_knows_such_a_block),
	RESERVE_CASE(blocks_outlive_their_reservation),
	RESERVE_CASE(a_handle_that_has_ended_is_none),
	RESERVE_CASE(what_is_no_handle_is_refused),
	RESERVE_CASE(an_error_leaves_nothing_reserved),
	RESERVE_CASE(no_more_than_so_many_at_a_time),
	RESERVE_CASE(no_cpu_keeps_a_block_that_is_reserved),
	KUNIT_CASE(memory_that_is_never_touched),
	KUNIT_CASE(a_size_whose_run_is_too_long),
	KUNIT_CASE(a_block_of_a_whole_extent),
	RESERVE_CASE(the_validator_finds_what_is_wrong),
#ifdef XNHEAP_OBSERVE
	KUNIT_CASE(debugfs_shows_each),
#endif
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_reserve",
#ifdef XNHEAP_OBSERVE
	.suite_init = debugfs_begin,
	.suite_exit = debugfs_end,
#endif
	.test_cases = cases,
};

kunit_test_suite(suite);
