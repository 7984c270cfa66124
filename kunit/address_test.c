// SPDX-License-Identifier: GPL-2.0
/* Where a block is for others than the processor: offsets, cookies, addresses. */

#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "kunit_xnheap.h"

#define AREA_SIZE	((u_long)SZ_128K)
#define EXTENTS		5
#define COOKIE(i)	(0xfedcba9800000000ULL + (i) * SZ_1G)

static const struct kind {
	const char *name;
	u_long page_size;
	unsigned int flags;
	u_long odd;
} kinds[] = {
	{ "64-byte pages at an odd address", 64, 0, 13 },
	{ "4096-byte pages", 4096, 0, 0 },
	{ "512-byte pages at an odd address, fine", 512, XNHEAP_FINE, 511 },
	{ "4096-byte pages, by CPU", 4096, XNHEAP_PERCPU, 0 },
#ifdef XNHEAP_OBSERVE
	{ "4096-byte pages, debugged", 4096, XNHEAP_DEBUG, 0 },
	{ "512-byte pages, fine, debugged", 512, XNHEAP_FINE | XNHEAP_DEBUG, 0 },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define ADDRESS_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/* A heap of areas with cookies, from above down; the last one has none. */
struct addressed {
	struct xnheap heap;
	struct xnheap_area area[EXTENTS];
	u_long page_size;
};

static struct addressed *make(struct kunit *test)
{
	struct addressed *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);
	const struct kind *kind = test->param_value;
	unsigned int i;
	u8 *memory;

	KUNIT_ASSERT_NOT_NULL(test, a);
	memory = memory_get(test, EXTENTS * AREA_SIZE + 2 * SZ_32K);
	undo_later(test, destroy_heap, &a->heap);
	a->page_size = kind->page_size;
	memory = PTR_ALIGN(memory, SZ_32K) + kind->odd;
	for (i = 0; i < EXTENTS; i++)
		a->area[i] = (struct xnheap_area) {
			.start = memory + (EXTENTS - 1 - i) * AREA_SIZE,
			.size = AREA_SIZE,
			.cookie = i < EXTENTS - 1 ? COOKIE(i) : XNHEAP_NO_COOKIE,
		};
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_area(&a->heap, &a->area[0],
						  kind->page_size, kind->flags));
	for (i = 1; i < EXTENTS - 1; i++)
		KUNIT_ASSERT_EQ(test, 0, xnheap_extend_area(&a->heap, &a->area[i]));
	KUNIT_ASSERT_EQ(test, 0, xnheap_extend(&a->heap, a->area[i].start, AREA_SIZE));
	return a;
}

/* Of an address in area @i. */
static void expect_told(struct kunit *test, struct addressed *a, unsigned int i,
			const u8 *at)
{
	u_long offset = at - (u8 *)a->area[i].start;
	size_t told = ~0UL;
	u64 cookie = 7;

	KUNIT_ASSERT_EQ(test, 0, xnheap_offset(&a->heap, at, &told, &cookie));
	KUNIT_ASSERT_EQ(test, offset, told);
	KUNIT_ASSERT_EQ(test, a->area[i].cookie, cookie);
	if (i == EXTENTS - 1)
		KUNIT_ASSERT_EQ(test, (u64)DMA_MAPPING_ERROR,
				(u64)xnheap_dma_addr(&a->heap, at));
	else
		KUNIT_ASSERT_EQ(test, (u64)(dma_addr_t)(COOKIE(i) + offset),
				(u64)xnheap_dma_addr(&a->heap, at));
}

static unsigned int area_at(const struct addressed *a, const u8 *at)
{
	unsigned int i;

	for (i = 0; i < EXTENTS; i++)
		if ((u_long)at - (u_long)a->area[i].start < AREA_SIZE)
			break;
	return i;
}

/* Fill the heap with blocks of all sizes, and look at each. */
static void expect_all_told(struct kunit *test, struct addressed *a)
{
	unsigned int seen[EXTENTS + 1] = { }, i;
	struct rnd_state rnd;
	u_long size;
	u8 *block;

	prandom_seed_state(&rnd, 1);
	for (;;) {
		size = 1 + random_below(&rnd, 3 * a->page_size);
		block = xnheap_alloc(&a->heap, size);
		if (!block)
			break;
		i = area_at(a, block);
		seen[i]++;
		expect_told(test, a, i, block);
		expect_told(test, a, i, block + size - 1);
	}
	for (i = 0; i < EXTENTS; i++)
		KUNIT_EXPECT_GT(test, seen[i], 0U);
	KUNIT_EXPECT_EQ(test, 0U, seen[EXTENTS]);
}

