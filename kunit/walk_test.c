// SPDX-License-Identifier: GPL-2.0
/* Walks: what they tell of a heap, beside what the test knows of its blocks. */

#include <linux/sched/signal.h>

#include "kunit_xnheap.h"
#include "observe/walk.h"

HEAP_KIND_PARAM;

/* A page of an extent, told by the blocks that the test holds. */
struct known {
	u32 blocks;			/* that begin in it */
	bool inner;			/* in a block that begins before */
	bool start;			/* a block begins with it */
	bool large;			/* one that is too large for a run */
};

static struct known *known[XNHEAP_MAX_EXTENTS];

static void know(struct kunit *test, struct test_heap *th,
		 const struct blocks *blocks)
{
	u_long i, j, page_size = th->kind.page_size;

	for (i = 0; i < th->heap.nr_extents; i++) {
		const struct xnheap_extent *ext = &th->heap.extent[i];
		u_long bytes = (ext->nr_pages + 2) * sizeof(struct known);

		known[i] = memory_get(test, bytes);
		memset(known[i], 0, bytes);
		for (j = 0; j < blocks->nr; j++) {
			const struct held *block = &blocks->block[j];
			u_long page = ((u_long)block->at - ext->base) / page_size;
			u_long end = ((u_long)block->at - ext->base +
				      block->size - 1) / page_size;

			if ((u_long)block->at - ext->start >= ext->size)
				continue;
			known[i][page].blocks++;
			known[i][page].start |= !((u_long)block->at % page_size);
			known[i][page].large = block->size > th->heap.small_max;
			while (++page <= end)
				known[i][page].inner = true;
		}
	}
}

static bool is_empty(const struct known *page)
{
	return !page->blocks && !page->inner;
}

/* Whether a part that begins at page @p is what the test knows of its pages. */
static const char *part_fault(struct test_heap *th, const struct walk *w,
			      const struct walk_part *part, u32 p)
{
	const struct xnheap_extent *ext = &th->heap.extent[w->nr];
	const struct known *page = known[w->nr];
	const struct xnheap_bucket *bucket;
	u32 i, end = p + part->pages, blocks = 0;

	if (!part->pages || end > w->pages)
		return "goes beyond the extent";
	for (i = p; i < end; i++) {
		if (part->type == PAGE_FREE && !is_empty(&page[i]))
			return "a page with a block is free";
		if (part->type == PAGE_LAST && !page[i].inner)
			return "the rest of a block is none";
		blocks += page[i].blocks;
	}
	switch (part->type) {
	case PAGE_FREE:
		/* A run's first page may have no block */
		return end == w->pages || !is_empty(&page[end]) ||
		       page_after(&th->heap, ext->map, end)->type >=
				PAGE_RUN_PARTIAL ?
		       NULL : "a range goes on after its end";
	case PAGE_LAST:
		return blocks || page[end].inner ? "a block has another end" :
		       NULL;
	case PAGE_BLOCK:
		return blocks == 1 && page[p].start && page[end - 1].inner ==
		       (part->pages > 1) && !page[end].inner ? NULL :
		       "no block of such pages";
	}
	bucket = part->size ? bucket_of_size(&th->heap, part->size) : NULL;
	if (!bucket || part->blocks != bucket->blocks || part->type != bucket->type ||
	    page[p].large)
		return "no run of such blocks";
	/* Of a run that is told from within, some blocks are not counted here */
	if (part->pages == bucket->pages &&
	    (!blocks || part->free != bucket->blocks - blocks))
		return "a run has other blocks";
	return NULL;
}

static void expect_part(struct kunit *test, struct test_heap *th,
			const struct walk *w, const struct walk_part *part,
			u32 p)
{
	const char *fault = part_fault(th, w, part, p);

	if (fault)
		KUNIT_FAIL(test, "extent %d, page %u of %u, kind %u, %u pages: %s",
			   w->nr, p, w->pages, part->type, part->pages, fault);
}

/* Blocks of all sizes come and go, so that stale entries are everywhere. */
static void churn(struct kunit *test, struct test_heap *th,
		  struct blocks *blocks, struct rnd_state *rnd, u32 steps)
{
	while (steps--) {
		if (random_below(rnd, 3) || !blocks->nr)
			blocks_alloc(test, blocks, th, random_size(rnd, th));
		else
			blocks_free(test, blocks, th,
				    random_below(rnd, blocks->nr));
		if (!random_below(rnd, 200))
			while (blocks->nr > 10)
				blocks_free(test, blocks, th,
					    random_below(rnd, blocks->nr));
	}
}

static void every_page_is_told_as_what_it_is(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	struct walk_part part;
	struct rnd_state rnd;
	struct walk w;
	int round, ret, nr;
	u32 p;

	prandom_seed_state(&rnd, 1);
	for (round = 0; round < 20; round++) {
		churn(test, th, &blocks, &rnd, round ? 100 : 0);
		know(test, th, &blocks);
		walk_begin(&w, &th->heap);
		for (nr = 0; walk_extent(&w); nr++) {
			KUNIT_EXPECT_EQ(test, nr, w.nr);
			KUNIT_EXPECT_EQ(test, th->area_size, w.size);
			KUNIT_EXPECT_EQ(test, th->heap.extent[nr].nr_pages,
					w.pages);
			p = 0;
			while ((ret = walk_next(&w, &part)) > 0) {
				expect_part(test, th, &w, &part, p);
				KUNIT_EXPECT_NE(test, (u32)PAGE_LAST, part.type);
				p += part.pages;
			}
			KUNIT_EXPECT_EQ(test, 0, ret);
			KUNIT_EXPECT_EQ(test, w.pages, p);
		}
		KUNIT_EXPECT_EQ(test, th->kind.extents, nr);
	}
}

