// SPDX-License-Identifier: GPL-2.0
/* Plans: which sizes of block a heap has, and the shape of their runs. */

#include <linux/math.h>

#include "kunit_xnheap.h"

#define SMALLEST_AREA	SZ_4K

static const u_long page_sizes[] = {
	64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768
};

static void page_size_name(const u_long *page_size, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%lu-byte pages", *page_size);
}

KUNIT_ARRAY_PARAM(page_size, page_sizes, page_size_name);
#define PLAN_CASE(test) KUNIT_CASE_PARAM(test, page_size_gen_params)

/* What plan_next() tells, one after the other. */
struct shapes {
	struct bucket_plan plan;
	struct run_shape shape[XNHEAP_INDEX_BITS];
	unsigned int nr;
};

static void shapes_of(struct kunit *test, struct shapes *shapes,
		      u_long page_size, unsigned int flags, u_long area)
{
	struct run_shape shape = { };

	plan_buckets(&shapes->plan, page_size, flags, area);
	for (shapes->nr = 0; plan_next(&shapes->plan, &shape); shapes->nr++) {
		KUNIT_ASSERT_LT(test, shapes->nr,
				(unsigned int)XNHEAP_INDEX_BITS);
		shapes->shape[shapes->nr] = shape;
	}
	KUNIT_ASSERT_GT(test, shapes->nr, 0U);
	KUNIT_ASSERT_EQ(test, shapes->plan.nr, shapes->nr);
	KUNIT_ASSERT_EQ(test, shapes->plan.small_max,
			shapes->shape[shapes->nr - 1].size);
	KUNIT_ASSERT_EQ(test, shapes->plan.page_size, page_size);
}

/* Do something with the fine sizes of areas from small to the largest. */
static void in_areas(struct kunit *test,
		     void (*expect)(struct kunit *test, struct shapes *shapes))
{
	struct shapes *shapes = kunit_kzalloc(test, sizeof(*shapes), GFP_KERNEL);
	u_long page_size = *(const u_long *)test->param_value, area;

	KUNIT_ASSERT_NOT_NULL(test, shapes);
	for (area = SMALLEST_AREA; area <= XNHEAP_MAX_EXTENT_SIZE;
	     area += area / 4) {
		shapes_of(test, shapes, page_size, XNHEAP_FINE, area);
		expect(test, shapes);
	}
}

static void powers_are_powers(struct kunit *test)
{
	struct shapes *shapes = kunit_kzalloc(test, sizeof(*shapes), GFP_KERNEL);
	u_long page_size = *(const u_long *)test->param_value, area, size;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, shapes);
	for (area = SMALLEST_AREA; area <= XNHEAP_MAX_EXTENT_SIZE; area *= 8) {
		shapes_of(test, shapes, page_size, 0, area);
		for (i = 0, size = 8; size < page_size; i++, size *= 2) {
			KUNIT_ASSERT_EQ(test, size, shapes->shape[i].size);
			KUNIT_ASSERT_EQ(test, 1U, shapes->shape[i].pages);
			KUNIT_ASSERT_EQ(test, page_size / size,
					shapes->shape[i].blocks);
		}
		KUNIT_ASSERT_EQ(test, i, shapes->nr);
	}
}

static void expect_multiples(struct kunit *test, struct shapes *shapes)
{
	u_long page_size = shapes->plan.page_size, first, size;
	unsigned int i;

	first = page_size <= 512 ? 8 : page_size == 1024 ? 16 : 32;
	KUNIT_ASSERT_EQ(test, first, shapes->shape[0].size);
	/* Each multiple of 8 up to 64 */
	for (i = 0, size = first; size <= 64; i++, size += 8)
		KUNIT_ASSERT_EQ(test, size, shapes->shape[i].size);
	for (i = 0; i < shapes->nr; i++) {
		size = shapes->shape[i].size;
		KUNIT_ASSERT_EQ(test, 0UL, size % (size > 512 ? 16 : 8));
		KUNIT_ASSERT_LT(test, size, 2 * page_size);
	}
}

static void fine_sizes_are_multiples_of_8_and_then_of_16(struct kunit *test)
{
	in_areas(test, expect_multiples);
}

static void expect_small_steps(struct kunit *test, struct shapes *shapes)
{
	unsigned int i;

	for (i = 1; i < shapes->nr; i++) {
		u_long last = shapes->shape[i - 1].size;
		u_long size = shapes->shape[i].size;

		KUNIT_ASSERT_GT(test, size, last);
		if (size > 64)
			KUNIT_ASSERT_LE_MSG(test, size - last, size / 8,
					    "from %lu to %lu", last, size);
	}
}

