// SPDX-License-Identifier: GPL-2.0
/* Free page ranges: bins, find, split, merge. */

#include <linux/sched.h>

#include "kunit_xnheap.h"

/* Pages go by their number in the first extent: 1, 2, 3 ...; 0 is none. */
static struct xnheap_page *page_of(struct test_heap *th, u32 nr)
{
	return page_after(&th->heap, th->heap.extent[0].map, nr - 1);
}

static u32 number_of(struct test_heap *th, const struct xnheap_page *page)
{
	return 1 + ((void *)page - (void *)th->heap.extent[0].map) /
		   th->heap.page_stride;
}

/* Allocate pages and mark them as a page block, as their owner must. */
static struct xnheap_page *page_block(struct test_heap *th, u32 pages)
{
	unsigned long bin = range_bin(pages);
	struct xnheap_page *page = range_find(&th->heap, pages, &bin);

	if (!page)
		return NULL;
	page = range_alloc(&th->heap, page, pages, bin);
	page_after(&th->heap, page, pages - 1)->type = PAGE_LAST;
	page->type = PAGE_BLOCK;
	page->count = pages;
	return page;
}

static u32 pages_alloc(struct test_heap *th, u32 pages)
{
	struct xnheap_page *page = page_block(th, pages);

	return page ? number_of(th, page) : 0;
}

static void pages_free(struct test_heap *th, u32 nr, u32 pages)
{
	range_free(&th->heap, page_of(th, nr), pages);
}

/* A heap with @pages free pages in a row. */
static struct test_heap *one_extent(struct kunit *test, u_long pages)
{
	struct heap_kind kind = { .page_size = 64, .pages = pages * 2 + 16,
				  .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);
	u32 extra = xnheap_page_count(&th->heap) - pages;

	/* Leave exactly @pages at the start: ranges are cut at the end */
	KUNIT_ASSERT_EQ(test, (u32)pages + 1, pages_alloc(th, extra));
	return th;
}

/* The length of the free range that starts at page @nr; 0 if none does. */
static u32 length_at(struct test_heap *th, u32 nr)
{
	return range_length(&th->heap, page_start(&th->heap, page_of(th, nr)));
}

static u32 count_ranges(struct test_heap *th)
{
	const struct xnheap_page *page;
	unsigned int bin;
	u32 n = 0;

	for (bin = 0; bin < th->heap.nr_bins; bin++)
		list_for_each_entry(page, &th->heap.bins[bin].list, list)
			n++;
	return n;
}

/*
 * Allocate all @pages, then free those that lie between single pages which are
 * kept, so that there is a free range of each length, in this order.
 */
static void make_ranges(struct kunit *test, struct test_heap *th, u32 pages,
			const u32 *lengths, unsigned int n, u32 *starts)
{
	u32 at = pages + 1;
	unsigned int i;

	for (i = 0; i < n; i++) {
		at -= lengths[i];
		starts[i] = at;
		KUNIT_ASSERT_EQ(test, at, pages_alloc(th, lengths[i]));
		KUNIT_ASSERT_EQ(test, --at, pages_alloc(th, 1));
	}
	if (at > 1)
		KUNIT_ASSERT_EQ(test, 1U, pages_alloc(th, at - 1));
	KUNIT_ASSERT_EQ(test, 0U, count_ranges(th));
	for (i = 0; i < n; i++)
		pages_free(th, starts[i], lengths[i]);
	EXPECT_SOUND_RANGES(test, &th->heap);
}