/* As if the page that comes next had been anything else a moment ago */
static void a_walk_goes_on_rightly_from_any_page(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	struct walk_part part;
	struct rnd_state rnd;
	struct walk w;
	u32 from, p, round;

	prandom_seed_state(&rnd, 2);
	for (round = 0; round < 20; round++) {
		churn(test, th, &blocks, &rnd, round ? 100 : 0);
		know(test, th, &blocks);
		walk_begin(&w, &th->heap);
		while (walk_extent(&w)) {
			struct walk start = w;

			for (from = 0; from < w.pages; from++) {
				w = start;
				w.page = from;
				for (p = from; walk_next(&w, &part) > 0;
				     p += part.pages)
					expect_part(test, th, &w, &part, p);
				KUNIT_ASSERT_EQ(test, w.pages, p);
			}
		}
	}
}

static void a_walk_of_a_heap_at_work_ends_where_the_extent_does(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	struct walk_part part;
	struct rnd_state rnd;
	struct walk w;
	u32 p, round;

	prandom_seed_state(&rnd, 3);
	for (round = 0; round < 50; round++) {
		churn(test, th, &blocks, &rnd, 50);
		walk_begin(&w, &th->heap);
		while (walk_extent(&w)) {
			for (p = 0; walk_next(&w, &part) > 0; p += part.pages) {
				KUNIT_ASSERT_NE(test, 0U, part.pages);
				KUNIT_ASSERT_LE(test, p + part.pages, w.pages);
				if (w.told == w.parts)
					churn(test, th, &blocks, &rnd,
					      random_below(&rnd, 20));
			}
			KUNIT_ASSERT_EQ(test, w.pages, p);
		}
	}
	EXPECT_SOUND(test, &th->heap);
}

/* With the lock held, as it must be. */
static void slice(struct walk *w)
{
	heap_lock(w->heap);
	walk_slice(w);
	heap_unlock(w->heap);
}

static void a_slice_takes_no_more_steps_than_it_may(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 64, .pages = 2000, .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);
	struct blocks blocks = blocks_for(test, th);
	struct walk_part part;
	struct walk w;
	u32 next;

	/* From an inner page of a free range, entry by entry */
	walk_begin(&w, &th->heap);
	KUNIT_ASSERT_TRUE(test, walk_extent(&w));
	w.page = 7;
	slice(&w);
	KUNIT_EXPECT_EQ(test, 7U + WALK_STEPS, w.page);
	KUNIT_EXPECT_EQ(test, 1, walk_next(&w, &part));
	KUNIT_EXPECT_EQ(test, w.pages - 7, part.pages);
	KUNIT_EXPECT_EQ(test, (u32)PAGE_FREE, part.type);

	/* From one run of a page to the next */
	blocks_fill(test, &blocks, th, 8);
	walk_begin(&w, &th->heap);
	KUNIT_ASSERT_TRUE(test, walk_extent(&w));
	while (w.page < w.pages) {
		next = min(w.page + WALK_STEPS, w.pages);
		slice(&w);
		KUNIT_ASSERT_EQ(test, next, w.page);
	}
}

static void a_walk_of_a_heap_that_ends_is_broken_off(struct kunit *test)
{
	struct test_heap *th = heap_make(test, &heap_kinds[0]);
	struct walk_part part;
	struct walk w;

	walk_begin(&w, &th->heap);
	KUNIT_ASSERT_TRUE(test, walk_extent(&w));
	th->heap.observed->leaving = true;
	KUNIT_EXPECT_EQ(test, -EIO, walk_next(&w, &part));
	th->heap.observed->leaving = false;
	KUNIT_EXPECT_EQ(test, 1, walk_next(&w, &part));
}

static void a_walk_by_who_is_killed_is_broken_off(struct kunit *test)
{
	struct test_heap *th = heap_make(test, &heap_kinds[0]);
	struct walk_part part;
	struct walk w;
	int ret;

	walk_begin(&w, &th->heap);
	KUNIT_ASSERT_TRUE(test, walk_extent(&w));
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	ret = walk_next(&w, &part);
	flush_signals(current);
	disallow_signal(SIGKILL);
	KUNIT_EXPECT_EQ(test, -EINTR, ret);
	KUNIT_EXPECT_EQ(test, 1, walk_next(&w, &part));
}

static void an_extent_that_is_only_claimed_yet_is_passed_over(struct kunit *test)
{
	struct test_heap *th = heap_make(test, &heap_kinds[1]);
	struct xnheap_extent *first = &th->heap.extent[0];
	u_long span = first->span;
	struct walk w;

	first->span = 0;
	walk_begin(&w, &th->heap);
	KUNIT_EXPECT_TRUE(test, walk_extent(&w));
	KUNIT_EXPECT_EQ(test, 1, w.nr);
	KUNIT_EXPECT_EQ(test, th->heap.extent[1].nr_pages, w.pages);
	KUNIT_EXPECT_FALSE(test, walk_extent(&w));
	first->span = span;
}

static struct kunit_case cases[] = {
	KIND_CASE(every_page_is_told_as_what_it_is),
	KIND_CASE(a_walk_goes_on_rightly_from_any_page),
	KIND_CASE(a_walk_of_a_heap_at_work_ends_where_the_extent_does),
	KUNIT_CASE(a_slice_takes_no_more_steps_than_it_may),
	KUNIT_CASE(a_walk_of_a_heap_that_ends_is_broken_off),
	KUNIT_CASE(a_walk_by_who_is_killed_is_broken_off),
	KUNIT_CASE(an_extent_that_is_only_claimed_yet_is_passed_over),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_walk",
	.test_cases = cases,
};

kunit_test_suite(suite);
