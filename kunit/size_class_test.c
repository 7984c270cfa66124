// SPDX-License-Identifier: GPL-2.0
/* Which sizes of block a heap has, and what their runs are. */

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
#define SIZE_CLASS_CASE(test) KUNIT_CASE_PARAM(test, page_size_gen_params)

/* What size_class_next() tells, one after the other. */
struct told {
	struct size_classes classes;
	struct size_class class[XNHEAP_INDEX_BITS];
	unsigned int nr;
};

static void plan(struct kunit *test, struct told *told, u_long page_size,
		 unsigned int flags, u_long area)
{
	struct size_class class = { };

	size_classes_plan(&told->classes, page_size, flags, area);
	for (told->nr = 0; size_class_next(&told->classes, &class); told->nr++) {
		KUNIT_ASSERT_LT(test, told->nr,
				(unsigned int)XNHEAP_INDEX_BITS);
		told->class[told->nr] = class;
	}
	KUNIT_ASSERT_GT(test, told->nr, 0U);
	KUNIT_ASSERT_EQ(test, told->classes.nr, told->nr);
	KUNIT_ASSERT_EQ(test, told->classes.largest,
			told->class[told->nr - 1].size);
	KUNIT_ASSERT_EQ(test, told->classes.page_size, page_size);
}

/* Do something with the fine sizes of areas from small to the largest. */
static void in_areas(struct kunit *test,
		     void (*expect)(struct kunit *test, struct told *told))
{
	struct told *told = kunit_kzalloc(test, sizeof(*told), GFP_KERNEL);
	u_long page_size = *(const u_long *)test->param_value, area;

	KUNIT_ASSERT_NOT_NULL(test, told);
	for (area = SMALLEST_AREA; area <= XNHEAP_MAX_EXTENT_SIZE;
	     area += area / 4) {
		plan(test, told, page_size, XNHEAP_FINE, area);
		expect(test, told);
	}
}

static void powers_are_powers(struct kunit *test)
{
	struct told *told = kunit_kzalloc(test, sizeof(*told), GFP_KERNEL);
	u_long page_size = *(const u_long *)test->param_value, size;
	unsigned int i;
	u64 area;

	KUNIT_ASSERT_NOT_NULL(test, told);
	for (area = SMALLEST_AREA; area <= XNHEAP_MAX_EXTENT_SIZE; area *= 8) {
		plan(test, told, page_size, 0, area);
		for (i = 0, size = smallest_power(page_size); size < page_size; i++, size *= 2) {
			KUNIT_ASSERT_EQ(test, size, told->class[i].size);
			KUNIT_ASSERT_EQ(test, 1U, told->class[i].pages);
			KUNIT_ASSERT_EQ(test, page_size / size,
					told->class[i].blocks);
		}
		KUNIT_ASSERT_EQ(test, i, told->nr);
	}
}

static void expect_multiples(struct kunit *test, struct told *told)
{
	u_long page_size = told->classes.page_size, first, size;
	unsigned int i;

	first = clamp(page_size / BITS_PER_LONG, 8UL, 32UL);
	KUNIT_ASSERT_EQ(test, first, told->class[0].size);
	/* Each multiple of 8 up to 64 */
	for (i = 0, size = first; size <= 64; i++, size += 8)
		KUNIT_ASSERT_EQ(test, size, told->class[i].size);
	for (i = 0; i < told->nr; i++) {
		size = told->class[i].size;
		KUNIT_ASSERT_EQ(test, 0UL, size % (size > 1024 ? 16 : 8));
		KUNIT_ASSERT_LT(test, size, 2 * page_size);
	}
}

static void fine_sizes_are_multiples_of_8_and_then_of_16(struct kunit *test)
{
	in_areas(test, expect_multiples);
}