static void every_length_has_the_bin_that_counting_gives(struct kunit *test)
{
	u32 pages, bin = 0, from = 0, width = 1, wrong = 0;
	u32 end = XNHEAP_MAX_EXTENT_SIZE / XNHEAP_MIN_PAGE_SIZE;

	for (pages = 1; pages <= end; pages++) {
		if (pages == from + width) {
			bin++;
			from = pages;
			if (pages > EXACT_LENGTHS && is_power_of_2(pages))
				width *= 2;
		}
		wrong += range_bin(pages) != bin;
		if (!(pages & 0xffff))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	/* And after it a bit in the index, where a search ends */
	KUNIT_EXPECT_LT(test, bin + 1, (u32)XNHEAP_INDEX_BITS);
}

static void the_largest_request_has_a_bin_too(struct kunit *test)
{
	u32 pages = XNHEAP_MAX_EXTENT_SIZE / XNHEAP_MIN_PAGE_SIZE;
	struct test_heap *th = one_extent(test, 20);

	/* And after it a list that is never used, where a search ends */
	KUNIT_EXPECT_EQ(test, range_bin(pages) + 1, th->heap.nr_bins);
	KUNIT_EXPECT_NULL(test, page_block(th, pages));
	KUNIT_EXPECT_NULL(test, page_block(th, pages - 1));
	KUNIT_EXPECT_EQ(test, 20U, length_at(th, 1));
}

/* A range that is freed, and what is free beside it. */
struct merge {
	const char *name;
	bool before, after;
};

static const struct merge merges[] = {
	{ "nothing", false, false },
	{ "what lies before", true, false },
	{ "what lies after", false, true },
	{ "both sides", true, true },
};

KUNIT_ARRAY_PARAM_DESC(merge, merges, name);

static void a_range_that_is_freed_merges_with(struct kunit *test)
{
	static const u32 lengths[] = { 1, 2, 3, 15, 16, 17, 31, 33, 70 };
	const struct merge *merge = test->param_value;
	struct test_heap *th = one_extent(test, 300);
	u32 a, b, c, i, before, length, after, first, pages;

	for (i = 0; i < ARRAY_SIZE(lengths) * ARRAY_SIZE(lengths) *
		    ARRAY_SIZE(lengths); i++) {
		before = lengths[i % ARRAY_SIZE(lengths)];
		length = lengths[i / ARRAY_SIZE(lengths) % ARRAY_SIZE(lengths)];
		after = lengths[i / ARRAY_SIZE(lengths) / ARRAY_SIZE(lengths)];
		/* | rest free | 1 kept | before | length | after | kept */
		c = pages_alloc(th, after);
		b = pages_alloc(th, length);
		a = pages_alloc(th, before);
		KUNIT_ASSERT_EQ(test, 301 - after - length - before, a);
		KUNIT_ASSERT_EQ(test, a - 1, pages_alloc(th, 1));
		if (merge->before)
			pages_free(th, a, before);
		if (merge->after)
			pages_free(th, c, after);
		pages_free(th, b, length);

		first = merge->before ? a : b;
		pages = (merge->before ? before : 0) + length +
			(merge->after ? after : 0);
		KUNIT_ASSERT_EQ(test, pages, length_at(th, first));
		KUNIT_ASSERT_EQ(test, 2U, count_ranges(th));
		EXPECT_SOUND_RANGES(test, &th->heap);

		if (!merge->before)
			pages_free(th, a, before);
		if (!merge->after)
			pages_free(th, c, after);
		pages_free(th, a - 1, 1);
		KUNIT_ASSERT_EQ(test, 300U, length_at(th, 1));
		KUNIT_ASSERT_EQ(test, 1U, count_ranges(th));
	}
}

static void neither_end_of_an_extent_merges_with_anything(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 12, .extents = 2 };
	struct test_heap *th = heap_make(test, &kind);
	u32 n = th->heap.extent[0].nr_pages, m = th->heap.extent[1].nr_pages;
	struct xnheap_page *one, *other;

	/* The two areas touch each other */
	KUNIT_ASSERT_EQ(test, th->area_size,
			(u_long)abs(th->area[0] - th->area[1]));
	KUNIT_EXPECT_EQ(test, 2U, count_ranges(th));
	KUNIT_EXPECT_EQ(test, max(n, m), range_largest(&th->heap));
	KUNIT_EXPECT_NULL(test, page_block(th, max(n, m) + 1));
	one = page_block(th, max(n, m));
	other = page_block(th, min(n, m));
	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_EQ(test, 0U, count_ranges(th));
	range_free(&th->heap, one, max(n, m));
	range_free(&th->heap, other, min(n, m));
	KUNIT_EXPECT_EQ(test, 2U, count_ranges(th));
	EXPECT_SOUND_RANGES(test, &th->heap);
}

