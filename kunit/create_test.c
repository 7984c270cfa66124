// SPDX-License-Identifier: GPL-2.0
/* Heaps that get their own memory: create, grow, delete. */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sizes.h>

#include "kunit_xnheap.h"

/* What a heap is created with. */
struct create {
	const char *name;
	unsigned int flags;
	u_long size, page_size;
	bool on_node;
};

static const struct create creates[] = {
	{ "vmalloc, 64-byte pages", XNHEAP_VMALLOC, SZ_4K, 64, false },
	{ "vmalloc, 512-byte pages", XNHEAP_VMALLOC, SZ_16K + 512, 512, false },
	{ "vmalloc, 4096-byte pages", XNHEAP_VMALLOC, SZ_64K, 4096, true },
	{ "vmalloc, 32768-byte pages", XNHEAP_VMALLOC, SZ_256K, 32768, false },
	{ "pages, 64-byte pages", XNHEAP_PAGES, 4032, 64, true },
	{ "pages, 512-byte pages", XNHEAP_PAGES, SZ_16K + 512, 512, false },
	{ "pages, 4096-byte pages", XNHEAP_PAGES, 5 * SZ_4K, 4096, false },
	{ "pages, 32768-byte pages", XNHEAP_PAGES, SZ_128K, 32768, true },
	{ "vmalloc, 64-byte pages, fine", XNHEAP_VMALLOC | XNHEAP_FINE, SZ_4K,
	  64, true },
	{ "vmalloc, 512-byte pages, fine", XNHEAP_VMALLOC | XNHEAP_FINE,
	  SZ_16K + 512, 512, false },
	{ "vmalloc, 4096-byte pages, fine", XNHEAP_VMALLOC | XNHEAP_FINE,
	  SZ_64K, 4096, false },
	{ "pages, 512-byte pages, fine", XNHEAP_PAGES | XNHEAP_FINE,
	  SZ_16K + 512, 512, true },
	{ "pages, 32768-byte pages, fine", XNHEAP_PAGES | XNHEAP_FINE,
	  SZ_256K, 32768, false },
};

KUNIT_ARRAY_PARAM_DESC(create, creates, name);

KUNIT_DEFINE_ACTION_WRAPPER(created_end, xnheap_delete, struct xnheap *);

static struct xnheap *created(struct kunit *test, const struct create *create)
{
	struct xnheap *heap;

	if (create->on_node)
		heap = xnheap_create_node("kunit", create->size,
					  create->page_size, create->flags,
					  first_online_node);
	else
		heap = xnheap_create("kunit", create->size, create->page_size,
				     create->flags);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(heap));
	undo_later(test, created_end, heap);
	return heap;
}

/* Allocate and write all there is; the blocks. */
static u_long use_all(struct kunit *test, struct xnheap *heap, u_long size)
{
	u_long n = 0;
	u8 *block;

	while ((block = xnheap_alloc(heap, size))) {
		memset(block, 0xff, size);
		n++;
	}
	return n;
}

static void a_created_heap_works_in_its_own_memory(struct kunit *test)
{
	const struct create *create = test->param_value;
	struct xnheap *heap = created(test, create);

	KUNIT_EXPECT_EQ(test, create->size, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, create->size, xnheap_usable_mem(heap));
	KUNIT_EXPECT_EQ(test, create->page_size, xnheap_page_size(heap));
	/* One kind of heap alone has more than one size to a doubling */
	KUNIT_EXPECT_EQ(test, !!(create->flags & XNHEAP_FINE),
			heap->nr_buckets > ilog2(create->page_size));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(heap));
	KUNIT_EXPECT_STREQ(test, heap->label, "kunit");
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, 0));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, XNHEAP_MAX_EXTENT_SIZE));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, ULONG_MAX));
	KUNIT_EXPECT_EQ(test, xnheap_page_count(heap),
			use_all(test, heap, create->page_size));
	EXPECT_SOUND(test, heap);
}

static void a_created_heap_grows_64_fold_and_no_more(struct kunit *test)
{
	const struct create *create = test->param_value;
	struct xnheap *heap = created(test, create);
	u_long pages = create->size / create->page_size, i;

	use_all(test, heap, 1);
	for (i = 1; i < XNHEAP_MAX_EXTENTS; i++) {
		KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
		KUNIT_ASSERT_EQ(test, (i + 1) * create->size, xnheap_size(heap));
		KUNIT_ASSERT_EQ(test, (i + 1) * pages, xnheap_page_count(heap));
		KUNIT_ASSERT_EQ(test, pages,
				use_all(test, heap, create->page_size));
	}
	EXPECT_SOUND(test, heap);
	/* Each will be released */
	for (i = 0; i < XNHEAP_MAX_EXTENTS; i++)
		KUNIT_EXPECT_NOT_NULL(test, heap->extent[i].memory);
	KUNIT_EXPECT_EQ(test, -ENOSPC, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, -ENOSPC, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, XNHEAP_MAX_EXTENTS * create->size,
			xnheap_size(heap));
	EXPECT_SOUND(test, heap);
}

