// SPDX-License-Identifier: GPL-2.0
/* Extents: layout, links, address to extent; the page map apart or not. */

#include "kunit_xnheap.h"

static const struct heap_kind kinds[] = {
	{ "64-byte pages", 64, 40 },
	{ "128-byte pages", 128, 40 },
	{ "256-byte pages", 256, 40 },
	{ "512-byte pages", 512, 40 },
	{ "1024-byte pages", 1024, 40 },
	{ "2048-byte pages", 2048, 40 },
	{ "4096-byte pages", 4096, 40 },
	{ "8192-byte pages", 8192, 40 },
	{ "16384-byte pages", 16384, 40 },
	{ "32768-byte pages", 32768, 40 },
	{ "64-byte pages, fine", 64, 40, .flags = XNHEAP_FINE },
	{ "128-byte pages, fine", 128, 40, .flags = XNHEAP_FINE },
	{ "256-byte pages, fine", 256, 40, .flags = XNHEAP_FINE },
	{ "512-byte pages, fine", 512, 40, .flags = XNHEAP_FINE },
	{ "1024-byte pages, fine", 1024, 40, .flags = XNHEAP_FINE },
	{ "2048-byte pages, fine", 2048, 40, .flags = XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 40, .flags = XNHEAP_FINE },
	{ "8192-byte pages, fine", 8192, 40, .flags = XNHEAP_FINE },
	{ "16384-byte pages, fine", 16384, 40, .flags = XNHEAP_FINE },
	{ "32768-byte pages, fine", 32768, 40, .flags = XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define EXTENT_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/* What an extent of such a heap takes for each page; @extra for who observes. */
static struct extent_shape shape_of(const struct heap_kind *kind, u_long extra)
{
	return (struct extent_shape) {
		.page_size = kind->page_size,
		.stride = entry_bytes(kind->page_size, kind->flags),
		.extra = extra,
	};
}

/* An area with its map in it, or with memory for it elsewhere. */
static struct extent_area area_of(u_long start, u_long size, u_long map,
				  u_long map_size)
{
	return (struct extent_area) {
		.start = start,
		.size = size,
		.map = map,
		.map_size = map_size,
	};
}

/* Bytes before the pages' entries, and those, with one at either end. */
static u_long map_bytes(u_long pages, const struct extent_shape *shape)
{
	return pages * shape->extra + (pages + 2) * shape->stride;
}

static u_long most_pages(const struct extent_area *area,
			 const struct extent_shape *shape)
{
	u_long ps = shape->page_size, end = area->start + area->size, pages;

	if (!area->map)
		return pages_in(area->start, area->size, ps, shape->stride,
				shape->extra);
	pages = (end / ps * ps - (area->start + ps - 1) / ps * ps) / ps;
	/* At whatever address it lies */
	return map_bytes(pages, shape) + 8 > area->map_size ? 0 : pages;
}

static void expect_layout(struct kunit *test, struct extent_area area,
			  const struct extent_shape *shape)
{
	u_long ps = shape->page_size, pages = most_pages(&area, shape), extra;
	u_long map = area.map ?: area.start, map_end;
	struct xnheap_extent ext;
	int ret;

	ret = extent_layout(&ext, &area, shape);
	if (pages < 2) {
		KUNIT_ASSERT_EQ(test, -EINVAL, ret);
		return;
	}
	map_end = area.map ? map + area.map_size : ext.base;
	extra = (u_long)ext.map - shape->stride - pages * shape->extra;
	KUNIT_ASSERT_EQ(test, 0, ret);
	KUNIT_ASSERT_EQ(test, area.start, ext.start);
	KUNIT_ASSERT_EQ(test, area.size, ext.size);
	KUNIT_ASSERT_EQ(test, pages, (u_long)ext.nr_pages);
	/* Nothing is found in it yet */
	KUNIT_ASSERT_EQ(test, 0UL, ext.span);
	/* Extra, map and pages lie apart, in this order, inside */
	KUNIT_ASSERT_GE(test, extra, map);
	KUNIT_ASSERT_EQ(test, 0UL, extra % 8);
	KUNIT_ASSERT_LE(test, extra + map_bytes(pages, shape), map_end);
	KUNIT_ASSERT_EQ(test, 0UL, ext.base % ps);
	KUNIT_ASSERT_GE(test, ext.base, area.start);
	KUNIT_ASSERT_LE(test, ext.base + pages * ps, area.start + area.size);
}

static void an_extent_has_as_many_pages_as_fit(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	u_long page_size = kind->page_size, start, pages, i;
	struct extent_shape shape;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, page_size);
	for (i = 0; i < 1000; i++) {
		start = 1 + prandom_u32_state(&rnd) * 77UL / 2;
		pages = random_below(&rnd, i % 2 ? 300 : 20);
		shape = shape_of(kind, i % 3 ? 0 : random_below(&rnd, 70) * 8);
		expect_layout(test, area_of(start, pages * page_size, 0, 0),
			      &shape);
	}
	/* Every place within a page */
	shape = shape_of(kind, 0);
	for (start = 1; start <= page_size; start += 1 + page_size / 512)
		expect_layout(test, area_of(start, 9 * page_size, 0, 0), &shape);
	/* Up to the end of the address space, but not to its last byte */
	for (i = 1; i < 100; i++)
		expect_layout(test, area_of(-20 * page_size - i, 20 * page_size,
					    0, 0), &shape);
}

static void with_its_map_apart_an_extent_has_all_whole_pages(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	u_long ps = kind->page_size, start, pages, map, map_size, i;
	struct extent_shape shape;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, ps + 1);
	for (i = 0; i < 1000; i++) {
		pages = random_below(&rnd, i % 2 ? 300 : 6);
		start = ps * (1 + random_below(&rnd, 100));
		if (i % 4 < 2)
			start += random_below(&rnd, ps);
		shape = shape_of(kind, i % 3 ? 0 : random_below(&rnd, 70) * 8);
		map = 1 + prandom_u32_state(&rnd) * 77UL / 2;
		/* Enough, or too little by a byte or an entry */
		map_size = extent_map_size(pages, &shape);
		KUNIT_ASSERT_EQ(test, map_bytes(pages, &shape) + 8, map_size);
		expect_layout(test, area_of(start, pages * ps, map, map_size),
			      &shape);
		expect_layout(test, area_of(start, pages * ps, map,
					    map_size - 1), &shape);
		expect_layout(test, area_of(start, pages * ps, map,
					    map_size - shape.stride), &shape);
	}
}

