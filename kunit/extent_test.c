// SPDX-License-Identifier: GPL-2.0
/* Extents: layout, links, address to extent. */

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

KUNIT_ARRAY_PARAM(kind, kinds, kind_name);
#define EXTENT_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/*
 * Bytes of a page map entry: the fixed part and a bit for each 8 bytes, or 32
 * with fine sizes.
 */
static u_long entry_bytes(const struct heap_kind *kind)
{
	u_long words = kind->page_size / 8 / 64;

	if (kind->flags & XNHEAP_FINE)
		words /= 4;
	if (words <= 1)
		return sizeof(struct xnheap_page) + 8;
	return sizeof(struct xnheap_page) + 8 + words * 8;
}

/* What an extent of such a heap takes, of these for its header and a page. */
static struct extent_shape shape_of(const struct heap_kind *kind,
				    u_long header, u_long extra)
{
	return (struct extent_shape) {
		.page_size = kind->page_size,
		.stride = entry_bytes(kind),
		.header = header,
		.extra = extra,
	};
}

/* Pages that fit, by trying; 0 if not even one does. */
static u_long most_pages(u_long start, u_long size,
			 const struct extent_shape *shape)
{
	u_long end = (start + size) / shape->page_size * shape->page_size;
	u_long first = (start + 7) / 8 * 8 + sizeof(struct xnheap_extent) +
		       shape->header;
	u_long room = end > first ? end - first : 0;
	u_long pages = 0;

	while ((pages + 3) * shape->stride + (pages + 1) * shape->extra +
	       (pages + 1) * shape->page_size <= room)
		pages++;
	return pages;
}

static void expect_layout(struct kunit *test, u_long start, u_long size,
			  const struct extent_shape *shape)
{
	u_long page_size = shape->page_size, pages, map;
	struct xnheap_extent ext;
	int ret;

	pages = most_pages(start, size, shape);
	ret = extent_layout(&ext, start, size, shape);
	if (pages < 2) {
		KUNIT_ASSERT_EQ(test, -EINVAL, ret);
		return;
	}
	KUNIT_ASSERT_EQ(test, 0, ret);
	KUNIT_ASSERT_EQ(test, start, ext.start);
	KUNIT_ASSERT_EQ(test, size, ext.size);
	KUNIT_ASSERT_EQ(test, pages, (u_long)ext.nr_pages);
	/* The header, the map and the pages lie apart, in this order, inside */
	map = (u_long)ext.map;
	KUNIT_ASSERT_GE(test, map, (start + 7) / 8 * 8 + sizeof(ext) +
				   shape->header + pages * shape->extra);
	KUNIT_ASSERT_EQ(test, 0UL, map % 8);
	KUNIT_ASSERT_LE(test, map + (pages + 2) * shape->stride,
			ext.base + page_size);
	KUNIT_ASSERT_EQ(test, 0UL, ext.base % page_size);
	KUNIT_ASSERT_LE(test, ext.base + (pages + 1) * page_size, start + size);
}

static void an_extent_has_as_many_pages_as_fit(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	u_long page_size = kind->page_size, start, pages, i;
	struct extent_shape shape;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, page_size);
	for (i = 0; i < 1000; i++) {
		start = 1 + prandom_u32_state(&rnd) * 77UL;
		pages = random_below(&rnd, i % 2 ? 300 : 20);
		shape = shape_of(kind, random_below(&rnd, 200) * 8,
				 i % 3 ? 0 : random_below(&rnd, 70) * 8);
		expect_layout(test, start, pages * page_size, &shape);
	}
	/* Every place within a page */
	shape = shape_of(kind, 264, 0);
	for (start = 1; start <= page_size; start += 1 + page_size / 512)
		expect_layout(test, start, 9 * page_size, &shape);
	/* Up to the end of the address space, but not to its last byte */
	shape = shape_of(kind, 8, 0);
	for (i = 1; i < 100; i++)
		expect_layout(test, -20 * page_size - i, 20 * page_size, &shape);
}

static void the_largest_extent_has_a_number_for_every_page(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	struct extent_shape shape = shape_of(kind, 0, 0);
	u_long size = XNHEAP_MAX_EXTENT_SIZE;
	struct xnheap_extent ext;

	KUNIT_ASSERT_EQ(test, 0, extent_layout(&ext, 1UL << 40, size, &shape));
	KUNIT_EXPECT_LT(test, ext.nr_pages + 1, 1U << 24);
	KUNIT_EXPECT_LT(test, range_class(ext.nr_pages),
			(unsigned int)XNHEAP_INDEX_BITS);
	KUNIT_EXPECT_EQ(test, -EINVAL, extent_layout(&ext, 1UL << 40,
						     size + kind->page_size,
						     &shape));
}

static void no_extent_is_laid_out_in_an_area_that_is_none(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	struct extent_shape shape = shape_of(kind, 0, 0);
	u_long page_size = kind->page_size, i;
	struct xnheap_extent ext;
	struct { u_long start, size; } refused[] = {
		{ 0, 20 * page_size },
		{ 4096, 20 * page_size + 1 },
		{ 4096, 20 * page_size - 1 },
		{ 4096, 20 * page_size + page_size / 2 },
		{ 4096, 0 },
		{ 4096, page_size },
		{ 4096, 0 - page_size },
		{ -20 * page_size, 20 * page_size },
		{ -20 * page_size + 1, 20 * page_size },
		{ 0 - page_size, 20 * page_size },
		{ ULONG_MAX, 20 * page_size },
		{ ULONG_MAX, 0 },
		{ ULONG_MAX - 6, 0 },
		{ ULONG_MAX - 7, 0 },
		{ ULONG_MAX - page_size, page_size },
	};

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    extent_layout(&ext, refused[i].start,
						  refused[i].size, &shape),
				    "start %#lx, size %#lx", refused[i].start,
				    refused[i].size);
}