static void pages_come_from_the_shortest_range_that_fits(struct kunit *test)
{
	static const u32 lengths[] = { 9, 3, 40, 5, 17 };
	static const u32 sorted[] = { 3, 5, 9, 17, 40 };
	struct test_heap *th = one_extent(test, 100);
	u32 starts[ARRAY_SIZE(lengths)], pages, i, j, start;

	make_ranges(test, th, 100, lengths, ARRAY_SIZE(lengths), starts);
	for (pages = 1; pages <= 40; pages++) {
		for (i = 0; sorted[i] < pages; i++)
			;
		for (j = 0; lengths[j] != sorted[i]; j++)
			;
		/* They are its last ones */
		start = pages_alloc(th, pages);
		KUNIT_EXPECT_EQ(test, starts[j] + lengths[j] - pages, start);
		KUNIT_EXPECT_EQ(test, lengths[j] - pages,
				length_at(th, starts[j]));
		KUNIT_EXPECT_EQ(test, pages, page_of(th, start)->count);
		EXPECT_SOUND_RANGES(test, &th->heap);
		pages_free(th, start, pages);
		KUNIT_EXPECT_EQ(test, lengths[j], length_at(th, starts[j]));
	}
	KUNIT_EXPECT_EQ(test, 0U, pages_alloc(th, 41));
}

static void the_longest_range_of_a_bin_is_found(struct kunit *test)
{
	/* 64 to 67 pages have one bin */
	static const u32 orders[][3] = { { 67, 64, 65 }, { 64, 67, 65 },
					 { 65, 64, 67 }, { 64, 65, 67 } };
	unsigned int i;
	u32 starts[3];

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		struct test_heap *th = one_extent(test, 210);

		make_ranges(test, th, 210, orders[i], 3, starts);
		KUNIT_ASSERT_EQ(test, range_bin(67), range_bin(64));
		KUNIT_EXPECT_EQ(test, 67U, range_largest(&th->heap));
		KUNIT_EXPECT_NE(test, 0U, pages_alloc(th, 67));
		EXPECT_SOUND_RANGES(test, &th->heap);
	}
}

/* When it was not the longest, but grows on either side, or again. */
static void a_range_that_grows_becomes_the_first_of_its_bin(struct kunit *test)
{
	struct test_heap *th = one_extent(test, 200);
	u32 rest = pages_alloc(th, 66), block = pages_alloc(th, 68);

	KUNIT_ASSERT_EQ(test, 1U, pages_alloc(th, 66));
	/* 65 and 64 pages, and then 66 where there are 64 */
	pages_free(th, block, 65);
	pages_free(th, rest, 64);
	KUNIT_EXPECT_EQ(test, 65U, range_largest(&th->heap));
	pages_free(th, rest + 64, 2);
	KUNIT_EXPECT_EQ(test, 66U, range_largest(&th->heap));
	KUNIT_EXPECT_EQ(test, rest, pages_alloc(th, 66));
	/* One that shrank by what it gets back */
	pages_free(th, rest, 66);
	KUNIT_ASSERT_EQ(test, rest + 64, pages_alloc(th, 2));
	pages_free(th, rest + 64, 2);
	KUNIT_EXPECT_EQ(test, rest, pages_alloc(th, 66));
	EXPECT_SOUND_RANGES(test, &th->heap);
}

