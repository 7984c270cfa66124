// SPDX-License-Identifier: GPL-2.0
/* The names of the classic nucleus heap, and the system heap. */

#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/xnheap_classic.h>

#include "kunit_xnheap.h"

HEAP_KIND_PARAM;

static void extentsize_is_what_was_handed_in(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);

	KUNIT_EXPECT_EQ(test, th->area_size, xnheap_extentsize(&th->heap));
}

static void extentsize_is_of_the_first_extent(struct kunit *test)
{
	struct heap_kind kind = { .page_size = XNHEAP_PAGE_SIZE, .pages = 20, .extents = 1 };
	struct test_heap *th = heap_prepare(test, &kind, 1);

	/* The other extent comes before it in memory */
	KUNIT_ASSERT_LT(test, (u_long)th->area[1], (u_long)th->area[0]);
	KUNIT_EXPECT_EQ(test, 0, xnheap_extentsize(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_extentsize(NULL));
	KUNIT_ASSERT_EQ(test, 0, xnheap_init(&th->heap, th->area[0], 10 * XNHEAP_PAGE_SIZE,
					     XNHEAP_PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 0, xnheap_extend(&th->heap, th->area[1], 20 * XNHEAP_PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 10 * XNHEAP_PAGE_SIZE, xnheap_extentsize(&th->heap));
}

static void overhead_is_what_no_page_has(struct kunit *test)
{
	struct heap_kind kind = { .page_size = XNHEAP_PAGE_SIZE, .pages = 100, .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);

	KUNIT_EXPECT_EQ(test, xnheap_extentsize(&th->heap) - xnheap_usable_mem(&th->heap),
			xnheap_internal_overhead(th->area_size, XNHEAP_PAGE_SIZE));
}

static void sizes_are_aligned_as_they_were(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, XNHEAP_PAGE_ALIGN(0));
	KUNIT_EXPECT_EQ(test, XNHEAP_PAGE_SIZE, XNHEAP_PAGE_ALIGN(1));
	KUNIT_EXPECT_EQ(test, XNHEAP_PAGE_SIZE, XNHEAP_PAGE_ALIGN(XNHEAP_PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, XNHEAP_PAGE_SIZE, (XNHEAP_PAGE_SIZE + 1) & XNHEAP_PAGE_MASK);
	KUNIT_EXPECT_EQ(test, 48UL, xnheap_align(33UL, 16));
}

/* Until the test ends, what system_size= would have made is this. */
static void system_end(void *system)
{
	xnheap_system = system;
}

static void system_set(struct kunit *test, struct xnheap *heap)
{
	undo_later(test, system_end, xnheap_system);
	xnheap_system = heap;
}

KUNIT_DEFINE_ACTION_WRAPPER(delete_heap, xnheap_delete, struct xnheap *);

static struct xnheap *system_make(struct kunit *test, unsigned int flags)
{
	struct xnheap *heap = xnheap_create("kunit", SZ_256K, XNHEAP_PAGE_SIZE,
					    XNHEAP_VMALLOC | flags);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	undo_later(test, delete_heap, heap);
	system_set(test, heap);
	return heap;
}

static void without_a_system_heap_xnmalloc_returns_null(struct kunit *test)
{
	int other;

	system_set(test, NULL);
	KUNIT_EXPECT_NULL(test, xnmalloc(1));
	KUNIT_EXPECT_EQ(test, 0, xnfree(NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnfree(&other));
	KUNIT_EXPECT_EQ(test, 0, xnheap_size(&kheap));
}

static void what_is_scheduled_goes_when_it_is_finalized(struct kunit *test)
{
	struct xnheap *heap = system_make(test, XNHEAP_DEFER);
	struct { int link; } *block = xnmalloc(100);

	KUNIT_ASSERT_NOT_NULL(test, block);
	xnheap_schedule_free(&kheap, block, &block->link);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnfree(block));
	KUNIT_EXPECT_EQ(test, 128, xnheap_used_mem(heap));
	xnheap_finalize_free(&kheap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
}

static const struct system_kind {
	const char *name;
	unsigned int flags;
} system_kinds[] = {
	{ "powers of two", 0 },
	{ "fine", XNHEAP_FINE },
	{ "percpu", XNHEAP_PERCPU },
	{ "defer", XNHEAP_DEFER },
#ifdef XNHEAP_OBSERVE
	{ "debug", XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(system_kind, system_kinds, name);
#define SYSTEM_CASE(test) KUNIT_CASE_PARAM(test, system_kind_gen_params)

static void xnmalloc_and_xnfree_use_the_system_heap(struct kunit *test)
{
	const struct system_kind *kind = test->param_value;
	struct xnheap *heap = system_make(test, kind->flags);
	void *block = xnmalloc(100);
	int other;

	KUNIT_EXPECT_PTR_EQ(test, heap, &kheap);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(heap, block));
	KUNIT_EXPECT_GE(test, xnheap_used_mem(heap), 100);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnfree(block + 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnfree(&other));
	KUNIT_EXPECT_EQ(test, 0, xnfree(NULL));
	KUNIT_EXPECT_EQ(test, 0, xnfree(block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnfree(block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
	KUNIT_EXPECT_NULL(test, xnmalloc(0));
	KUNIT_EXPECT_NULL(test, xnmalloc(xnheap_max_contiguous(heap) + 1));
	EXPECT_SOUND(test, heap);
}

static void the_system_heap_is_not_deleted(struct kunit *test)
{
	struct xnheap *heap = system_make(test, 0);
	void *block;

	xnheap_delete(heap);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_destroy(heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, SZ_256K, xnheap_size(heap));
	block = xnmalloc(8);
	KUNIT_EXPECT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, 0, xnfree(block));
}

static void destroy_mapped(void *heap)
{
	xnheap_destroy_mapped(heap, NULL, NULL);
}

static xnheap_t *mapped_make(struct kunit *test, u_long size, int memflags)
{
	xnheap_t *heap = ERR_PTR(-EINVAL);

	KUNIT_ASSERT_EQ(test, 0, xnheap_init_mapped(&heap, size, memflags));
	undo_later(test, destroy_mapped, heap);
	return heap;
}

static void a_mapped_heap_has_whole_pages_and_no_more(struct kunit *test)
{
	xnheap_t *heap = mapped_make(test, 3 * PAGE_SIZE + 1, 0);

	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE, xnheap_usable_mem(heap));
	KUNIT_EXPECT_EQ(test, XNHEAP_PAGE_SIZE, xnheap_page_size(heap));
	KUNIT_EXPECT_NE(test, 0, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE, xnheap_extentsize(heap));
}

static void a_mapped_heap_of_pages_is_contiguous(struct kunit *test)
{
	xnheap_t *heap = mapped_make(test, 4 * PAGE_SIZE, (__force int)GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, xnheap_phys(heap, xnheap_base_memory(heap)) + 3 * PAGE_SIZE,
			xnheap_phys(heap, xnheap_base_memory(heap) + 3 * PAGE_SIZE));
}

static void a_second_mapped_heap_has_another_name(struct kunit *test)
{
	xnheap_t *one = mapped_make(test, PAGE_SIZE, 0);
	xnheap_t *two = mapped_make(test, PAGE_SIZE, 0);

	KUNIT_EXPECT_STREQ(test, KBUILD_MODNAME "0", one->label);
	KUNIT_EXPECT_STREQ(test, KBUILD_MODNAME "1", two->label);
}

static void an_offset_leads_back_to_the_block(struct kunit *test)
{
	xnheap_t *heap = mapped_make(test, 16 * PAGE_SIZE, 0);
	void *block;
	u_long off;

	KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc(heap, 1));
	block = xnheap_alloc(heap, 3 * XNHEAP_PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, block);
	off = xnheap_mapped_offset(heap, block);
	KUNIT_EXPECT_PTR_EQ(test, block, xnheap_base_memory(heap) + off);
	KUNIT_EXPECT_EQ(test, off + 1, xnheap_mapped_offset(heap, block + 1));
	KUNIT_EXPECT_PTR_EQ(test, block, xnheap_mapped_address(heap, off));
	KUNIT_EXPECT_NULL(test, xnheap_mapped_address(heap, off + 1));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	KUNIT_EXPECT_NULL(test, xnheap_mapped_address(heap, off));
	KUNIT_EXPECT_NULL(test, xnheap_mapped_address(heap, 16 * PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, xnheap_mapped_address(heap, ~0UL));
	KUNIT_EXPECT_EQ(test, ~0UL, xnheap_mapped_offset(heap, &off));
}

static void what_is_not_mapped_has_no_base(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);

	KUNIT_EXPECT_FALSE(test, xnheap_mapped_p(&th->heap));
	KUNIT_EXPECT_FALSE(test, xnheap_mapped_p((xnheap_t *)NULL));
	KUNIT_EXPECT_NULL(test, xnheap_mapped_address(&th->heap, 0));
	KUNIT_EXPECT_TRUE(test, xnheap_mapped_p(mapped_make(test, PAGE_SIZE, 0)));
}

static void memory_that_no_process_can_map_is_refused(struct kunit *test)
{
	xnheap_t *heap = ERR_PTR(-EINVAL);

	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_init_mapped(&heap, PAGE_SIZE, (__force int)(GFP_KERNEL | GFP_DMA)));
	KUNIT_EXPECT_NULL(test, heap);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_init_mapped(&heap, 0, 0));
	KUNIT_EXPECT_NULL(test, heap);
}

static xnheap_t *released;
static unsigned int releases;
static u_long used_at_release;

static void release_mapped(struct xnheap *heap)
{
	released = heap;
	releases++;
	used_at_release = xnheap_used_mem(heap);
}

static void release_is_called_with_the_heap_before_it_goes(struct kunit *test)
{
	xnheap_t *heap = NULL;

	KUNIT_ASSERT_EQ(test, 0, xnheap_init_mapped(&heap, PAGE_SIZE, 0));
	KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc(heap, XNHEAP_PAGE_SIZE));
	releases = 0;
	xnheap_destroy_mapped(heap, release_mapped, NULL);
	KUNIT_EXPECT_EQ(test, 1, releases);
	KUNIT_EXPECT_PTR_EQ(test, heap, released);
	KUNIT_EXPECT_EQ(test, XNHEAP_PAGE_SIZE, used_at_release);
	xnheap_destroy_mapped(NULL, release_mapped, NULL);
	KUNIT_EXPECT_EQ(test, 1, releases);
}

static struct kunit_case cases[] = {
	KIND_CASE(extentsize_is_what_was_handed_in),
	KUNIT_CASE(extentsize_is_of_the_first_extent),
	KUNIT_CASE(overhead_is_what_no_page_has),
	KUNIT_CASE(sizes_are_aligned_as_they_were),
	KUNIT_CASE(without_a_system_heap_xnmalloc_returns_null),
	KUNIT_CASE(what_is_scheduled_goes_when_it_is_finalized),
	SYSTEM_CASE(xnmalloc_and_xnfree_use_the_system_heap),
	KUNIT_CASE(the_system_heap_is_not_deleted),
	KUNIT_CASE(a_mapped_heap_has_whole_pages_and_no_more),
	KUNIT_CASE(a_mapped_heap_of_pages_is_contiguous),
	KUNIT_CASE(a_second_mapped_heap_has_another_name),
	KUNIT_CASE(an_offset_leads_back_to_the_block),
	KIND_CASE(what_is_not_mapped_has_no_base),
	KUNIT_CASE(memory_that_no_process_can_map_is_refused),
	KUNIT_CASE(release_is_called_with_the_heap_before_it_goes),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_classic",
	.test_cases = cases,
};

kunit_test_suite(suite);
