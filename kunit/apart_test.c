// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps of memory that is never touched: nothing is mapped where these lie, so
 * that whoever reads or writes there is told by the processor.
 */

#include <linux/sched.h>

#include "kunit_xnheap.h"

#define AREA		0x10000000UL
#define AREA_SIZE	((u_long)SZ_1M)
#define WORDS		(2 * AREA_SIZE / XNHEAP_MIN_BLOCK)

static const struct heap_kind kinds[] = {
	{ "64-byte pages", 64 },
	{ "512-byte pages at an odd address", 512, .odd = 509 },
	{ "4096-byte pages", 4096 },
	{ "32768-byte pages at an odd address", 32768, .odd = 8 },
	{ "64-byte pages, fine", 64, .flags = XNHEAP_FINE },
	{ "512-byte pages at an odd address, fine", 512, .odd = 1,
	  .flags = XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, .flags = XNHEAP_FINE },
	{ "32768-byte pages, fine", 32768, .flags = XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define APART_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

/* A heap, and memory for the page maps of two extents, at an odd address. */
struct apart {
	struct xnheap heap;
	const struct heap_kind *kind;
	u8 *map, *memory;
	u_long map_size;
	u_long *words;			/* which are in a block, a bit for each */
};

static void *start_of(const struct apart *a, u_long extent)
{
	return (void *)AREA + a->kind->odd + extent * AREA_SIZE;
}

static int init(struct apart *a, u_long map_size)
{
	return xnheap_init_apart(&a->heap, start_of(a, 0), AREA_SIZE,
				 a->kind->page_size, a->map, map_size,
				 a->kind->flags);
}

static int extend(struct apart *a)
{
	return xnheap_extend_apart(&a->heap, start_of(a, 1), AREA_SIZE,
				   a->map + a->map_size, a->map_size);
}

static struct apart *prepare(struct kunit *test)
{
	struct apart *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	a->kind = test->param_value;
	a->map_size = xnheap_map_size(AREA_SIZE, a->kind->page_size,
				      a->kind->flags);
	a->memory = memory_get(test, 2 * a->map_size + 2 * MARGIN);
	a->map = a->memory + MARGIN + 3;
	a->words = memory_get(test, WORDS / 8);
	bitmap_zero(a->words, WORDS);
	undo_later(test, destroy_heap, &a->heap);
	return a;
}

static struct apart *make(struct kunit *test)
{
	struct apart *a = prepare(test);

	KUNIT_ASSERT_EQ(test, 0, init(a, a->map_size));
	return a;
}

/* Pages that lie whole in an extent. */
static u_long whole(const struct apart *a)
{
	return AREA_SIZE / a->kind->page_size - !!a->kind->odd;
}

static void every_whole_page_of_the_area_is_usable(struct kunit *test)
{
	struct apart *a = make(test);
	u_long ps = a->kind->page_size, first, n = 0;
	u_long bytes = whole(a) * ps;
	void *block;

	first = ((u_long)start_of(a, 0) + ps - 1) / ps * ps;
	KUNIT_EXPECT_EQ(test, AREA_SIZE, xnheap_size(&a->heap));
	KUNIT_EXPECT_EQ(test, whole(a), xnheap_page_count(&a->heap));
	KUNIT_EXPECT_EQ(test, bytes, xnheap_usable_mem(&a->heap));
	KUNIT_EXPECT_EQ(test, bytes, xnheap_largest_free(&a->heap));
	block = xnheap_alloc(&a->heap, bytes);
	KUNIT_EXPECT_EQ(test, first, (u_long)block);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&a->heap, block));
	while (xnheap_alloc(&a->heap, ps))
		n++;
	KUNIT_EXPECT_EQ(test, whole(a), n);
	EXPECT_SOUND(test, &a->heap);
}