static void the_largest_extent_has_a_number_for_every_page(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	struct extent_shape shape = shape_of(kind, 0);
	u_long size = XNHEAP_MAX_EXTENT_SIZE, most = size / kind->page_size;
	struct extent_area area = area_of(SZ_64K, size, size + SZ_1M, SZ_1G);
	struct xnheap_extent ext;

	KUNIT_ASSERT_EQ(test, 0, extent_layout(&ext, &area, &shape));
	KUNIT_EXPECT_EQ(test, most, (u_long)ext.nr_pages);
	KUNIT_EXPECT_LE(test, ext.nr_pages + 1, 1U << 25);
	KUNIT_EXPECT_LT(test, range_bin(ext.nr_pages) + 1,
			(u_long)XNHEAP_INDEX_BITS);
	area.size += kind->page_size;
	KUNIT_EXPECT_EQ(test, -EINVAL, extent_layout(&ext, &area, &shape));
}

static void no_extent_is_laid_out_in_an_area_that_is_none(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	struct extent_shape shape = shape_of(kind, 0);
	u_long ps = kind->page_size, i;
	u_long map_size = extent_map_size(20, &shape);
	struct xnheap_extent ext;
	struct extent_area refused[] = {
		{ 0, 20 * ps },
		{ 4096, 20 * ps + 1 },
		{ 4096, 20 * ps - 1 },
		{ 4096, 20 * ps + ps / 2 },
		{ 4096, 0 },
		{ 4096, ps },
		{ 4096, 0 - ps },
		{ -20 * ps, 20 * ps },
		{ -20 * ps + 1, 20 * ps },
		{ 0 - ps, 20 * ps },
		{ ULONG_MAX, 20 * ps },
		{ ULONG_MAX, 0 },
		{ ULONG_MAX - 6, 0 },
		{ ULONG_MAX - 7, 0 },
		{ ULONG_MAX - ps, ps },
	}, map_refused[] = {
		{ SZ_64K, 20 * ps, -map_size + 1, map_size },
		{ SZ_64K, 20 * ps, ULONG_MAX, map_size },
		{ SZ_64K, 20 * ps, SZ_64K, 0 },
		{ SZ_64K, 20 * ps, SZ_64K, ULONG_MAX },
		{ SZ_64K, ps, SZ_64K, map_size },
		{ SZ_64K + 1, 2 * ps, SZ_64K, map_size },
	};

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    extent_layout(&ext, &refused[i], &shape),
				    "case %lu", i);
		refused[i].map = SZ_1M;
		refused[i].map_size = SZ_1G;
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    extent_layout(&ext, &refused[i], &shape),
				    "case %lu, map apart", i);
	}
	for (i = 0; i < ARRAY_SIZE(map_refused); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    extent_layout(&ext, &map_refused[i], &shape),
				    "map %lu", i);
}

/* The last extent that starts at or before @address, or else the first. */
static struct xnheap_extent *find_by_looking(const struct xnheap *heap,
					     u_long address)
{
	struct xnheap_extent *found = NULL, *first = &heap->extent[0], *ext;
	unsigned int i;

	for (i = 0; i < heap->nr_extents; i++) {
		ext = &heap->extent[i];
		if (ext->start < first->start)
			first = ext;
		if (ext->start <= address &&
		    (!found || ext->start > found->start))
			found = ext;
	}
	return found ?: first;
}

