// SPDX-License-Identifier: GPL-2.0
/* On KASAN kernels: which bytes of a heap may be touched, and which not. */

#include <linux/kasan.h>

#include "kunit_xnheap.h"
#include "observe/kasan.h"
#include "peers.h"

KUNIT_ARRAY_PARAM_DESC(kind, heap_kinds, name);

/* Whether KASAN would let a byte be read. */
static bool may_touch(const void *at)
{
	s8 shadow = *(s8 *)kasan_mem_to_shadow(at);

	return !shadow || (shadow > 0 && ((u_long)at & 7) < shadow);
}

/* How many bytes from @at on may be touched, @limit at most. */
static u_long touchable(const void *at, u_long limit)
{
	u_long n = 0;

	while (n < limit && may_touch(at + n))
		n++;
	return n;
}

static struct test_heap *make(struct kunit *test)
{
	return heap_make(test, test->param_value);
}

static void exactly_what_was_asked_for_may_be_touched(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long size, given;
	void *block;

	for (size = 1; size < 3 * th->kind.page_size; size += 1 + size / 16) {
		block = xnheap_alloc(&th->heap, size);
		if (!block)
			break;
		given = rounded(th, size);
		KUNIT_ASSERT_EQ(test, size, touchable(block, given));
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, block));
		KUNIT_ASSERT_EQ(test, 0, touchable(block, 1));
		KUNIT_ASSERT_FALSE(test, may_touch(block + given - 1));
	}
	KUNIT_EXPECT_GT(test, size, th->kind.page_size);
}

/* Where there is no room to move to, that is of the size that it had. */
static void of_another_size_exactly_that_may_be_touched(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long page = th->kind.page_size, size = 0, resized = 0, room, i;
	u_long to[] = { 29, 3, 8, page + 1, 2 * page + 9, page - 1, 1, 3 * page };
	u8 *block = NULL, *was;

	for (i = 0; i < ARRAY_SIZE(to); i++) {
		was = block;
		room = xnheap_largest_free(&th->heap);
		block = xnheap_realloc(&th->heap, was, to[i]);
		if (block) {
			size = to[i];
			resized++;
		} else {
			KUNIT_ASSERT_LT(test, room, to[i]);
			KUNIT_ASSERT_NOT_NULL(test, was);
			block = was;
		}
		KUNIT_EXPECT_EQ(test, size,
				touchable(block, xnheap_block_size(&th->heap, size)));
		KUNIT_EXPECT_EQ(test, size, xnheap_usable_size(&th->heap, block));
		if (was && was != block)
			KUNIT_EXPECT_FALSE(test, may_touch(was));
		/* To move it, no more is read than may be */
		memset(block, 0x5a, size);
	}
	/* All heaps have room for the first three and for those after what was refused */
	KUNIT_EXPECT_GE(test, resized, 5);
	KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, block));
}

static void pages_that_are_given_back_may_not_be_touched(struct kunit *test)
{
	static const struct heap_kind kind = { "one", 4096, 32, 1, 0 };
	struct test_heap *th = heap_make(test, &kind);
	u8 *block = alloc_block(test, th, 3 * 4096), *all;

	all = xnheap_realloc(&th->heap, block, 5000);
	KUNIT_ASSERT_PTR_EQ(test, block, all);
	KUNIT_EXPECT_EQ(test, 5000, touchable(block, 3 * 4096));
	KUNIT_EXPECT_FALSE(test, may_touch(block + 2 * 4096));
	KUNIT_EXPECT_FALSE(test, may_touch(block + 3 * 4096 - 1));
	all = xnheap_realloc(&th->heap, block, 3 * 4096);
	KUNIT_ASSERT_PTR_EQ(test, block, all);
	KUNIT_EXPECT_EQ(test, 3 * 4096, touchable(block, 3 * 4096));
	free_block(test, th, block);
}

static void a_refused_free_leaves_the_block_usable(struct kunit *test)
{
	struct test_heap *th = make(test);
	u8 *block = xnheap_alloc(&th->heap, 29);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block + 8));
	KUNIT_EXPECT_EQ(test, 29, touchable(block, 32));
}