static void an_entry_less_of_the_map_is_too_little(struct kunit *test)
{
	struct apart *a = prepare(test);
	u_long ps = a->kind->page_size;
	u_long entry = entry_bytes(ps, a->kind->flags), least;

	KUNIT_EXPECT_EQ(test, (AREA_SIZE / ps + 2) * entry + 8, a->map_size);
	/* Of an area at an odd address, a page is not whole */
	least = (whole(a) + 2) * entry + 8;
	KUNIT_EXPECT_EQ(test, -EINVAL, init(a, least - entry));
	KUNIT_EXPECT_EQ(test, -EINVAL, init(a, least - 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, init(a, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, init(a, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, memchr_inv(a->memory, 0xa5, 2 * a->map_size));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(&a->heap));
	KUNIT_EXPECT_EQ(test, 0, init(a, least));
	KUNIT_EXPECT_EQ(test, whole(a), xnheap_page_count(&a->heap));
	EXPECT_SOUND(test, &a->heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&a->heap, NULL, NULL));
	/* It is the map that was written, and no more */
	memset(a->map, 0xa5, least);
	KUNIT_EXPECT_NULL(test, memchr_inv(a->memory, 0xa5, 2 * a->map_size));
}

static void no_map_is_so_large_that_no_heap_can_have_it(struct kunit *test)
{
	static const struct { u_long size, page_size; unsigned int flags; } none[] = {
		{ 0, 512 }, { 512, 512 }, { 1024 + 1, 512 }, { 1024 - 8, 512 },
		{ XNHEAP_MAX_EXTENT_SIZE + 512, 512 }, { -512UL, 512 },
		{ SZ_64K, 0 }, { SZ_64K, 32 }, { SZ_64K, 96 }, { SZ_1M, SZ_64K },
		{ SZ_64K, 512, XNHEAP_VMALLOC }, { SZ_64K, 512, BIT(31) },
	};
	u_long i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		KUNIT_EXPECT_EQ_MSG(test, 0UL,
				    xnheap_map_size(none[i].size,
						    none[i].page_size,
						    none[i].flags),
				    "case %lu", i);
}

/* Blocks would be handed out where the map is. */
static void a_map_in_its_area_is_refused(struct kunit *test)
{
	struct apart *a = prepare(test);
	u_long ps = a->kind->page_size, size = ALIGN(a->map_size, ps) + 2 * ps, i;
	u_long start = (u_long)a->map;
	/* Areas that have the map's first byte, its last, all, or some */
	const u_long in[] = {
		start, start - size + 1, start + a->map_size - 1, start - ps,
		start + 1,
	};
	const u_long beside[] = { start - size, start + a->map_size };

	for (i = 0; i < ARRAY_SIZE(in); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    xnheap_init_apart(&a->heap, (void *)in[i],
						      size, ps, a->map,
						      a->map_size,
						      a->kind->flags),
				    "case %lu", i);
	KUNIT_EXPECT_NULL(test, memchr_inv(a->memory, 0xa5, 2 * a->map_size));
	KUNIT_ASSERT_EQ(test, 0, init(a, a->map_size));
	for (i = 0; i < ARRAY_SIZE(in); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    xnheap_extend_apart(&a->heap, (void *)in[i],
							size, a->map,
							a->map_size),
				    "case %lu", i);
	EXPECT_SOUND(test, &a->heap);
	for (i = 0; i < ARRAY_SIZE(beside); i++) {
		KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&a->heap, NULL, NULL));
		KUNIT_EXPECT_EQ(test, 0,
				xnheap_init_apart(&a->heap, (void *)beside[i],
						  size, ps, a->map, a->map_size,
						  a->kind->flags));
	}
}