static void an_extent_of_the_callers_stays_the_callers(struct kunit *test)
{
	const struct create *create = test->param_value;
	u8 *area = memory_get(test, create->size);
	struct xnheap *heap;

	heap = xnheap_create("kunit", create->size, create->page_size,
			     create->flags);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_extend(heap, area, create->size));
	KUNIT_EXPECT_EQ(test, -EEXIST, xnheap_extend(heap, area, create->size));
	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	use_all(test, heap, 8);
	EXPECT_SOUND(test, heap);
	KUNIT_EXPECT_NULL(test, heap->extent[2].memory);
	xnheap_delete(heap);
	/* It would be freed twice else, when the test ends */
	memset(area, 0, create->size);
}

static void unknown_flags_are_refused_and_so_is_not_one_backing(struct kunit *test)
{
	unsigned int bit, flags[] = {
		0, XNHEAP_VMALLOC | XNHEAP_PAGES, ~0U, ~XNHEAP_VMALLOC,
		~XNHEAP_PAGES, XNHEAP_FINE, XNHEAP_DEBUG,
		XNHEAP_FINE | XNHEAP_DEBUG,
		XNHEAP_FINE | XNHEAP_VMALLOC | XNHEAP_PAGES,
		XNHEAP_FINE | XNHEAP_VMALLOC | XNHEAP_PERCPU,
	};
	const unsigned int known = XNHEAP_VMALLOC | XNHEAP_PAGES | XNHEAP_FINE |
				   XNHEAP_DEBUG | XNHEAP_PERCPU | XNHEAP_DEFER | XNHEAP_SHARED;
	u_long i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		KUNIT_EXPECT_EQ(test, -EINVAL,
				PTR_ERR(xnheap_create("x", SZ_16K, 512,
						      flags[i])));
	for (bit = 0; bit < 32; bit++) {
		if (BIT(bit) & (known | XNHEAP_ALIGN_MASK))
			continue;
		for (i = 0; i <= known; i++)
			KUNIT_EXPECT_EQ(test, -EINVAL,
					PTR_ERR(xnheap_create("x", SZ_16K, 512,
							      BIT(bit) | i)));
	}
}

static void create_refuses_what_init_refuses(struct kunit *test)
{
	static const unsigned int kinds[] = {
		XNHEAP_VMALLOC, XNHEAP_PAGES, XNHEAP_VMALLOC | XNHEAP_FINE,
		XNHEAP_PAGES | XNHEAP_FINE,
	};
	static const struct { u_long size, page_size; } refused[] = {
		{ 0, 512 }, { 512, 512 }, { SZ_16K + 1, 512 },
		{ SZ_16K - 1, 512 }, { SZ_16K + 256, 512 },
		{ XNHEAP_MAX_EXTENT_SIZE + 512, 512 }, { -512UL, 512 },
		{ SZ_16K, 0 }, { SZ_16K, 32 }, { SZ_16K, 100 },
		{ SZ_1M, SZ_64K }, { SZ_32K, SZ_32K }, { 0, SZ_32K },
	};
	u_long i, j;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (j = 0; j < ARRAY_SIZE(refused); j++)
			KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
					    PTR_ERR(xnheap_create("x", refused[j].size,
								  refused[j].page_size,
								  kinds[i])),
					    "case %lu", j);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				PTR_ERR(xnheap_create(NULL, SZ_16K, 512,
						      kinds[i])));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				PTR_ERR(xnheap_create("", SZ_16K, 512,
						      kinds[i])));
	}
}