static void an_area_of_the_asked_size_has_the_pages_anywhere(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	u_long page_size = kind->page_size, pages, size, start;
	struct extent_shape shape;

	for (pages = 2; pages < 400; pages += 1 + pages / 7) {
		shape = shape_of(kind, 264, pages % 2 * 32);
		size = extent_size(pages, &shape);
		size = (size + page_size - 1) / page_size * page_size;
		for (start = 4096; start <= 4096 + page_size;
		     start += 1 + page_size / 128)
			KUNIT_ASSERT_GE(test, most_pages(start, size, &shape),
					pages);
	}
}

/* The last extent that starts at or before @address, or else the first. */
static struct xnheap_extent *find_by_looking(const struct xnheap *heap,
					     u_long address)
{
	struct xnheap_extent *found = NULL, *first = heap->extent[0], *ext;
	unsigned int i;

	for (i = 0; i < heap->nr_extents; i++) {
		ext = heap->extent[i];
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
						    extent_find(heap, address)->extent);
			}
		}
		KUNIT_ASSERT_PTR_EQ(test, find_by_looking(heap, 0),
				    extent_find(heap, 0)->extent);
		KUNIT_ASSERT_PTR_EQ(test, find_by_looking(heap, ULONG_MAX),
				    extent_find(heap, ULONG_MAX)->extent);
		EXPECT_SOUND(test, heap);
	}
}

static void an_entry_leads_to_its_page_and_back(struct kunit *test)
{
	struct heap_kind kind = *(const struct heap_kind *)test->param_value;
	u_long page_size = kind.page_size, stride = entry_bytes(&kind), i, p;
	const struct xnheap *heap;

	kind.odd = 3;
	kind.extents = 5;
	heap = &heap_make(test, &kind)->heap;

	for (i = 0; i < heap->nr_extents; i++) {
		const struct xnheap_extent *ext = heap->extent[i];

		for (p = 1; p <= ext->nr_pages; p++) {
			struct xnheap_page *page = map_page(heap, ext->map, p);

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
	u_long stride = entry_bytes(&kind), wrong = 0, p;
	const struct xnheap *heap;

	kind.extents = 1;
	heap = &heap_make(test, &kind)->heap;
	/* A gigabyte need not be there for that */
	for (p = XNHEAP_MAX_EXTENT_SIZE / kind.page_size; p; p -= 1 + p / 50000)
		wrong += p * stride * heap->page_reciprocal >> 32 != p;
	KUNIT_EXPECT_EQ(test, 0UL, wrong);
}

static void extents_are_numbered_in_the_order_they_came_in(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 8, .extents = 64 };
	struct test_heap *th = heap_make(test, &kind);
	unsigned int i;

	for (i = 0; i < 64; i++) {
		KUNIT_EXPECT_EQ(test, i, (u32)th->heap.extent[i]->nr);
		KUNIT_EXPECT_EQ(test, (u_long)th->area[i],
				th->heap.extent[i]->start);
	}
}

/* As another CPU may come upon it, in the midst of xnheap_extend() */
static void an_extent_that_is_being_added_has_no_blocks(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 16, .extents = 1 };
	struct test_heap *th = heap_prepare(test, &kind, 1);
	const struct extent_shape shape = shape_of(&kind, 0, 0);
	struct xnheap *heap = &th->heap;
	struct xnheap_extent plan;
	u8 *area = th->area[1];
	u_long i;

	KUNIT_ASSERT_EQ(test, 0, xnheap_init(heap, th->area[0], th->area_size,
					     512));
	KUNIT_ASSERT_EQ(test, 0, extent_layout(&plan, (u_long)area,
					       th->area_size, &shape));
	KUNIT_ASSERT_EQ(test, 0, extent_claim(heap, &plan));
	for (i = 0; i < th->area_size; i += 8)
		KUNIT_ASSERT_EQ(test, -EFAULT, xnheap_free(heap, area + i));
	KUNIT_EXPECT_EQ(test, -EEXIST, xnheap_extend(heap, area, th->area_size));
	extent_publish(heap, extent_format(heap, &plan));
	for (i = 0; i < th->area_size; i += 8)
		KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(heap, area + i));
}

static struct kunit_case cases[] = {
	EXTENT_CASE(an_extent_has_as_many_pages_as_fit),
	EXTENT_CASE(the_largest_extent_has_a_number_for_every_page),
	EXTENT_CASE(no_extent_is_laid_out_in_an_area_that_is_none),
	EXTENT_CASE(an_area_of_the_asked_size_has_the_pages_anywhere),
	KUNIT_CASE(every_address_is_looked_up_in_the_right_extent),
	EXTENT_CASE(an_entry_leads_to_its_page_and_back),
	EXTENT_CASE(the_entry_of_the_last_page_of_all_is_divided_exactly),
	KUNIT_CASE(extents_are_numbered_in_the_order_they_came_in),
	KUNIT_CASE(an_extent_that_is_being_added_has_no_blocks),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_extent",
	.exit = undo_all,
	.test_cases = cases,
};

kunit_test_suite(suite);
