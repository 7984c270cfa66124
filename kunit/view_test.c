// SPDX-License-Identifier: GPL-2.0
/* What debugfs shows of a heap that changes while it is read. */

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "survey.h"
#include "view.h"

#define PAGE_BYTES	64
#define LINE		64	/* pages */
#define HEADER		3	/* lines, and that of the first extent */
#define AHEAD		2	/* lines drawn when one has been shown */
#define TEXT		SZ_16K

static const struct heap_kind kinds[] = {
	{ "a small heap", PAGE_BYTES, 800, 1, 0 },
	/* Of this, pages that look alike are counted */
	{ "a large heap", PAGE_BYTES, 40000, 1, 0 },
};

KUNIT_ARRAY_PARAM(kind, kinds, kind_name);

static void file_end(void *file)
{
	view_close(file);
}

static struct file *opened(struct kunit *test, struct file *file)
{
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(file), "%ld", PTR_ERR(file));
	undo_later(test, file_end, file, false);
	return file;
}

static struct file *open(struct kunit *test, struct test_heap *th,
			 const char *name)
{
	return opened(test, view_open(&th->heap, name));
}

/* What is left of a file to be read. */
static char *rest(struct kunit *test, struct file *file)
{
	char *text = memory_get(test, TEXT);

	KUNIT_ASSERT_GE(test, view_read_all(file, text, TEXT), 0);
	return text;
}

/* Pages of one block each. */
static struct blocks pages_take(struct kunit *test, struct test_heap *th,
				u_long nr)
{
	struct blocks blocks = blocks_room(test, nr);

	while (nr--)
		KUNIT_ASSERT_TRUE(test, blocks_alloc(test, &blocks, th,
						     PAGE_BYTES));
	return blocks;
}

/* The number of the page that starts at @address, from 1. */
static u_long page_nr(const struct test_heap *th, const void *address)
{
	return ((u_long)address - th->heap.first.base) / PAGE_BYTES;
}

/*
 * A block comes that begins in pages that are drawn already. The rest of it is
 * drawn as such, from where the survey stands.
 */
static void the_rest_of_a_block_that_came_meanwhile_is_drawn(struct kunit *test)
{
	const u_long seen = roundup(AHEAD * LINE, SURVEY_STEPS);
	const u_long from = seen - 20, to = seen + 20;
	struct test_heap *th = heap_make(test, &kinds[0]);
	struct blocks blocks = pages_take(test, th, xnheap_page_count(&th->heap));
	const char *name = *(const char * const *)test->param_value;
	struct file *file = open(test, th, name);
	bool map = !strcmp(name, "map");
	char expected[(AHEAD + 1) * (LINE + 1) + 1], *text, *at = expected;
	u_long i, nr;
	u8 *block;

	KUNIT_ASSERT_EQ(test, 0, view_read_lines(file, HEADER));
	for (i = 0; i < blocks.nr;) {
		nr = page_nr(th, blocks.block[i].at);
		if (nr >= from && nr <= to)
			blocks_free(test, &blocks, th, i);
		else
			i++;
	}
	block = xnheap_alloc(&th->heap, (to - from + 1) * PAGE_BYTES);
	KUNIT_ASSERT_EQ(test, from, page_nr(th, block));

	for (nr = 1; nr <= (AHEAD + 1) * LINE; nr++) {
		*at++ = !map ? '9' : nr > seen && nr <= to ? '=' : '[';
		if (!(nr % LINE))
			*at++ = '\n';
	}
	*at = '\0';
	text = rest(test, file);
	text[sizeof(expected) - 1] = '\0';
	KUNIT_EXPECT_STREQ(test, expected, text);
}

static void pages_that_look_alike_are_counted(struct kunit *test)
{
	struct test_heap *th = heap_make(test, &kinds[1]);
	struct file *file = open(test, th, "map");
	u_long pages = xnheap_page_count(&th->heap);
	char *expected = memory_get(test, TEXT);
	unsigned int i;

	/* From the end on: single pages, a block of 5, two runs and a half */
	pages_take(test, th, 100);
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&th->heap, 5 * PAGE_BYTES));
	for (i = 0; i < 20; i++)
		KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&th->heap, 8));
	snprintf(expected, TEXT,
		 "# xnheap map 1 rle\n# read in slices: lines may be of different moments\nextent 0 %lu\n%lu. 1a 2A 1[ 4= 100[\n",
		 pages, pages - 108);
	KUNIT_EXPECT_STREQ(test, expected, rest(test, file));
}

/* A heap is about to end, before the first line of pages or behind it. */
static void expect_broken_off(struct kunit *test, struct test_heap *th,
			      const char *name, unsigned int lines)
{
	struct file *file = open(test, th, name);
	struct dentry *dir = th->heap.dir;
	char *text = memory_get(test, TEXT);
	ssize_t ret;

	KUNIT_ASSERT_EQ(test, 0, view_read_lines(file, lines));
	th->heap.dir = NULL;
	ret = view_read_all(file, text, TEXT);
	th->heap.dir = dir;
	KUNIT_EXPECT_EQ_MSG(test, -EIO, ret, "%s, %u lines", name, lines);
}

static void what_is_read_of_a_heap_that_ends_is_broken_off(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = pages_take(test, th, 200);
	u_long i;

	/* Every other: even what is counted takes some lines */
	for (i = 0; i < blocks.nr; i += 2)
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap,
						     blocks.block[i].at));
	expect_broken_off(test, th, "map", 0);
	expect_broken_off(test, th, "map", HEADER);
	expect_broken_off(test, th, "map", HEADER + 1);
	expect_broken_off(test, th, "fill", 0);
	expect_broken_off(test, th, "fill", HEADER);
	expect_broken_off(test, th, "extents", 0);
	expect_broken_off(test, th, "ranges", 0);
}

static void the_table_of_heaps_tells_the_kind_of_sizes(struct kunit *test)
{
	struct heap_kind fine = kinds[0];
	struct test_heap *heap[2];
	char expected[64], *text;
	unsigned int i;

	fine.flags = XNHEAP_FINE;
	heap[0] = heap_make(test, &kinds[0]);
	heap[1] = heap_make(test, &fine);
	text = rest(test, opened(test, filp_open(VIEW "/heaps", O_RDONLY, 0)));
	for (i = 0; i < ARRAY_SIZE(heap); i++) {
		snprintf(expected, sizeof(expected), "\n%s %d %s 1 %lu ",
			 heap[i]->heap.name, PAGE_BYTES, i ? "fine" : "powers",
			 xnheap_size(&heap[i]->heap));
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, expected), "%s",
					  expected);
	}
}

static const char * const pictures[] = { "map", "fill" };

static void picture_name(const char * const *picture, char *name)
{
	strscpy(name, *picture, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(picture, pictures, picture_name);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_rest_of_a_block_that_came_meanwhile_is_drawn,
			 picture_gen_params),
	KUNIT_CASE(pages_that_look_alike_are_counted),
	KUNIT_CASE(the_table_of_heaps_tells_the_kind_of_sizes),
	KUNIT_CASE_PARAM(what_is_read_of_a_heap_that_ends_is_broken_off,
			 kind_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_view",
	.exit = undo_all,
	.test_cases = cases,
};

kunit_test_suite(suite);