static void init_refuses_what_is_none(struct kunit *test)
{
	struct apart *a = prepare(test);
	u_long ps = a->kind->page_size, i, max = XNHEAP_MAX_EXTENT_SIZE;
	struct { u_long area, size, page_size; void *map; unsigned int flags; }
	refused[] = {
		{ 0, SZ_1M, ps, a->map }, { AREA, 0, ps, a->map },
		{ AREA, ps, ps, a->map }, { AREA, SZ_1M - 1, ps, a->map },
		{ AREA, SZ_1M - ps / 2, ps, a->map },
		{ AREA, max + ps, ps, a->map }, { -ps, 2 * ps, ps, a->map },
		{ -2 * ps, 2 * ps, ps, a->map },
		{ AREA, SZ_1M, 0, a->map }, { AREA, SZ_1M, 32, a->map },
		{ AREA, SZ_1M, SZ_64K, a->map }, { AREA, SZ_1M, 768, a->map },
		{ AREA, SZ_1M, ps, NULL },
		{ AREA, SZ_1M, ps, a->map, XNHEAP_DEBUG },
		{ AREA, SZ_1M, ps, a->map, XNHEAP_DEBUG | XNHEAP_FINE },
		{ AREA, SZ_1M, ps, a->map, XNHEAP_VMALLOC },
		{ AREA, SZ_1M, ps, a->map, BIT(31) },
	};

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    xnheap_init_apart(&a->heap,
						      (void *)refused[i].area,
						      refused[i].size,
						      refused[i].page_size,
						      refused[i].map,
						      a->map_size,
						      refused[i].flags),
				    "case %lu", i);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_init_apart(NULL, start_of(a, 0), AREA_SIZE, ps,
					  a->map, a->map_size, 0));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(&a->heap));
	KUNIT_EXPECT_NULL(test, memchr_inv(a->memory, 0xa5, 2 * a->map_size));
}

/* Note whether the words of a block are in one; false if some were so before. */
static bool mark(struct apart *a, u_long at, u_long bytes, bool used)
{
	u_long from = (at - AREA) / XNHEAP_MIN_BLOCK;
	u_long to = from + bytes / XNHEAP_MIN_BLOCK;

	if (!used) {
		bitmap_clear(a->words, from, to - from);
		return true;
	}
	if (at < AREA || to > WORDS || find_next_bit(a->words, to, from) < to)
		return false;
	bitmap_set(a->words, from, to - from);
	return true;
}

static int agree(void *block)
{
	return 0;
}

static int disagree(void *block)
{
	return -EBUSY;
}

static void free_one(struct kunit *test, struct apart *a, struct held *held)
{
	struct xnheap *heap = &a->heap;

	KUNIT_ASSERT_EQ(test, 0, xnheap_check_block(heap, held->at));
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(heap, held->at + 1));
	/* Even where that is outside */
	KUNIT_ASSERT_LT(test, xnheap_check_block(heap, held->at - 1), 0);
	KUNIT_ASSERT_EQ(test, -EBUSY,
			xnheap_test_and_free(heap, held->at, disagree));
	if (held->size % 2)
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(heap, held->at));
	else
		KUNIT_ASSERT_EQ(test, 0,
				xnheap_test_and_free(heap, held->at, agree));
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(heap, held->at));
	mark(a, (u_long)held->at, held->mark, false);
}

static void blocks_come_and_go(struct kunit *test)
{
	struct apart *a = make(test);
	struct held *held = memory_get(test, 4096 * sizeof(*held)), *h;
	u_long ps = a->kind->page_size, round, used, align, nr = 0, i;
	struct xnheap *heap = &a->heap;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, ps);
	KUNIT_ASSERT_EQ(test, 0, extend(a));
	for (round = 0; round < 8; round++) {
		for (i = 0; i < 1000 && nr < 4096; i++) {
			h = &held[nr];
			h->size = 1 + random_below(&rnd, 1U <<
				  random_below(&rnd, ilog2(ps) + 3));
			align = 1UL << random_below(&rnd, ilog2(ps) + 1);
			used = xnheap_used_mem(heap);
			if (i % 2)
				align = 1;
			h->at = i % 2 ? xnheap_alloc(heap, h->size) :
				xnheap_alloc_aligned(heap, h->size, align);
			if (!h->at)
				continue;
			h->mark = xnheap_used_mem(heap) - used;
			KUNIT_ASSERT_GE(test, h->mark, (u64)h->size);
			KUNIT_ASSERT_EQ(test, 0UL, (u_long)h->at % align);
			KUNIT_ASSERT_TRUE(test, mark(a, (u_long)h->at, h->mark,
						     true));
			nr++;
		}
		EXPECT_SOUND(test, heap);
		for (i = 0; nr && i < 800; i++) {
			h = &held[random_below(&rnd, nr)];
			free_one(test, a, h);
			*h = held[--nr];
		}
		cond_resched();
	}
	while (nr)
		free_one(test, a, &held[--nr]);
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(heap));
	KUNIT_EXPECT_EQ(test, whole(a) * ps, xnheap_largest_free(heap));
	EXPECT_SOUND(test, heap);
}