/* That is what the header says of requests that no larger bin serves. */
static void a_first_range_too_short_gives_way_to_the_next_bin(struct kunit *test)
{
	static const u32 lengths[] = { 67, 65, 64, 90 };
	struct test_heap *th = one_extent(test, 295);
	u32 starts[ARRAY_SIZE(lengths)];

	make_ranges(test, th, 295, lengths, ARRAY_SIZE(lengths), starts);
	KUNIT_EXPECT_EQ(test, starts[0], pages_alloc(th, 67));
	/* 64 came after 65, when 67 was the first */
	KUNIT_EXPECT_EQ(test, starts[3] + 90 - 65, pages_alloc(th, 65));
	KUNIT_EXPECT_EQ(test, 64U, range_largest(&th->heap));
	KUNIT_EXPECT_EQ(test, 0U, pages_alloc(th, 65));
	KUNIT_EXPECT_EQ(test, starts[2], pages_alloc(th, 64));
	KUNIT_EXPECT_EQ(test, starts[1], pages_alloc(th, 65));
	EXPECT_SOUND_RANGES(test, &th->heap);
}

static void a_range_up_to_31_pages_is_never_passed_over(struct kunit *test)
{
	struct test_heap *th = one_extent(test, 100);
	u32 length;

	for (length = 1; length < EXACT_LENGTHS; length++) {
		u32 lengths[] = { length, length + 1, length }, starts[3];

		make_ranges(test, th, 100, lengths, 3, starts);
		KUNIT_EXPECT_EQ(test, starts[1],
				pages_alloc(th, length + 1));
		KUNIT_EXPECT_EQ(test, length, range_largest(&th->heap));
		/* Free all again */
		pages_free(th, starts[1], length + 1);
		pages_free(th, starts[0] - 1, 1);
		pages_free(th, starts[1] - 1, 1);
		pages_free(th, starts[2] - 1, 1);
		pages_free(th, 1, starts[2] - 2);
		KUNIT_ASSERT_EQ(test, 100U, length_at(th, 1));
	}
}

static void pages_run_out_and_come_back_in_any_order(struct kunit *test)
{
	struct test_heap *th = one_extent(test, 200);
	struct { u32 start, pages; } *kept = memory_get(test,
							200 * sizeof(*kept));
	DECLARE_BITMAP(used, 202) = { };
	struct rnd_state rnd;
	u32 round, n, i, left;

	prandom_seed_state(&rnd, 4711);
	for (round = 0; round < 30; round++) {
		bitmap_zero(used, 202);
		for (n = 0, left = 200; left; n++) {
			u32 pages = 1 + random_below(&rnd, 1 + left / 2);
			u32 start = pages_alloc(th, pages);

			KUNIT_ASSERT_TRUE(test, start > 0 && start < 201);
			/* None of them was handed out before */
			i = find_next_bit(used, 202, start);
			KUNIT_ASSERT_GE(test, i, start + pages);
			bitmap_set(used, start, pages);
			kept[n].start = start;
			kept[n].pages = pages;
			left -= pages;
		}
		KUNIT_ASSERT_EQ(test, 0U, pages_alloc(th, 1));
		KUNIT_ASSERT_EQ(test, 0U, range_largest(&th->heap));
		while (n) {
			i = random_below(&rnd, n);
			pages_free(th, kept[i].start, kept[i].pages);
			kept[i] = kept[--n];
			EXPECT_SOUND_RANGES(test, &th->heap);
		}
		KUNIT_ASSERT_EQ(test, 200U, length_at(th, 1));
		KUNIT_ASSERT_EQ(test, 1U, count_ranges(th));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_length_has_the_bin_that_counting_gives),
	KUNIT_CASE(the_largest_request_has_a_bin_too),
	KUNIT_CASE_PARAM(a_range_that_is_freed_merges_with, merge_gen_params),
	KUNIT_CASE(neither_end_of_an_extent_merges_with_anything),
	KUNIT_CASE(pages_come_from_the_shortest_range_that_fits),
	KUNIT_CASE(the_longest_range_of_a_bin_is_found),
	KUNIT_CASE(a_range_that_grows_becomes_the_first_of_its_bin),
	KUNIT_CASE(a_first_range_too_short_gives_way_to_the_next_bin),
	KUNIT_CASE(a_range_up_to_31_pages_is_never_passed_over),
	KUNIT_CASE(pages_run_out_and_come_back_in_any_order),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_range",
	.test_cases = cases,
};

kunit_test_suite(suite);