/* Pages larger than the machine's: nothing is lost wherever the area lies. */
static void no_page_is_lost_to_where_an_area_lies(struct kunit *test)
{
	static const u_long page_sizes[] = { SZ_16K, SZ_32K };
	struct xnheap *heap;
	u_long ps, i, j;
	u8 *block;

	for (i = 0; i < ARRAY_SIZE(page_sizes); i++) {
		ps = page_sizes[i];
		/* All are kept, so that each lies elsewhere */
		for (j = 0; j < 64; j++) {
			heap = xnheap_create("kunit", 3 * ps, ps, XNHEAP_VMALLOC);
			KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
			undo_later(test, created_end, heap);
			KUNIT_ASSERT_EQ(test, 3UL, xnheap_page_count(heap));
			KUNIT_ASSERT_EQ(test, 3 * ps, xnheap_size(heap));
			block = xnheap_alloc(heap, 3 * ps);
			KUNIT_ASSERT_NOT_NULL(test, block);
			KUNIT_ASSERT_EQ(test, 0UL, (u_long)block % ps);
			memset(block, 0xff, 3 * ps);
			/* The next one lies an odd page further */
			memory_get(test, SZ_4K);
		}
	}
}

static void a_node_that_cannot_be_is_refused(struct kunit *test)
{
	static const int nodes[] = { -2, -100, INT_MIN, MAX_NUMNODES,
				     MAX_NUMNODES + 1, INT_MAX };
	u_long i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    PTR_ERR(xnheap_create_node("x", SZ_16K, 512,
							       XNHEAP_VMALLOC,
							       nodes[i])),
				    "node %d", nodes[i]);
}

static void more_than_the_page_allocator_has_is_enomem(struct kunit *test)
{
	/* Far beyond its largest order, but small enough for an extent */
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			PTR_ERR(xnheap_create("x", SZ_512M, SZ_32K,
					      XNHEAP_PAGES)));
}

/* At once, and nobody is killed for it. */
static void more_than_there_is_is_enomem(struct kunit *test)
{
	u_long there = (u_long)si_mem_available() << PAGE_SHIFT;
	u_long size = ALIGN_DOWN(there / 8 * 5, SZ_32K);
	struct xnheap *heap;

	if (there >= XNHEAP_MAX_EXTENT_SIZE || there >= VMALLOC_TOTAL)
		kunit_skip(test, "no extent is larger than what is there");
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			PTR_ERR(xnheap_create("x", ALIGN(there, SZ_32K) + SZ_1M,
					      SZ_32K, XNHEAP_VMALLOC)));
	heap = xnheap_create("x", size, SZ_32K, XNHEAP_VMALLOC);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	KUNIT_EXPECT_EQ(test, -ENOMEM, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, size, xnheap_size(heap));
	EXPECT_SOUND(test, heap);
	xnheap_delete(heap);
}

static void only_a_created_heap_grows(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 8, .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_grow(&th->heap));
	KUNIT_EXPECT_EQ(test, 8 * 512UL, xnheap_size(&th->heap));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_grow(NULL));
}

static void only_a_created_heap_is_deleted(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 8, .extents = 1 };
	struct xnheap *none = kunit_kzalloc(test, sizeof(*none), GFP_KERNEL);
	struct test_heap *th = heap_make(test, &kind);

	KUNIT_ASSERT_NOT_NULL(test, none);
	none->backing = XNHEAP_VMALLOC;
	xnheap_delete(none);
	xnheap_delete(NULL);
	xnheap_delete(ERR_PTR(-EINVAL));
	xnheap_delete(ERR_PTR(-ENOMEM));
	xnheap_delete(&th->heap);
	KUNIT_EXPECT_EQ(test, 8 * 512UL, xnheap_size(&th->heap));
	KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc(&th->heap, 1));
}

static void a_created_heap_is_deleted_not_destroyed(struct kunit *test)
{
	struct xnheap *heap = created(test, &creates[0]);
	u8 *block = xnheap_alloc(heap, 64);

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_destroy(heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 64UL, xnheap_used_mem(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	EXPECT_SOUND(test, heap);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_created_heap_works_in_its_own_memory,
			 create_gen_params),
	KUNIT_CASE_PARAM(a_created_heap_grows_64_fold_and_no_more,
			 create_gen_params),
	KUNIT_CASE_PARAM(an_extent_of_the_callers_stays_the_callers,
			 create_gen_params),
	KUNIT_CASE(unknown_flags_are_refused_and_so_is_not_one_backing),
	KUNIT_CASE(create_refuses_what_init_refuses),
	KUNIT_CASE(no_page_is_lost_to_where_an_area_lies),
	KUNIT_CASE(a_node_that_cannot_be_is_refused),
	KUNIT_CASE(more_than_the_page_allocator_has_is_enomem),
	KUNIT_CASE(more_than_there_is_is_enomem),
	KUNIT_CASE(only_a_created_heap_grows),
	KUNIT_CASE(only_a_created_heap_is_deleted),
	KUNIT_CASE(a_created_heap_is_deleted_not_destroyed),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_create",
	.test_cases = cases,
};

kunit_test_suite(suite);