static void nothing_else_of_an_extent_may_be_touched(struct kunit *test)
{
	struct test_heap *th = make(test);
	const struct xnheap_extent *ext;
	const void *first, *last, *end;
	unsigned int i;

	for (i = 0; i < th->kind.extents; i++) {
		ext = &th->heap.extent[i];
		first = (void *)ext->base;
		last = first + ext->nr_pages * th->kind.page_size;
		end = (void *)ext->start + ext->size;
		for (; first < last; first += 8)
			KUNIT_ASSERT_FALSE(test, may_touch(first));
		for (; first + 8 <= end; first += 8)
			KUNIT_ASSERT_FALSE(test, may_touch(first));
		first = (void *)ext->base;
		last = (void *)ext->map +
		       (ext->nr_pages + 1) * th->heap.page_stride;
		KUNIT_EXPECT_TRUE(test, may_touch(ext->map));
		KUNIT_EXPECT_TRUE(test, may_touch(last - 1));
		for (; last < first; last += 8)
			KUNIT_ASSERT_FALSE(test, may_touch(last));
	}
}

static void a_heap_that_ends_leaves_its_memory_usable(struct kunit *test)
{
	struct test_heap *th = make(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&th->heap, 29));
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&th->heap, NULL, NULL));
	for (i = 0; i < th->kind.extents; i++)
		KUNIT_EXPECT_EQ(test, th->area_size,
				touchable(th->area[i], th->area_size));
}

/* Of the last address that was asked about. */
static const char *described(const void *address)
{
	static char text[200];

	if (!kasan_heap_describe((u_long)address, text, sizeof(text)))
		return "none";
	return text;
}

static void an_address_is_described(struct kunit *test)
{
	static const struct heap_kind kind = { "one", 4096, 32, 1, 0 };
	struct test_heap *th = heap_make(test, &kind);
	u8 *other, *block, *pages, *before;

	xnheap_set_label(&th->heap, "one");
	block = xnheap_alloc(&th->heap, 100);
	other = xnheap_alloc(&th->heap, 100);
	pages = xnheap_alloc(&th->heap, 10000);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_NOT_NULL(test, pages);

	KUNIT_EXPECT_STREQ(test, described(block + 101),
			   "one: the address is 101 bytes into a block of 128, of which 100 were asked for");
	KUNIT_EXPECT_STREQ(test, described(pages + 10001),
			   "one: the address is 10001 bytes into a block of 12288, of which 10000 were asked for");
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
	KUNIT_EXPECT_STREQ(test, described(block + 3),
			   "one: the address is 3 bytes into a free block of 128");
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, pages));
	KUNIT_EXPECT_STREQ(test, described(pages + 5000),
			   "one: the address is in free pages");
	/* After a block that is live */
	pages = xnheap_alloc(&th->heap, 10000);
	before = xnheap_alloc(&th->heap, 10000);
	KUNIT_ASSERT_PTR_EQ(test, before + 12288, pages);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, pages));
	KUNIT_EXPECT_STREQ(test, described(pages + 5000),
			   "one: the address is in free pages");
	KUNIT_EXPECT_STREQ(test, described(before + 9000),
			   "one: the address is 9000 bytes into a block of 12288, of which 10000 were asked for");
	KUNIT_EXPECT_STREQ(test, described(th->area[0] + 20),
			   "one: the address is in the header or between pages");
	KUNIT_EXPECT_STREQ(test, described(th->area[0] - 1), "none");
	KUNIT_EXPECT_STREQ(test, described(th), "none");
}

/* It has left its run, but nobody has it. */
static void a_block_that_a_cpu_keeps_is_free(struct kunit *test)
{
	const struct heap_kind kind = {
		"three", 4096, 256 * num_possible_cpus(), 1, 0, XNHEAP_PERCPU
	};
	struct test_heap *th = heap_make(test, &kind);
	u8 *block, *pages;

	xnheap_set_label(&th->heap, "three");
	block = alloc_block(test, th, 100);
	pages = alloc_block(test, th, 10000);
	KUNIT_EXPECT_STREQ(test, described(block + 101),
			   "three: the address is 101 bytes into a block of 128, of which 100 were asked for");
	KUNIT_EXPECT_STREQ(test, described(pages + 10001),
			   "three: the address is 10001 bytes into a block of 12288, of which 10000 were asked for");
	free_block(test, th, block);
	KUNIT_EXPECT_GE(test, cpu_kept_bytes(&th->heap), 128);
	KUNIT_EXPECT_EQ(test, 0, touchable(block, 1));
	KUNIT_EXPECT_STREQ(test, described(block + 3),
			   "three: the address is 3 bytes into a free block of 128");
	free_block(test, th, pages);
}