static void expect_small_steps(struct kunit *test, struct told *told)
{
	unsigned int i;

	for (i = 1; i < told->nr; i++) {
		u_long last = told->class[i - 1].size;
		u_long size = told->class[i].size;

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

static void expect_powers(struct kunit *test, struct told *told)
{
	u_long power, most = min(told->classes.page_size / 2,
				 told->classes.largest);
	unsigned int i;

	for (power = told->class[0].size; power <= most; power *= 2) {
		KUNIT_ASSERT_TRUE(test, is_power_of_2(power));
		for (i = 0; told->class[i].size < power; i++)
			;
		KUNIT_ASSERT_EQ(test, power, told->class[i].size);
	}
}

static void every_power_of_two_below_a_page_is_a_fine_size(struct kunit *test)
{
	in_areas(test, expect_powers);
}

static void expect_runs(struct kunit *test, struct told *told)
{
	u_long page_size = told->classes.page_size;
	unsigned int words = page_size / 32 / BITS_PER_LONG, i;
	bool one_word = false;

	words = words ?: 1;
	KUNIT_ASSERT_EQ(test, words, told->classes.words);
	for (i = 0; i < told->nr; i++) {
		struct size_class *class = &told->class[i];
		u_long bytes = class->pages * page_size, rest;

		KUNIT_ASSERT_GE(test, class->pages, 1U);
		KUNIT_ASSERT_LE(test, class->pages, 8U);
		KUNIT_ASSERT_GE(test, class->blocks, 2UL);
		KUNIT_ASSERT_EQ(test, class->blocks, bytes / class->size);
		KUNIT_ASSERT_LE(test, class->blocks, words * BITS_PER_LONG + 0UL);
		if (class->pages > 1)
			KUNIT_ASSERT_LE(test, class->blocks, BITS_PER_LONG + 0UL);
		/* Once one has one word of bits, so have all larger ones */
		KUNIT_ASSERT_FALSE(test, one_word && class->blocks > BITS_PER_LONG);
		one_word |= class->blocks <= BITS_PER_LONG;
		rest = bytes - class->blocks * class->size;
		/* A bit that no block has would not fit into the word, or fill it */
		if (class->blocks == BITS_PER_LONG)
			KUNIT_ASSERT_EQ(test, 0UL, rest);
		/* Shorter words hold back longer runs, which would fit better */
		KUNIT_ASSERT_LT_MSG(test, rest * 100, bytes * (BITS_PER_LONG < 64 ? 5 : 4),
				    "%zu blocks of %zu bytes in %u pages",
				    class->blocks, class->size, class->pages);
	}
	KUNIT_ASSERT_TRUE(test, one_word);
}

static void a_run_has_up_to_8_pages_and_leaves_little_over(struct kunit *test)
{
	in_areas(test, expect_runs);
}

/* What a heap has for each class, and for each 8 bytes of the largest block. */
static u_long table_bytes(const struct size_classes *classes)
{
	return classes->nr * sizeof(struct xnheap_bucket) +
	       classes->largest / 8 * sizeof(u16);
}

static void larger_areas_have_finer_steps(struct kunit *test)
{
	u_long page_size = *(const u_long *)test->param_value, area;
	unsigned int nr = 0, steps = 8;
	struct size_classes classes;

	for (area = 0; area <= XNHEAP_MAX_EXTENT_SIZE;
	     area += 1024 + area / 48) {
		size_classes_plan(&classes, page_size, XNHEAP_FINE, area);
		KUNIT_ASSERT_GE(test, classes.steps, steps);
		KUNIT_ASSERT_GE(test, classes.nr, nr);
		KUNIT_ASSERT_LE(test, classes.nr, (u32)MAX_CLASSES);
		steps = classes.steps;
		nr = classes.nr;
		/* Their tables take a 48th at most, but with 8 steps */
		if (steps > 8)
			KUNIT_ASSERT_LE(test, table_bytes(&classes), area / 48);
	}
	KUNIT_EXPECT_EQ(test, 64U, steps);
}

static struct kunit_case cases[] = {
	SIZE_CLASS_CASE(powers_are_powers),
	SIZE_CLASS_CASE(fine_sizes_are_multiples_of_8_and_then_of_16),
	SIZE_CLASS_CASE(no_block_is_an_eighth_larger_than_what_was_asked),
	SIZE_CLASS_CASE(every_power_of_two_below_a_page_is_a_fine_size),
	SIZE_CLASS_CASE(a_run_has_up_to_8_pages_and_leaves_little_over),
	SIZE_CLASS_CASE(larger_areas_have_finer_steps),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_size_class",
	.test_cases = cases,
};

kunit_test_suite(suite);
