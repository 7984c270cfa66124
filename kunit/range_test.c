// SPDX-License-Identifier: GPL-2.0
/* Free page ranges: classes, find, split, merge. */

#include <linux/sched.h>

#include "kunit_xnheap.h"

/* Pages go by their number in the first extent: 1, 2, 3 ... */
static struct xnheap_page *page_of(struct test_heap *th, u32 nr)
{
	return (void *)th->heap.first.map + nr * th->heap.page_stride;
}

static u32 number_of(struct test_heap *th, const struct xnheap_page *page)
{
	return ((void *)page - (void *)th->heap.first.map) / th->heap.page_stride;
}

/* Take pages and mark them as a page block, as their owner must. */
static struct xnheap_page *take_page(struct test_heap *th, u32 pages)
{
	unsigned long class = range_class(pages);
	struct xnheap_page *page;

	page = range_find(&th->heap, pages, &class);
	if (page)
		page = range_take(&th->heap, page, pages, class);
	if (!page)
		return NULL;
	page_after(&th->heap, page, pages - 1)->kind = PAGE_BODY;
	page->kind = PAGE_BLOCK;
	page->count = pages;
	return page;
}

static u32 take(struct test_heap *th, u32 pages)
{
	struct xnheap_page *page = take_page(th, pages);

	return page ? number_of(th, page) : 0;
}

static void put(struct test_heap *th, u32 nr, u32 pages)
{
	range_put(&th->heap, page_of(th, nr), pages);
}

/* A heap with @pages free pages in a row. */
static struct test_heap *one_extent(struct kunit *test, u_long pages)
{
	struct heap_kind kind = { .page_size = 64, .pages = pages * 2 + 16,
				  .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);
	u32 extra = xnheap_page_count(&th->heap) - pages;

	/* Leave exactly @pages at the start: ranges are taken from the end */
	KUNIT_ASSERT_EQ(test, (u32)pages + 1, take(th, extra));
	return th;
}

/* The length of the free range that starts at page @nr; 0 if none does. */
static u32 length_at(struct test_heap *th, u32 nr)
{
	const struct xnheap_page *page;
	unsigned int class;

	for (class = 0; class < XNHEAP_INDEX_BITS; class++)
		for (page = th->heap.range[class]; page; page = page->next)
			if (page == page_of(th, nr))
				return page->count;
	return 0;
}

static u32 count_ranges(struct test_heap *th)
{
	const struct xnheap_page *page;
	unsigned int class;
	u32 n = 0;

	for (class = 0; class < XNHEAP_INDEX_BITS; class++)
		for (page = th->heap.range[class]; page; page = page->next)
			n++;
	return n;
}

/*
 * Take all @pages, then give those back that lie between single pages which
 * stay taken, so that there is a free range of each length, in this order.
 */
static void make_ranges(struct kunit *test, struct test_heap *th, u32 pages,
			const u32 *lengths, unsigned int n, u32 *starts)
{
	u32 at = pages + 1;
	unsigned int i;

	for (i = 0; i < n; i++) {
		at -= lengths[i];
		starts[i] = at;
		KUNIT_ASSERT_EQ(test, at, take(th, lengths[i]));
		KUNIT_ASSERT_EQ(test, --at, take(th, 1));
	}
	if (at > 1)
		KUNIT_ASSERT_EQ(test, 1U, take(th, at - 1));
	KUNIT_ASSERT_EQ(test, 0U, count_ranges(th));
	for (i = 0; i < n; i++)
		put(th, starts[i], lengths[i]);
	EXPECT_SOUND_RANGES(test, &th->heap);
}