static void a_block_of_a_process_is_described_as_such(struct kunit *test)
{
	struct xnheap *heap = make_shared(test, 16 * PAGE_SIZE, 512, XNHEAP_VMALLOC, 0);
	struct owner *owner = open_as(test, heap, 12);
	u8 *block = alloc_as(test, heap, owner, 100), *pages = alloc_as(test, heap, owner, 1500);
	u8 *own = xnheap_alloc(heap, 100);

	KUNIT_EXPECT_STREQ(test, described(block + 101),
			   "shared-test: the address is 101 bytes into a block of 128, of which 100 were asked for; a process has it, peer 12");
	KUNIT_EXPECT_STREQ(test, described(pages + 1501),
			   "shared-test: the address is 1501 bytes into a block of 1536, of which 1500 were asked for; a process has it, peer 12");
	KUNIT_EXPECT_STREQ(test, described(own + 101),
			   "shared-test: the address is 101 bytes into a block of 128, of which 100 were asked for");
	KUNIT_EXPECT_FALSE(test, IS_ERR(xnheap_adopt(heap, offset_of(heap, block), NULL)));
	KUNIT_EXPECT_STREQ(test, described(block + 101),
			   "shared-test: the address is 101 bytes into a block of 128, of which 100 were asked for");
	KUNIT_EXPECT_EQ(test, 0, sharing_free(heap, offset_of(heap, pages), owner));
	KUNIT_EXPECT_STREQ(test, described(pages + 501),
			   "shared-test: the address is in free pages");
	close_as(heap, owner);
}

static struct kunit *describing;

/* Called with the heap's lock held. */
static int describe_it(void *block)
{
	KUNIT_EXPECT_STREQ(describing, described(block),
			   "two: the address is in a heap whose lock is taken");
	KUNIT_EXPECT_STREQ(describing, described(describing), "none");
	return -EBUSY;
}

static void describing_waits_for_no_lock_nor_for_many_pages(struct kunit *test)
{
	static const struct heap_kind kind = { "two", 64, 1000, 2, 0 };
	struct test_heap *th = heap_make(test, &kind);
	u8 *block;

	xnheap_set_label(&th->heap, "two");
	block = alloc_block(test, th, 64 * 400);
	describing = test;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			xnheap_test_and_free(&th->heap, block, describe_it));
	KUNIT_EXPECT_STREQ(test, described(block + 64 * 256),
			   "two: the address is 16384 bytes into a block of 25600, of which 25600 were asked for");
	KUNIT_EXPECT_STREQ(test, described(block + 64 * 257),
			   "two: the address is in free pages, or far into a block");
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(exactly_what_was_asked_for_may_be_touched,
			 kind_gen_params),
	KUNIT_CASE_PARAM(of_another_size_exactly_that_may_be_touched,
			 kind_gen_params),
	KUNIT_CASE(pages_that_are_given_back_may_not_be_touched),
	KUNIT_CASE_PARAM(a_refused_free_leaves_the_block_usable,
			 kind_gen_params),
	KUNIT_CASE_PARAM(nothing_else_of_an_extent_may_be_touched,
			 kind_gen_params),
	KUNIT_CASE_PARAM(a_heap_that_ends_leaves_its_memory_usable,
			 kind_gen_params),
	KUNIT_CASE(an_address_is_described),
	KUNIT_CASE(a_block_that_a_cpu_keeps_is_free),
	KUNIT_CASE(a_block_of_a_process_is_described_as_such),
	KUNIT_CASE(describing_waits_for_no_lock_nor_for_many_pages),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_kasan",
	.test_cases = cases,
};

kunit_test_suite(suite);