static void a_block_has_the_offset_and_the_cookie_of_its_area(struct kunit *test)
{
	expect_all_told(test, make(test));
}

/* As if this interrupted who adds an extent: what is sorted cannot be trusted. */
static void while_an_extent_is_added_all_are_found(struct kunit *test)
{
	struct addressed *a = make(test);
	struct xnheap_by_address *by = a->heap.by_address, first = by[0];
	u8 *block[EXTENTS + 1] = { }, *at;
	unsigned int i;

	while ((at = xnheap_alloc(&a->heap, a->page_size / 2)))
		block[area_at(a, at)] = at;
	preempt_disable();
	raw_write_seqcount_begin(&a->heap.extents_seq);
	swap(by[0], by[1]);
	for (i = 0; i < EXTENTS; i++)
		expect_told(test, a, i, block[i]);
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_offset(&a->heap, a, NULL, NULL));
	swap(by[0], by[1]);
	raw_write_seqcount_end(&a->heap.extents_seq);
	preempt_enable();
	KUNIT_EXPECT_PTR_EQ(test, first.extent, by[0].extent);
	EXPECT_SOUND(test, &a->heap);
}

static void what_is_in_no_page_has_no_address(struct kunit *test)
{
	struct addressed *a = make(test);
	const struct xnheap_extent *ext = a->heap.extent;
	struct xnheap *none = kunit_kzalloc(test, sizeof(*none), GFP_KERNEL);
	u8 *block = xnheap_alloc(&a->heap, 8);
	const void *bad[] = {
		NULL, (void *)1, (void *)ULONG_MAX, a, a->area[EXTENTS - 1].start - 1,
		(u8 *)a->area[0].start + AREA_SIZE, (void *)ext->map,
		a->area[0].start, (void *)ext->base - 1,
		(void *)ext->base + ext->span,
	};
	size_t offset = 5;
	u64 cookie = 6;
	u_long i;

	KUNIT_ASSERT_NOT_NULL(test, none);
	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT,
				    xnheap_offset(&a->heap, bad[i], &offset, &cookie),
				    "case %lu", i);
		KUNIT_EXPECT_EQ(test, (u64)DMA_MAPPING_ERROR,
				(u64)xnheap_dma_addr(&a->heap, bad[i]));
		KUNIT_EXPECT_EQ(test, (u64)PHYS_ADDR_MAX,
				(u64)xnheap_phys(&a->heap, bad[i]));
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_offset(NULL, block, &offset, &cookie));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_offset(none, block, &offset, &cookie));
	KUNIT_EXPECT_EQ(test, (u64)DMA_MAPPING_ERROR, (u64)xnheap_dma_addr(none, block));
	KUNIT_EXPECT_EQ(test, (u64)PHYS_ADDR_MAX, (u64)xnheap_phys(none, block));
	KUNIT_EXPECT_EQ(test, (u64)PHYS_ADDR_MAX, (u64)xnheap_phys(NULL, block));
	KUNIT_EXPECT_EQ(test, 5UL, offset);
	KUNIT_EXPECT_EQ(test, 6ULL, cookie);
	KUNIT_EXPECT_EQ(test, 0, xnheap_offset(&a->heap, block, NULL, NULL));
}