static void every_length_has_the_class_that_counting_gives(struct kunit *test)
{
	u32 pages, class = 0, from = 0, width = 1, wrong = 0;
	/* No extent has as many, since it has a header */
	u32 end = XNHEAP_MAX_EXTENT_SIZE / XNHEAP_MIN_PAGE_SIZE;
	u32 shortest, longest;

	for (pages = 1; pages < end; pages++) {
		if (pages == from + width) {
			class++;
			from = pages;
			if (pages > OWN_CLASSES && is_power_of_2(pages))
				width *= 2;
		}
		wrong += range_class(pages) != class;
		range_class_lengths(class, &shortest, &longest);
		wrong += shortest != from || longest != from + width - 1;
		if (!(pages & 0xffff))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_LT(test, class, (u32)XNHEAP_INDEX_BITS);
	KUNIT_EXPECT_EQ(test, class_by_counting(end - 1), class);
}

static void the_largest_request_has_a_class_too(struct kunit *test)
{
	u32 pages = XNHEAP_MAX_EXTENT_SIZE / XNHEAP_MIN_PAGE_SIZE;
	struct test_heap *th = one_extent(test, 20);

	/* And a bit in the index behind it, which range_find() looks at */
	KUNIT_EXPECT_LT(test, range_class(pages) + 1,
			(u_long)XNHEAP_INDEX_BITS);
	KUNIT_EXPECT_NULL(test, take_page(th, pages));
	KUNIT_EXPECT_NULL(test, take_page(th, pages - 1));
	KUNIT_EXPECT_EQ(test, 20U, length_at(th, 1));
}

/* A range given back, and what is free beside it. */
struct merge {
	const char *name;
	bool before, behind;
};

static const struct merge merges[] = {
	{ "nothing", false, false },
	{ "what lies before", true, false },
	{ "what lies behind", false, true },
	{ "both sides", true, true },
};

static void merge_name(const struct merge *merge, char *name)
{
	strscpy(name, merge->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(merge, merges, merge_name);

static void a_range_put_back_merges_with(struct kunit *test)
{
	static const u32 lengths[] = { 1, 2, 3, 15, 16, 17, 31, 33, 70 };
	const struct merge *merge = test->param_value;
	struct test_heap *th = one_extent(test, 300);
	u32 a, b, c, i, before, length, behind, first, pages;

	for (i = 0; i < ARRAY_SIZE(lengths) * ARRAY_SIZE(lengths) *
		    ARRAY_SIZE(lengths); i++) {
		before = lengths[i % ARRAY_SIZE(lengths)];
		length = lengths[i / ARRAY_SIZE(lengths) % ARRAY_SIZE(lengths)];
		behind = lengths[i / ARRAY_SIZE(lengths) / ARRAY_SIZE(lengths)];
		/* | rest free | 1 taken | before | length | behind | taken */
		c = take(th, behind);
		b = take(th, length);
		a = take(th, before);
		KUNIT_ASSERT_EQ(test, 301 - behind - length - before, a);
		KUNIT_ASSERT_EQ(test, a - 1, take(th, 1));
		if (merge->before)
			put(th, a, before);
		if (merge->behind)
			put(th, c, behind);
		put(th, b, length);

		first = merge->before ? a : b;
		pages = (merge->before ? before : 0) + length +
			(merge->behind ? behind : 0);
		KUNIT_ASSERT_EQ(test, pages, length_at(th, first));
		KUNIT_ASSERT_EQ(test, 2U, count_ranges(th));
		EXPECT_SOUND_RANGES(test, &th->heap);

		if (!merge->before)
			put(th, a, before);
		if (!merge->behind)
			put(th, c, behind);
		put(th, a - 1, 1);
		KUNIT_ASSERT_EQ(test, 300U, length_at(th, 1));
		KUNIT_ASSERT_EQ(test, 1U, count_ranges(th));
	}
}

static void neither_end_of_an_extent_merges_with_anything(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 12, .extents = 2 };
	struct test_heap *th = heap_make(test, &kind);
	u32 n = th->heap.extent[0]->nr_pages, m = th->heap.extent[1]->nr_pages;
	struct xnheap_page *one, *other;

	/* The two areas touch each other */
	KUNIT_ASSERT_EQ(test, th->area_size,
			(u_long)abs(th->area[0] - th->area[1]));
	KUNIT_EXPECT_EQ(test, 2U, count_ranges(th));
	KUNIT_EXPECT_EQ(test, max(n, m), range_largest(&th->heap));
	KUNIT_EXPECT_NULL(test, take_page(th, max(n, m) + 1));
	one = take_page(th, max(n, m));
	other = take_page(th, min(n, m));
	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_EQ(test, 0U, count_ranges(th));
	range_put(&th->heap, one, max(n, m));
	range_put(&th->heap, other, min(n, m));
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
		start = take(th, pages);
		KUNIT_EXPECT_EQ(test, starts[j] + lengths[j] - pages, start);
		KUNIT_EXPECT_EQ(test, lengths[j] - pages,
				length_at(th, starts[j]));
		KUNIT_EXPECT_EQ(test, pages, page_of(th, start)->count);
		EXPECT_SOUND_RANGES(test, &th->heap);
		put(th, start, pages);
		KUNIT_EXPECT_EQ(test, lengths[j], length_at(th, starts[j]));
	}
	KUNIT_EXPECT_EQ(test, 0U, take(th, 41));
}

static void a_first_range_too_short_gives_way_to_the_next_class(struct kunit *test)
{
	/* 64 to 71 pages are of one class; the last put is the first in it */
	static const u32 lengths[] = { 67, 64, 90 };
	struct test_heap *th = one_extent(test, 230);
	u32 starts[ARRAY_SIZE(lengths)];

	make_ranges(test, th, 230, lengths, ARRAY_SIZE(lengths), starts);
	KUNIT_ASSERT_EQ(test, range_class(67), range_class(64));
	KUNIT_EXPECT_EQ(test, starts[2] + 90 - 66, take(th, 66));
	KUNIT_EXPECT_EQ(test, 64U, range_largest(&th->heap));
	KUNIT_EXPECT_EQ(test, 0U, take(th, 65));
	KUNIT_EXPECT_EQ(test, starts[1], take(th, 64));
	KUNIT_EXPECT_EQ(test, 67U, range_largest(&th->heap));
	KUNIT_EXPECT_EQ(test, starts[0], take(th, 67));
	EXPECT_SOUND_RANGES(test, &th->heap);
}

static void a_range_up_to_15_pages_is_never_passed_over(struct kunit *test)
{
	struct test_heap *th = one_extent(test, 100);
	u32 length;

	for (length = 1; length < OWN_CLASSES; length++) {
		u32 lengths[] = { length, length + 1, length }, starts[3];

		make_ranges(test, th, 100, lengths, 3, starts);
		KUNIT_EXPECT_EQ(test, starts[1],
				take(th, length + 1));
		KUNIT_EXPECT_EQ(test, length, range_largest(&th->heap));
		/* Everything back */
		put(th, starts[1], length + 1);
		put(th, starts[0] - 1, 1);
		put(th, starts[1] - 1, 1);
		put(th, starts[2] - 1, 1);
		put(th, 1, starts[2] - 2);
		KUNIT_ASSERT_EQ(test, 100U, length_at(th, 1));
	}
}

static void pages_run_out_and_come_back_in_any_order(struct kunit *test)
{
	struct test_heap *th = one_extent(test, 200);
	struct { u32 start, pages; } taken[200];
	DECLARE_BITMAP(used, 202) = { };
	struct rnd_state rnd;
	u32 round, n, i, left;

	prandom_seed_state(&rnd, 4711);
	for (round = 0; round < 30; round++) {
		bitmap_zero(used, 202);
		for (n = 0, left = 200; left; n++) {
			u32 pages = 1 + random_below(&rnd, 1 + left / 2);
			u32 start = take(th, pages);

			KUNIT_ASSERT_TRUE(test, start > 0 && start < 201);
			/* None of them was handed out already */
			i = find_next_bit(used, 202, start);
			KUNIT_ASSERT_GE(test, i, start + pages);
			bitmap_set(used, start, pages);
			taken[n].start = start;
			taken[n].pages = pages;
			left -= pages;
		}
		KUNIT_ASSERT_EQ(test, 0U, take(th, 1));
		KUNIT_ASSERT_EQ(test, 0U, range_largest(&th->heap));
		while (n) {
			i = random_below(&rnd, n);
			put(th, taken[i].start, taken[i].pages);
			taken[i] = taken[--n];
			EXPECT_SOUND_RANGES(test, &th->heap);
		}
		KUNIT_ASSERT_EQ(test, 200U, length_at(th, 1));
		KUNIT_ASSERT_EQ(test, 1U, count_ranges(th));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_length_has_the_class_that_counting_gives),
	KUNIT_CASE(the_largest_request_has_a_class_too),
	KUNIT_CASE_PARAM(a_range_put_back_merges_with, merge_gen_params),
	KUNIT_CASE(neither_end_of_an_extent_merges_with_anything),
	KUNIT_CASE(pages_come_from_the_shortest_range_that_fits),
	KUNIT_CASE(a_first_range_too_short_gives_way_to_the_next_class),
	KUNIT_CASE(a_range_up_to_15_pages_is_never_passed_over),
	KUNIT_CASE(pages_run_out_and_come_back_in_any_order),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_range",
	.exit = undo_all,
	.test_cases = cases,
};

kunit_test_suite(suite);