static void what_is_no_block_is_refused(struct kunit *test)
{
	struct apart *a = make(test);
	struct xnheap *heap = &a->heap;
	u8 *start = start_of(a, 0), *at;
	u_long step = 13 + a->kind->page_size / 20;

	for (at = start; at < start + AREA_SIZE; at += step) {
		KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(heap, at));
		KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_check_block(heap, at));
	}
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(heap, start - 1));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(heap, start + AREA_SIZE));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(heap, a->map));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, NULL));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, 0));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, AREA_SIZE + 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(heap, 8, 24));
	EXPECT_SOUND(test, heap);
}

static void it_is_extended_apart_and_in_no_other_way(struct kunit *test)
{
	struct apart *a = make(test);
	u_long ps = a->kind->page_size, size = 16 * ps, map_size, i;
	struct heap_kind kind = { .page_size = 512, .pages = 8, .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);
	u8 *far = start_of(a, 1), *map = a->map + a->map_size, *maps;
	u8 *mapped = memory_get(test, SZ_1M);
	struct xnheap *heap = &a->heap;

	map_size = xnheap_map_size(size, ps, a->kind->flags);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_extend(heap, mapped, SZ_1M));
	KUNIT_EXPECT_NULL(test, memchr_inv(mapped, 0xa5, SZ_1M));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_extend_apart(&th->heap, far, SZ_1M, map,
					    a->map_size));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_extend_apart(heap, far, size, NULL, map_size));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_extend_apart(heap, far, size, map, map_size / 2));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_extend_apart(heap, far, size - 1, map, map_size));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_extend_apart(heap, NULL, size, map, map_size));
	KUNIT_EXPECT_EQ(test, -EEXIST,
			xnheap_extend_apart(heap, far - 1, size, map, map_size));
	KUNIT_EXPECT_EQ(test, AREA_SIZE, xnheap_size(heap));
	EXPECT_SOUND(test, heap);

	KUNIT_ASSERT_EQ(test, 0, extend(a));
	KUNIT_EXPECT_EQ(test, 2 * whole(a), xnheap_page_count(heap));
	maps = memory_get(test, XNHEAP_MAX_EXTENTS * map_size);
	for (i = 2; i < XNHEAP_MAX_EXTENTS; i++)
		KUNIT_ASSERT_EQ(test, 0,
				xnheap_extend_apart(heap, start_of(a, i), size,
						    maps + i * map_size,
						    map_size));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			xnheap_extend_apart(heap, start_of(a, i), size, maps,
					    map_size));
	EXPECT_SOUND(test, heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
}

static void flush(struct xnheap *heap, void *area, u_long size, void *cookie)
{
	struct apart *a = cookie;
	u_long extent = a->map_size++;

	/* Each in turn, as it was handed in */
	if (area != start_of(a, extent) || size != AREA_SIZE)
		a->map_size = 1000;
}

static void destroy_hands_back_the_areas(struct kunit *test)
{
	struct apart *a = make(test);

	KUNIT_ASSERT_EQ(test, 0, extend(a));
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&a->heap, 100));
	KUNIT_EXPECT_EQ(test, -EBUSY, init(a, a->map_size));
	a->map_size = 0;
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&a->heap, flush, a));
	KUNIT_EXPECT_EQ(test, 2UL, a->map_size);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_destroy(&a->heap, flush, a));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&a->heap, 1));
}

static struct kunit_case cases[] = {
	APART_CASE(every_whole_page_of_the_area_is_usable),
	APART_CASE(an_entry_less_of_the_map_is_too_little),
	KUNIT_CASE(no_map_is_so_large_that_no_heap_can_have_it),
	APART_CASE(a_map_in_its_area_is_refused),
	APART_CASE(init_refuses_what_is_none),
	APART_CASE(blocks_come_and_go),
	APART_CASE(what_is_no_block_is_refused),
	APART_CASE(it_is_extended_apart_and_in_no_other_way),
	APART_CASE(destroy_hands_back_the_areas),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_apart",
	.test_cases = cases,
};

kunit_test_suite(suite);
