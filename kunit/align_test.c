// SPDX-License-Identifier: GPL-2.0
/* Heaps with XNHEAP_ALIGN(): an alignment for every block. */

#include <linux/err.h>

#include "kunit_xnheap.h"

#define AREA_SIZE	((u_long)SZ_512K)

static const struct kind {
	const char *name;
	u_long page_size;
	unsigned int flags;
} kinds[] = {
	{ "64-byte pages", 64 },
	{ "512-byte pages", 512 },
	{ "4096-byte pages", 4096 },
	{ "32768-byte pages", 32768 },
	{ "64-byte pages, fine", 64, XNHEAP_FINE },
	{ "512-byte pages, fine", 512, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, XNHEAP_FINE },
	{ "32768-byte pages, fine", 32768, XNHEAP_FINE },
	{ "64-byte pages, by CPU", 64, XNHEAP_PERCPU },
	{ "4096-byte pages, by CPU", 4096, XNHEAP_PERCPU },
#ifdef XNHEAP_OBSERVE
	{ "512-byte pages, debugged", 512, XNHEAP_DEBUG },
	{ "4096-byte pages, debugged", 4096, XNHEAP_DEBUG },
	{ "4096-byte pages, fine, debugged", 4096, XNHEAP_FINE | XNHEAP_DEBUG },
	{ "4096-byte pages, by CPU, debugged", 4096,
	  XNHEAP_PERCPU | XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define ALIGN_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/* Until nothing is free: blocks of all sizes, aligned, and none in another's bytes. */
static void expect_aligned(struct kunit *test, struct xnheap *heap, u_long align)
{
	u_long page = xnheap_page_size(heap), size, used = 0, n = 0, now;
	struct rnd_state rnd;
	void *block;

	prandom_seed_state(&rnd, align);
	for (;; n++) {
		size = 1 + random_below(&rnd, 1U << random_below(&rnd, ilog2(page) + 2));
		block = random_below(&rnd, 4) ? xnheap_alloc(heap, size) :
			xnheap_alloc_aligned(heap, size, 8);
		if (!block)
			break;
		KUNIT_ASSERT_EQ_MSG(test, 0UL, (u_long)block % align,
				    "%lu bytes aligned to %lu", size, align);
		now = xnheap_used_mem(heap);
		KUNIT_ASSERT_GE(test, now - used, size);
		KUNIT_ASSERT_EQ(test, 0UL, (now - used) % align);
		used = now;
		memset(block, 0xff, size);
	}
	KUNIT_EXPECT_GT(test, n, 2UL);
}

static void every_block_is_aligned(struct kunit *test)
{
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	const struct kind *kind = test->param_value;
	u8 *memory = memory_get(test, AREA_SIZE + 1);
	u_long align;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	undo_later(test, destroy_heap, heap);
	for (align = 1; align <= kind->page_size; align *= 2) {
		KUNIT_ASSERT_EQ(test, 0,
				xnheap_init_flags(heap, memory + 1, AREA_SIZE,
						  kind->page_size,
						  kind->flags | XNHEAP_ALIGN(align)));
		expect_aligned(test, heap, align);
		EXPECT_SOUND(test, heap);
		KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
	}
}

KUNIT_DEFINE_ACTION_WRAPPER(created_end, xnheap_delete, struct xnheap *);

static void created_heaps_keep_it_when_they_grow(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	u_long align = kind->page_size / 2;
	struct xnheap *heap;

	heap = xnheap_create("align", SZ_128K, kind->page_size,
			     XNHEAP_VMALLOC | kind->flags | XNHEAP_ALIGN(align));
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	undo_later(test, created_end, heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	expect_aligned(test, heap, align);
	EXPECT_SOUND(test, heap);
}

/* What XNHEAP_ALIGN() says of sizes, by what a block of a byte takes. */
static void no_block_is_larger_than_it_need_be(struct kunit *test)
{
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	const struct kind *kind = test->param_value;
	u8 *memory = memory_get(test, AREA_SIZE);
	u_long align, size, before, given, own;

	if (kind->flags & XNHEAP_DEBUG)
		kunit_skip(test, "blocks of debug heaps have red zones");
	KUNIT_ASSERT_NOT_NULL(test, heap);
	undo_later(test, destroy_heap, heap);
	own = kind->flags & XNHEAP_PERCPU ? 16 : 8;
	own = kind->flags & XNHEAP_FINE ? clamp(kind->page_size / BITS_PER_LONG, 8UL, 32UL) :
	      max(own, smallest_power(kind->page_size));
	for (align = 1; align <= kind->page_size; align *= 2) {
		KUNIT_ASSERT_EQ(test, 0,
				xnheap_init_flags(heap, memory, AREA_SIZE, kind->page_size,
						  kind->flags | XNHEAP_ALIGN(align)));
		for (size = max(align, own); size <= kind->page_size; size *= 2) {
			before = xnheap_used_mem(heap);
			KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(heap, size));
			given = xnheap_used_mem(heap) - before;
			/* A page of a fine heap may be a block of a run, and larger */
			if (size < kind->page_size)
				KUNIT_ASSERT_EQ_MSG(test, size, given, "aligned to %lu", align);
			else
				KUNIT_ASSERT_LE(test, given, size + max(size / 8, align));
		}
		before = xnheap_used_mem(heap);
		KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(heap, 1));
		KUNIT_ASSERT_EQ_MSG(test, max(align, own), xnheap_used_mem(heap) - before,
				    "aligned to %lu", align);
		KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
	}
}

static void plans_know_of_it(struct kunit *test)
{
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	const struct kind *kind = test->param_value;
	u_long page = kind->page_size, align, size, want = 20 * page, map;
	u8 *memory = memory_get(test, AREA_SIZE), *maps = memory_get(test, AREA_SIZE);
	unsigned int flags;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	undo_later(test, destroy_heap, heap);
	for (align = 1; align <= page; align *= 2) {
		flags = kind->flags | XNHEAP_ALIGN(align);
		size = xnheap_rounded_size_flags(want, page, flags);
		if (size > AREA_SIZE)
			break;
		KUNIT_ASSERT_GT(test, size, want);
		memory = PTR_ALIGN(memory, page);
		KUNIT_ASSERT_EQ(test, 0, xnheap_init_flags(heap, memory, size, page, flags));
		KUNIT_ASSERT_GE(test, xnheap_usable_mem(heap), want);
		KUNIT_ASSERT_EQ(test, size - xnheap_usable_mem(heap),
				xnheap_overhead_flags(size, page, flags));
		xnheap_destroy(heap, NULL, NULL);
		if (flags & (XNHEAP_DEBUG | XNHEAP_PERCPU))
			continue;
		map = xnheap_map_size(want, page, flags);
		KUNIT_ASSERT_EQ(test, 0, xnheap_init_apart(heap, (void *)SZ_256M, want, page,
							   maps, map, flags));
		KUNIT_ASSERT_EQ(test, want, xnheap_usable_mem(heap));
		xnheap_destroy(heap, NULL, NULL);
	}
}

static void a_bad_alignment_is_refused(struct kunit *test)
{
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	const struct kind *kind = test->param_value;
	u8 *memory = memory_get(test, AREA_SIZE), *map = memory_get(test, AREA_SIZE);
	u_long page = kind->page_size, i;
	const u_long bad[] = {
		0, 3, 24, page - 1, page + 1, 2 * page, SZ_64K, SZ_2G, ULONG_MAX,
	};
	unsigned int flags;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	undo_later(test, destroy_heap, heap);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		flags = kind->flags | XNHEAP_ALIGN(bad[i]);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				xnheap_init_flags(heap, memory, AREA_SIZE, page, flags));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				PTR_ERR(xnheap_create("x", SZ_128K, page,
						      XNHEAP_PAGES | flags)));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				xnheap_init_apart(heap, memory, AREA_SIZE, page, map,
						  AREA_SIZE, flags));
		KUNIT_EXPECT_EQ(test, 0UL, xnheap_map_size(AREA_SIZE, page, flags));
		KUNIT_EXPECT_EQ(test, AREA_SIZE, xnheap_overhead_flags(AREA_SIZE, page, flags));
		KUNIT_EXPECT_EQ(test, 0UL, xnheap_rounded_size_flags(page, page, flags));
	}
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0xa5, AREA_SIZE));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(heap));
}

static void an_alignment_of_1_is_none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, XNHEAP_ALIGN(1));
}

static struct kunit_case cases[] = {
	ALIGN_CASE(every_block_is_aligned),
	ALIGN_CASE(created_heaps_keep_it_when_they_grow),
	ALIGN_CASE(no_block_is_larger_than_it_need_be),
	ALIGN_CASE(plans_know_of_it),
	ALIGN_CASE(a_bad_alignment_is_refused),
	KUNIT_CASE(an_alignment_of_1_is_none),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_align",
	.test_cases = cases,
};

kunit_test_suite(suite);