static void every_address_is_looked_up_in_the_right_extent(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 64, .pages = 16, .odd = 5,
				  .extents = 64 };
	struct test_heap *th = heap_prepare(test, &kind, 0);
	struct xnheap *heap = &th->heap;
	static const long steps[] = { -64, -9, -1, 0, 1, 7, 8, 63, 500 };
	u_long n, i, j, address;

	for (n = 0; n < XNHEAP_MAX_EXTENTS; n++) {
		int ret = n ? xnheap_extend(&th->heap, th->area[n], 1024) :
			      xnheap_init(&th->heap, th->area[n], 1024, 64);

		KUNIT_ASSERT_EQ(test, 0, ret);
		for (i = 0; i < XNHEAP_MAX_EXTENTS; i++) {
			for (j = 0; j < ARRAY_SIZE(steps); j++) {
				address = (u_long)th->area[i] + steps[j];
				KUNIT_ASSERT_PTR_EQ(test,
						    find_by_looking(heap, address),
						    extent_find(heap, address));
			}
		}
		KUNIT_ASSERT_PTR_EQ(test, find_by_looking(heap, 0),
				    extent_find(heap, 0));
		KUNIT_ASSERT_PTR_EQ(test, find_by_looking(heap, ULONG_MAX),
				    extent_find(heap, ULONG_MAX));
		EXPECT_SOUND(test, heap);
	}
}

static void an_entry_leads_to_its_page_and_back(struct kunit *test)
{
	struct heap_kind kind = *(const struct heap_kind *)test->param_value;
	u_long page_size = kind.page_size, i, p;
	u_long stride = entry_bytes(page_size, kind.flags);
	const struct xnheap *heap;

	kind.odd = 3;
	kind.extents = 5;
	heap = &heap_make(test, &kind)->heap;

	for (i = 0; i < heap->nr_extents; i++) {
		const struct xnheap_extent *ext = &heap->extent[i];

		for (p = 0; p < ext->nr_pages; p++) {
			struct xnheap_page *page = page_after(heap, ext->map, p);

			KUNIT_ASSERT_EQ(test, (u_long)ext->map + p * stride,
					(u_long)page);
			KUNIT_ASSERT_EQ(test, ext->base + p * page_size,
					page_start(heap, page));
		}
	}
}

static void the_entry_of_the_last_page_of_all_is_divided_exactly(struct kunit *test)
{
	struct heap_kind kind = *(const struct heap_kind *)test->param_value;
	u_long stride = entry_bytes(kind.page_size, kind.flags), wrong = 0, p;
	const struct xnheap *heap;

	kind.extents = 1;
	heap = &heap_make(test, &kind)->heap;
	/* A gigabyte need not be there for that */
	for (p = XNHEAP_MAX_EXTENT_SIZE / kind.page_size; p; p -= 1 + p / 50000)
		wrong += (u64)p * stride * heap->page_reciprocal >> 32 != p;
	KUNIT_EXPECT_EQ(test, 0UL, wrong);
}

/* As another CPU may find it, in the midst of xnheap_extend() */
static void an_extent_that_is_being_added_has_no_blocks(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 16, .extents = 1 };
	struct test_heap *th = heap_prepare(test, &kind, 1);
	const struct extent_shape shape = shape_of(&kind, 0);
	struct extent_area laid = area_of((u_long)th->area[1], th->area_size,
					  0, 0);
	struct xnheap *heap = &th->heap;
	struct xnheap_extent plan, *ext;
	u8 *area = th->area[1];
	u_long i;

	KUNIT_ASSERT_EQ(test, 0, xnheap_init(heap, th->area[0], th->area_size,
					     512));
	KUNIT_ASSERT_EQ(test, 0, extent_layout(&plan, &laid, &shape));
	ext = extent_claim(heap, &plan);
	KUNIT_ASSERT_PTR_EQ(test, &heap->extent[1], ext);
	for (i = 0; i < th->area_size; i += 8)
		KUNIT_ASSERT_EQ(test, -EFAULT, xnheap_free(heap, area + i));
	KUNIT_EXPECT_EQ(test, -EEXIST, xnheap_extend(heap, area, th->area_size));
	extent_format(heap, ext);
	extent_publish(heap, ext);
	for (i = 0; i < th->area_size; i += 8)
		KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(heap, area + i));
}

static struct kunit_case cases[] = {
	EXTENT_CASE(an_extent_has_as_many_pages_as_fit),
	EXTENT_CASE(with_its_map_apart_an_extent_has_all_whole_pages),
	EXTENT_CASE(the_largest_extent_has_a_number_for_every_page),
	EXTENT_CASE(no_extent_is_laid_out_in_an_area_that_is_none),
	KUNIT_CASE(every_address_is_looked_up_in_the_right_extent),
	EXTENT_CASE(an_entry_leads_to_its_page_and_back),
	EXTENT_CASE(the_entry_of_the_last_page_of_all_is_divided_exactly),
	KUNIT_CASE(an_extent_that_is_being_added_has_no_blocks),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_extent",
	.test_cases = cases,
};

kunit_test_suite(suite);