static void no_block_is_an_eighth_larger_than_what_was_asked(struct kunit *test)
{
	in_areas(test, expect_small_steps);
}

static void expect_powers(struct kunit *test, struct shapes *shapes)
{
	u_long power, most = min(shapes->plan.page_size / 2,
				 shapes->plan.small_max);
	unsigned int i;

	for (power = shapes->shape[0].size; power <= most; power *= 2) {
		KUNIT_ASSERT_TRUE(test, is_power_of_2(power));
		for (i = 0; shapes->shape[i].size < power; i++)
			;
		KUNIT_ASSERT_EQ(test, power, shapes->shape[i].size);
	}
}

static void every_power_of_two_below_a_page_is_a_fine_size(struct kunit *test)
{
	in_areas(test, expect_powers);
}

static void expect_runs(struct kunit *test, struct shapes *shapes)
{
	u_long page_size = shapes->plan.page_size;
	unsigned int words = page_size / 2048, i;
	bool narrow = false;

	words = words ?: 1;
	KUNIT_ASSERT_EQ(test, words, shapes->plan.words);
	for (i = 0; i < shapes->nr; i++) {
		struct run_shape *shape = &shapes->shape[i];
		u_long bytes = shape->pages * page_size, rest;

		KUNIT_ASSERT_GE(test, shape->pages, 1U);
		KUNIT_ASSERT_LE(test, shape->pages, 8U);
		KUNIT_ASSERT_GE(test, shape->blocks, 2UL);
		KUNIT_ASSERT_EQ(test, shape->blocks, bytes / shape->size);
		KUNIT_ASSERT_LE(test, shape->blocks, words * 64UL);
		if (shape->pages > 1)
			KUNIT_ASSERT_LE(test, shape->blocks, 64UL);
		/* Once one is narrow, so are all larger ones */
		KUNIT_ASSERT_FALSE(test, narrow && shape->blocks > 64);
		narrow |= shape->blocks <= 64;
		rest = bytes - shape->blocks * shape->size;
		KUNIT_ASSERT_LT_MSG(test, rest * 100, bytes * 3,
				    "%lu blocks of %lu bytes in %u pages",
				    shape->blocks, shape->size, shape->pages);
	}
	KUNIT_ASSERT_TRUE(test, narrow);
}

static void a_run_has_up_to_8_pages_and_leaves_little_over(struct kunit *test)
{
	in_areas(test, expect_runs);
}

static void larger_areas_have_finer_steps(struct kunit *test)
{
	u_long page_size = *(const u_long *)test->param_value, area;
	unsigned int nr = 0, steps = 8;
	struct run_shape shape = { };
	struct bucket_plan plan;

	for (area = 0; area <= XNHEAP_MAX_EXTENT_SIZE;
	     area += 1024 + area / 64) {
		plan_buckets(&plan, page_size, XNHEAP_FINE, area);
		KUNIT_ASSERT_GE(test, plan.steps, steps);
		KUNIT_ASSERT_GE(test, plan.nr, nr);
		KUNIT_ASSERT_LE(test, plan.nr, (u32)XNHEAP_INDEX_BITS);
		steps = plan.steps;
		nr = plan.nr;
		/* They take no more than a 64th, but where steps are largest */
		if (steps > 8)
			KUNIT_ASSERT_LE(test, plan.bytes, area / 64);
	}
	/* 32 at last, if there is a bit for each size in the index */
	plan.steps = 32;
	for (nr = 0; plan_next(&plan, &shape); nr++)
		;
	KUNIT_EXPECT_EQ(test, nr > XNHEAP_INDEX_BITS ? 16U : 32U, steps);
}

static struct kunit_case cases[] = {
	PLAN_CASE(powers_are_powers),
	PLAN_CASE(fine_sizes_are_multiples_of_8_and_then_of_16),
	PLAN_CASE(no_block_is_an_eighth_larger_than_what_was_asked),
	PLAN_CASE(every_power_of_two_below_a_page_is_a_fine_size),
	PLAN_CASE(a_run_has_up_to_8_pages_and_leaves_little_over),
	PLAN_CASE(larger_areas_have_finer_steps),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_plan",
	.exit = undo_all,
	.test_cases = cases,
};

kunit_test_suite(suite);