static void an_area_with_a_map_is_never_touched(struct kunit *test)
{
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	u_long map_size = xnheap_map_size(SZ_64K, 512, 0);
	struct xnheap_area area = {
		.start = (void *)0x10000000UL,	/* nothing is mapped there */
		.size = SZ_64K,
		.map = memory_get(test, 2 * map_size),
		.map_size = map_size,
		.cookie = 42,
	};
	size_t offset;
	u64 cookie;
	void *block;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	undo_later(test, destroy_heap, heap);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_init_area(heap, NULL, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_init_area(heap, &area, 512, XNHEAP_PERCPU));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_init_area(heap, &area, 512, XNHEAP_DEBUG));
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_area(heap, &area, 512, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_extend_area(heap, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_extend_area(NULL, &area));
	area.start += SZ_1M;
	area.map += map_size;
	area.cookie = 43;
	KUNIT_ASSERT_EQ(test, 0, xnheap_extend_area(heap, &area));
	KUNIT_EXPECT_EQ(test, -EEXIST, xnheap_extend_area(heap, &area));
	area.map = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_extend_area(heap, &area));
	while ((block = xnheap_alloc(heap, 512))) {
		KUNIT_ASSERT_EQ(test, 0, xnheap_offset(heap, block, &offset, &cookie));
		KUNIT_ASSERT_EQ(test, (u_long)block,
				0x10000000UL + (cookie - 42) * SZ_1M + offset);
	}
	EXPECT_SOUND(test, heap);
}

static void only_a_heap_with_a_map_is_extended_by_one(struct kunit *test)
{
	struct test_heap *th = heap_make(test, &heap_kinds[3]);
	struct xnheap_area area = {
		.start = (void *)0x10000000UL,
		.size = SZ_64K,
		.map = memory_get(test, SZ_64K),
		.map_size = SZ_64K,
	};

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_extend_area(&th->heap, &area));
	EXPECT_SOUND(test, &th->heap);
}

KUNIT_DEFINE_ACTION_WRAPPER(created_end, xnheap_delete, struct xnheap *);

static struct xnheap *created(struct kunit *test, unsigned int flags)
{
	struct xnheap *heap = xnheap_create("kunit", SZ_64K, 4096, flags);

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(heap));
	undo_later(test, created_end, heap);
	return heap;
}

static void contiguous_heaps_know_physical_addresses(struct kunit *test)
{
	struct xnheap *heap = created(test, XNHEAP_PAGES);
	u8 *area = memory_get(test, SZ_64K), *block;
	u_long known = 0, unknown = 0, at;
	phys_addr_t phys;

	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_ASSERT_EQ(test, 0, xnheap_extend(heap, area, SZ_64K));
	while ((block = xnheap_alloc(heap, 3 * SZ_4K))) {
		phys = xnheap_phys(heap, block);
		if (block - area < SZ_64K && block >= area) {
			KUNIT_ASSERT_EQ(test, (u64)PHYS_ADDR_MAX, (u64)phys);
			unknown++;
			continue;
		}
		for (at = 0; at < 3 * SZ_4K; at += 1000)
			KUNIT_ASSERT_EQ(test, (u64)phys + at,
					(u64)page_to_phys(virt_to_page(block + at)) +
					offset_in_page(block + at));
		known++;
	}
	KUNIT_EXPECT_GT(test, known, 5UL);
	KUNIT_EXPECT_GT(test, unknown, 0UL);
}

static void mapped_heaps_do_not(struct kunit *test)
{
	struct xnheap *heap = created(test, XNHEAP_VMALLOC);
	void *block = xnheap_alloc(heap, 100);
	size_t offset;
	u64 cookie;

	KUNIT_EXPECT_EQ(test, (u64)PHYS_ADDR_MAX, (u64)xnheap_phys(heap, block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_offset(heap, block, &offset, &cookie));
	KUNIT_EXPECT_EQ(test, (u_long)block - heap->first_base, offset);
	KUNIT_EXPECT_EQ(test, XNHEAP_NO_COOKIE, cookie);
	KUNIT_EXPECT_EQ(test, (u64)DMA_MAPPING_ERROR, (u64)xnheap_dma_addr(heap, block));
}

static struct kunit_case cases[] = {
	ADDRESS_CASE(a_block_has_the_offset_and_the_cookie_of_its_area),
	ADDRESS_CASE(while_an_extent_is_added_all_are_found),
	ADDRESS_CASE(what_is_in_no_page_has_no_address),
	KUNIT_CASE(an_area_with_a_map_is_never_touched),
	KUNIT_CASE(only_a_heap_with_a_map_is_extended_by_one),
	KUNIT_CASE(contiguous_heaps_know_physical_addresses),
	KUNIT_CASE(mapped_heaps_do_not),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_address",
	.test_cases = cases,
};

kunit_test_suite(suite);
