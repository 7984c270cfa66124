// SPDX-License-Identifier: GPL-2.0
/* The public contract, row by row: what include/linux/xnheap.h promises. */

#include <linux/kasan.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "kunit_xnheap.h"
#include "observe/tracking.h"

HEAP_KIND_PARAM;

/* One of each page size, small enough to try every address. */
static const struct heap_kind small_kinds[] = {
	{ "64-byte pages", 64, 32, 2, 13 },
	{ "512-byte pages", 512, 10, 2, 509 },
	{ "4096-byte pages", 4096, 5, 2, 8 },
	{ "32768-byte pages", 32768, 3, 1, 0 },
	{ "64-byte pages, fine", 64, 48, 2, 13, XNHEAP_FINE },
	{ "512-byte pages, fine", 512, 20, 2, 509, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 12, 2, 8, XNHEAP_FINE },
	{ "32768-byte pages, fine", 32768, 10, 1, 0, XNHEAP_FINE },
};

KUNIT_ARRAY_PARAM_DESC(small_kind, small_kinds, name);

/* A heap, and an area that is large enough for any page size. */
struct bare {
	struct xnheap *heap;
	u8 *area;
	u_long size;
};

static const unsigned int kinds_of_heap[] = {
	0, XNHEAP_FINE,
#ifdef XNHEAP_OBSERVE
	XNHEAP_DEBUG, XNHEAP_FINE | XNHEAP_DEBUG,
#endif
};

/* The contract: what a debug heap takes more of an area, for each page. */
static u_long extra_bytes(u_long page_size, unsigned int flags)
{
	u_long each = IS_ENABLED(CONFIG_64BIT) ? 32 : sizeof(struct track);

	return flags & XNHEAP_DEBUG ? page_size / 64 * each : 0;
}

static struct bare bare(struct kunit *test)
{
	struct bare bare = { .size = 40 * XNHEAP_MAX_PAGE_SIZE };

	bare.heap = kunit_kzalloc(test, sizeof(*bare.heap), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bare.heap);
	bare.area = memory_get(test, bare.size);
	undo_later(test, destroy_heap, bare.heap);
	return bare;
}

static bool untouched(const struct bare *bare)
{
	return !memchr_inv(bare->area, 0xa5, bare->size);
}

/*
 * All that a heap knows, but for what a refusal may change: itself, its tables
 * and what lies before the pages of its extents.
 */
static u_long tables_size(const struct xnheap *heap)
{
	return (void *)(heap->bucket_place + heap->small_max / 8) - heap->tables;
}

static u_long image_size(const struct test_heap *th)
{
	u_long i, size = sizeof(struct xnheap) + tables_size(&th->heap);

	for (i = 0; i < th->heap.nr_extents; i++)
		size += th->heap.extent[i].base - th->heap.extent[i].start;
	return size;
}

/* Copy bytes that KASAN says nobody may touch; or set them, if there is no @from. */
static noinline __no_sanitize_address
void write_unchecked(u8 *to, const u8 *from, u_long size)
{
	u_long i;

	for (i = 0; i < size; i++)
		WRITE_ONCE(to[i], from ? READ_ONCE(from[i]) : 0xff);
}

static void image_write(const struct test_heap *th, void *to)
{
	struct xnheap *heap = to;
	u_long i, size;

	memcpy(heap, &th->heap, sizeof(*heap));
	memset(&heap->lock, 0, sizeof(heap->lock));
	memset(heap->failed, 0, sizeof(heap->failed));
	heap->irq_flags = 0;
	to += sizeof(*heap);
	memcpy(to, th->heap.tables, tables_size(&th->heap));
	to += tables_size(&th->heap);
	for (i = 0; i < th->heap.nr_extents; i++) {
		const struct xnheap_extent *ext = &th->heap.extent[i];

		size = ext->base - ext->start;
		write_unchecked(to, (void *)ext->start, size);
		to += size;
	}
}

struct image {
	u_long size;
	u8 *was, *is;
	u64 failed[XNHEAP_NR_FAILURES];
};

static struct image image_take(struct kunit *test, const struct test_heap *th)
{
	struct image image = { .size = image_size(th) };

	image.was = memory_get(test, image.size);
	image.is = memory_get(test, image.size);
	image_write(th, image.was);
	memcpy(image.failed, th->heap.failed, sizeof(image.failed));
	return image;
}

static bool image_is_same(struct image *image, const struct test_heap *th)
{
	if (image_size(th) != image->size)
		return false;
	image_write(th, image->is);
	return !memcmp(image->was, image->is, image->size);
}

/* xnheap_init() */

static void init_refuses_a_page_size_out_of_bounds(struct kunit *test)
{
	static const u_long refused[] = {
		0, 1, 8, 32, 63, 65, 96, 100, 513, 768, 4095, 32767, 32769,
		49152, 65536, FAR, LONG_MIN, ULONG_MAX,
	};
	struct bare b = bare(test);
	u_long i, j;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		u_long size = refused[i] && refused[i] < b.size ?
			      b.size / refused[i] * refused[i] : b.size;

		for (j = 0; j < ARRAY_SIZE(kinds_of_heap); j++)
			KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
					    xnheap_init_flags(b.heap, b.area,
							      size, refused[i],
							      kinds_of_heap[j]),
					    "%lu", refused[i]);
	}
	for (i = 64; i <= 32768; i *= 2) {
		for (j = 0; j < ARRAY_SIZE(kinds_of_heap); j++) {
			KUNIT_EXPECT_EQ_MSG(test, 0,
					    xnheap_init_flags(b.heap, b.area,
							      b.size, i,
							      kinds_of_heap[j]),
					    "%lu", i);
			KUNIT_EXPECT_EQ(test, 0,
					xnheap_destroy(b.heap, NULL, NULL));
		}
	}
}

static void what_is_no_area_is_refused(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 8, .extents = 1 };
	struct test_heap *th = heap_make(test, &kind);
	struct bare b = bare(test);
	u_long max = XNHEAP_MAX_EXTENT_SIZE, i;
	struct { void *area; u_long size; } refused[] = {
		{ NULL, b.size },
		{ b.area, 0 },
		{ b.area, 512 },
		{ b.area, b.size - 1 },
		{ b.area, b.size - 8 },
		{ b.area, b.size - 511 },
		{ b.area, b.size - 256 },
		{ b.area, max + 512 },
		{ b.area, 2 * max },
		{ b.area, -512UL },
		{ (void *)-4096UL, 8192 },
		{ (void *)-4096UL, 4096 },
		{ (void *)-8191UL, 8192 },
		{ (void *)-1UL, 512 },
		{ (void *)-1UL, 0 },
		{ (void *)-7UL, 0 },
	};
	struct image image = image_take(test, th);

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_init(NULL, b.area, b.size, 512));
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    xnheap_init(b.heap, refused[i].area,
						refused[i].size, 512),
				    "case %lu", i);
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    xnheap_extend(&th->heap, refused[i].area,
						  refused[i].size),
				    "case %lu", i);
	}
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(b.heap));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(b.heap, 1));
	KUNIT_EXPECT_TRUE(test, image_is_same(&image, th));
	KUNIT_EXPECT_TRUE(test, untouched(&b));
}

/* Whether a heap has as many pages as the contract says; that may be none. */
static void expect_pages(struct kunit *test, const struct bare *b, u8 *area,
			 u_long size, u_long page_size, unsigned int flags)
{
	u_long pages = pages_in((u_long)area, size, page_size,
				entry_bytes(page_size, flags),
				extra_bytes(page_size, flags));

	if (pages < 2) {
		KUNIT_ASSERT_EQ(test, -EINVAL,
				xnheap_init_flags(b->heap, area, size,
						  page_size, flags));
		return;
	}
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_flags(b->heap, area, size,
						   page_size, flags));
	KUNIT_ASSERT_EQ(test, pages, xnheap_page_count(b->heap));
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(b->heap, 1));
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(b->heap, page_size - 8));
	EXPECT_SOUND(test, b->heap);
	KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(b->heap, NULL, NULL));
}

static void an_area_loses_no_page_but_to_its_page_map(struct kunit *test)
{
	struct bare b = bare(test);
	u_long page_size, size, odd, i;

	/* Some sizes: extent_test has them all */
	for (page_size = 64; page_size <= 32768; page_size *= 2)
		for (odd = 0; odd < page_size; odd += odd ? page_size / 2 : 1)
			for (size = 0; size < 12 * page_size;
			     size += (size < 4 * page_size ? 1 : 7) * page_size)
				for (i = 0; i < ARRAY_SIZE(kinds_of_heap); i++)
					expect_pages(test, &b, b.area + odd,
						     size, page_size,
						     kinds_of_heap[i]);
	KUNIT_ASSERT_EQ(test, 0, xnheap_init(b.heap, PTR_ALIGN(b.area, 512),
					     2048, 512));
	KUNIT_EXPECT_EQ(test, 3UL, xnheap_page_count(b.heap));
}

static void init_refuses_unknown_flags(struct kunit *test)
{
	const unsigned int known = XNHEAP_FINE | XNHEAP_DEBUG | XNHEAP_PERCPU |
				   XNHEAP_DEFER;
	struct bare b = bare(test);
	unsigned int bit, i;

	for (bit = 0; bit < 32; bit++) {
		if (BIT(bit) & (known | XNHEAP_ALIGN_MASK))
			continue;
		/* Alone, and with some that are known */
		for (i = 0; i <= known; i += XNHEAP_FINE)
			KUNIT_EXPECT_EQ(test, -EINVAL,
					xnheap_init_flags(b.heap, b.area, b.size,
							  512, BIT(bit) | i));
		KUNIT_EXPECT_EQ(test, b.size,
				xnheap_overhead_flags(b.size, 512, BIT(bit)));
		KUNIT_EXPECT_EQ(test, 0UL,
				xnheap_rounded_size_flags(SZ_4K, 512, BIT(bit)));
	}
	KUNIT_EXPECT_TRUE(test, untouched(&b));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(b.heap));
}

static void a_live_heap_is_not_made_again(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size;
	u8 *area = memory_get(test, 20 * ps), *map = memory_get(test, SZ_4K);
	void *block = xnheap_alloc(&th->heap, 100);
	struct image image = image_take(test, th);
	u_long i;

	for (i = 0; i < ARRAY_SIZE(kinds_of_heap); i++)
		KUNIT_EXPECT_EQ(test, -EBUSY,
				xnheap_init_flags(&th->heap, area, 20 * ps, ps,
						  kinds_of_heap[i]));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			xnheap_init(&th->heap, th->area[0], th->area_size, ps));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			xnheap_init_apart(&th->heap, area, 3 * ps, ps, map,
					  SZ_4K, XNHEAP_FINE));
	KUNIT_EXPECT_TRUE(test, image_is_same(&image, th));
	KUNIT_EXPECT_NULL(test, memchr_inv(area, 0xa5, 20 * ps));
	KUNIT_EXPECT_NULL(test, memchr_inv(map, 0xa5, SZ_4K));
	EXPECT_SOUND(test, &th->heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
}

/* Only who is in the list of heaps is one: what a new one holds tells nothing. */
static void garbage_in_a_new_heap_does_not_refuse(struct kunit *test)
{
	static const struct heap_kind kind = { "one", 512, 16, 1, 0 };
	struct test_heap *live = heap_make(test, &kind);
	struct bare b = bare(test);
	u32 *words = (u32 *)b.heap;
	u_long i, how;

	for (how = 0; how < 4; how++) {
		memset(b.heap, how % 2 ? 0xff : 0, sizeof(*b.heap));
		if (how == 2)
			*b.heap = live->heap;
		for (i = 0; how == 3 && i < sizeof(*b.heap) / sizeof(*words); i++)
			words[i] = HEAP_MAGIC;
		KUNIT_ASSERT_EQ_MSG(test, 0,
				    xnheap_init(b.heap, b.area, b.size, 512),
				    "garbage %lu", how);
		KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc(b.heap, 100));
		EXPECT_SOUND(test, b.heap);
		KUNIT_EXPECT_EQ(test, -EBUSY,
				xnheap_init(b.heap, b.area, b.size, 512));
		KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(b.heap, NULL, NULL));
	}
	KUNIT_EXPECT_EQ(test, -EBUSY, xnheap_init(&live->heap, b.area, b.size, 512));
	EXPECT_SOUND(test, &live->heap);
}

/* xnheap_extend() */

/* In pairs of pages and bytes, relative to an extent of 20 pairs. */
static const struct overlap {
	const char *how;
	long pair, byte, pairs;
	int ret;
} overlaps[] = {
	{ "the same", 0, 0, 20, -EEXIST },
	{ "inside", 4, 0, 12, -EEXIST },
	{ "inside, at its start", 0, 0, 12, -EEXIST },
	{ "inside, at its end", 8, 0, 12, -EEXIST },
	{ "around", -8, 0, 36, -EEXIST },
	{ "around, from its start", 0, 0, 36, -EEXIST },
	{ "around, to its end", -8, 0, 28, -EEXIST },
	{ "around it and others", -50, 0, 170, -EEXIST },
	{ "left edge", -11, 0, 12, -EEXIST },
	{ "left edge by a byte", -12, 1, 12, -EEXIST },
	{ "right edge", 19, 0, 12, -EEXIST },
	{ "right edge by a byte", 20, -1, 12, -EEXIST },
	{ "adjacent on the left", -12, 0, 12, 0 },
	{ "adjacent on the right", 20, 0, 12, 0 },
};

static void an_area_that_overlaps_an_extent_is_refused(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	u_long ps = kind->page_size, pair = 2 * ps, i, j;
	u8 *area = memory_get(test, 280 * pair) + 60 * pair + kind->odd % ps;
	struct test_heap *th = heap_prepare(test, kind, 0);
	static const u_long order[] = { 1, 2, 0 };
	struct image image;
	int ret;

	/* Three extents with 26 pairs of pages between them */
	for (i = 0; i < 3; i++) {
		u8 *at = area + order[i] * 46 * pair;

		ret = i ? xnheap_extend(&th->heap, at, 20 * pair) :
			  xnheap_init_flags(&th->heap, at, 20 * pair, ps,
					    kind->flags);
		KUNIT_ASSERT_EQ(test, 0, ret);
	}
	/* Those that are accepted come last */
	for (i = 0; i < ARRAY_SIZE(overlaps); i++) {
		for (j = 0; j < 3; j++) {
			const struct overlap *overlap = &overlaps[i];

			image = image_take(test, th);
			ret = xnheap_extend(&th->heap, area + j * 46 * pair +
						       overlap->pair * (long)pair +
						       overlap->byte,
					    overlap->pairs * pair);
			KUNIT_EXPECT_EQ_MSG(test, overlap->ret, ret,
					    "%s, extent %lu", overlap->how, j);
			KUNIT_EXPECT_EQ(test, ret != 0,
					image_is_same(&image, th));
			EXPECT_SOUND(test, &th->heap);
		}
	}
	KUNIT_EXPECT_EQ(test, 3 * (20 + 12 + 12) * pair,
			xnheap_size(&th->heap));
}

static void the_65th_extent_is_refused(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 8, .extents = 64 };
	struct test_heap *th = heap_make(test, &kind);
	u8 *area = memory_get(test, 8192);
	struct image image = image_take(test, th);

	KUNIT_EXPECT_EQ(test, -ENOSPC, xnheap_extend(&th->heap, area, 8192));
	KUNIT_EXPECT_TRUE(test, image_is_same(&image, th));
	KUNIT_EXPECT_FALSE(test, memchr_inv(area, 0xa5, 8192));
}

static void a_full_heap_goes_on_in_a_new_extent(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	u_long ps = kind->page_size, size = (kind->pages + 4) * ps;
	u8 *area = memory_get(test, size + 1) + 1;
	struct test_heap *th = heap_make(test, kind);
	struct blocks blocks = blocks_for(test, th);
	u8 *block;

	blocks_fill(test, &blocks, th, 8);
	KUNIT_ASSERT_NULL(test, xnheap_alloc(&th->heap, 1));
	if (kind->extents == XNHEAP_MAX_EXTENTS)
		return;
	KUNIT_ASSERT_EQ(test, 0, xnheap_extend(&th->heap, area, size));
	block = xnheap_alloc(&th->heap, 1);
	KUNIT_EXPECT_LT(test, (u_long)block - (u_long)area, size);
	EXPECT_SOUND(test, &th->heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
	blocks_free_all(test, &blocks, th, NULL);
	EXPECT_SOUND(test, &th->heap);
}

/* xnheap_destroy() */

struct flushed {
	struct test_heap *th;
	unsigned int times[XNHEAP_MAX_EXTENTS];
	unsigned int strange;
};

static void flush(struct xnheap *heap, void *area, u_long size, void *cookie)
{
	struct flushed *flushed = cookie;
	unsigned int i;

	for (i = 0; i < flushed->th->kind.extents; i++)
		if (area == flushed->th->area[i])
			break;
	if (i == flushed->th->kind.extents || heap != &flushed->th->heap ||
	    size != flushed->th->area_size) {
		flushed->strange++;
		return;
	}
	flushed->times[i]++;
	/* The memory may go at once */
	memset(area, 0x5a, size);
}

static void destroy_hands_back_each_extent_once(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	struct flushed *flushed;
	unsigned int i, allocate;

	flushed = kunit_kzalloc(test, sizeof(*flushed), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flushed);
	for (allocate = 0; allocate < 2; allocate++) {
		memset(flushed, 0, sizeof(*flushed));
		flushed->th = heap_make(test, kind);
		if (allocate)
			xnheap_alloc(&flushed->th->heap, 1);
		KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&flushed->th->heap,
							flush, flushed));
		for (i = 0; i < kind->extents; i++)
			KUNIT_EXPECT_EQ(test, 1U, flushed->times[i]);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				xnheap_destroy(&flushed->th->heap, flush, flushed));
		KUNIT_EXPECT_EQ(test, 1U, flushed->times[0]);
		KUNIT_EXPECT_EQ(test, 0U, flushed->strange);
	}
}

static int agree(void *block)
{
	return 0;
}

static void expect_no_heap(struct kunit *test, struct xnheap *heap, u8 *area,
			   struct flushed *flushed)
{
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_destroy(heap, flush, flushed));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_destroy(heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_extend(heap, area, 20 * 512));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			xnheap_extend_apart(heap, area, 20 * 512, area, 20 * 512));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, 0));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, 4096));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(heap, 1, 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(heap, 1, 3));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(heap, 4096, 64));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, area));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_test_and_free(heap, area, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_test_and_free(heap, area, agree));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(heap, area));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_label(heap, "x"));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_page_size(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_page_count(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_usable_mem(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_largest_free(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_max_contiguous(heap));
	KUNIT_EXPECT_EQ(test, 0U, flushed->strange);
}

static void what_is_no_heap_is_refused_by_every_call(struct kunit *test)
{
	struct flushed *flushed;
	struct bare b = bare(test);
	void *block;

	flushed = kunit_kzalloc(test, sizeof(*flushed), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flushed);
	/* Whoever flushes now is strange */
	flushed->th = kunit_kzalloc(test, sizeof(*flushed->th), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flushed->th);

	expect_no_heap(test, NULL, b.area, flushed);
	expect_no_heap(test, b.heap, b.area, flushed);
	KUNIT_EXPECT_TRUE(test, untouched(&b));
	KUNIT_ASSERT_EQ(test, 0, xnheap_init(b.heap, b.area, b.size, 512));
	block = xnheap_alloc(b.heap, 100);
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(b.heap, block));
	KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(b.heap, NULL, NULL));
	expect_no_heap(test, b.heap, block, flushed);
	/* And may be made a heap again, of memory that was one */
	KUNIT_ASSERT_EQ(test, 0, xnheap_init(b.heap, b.area, b.size, 64));
	EXPECT_SOUND(test, b.heap);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(b.heap, block));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(b.heap));
	/* And one of the other kind */
	KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(b.heap, NULL, NULL));
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_flags(b.heap, b.area, b.size, 256,
						   XNHEAP_FINE));
	EXPECT_SOUND(test, b.heap);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(b.heap, block));
	block = xnheap_alloc(b.heap, 100);
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(b.heap, block));
	KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(b.heap, NULL, NULL));
	expect_no_heap(test, b.heap, block, flushed);
}

/* xnheap_alloc() */

/* Allocate one block, and expect of it all that the contract says. */
static void expect_block(struct kunit *test, struct test_heap *th, u_long size)
{
	u_long used = xnheap_used_mem(&th->heap), bytes = rounded(th, size);
	u8 *block = xnheap_alloc(&th->heap, size);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ_MSG(test, used + bytes, xnheap_used_mem(&th->heap),
			    "size %lu", size);
	KUNIT_EXPECT_EQ_MSG(test, 0UL, (u_long)block % alignment(th, bytes),
			    "size %lu", size);
	KUNIT_EXPECT_TRUE(test, heap_spans(th, block));
	KUNIT_EXPECT_TRUE(test, heap_spans(th, block + bytes - 1));
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(&th->heap, block));
	EXPECT_SOUND(test, &th->heap);
	/* All that it takes, which FORTIFY_SOURCE knows to be more than was asked for */
	OPTIMIZER_HIDE_VAR(block);
	write_unchecked(block, NULL, bytes);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(&th->heap, block));
}

static void every_size_is_rounded_and_aligned_as_documented(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, most, size, used;

	most = xnheap_largest_free(&th->heap);
	KUNIT_ASSERT_GE(test, most, 2 * ps);
	for (size = 1; size <= min(most - 1, 4 * ps); size *= 2) {
		if (size > 1)
			expect_block(test, th, size - 1);
		expect_block(test, th, size);
		expect_block(test, th, size + 1);
	}
	for (size = 1; size < 20; size++)
		expect_block(test, th, size);
	for (size = next_size(th, 0); size < 2 * ps; size = next_size(th, size)) {
		expect_block(test, th, size - 1);
		expect_block(test, th, size);
		expect_block(test, th, size + 1);
	}
	for (size = ps; size + ps < most; size += (1 + size / ps / 40) * ps) {
		expect_block(test, th, size);
		expect_block(test, th, size + 1);
		expect_block(test, th, size - 1);
	}
	expect_block(test, th, most);
	expect_block(test, th, most - 1);

	used = xnheap_used_mem(&th->heap);
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, most + 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, 0));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, ULONG_MAX - ps));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, LONG_MIN));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, FAR));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, FAR + 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, max(FAR * ps, FAR) + 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, XNHEAP_MAX_EXTENT_SIZE));
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

/*
 * Blocks of @size that an empty heap holds: in as many runs as fit, and one in
 * as few pages as hold one of what is left.
 */
static u_long capacity(struct test_heap *th, u_long size)
{
	u_long run = 0, blocks = 0, i, n = 0;
	u_long one = whole_pages(th, size) / th->kind.page_size;

	for (i = 0; i < th->heap.nr_buckets; i++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[i];

		if (bucket->size != rounded(th, size))
			continue;
		run = bucket->pages;
		blocks = run * th->kind.page_size / bucket->size;
	}
	for (i = 0; i < th->heap.nr_extents; i++) {
		u_long pages = th->heap.extent[i].nr_pages;

		n += run ? pages / run * blocks + pages % run / one :
			   pages / one;
	}
	return n;
}

static void the_largest_request_that_can_ever_succeed_is_known(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, pages = 0, size = 2 * th->area_size, i;
	struct blocks blocks = blocks_for(test, th);
	u8 *area = memory_get(test, size), *block;
	u_long most;

	for (i = 0; i < th->kind.extents; i++)
		pages = max_t(u_long, pages, th->heap.extent[i].nr_pages);
	most = xnheap_max_contiguous(&th->heap);
	KUNIT_EXPECT_EQ(test, pages * ps, most);
	KUNIT_EXPECT_EQ(test, most, xnheap_largest_free(&th->heap));

	/* It stays, whatever is free now */
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, most + 1));
	block = alloc_block(test, th, most);
	KUNIT_EXPECT_EQ(test, most, xnheap_max_contiguous(&th->heap));
	blocks_fill(test, &blocks, th, ps);
	KUNIT_EXPECT_EQ(test, most, xnheap_max_contiguous(&th->heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_largest_free(&th->heap));

	/* Up to a larger extent */
	if (th->kind.extents == XNHEAP_MAX_EXTENTS)
		return;
	KUNIT_ASSERT_EQ(test, 0, xnheap_extend(&th->heap, area, size));
	most = xnheap_max_contiguous(&th->heap);
	KUNIT_EXPECT_EQ(test, ps * th->heap.extent[i].nr_pages, most);
	KUNIT_EXPECT_GT(test, most, pages * ps);
	free_block(test, th, block);
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, most + 1));
	alloc_block(test, th, most);
	KUNIT_EXPECT_EQ(test, most, xnheap_max_contiguous(&th->heap));
}

static void a_heap_takes_as_many_blocks_again_as_it_took_before(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	u_long most = xnheap_largest_free(&th->heap), size, n;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 3);
	for (size = next_size(th, 0); size <= most; size = next_size(th, size)) {
		/* Within reason */
		if (capacity(th, size) > (is_fine(th) ? 600 : 6000))
			continue;
		n = blocks_fill(test, &blocks, th, size);
		KUNIT_EXPECT_EQ_MSG(test, capacity(th, size), n, "size %lu",
				    size);
		EXPECT_SOUND(test, &th->heap);
		blocks_free_all(test, &blocks, th, &rnd);
		KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
		KUNIT_EXPECT_EQ(test, most, xnheap_largest_free(&th->heap));
		EXPECT_SOUND(test, &th->heap);
		KUNIT_EXPECT_EQ(test, n, blocks_fill(test, &blocks, th, size));
		blocks_free_all(test, &blocks, th, NULL);
	}
	KUNIT_EXPECT_EQ(test, most, xnheap_largest_free(&th->heap));
}

static int by_address(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void blocks_sort(struct blocks *blocks)
{
	sort(blocks->block, blocks->nr, sizeof(struct held), by_address, NULL);
}

/* Allocate random sizes until one fails, and free some of them. */
static void blocks_random(struct kunit *test, struct blocks *blocks,
			  struct test_heap *th, struct rnd_state *rnd,
			  u32 percent)
{
	u_long i;

	while (blocks_alloc(test, blocks, th, random_size(rnd, th)))
		;
	for (i = blocks->nr; i > 0; i--)
		if (random_below(rnd, 100) >= percent)
			blocks_free(test, blocks, th, i - 1);
}

static void no_two_blocks_overlap(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;
	u_long round, i;

	prandom_seed_state(&rnd, 5);
	for (round = 0; round < 10; round++) {
		blocks_random(test, &blocks, th, &rnd, 60);
		blocks_sort(&blocks);
		for (i = 1; i < blocks.nr; i++) {
			struct held *block = &blocks.block[i - 1];

			KUNIT_ASSERT_LE(test, (u_long)block->at +
					      rounded(th, block->size),
					(u_long)block[1].at);
		}
	}
}

static void the_largest_request_that_succeeds_is_known(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;
	u_long round, most;

	prandom_seed_state(&rnd, 6);
	for (round = 0; round < 10; round++) {
		blocks_random(test, &blocks, th, &rnd, 90 - 8 * round);
		/* Down to the last byte */
		while ((most = xnheap_largest_free(&th->heap))) {
			KUNIT_ASSERT_NULL(test, xnheap_alloc(&th->heap, most + 1));
			KUNIT_ASSERT_TRUE(test, blocks_alloc(test, &blocks, th, most));
		}
		KUNIT_ASSERT_NULL(test, xnheap_alloc(&th->heap, 1));
		KUNIT_ASSERT_EQ(test, xnheap_usable_mem(&th->heap),
				xnheap_used_mem(&th->heap) + run_rests(th));
		while (blocks.nr > 50)
			blocks_free(test, &blocks, th,
				    random_below(&rnd, blocks.nr));
	}
	EXPECT_SOUND(test, &th->heap);
}

/* Allocate the free pages, by page blocks. */
static void use_pages(struct kunit *test, struct blocks *blocks,
		      struct test_heap *th, u32 least)
{
	u32 pages;

	while ((pages = range_largest(&th->heap)) >= least)
		KUNIT_ASSERT_TRUE(test, blocks_alloc(test, blocks, th,
						     pages * th->kind.page_size));
}

/*
 * Let the run that a block of @bucket opens be the one that has a free block,
 * and no page be free. With fine sizes a bucket of blocks that are larger than
 * a page would serve who asks for a last page, so that is allocated first.
 */
static u8 *open_the_only_run(struct kunit *test, struct blocks *blocks,
			     struct test_heap *th,
			     const struct xnheap_bucket *bucket)
{
	u_long ps = th->kind.page_size, least = bucket->size < ps ? 1 : 2, i;
	u8 *first = xnheap_alloc(&th->heap, bucket->size);

	use_pages(test, blocks, th, least);
	if (!th->heap.free_pages)
		return first;
	blocks_free_all(test, blocks, th, NULL);
	KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap, first));
	for (i = 0; i < th->heap.buckets[0].blocks; i++)
		KUNIT_ASSERT_TRUE(test, blocks_alloc(test, blocks, th, 1));
	first = xnheap_alloc(&th->heap, bucket->size);
	use_pages(test, blocks, th, least);
	KUNIT_ASSERT_EQ(test, 0UL, th->heap.free_pages);
	return first;
}

static void where_no_page_is_left_a_larger_block_is_handed_out(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, large, used;
	struct blocks blocks = blocks_for(test, th);
	u8 *first, *block;
	unsigned int i;

	for (i = 1; i < th->heap.nr_buckets; i++) {
		const struct xnheap_bucket *bucket = &th->heap.buckets[i];

		large = bucket->size;
		first = open_the_only_run(test, &blocks, th, bucket);
		used = xnheap_used_mem(&th->heap);
		KUNIT_EXPECT_EQ(test, large, xnheap_largest_free(&th->heap));
		KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, large + 1));
		/* From the run that the first one opened */
		block = xnheap_alloc(&th->heap, 1);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_LT(test, (u_long)(block - first),
				bucket->pages * ps);
		KUNIT_EXPECT_EQ(test, 0UL, (u_long)(block - first) % large);
		KUNIT_EXPECT_EQ(test, used + large, xnheap_used_mem(&th->heap));
		EXPECT_SOUND(test, &th->heap);
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
		KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, first));
		blocks_free_all(test, &blocks, th, NULL);
		EXPECT_SOUND(test, &th->heap);
	}
}

static void of_larger_blocks_the_smallest_is_handed_out(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long ps = th->kind.page_size, used, j;
	struct blocks blocks = blocks_for(test, th);
	const struct xnheap_bucket *bucket;
	unsigned int i, n;

	/* A run of each of the smaller sizes, as many as there is room for */
	for (n = 1; n < th->heap.nr_buckets; n++) {
		bucket = &th->heap.buckets[n];
		if (bucket->size >= ps ||
		    range_largest(&th->heap) < bucket->pages)
			break;
		KUNIT_ASSERT_NOT_NULL(test,
				      xnheap_alloc(&th->heap, bucket->size));
		KUNIT_ASSERT_EQ(test, 1U, bucket->runs);
	}
	KUNIT_ASSERT_GT(test, n, 1U);
	use_pages(test, &blocks, th, 1);
	/* As long as there is one of a size, it is that */
	for (i = 1; i < n; i++) {
		bucket = &th->heap.buckets[i];
		for (j = 1; j < bucket->blocks; j++) {
			used = xnheap_used_mem(&th->heap);
			KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&th->heap, 1));
			KUNIT_ASSERT_EQ(test, used + bucket->size,
					xnheap_used_mem(&th->heap));
		}
	}
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, 1));
	EXPECT_SOUND(test, &th->heap);
}

/* xnheap_free(), xnheap_check_block() */

/* States of a heap, for every pointer to be tried in. */
static void state_empty(struct kunit *test, struct blocks *blocks,
			struct test_heap *th, struct rnd_state *rnd)
{
}

static void state_full(struct kunit *test, struct blocks *blocks,
		       struct test_heap *th, struct rnd_state *rnd)
{
	blocks_fill(test, blocks, th, 8);
}

static void state_random_half(struct kunit *test, struct blocks *blocks,
			      struct test_heap *th, struct rnd_state *rnd)
{
	blocks_random(test, blocks, th, rnd, 50);
}

static void state_one_of_each_size(struct kunit *test, struct blocks *blocks,
				   struct test_heap *th, struct rnd_state *rnd)
{
	u_long size;

	for (size = next_size(th, 0); size < 4 * th->kind.page_size;
	     size = next_size(th, size))
		blocks_alloc(test, blocks, th, size);
}

static void state_every_other_page(struct kunit *test, struct blocks *blocks,
				   struct test_heap *th, struct rnd_state *rnd)
{
	u_long i;

	blocks_fill(test, blocks, th, th->kind.page_size);
	blocks_sort(blocks);
	for (i = 0; i < blocks->nr; i++)
		blocks_free(test, blocks, th, i);
}

static void state_largest_blocks(struct kunit *test, struct blocks *blocks,
				 struct test_heap *th, struct rnd_state *rnd)
{
	u_long i;

	for (i = 0; i < th->kind.extents; i++)
		blocks_alloc(test, blocks, th, xnheap_largest_free(&th->heap));
}

static void state_emptied(struct kunit *test, struct blocks *blocks,
			  struct test_heap *th, struct rnd_state *rnd)
{
	u_long size;

	for (size = next_size(th, 0); size <= 2 * th->kind.page_size;
	     size = next_size(th, size)) {
		blocks_fill(test, blocks, th, size);
		blocks_free_all(test, blocks, th, rnd);
	}
}

/* Stale marks everywhere in the page map, and new blocks over them. */
static void state_large_over_small(struct kunit *test, struct blocks *blocks,
				   struct test_heap *th, struct rnd_state *rnd)
{
	u_long i;

	state_random_half(test, blocks, th, rnd);
	blocks_free_all(test, blocks, th, rnd);
	blocks_fill(test, blocks, th, th->kind.page_size);
	blocks_free_all(test, blocks, th, rnd);
	for (i = 0; i < th->kind.extents; i++)
		blocks_alloc(test, blocks, th, 2 * th->kind.page_size);
	blocks_alloc(test, blocks, th, 24);
}

typedef void (*state_fn)(struct kunit *test, struct blocks *blocks,
			 struct test_heap *th, struct rnd_state *rnd);

static const struct sweep {
	const char *name;
	state_fn make;
} sweeps[] = {
	{ "empty", state_empty },
	{ "full", state_full },
	{ "random half", state_random_half },
	{ "one block of each size", state_one_of_each_size },
	{ "every other page", state_every_other_page },
	{ "the largest blocks", state_largest_blocks },
	{ "emptied", state_emptied },
	{ "large over small", state_large_over_small },
};

KUNIT_ARRAY_PARAM_DESC(sweep, sweeps, name);

/*
 * Try each address of all areas, between them and around: it is a block that
 * the test holds, or refused with the right error, and nothing is changed.
 */
static void try_every_address(struct kunit *test, struct test_heap *th,
			      struct blocks *blocks, bool free)
{
	u64 want[XNHEAP_NR_FAILURES];
	u_long next = 0;
	struct image image = image_take(test, th);
	u8 *at, *end = th->memory + th->memory_size;
	int ret, expected;

	blocks_sort(blocks);
	memcpy(want, image.failed, sizeof(want));
	for (at = th->memory; at < end; at++) {
		if (!((u_long)at & 0xfff))
			cond_resched();
		expected = heap_spans(th, at) ? -EINVAL : -EFAULT;
		if (next < blocks->nr && at == blocks->block[next].at) {
			next++;
			expected = 0;
		}
		if (free && expected) {
			ret = xnheap_free(&th->heap, at);
			want[expected == -EINVAL ? XNHEAP_FREE_INVALID :
						   XNHEAP_FREE_OUTSIDE]++;
		} else {
			ret = xnheap_check_block(&th->heap, at);
		}
		KUNIT_ASSERT_EQ_MSG(test, expected, ret,
				    "page size %lu, byte %ld of the first area, first page at %ld",
				    th->kind.page_size,
				    (long)(at - th->area[0]),
				    (long)(th->heap.extent[0].base -
					   (u_long)th->area[0]));
	}
	KUNIT_ASSERT_EQ(test, blocks->nr, next);
	KUNIT_ASSERT_TRUE(test, image_is_same(&image, th));
	KUNIT_ASSERT_EQ(test, 0, memcmp(want, th->heap.failed, sizeof(want)));
}

static void of_all_addresses_blocks_alone_are_accepted(struct kunit *test)
{
	const struct sweep *sweep = test->param_value;
	struct rnd_state rnd;
	u_long i, j;

	prandom_seed_state(&rnd, 1988);
	for (i = 0; i < ARRAY_SIZE(small_kinds); i++) {
		struct test_heap *th = heap_make(test, &small_kinds[i]);
		u_long most = xnheap_largest_free(&th->heap);
		struct blocks blocks = blocks_for(test, th);

		sweep->make(test, &blocks, th, &rnd);
		EXPECT_SOUND(test, &th->heap);
		try_every_address(test, th, &blocks, false);
		try_every_address(test, th, &blocks, true);
		/* Each block is accepted once, and then is none */
		for (j = 0; j < blocks.nr; j++) {
			struct held *block = &blocks.block[j];

			KUNIT_ASSERT_EQ(test, 0,
					xnheap_free(&th->heap, block->at));
			KUNIT_ASSERT_EQ(test, -EINVAL,
					xnheap_check_block(&th->heap, block->at));
			KUNIT_ASSERT_EQ(test, -EINVAL,
					xnheap_free(&th->heap, block->at));
			block->at = xnheap_alloc(&th->heap, block->size);
			KUNIT_ASSERT_NOT_NULL(test, block->at);
		}
		EXPECT_SOUND(test, &th->heap);
		blocks_free_all(test, &blocks, th, &rnd);
		KUNIT_EXPECT_EQ(test, most, xnheap_largest_free(&th->heap));
		EXPECT_SOUND(test, &th->heap);
	}
}

static void pointers_from_elsewhere_are_refused(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct test_heap *other = heap_make(test, test->param_value);
	void *block = xnheap_alloc(&other->heap, 1);
	struct image image = image_take(test, th);
	struct image other_image = image_take(test, other);
	void *pointers[] = {
		(void *)1, (void *)8, (void *)4096, (void *)-1UL, (void *)-8UL,
		(void *)LONG_MIN, (void *)LONG_MAX, th, th->heap.buckets, test,
		&block, agree, block, (u8 *)block + 8, other->area[0],
		th->area[0] - FAR, th->area[0] + FAR,
	};
	u_long i;

	for (i = 0; i < ARRAY_SIZE(pointers); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT,
				    xnheap_check_block(&th->heap, pointers[i]),
				    "pointer %lu", i);
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT,
				    xnheap_free(&th->heap, pointers[i]),
				    "pointer %lu", i);
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT,
				    xnheap_test_and_free(&th->heap, pointers[i],
							 agree),
				    "pointer %lu", i);
	}
	KUNIT_EXPECT_TRUE(test, image_is_same(&image, th));
	KUNIT_EXPECT_TRUE(test, image_is_same(&other_image, other));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&other->heap, block));
}

static void *asked_about;
static unsigned int asked_times;
static int answer;

static int ask(void *block)
{
	asked_about = block;
	asked_times++;
	return answer;
}

static void null_is_no_block_and_freeing_it_no_error(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	void *block = xnheap_alloc(&th->heap, 1);
	struct image image = image_take(test, th);

	asked_times = 0;
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, NULL));
	KUNIT_EXPECT_EQ(test, 0, xnheap_test_and_free(&th->heap, NULL, ask));
	KUNIT_EXPECT_EQ(test, 0, xnheap_test_and_free(&th->heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0U, asked_times);
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_check_block(&th->heap, NULL));
	KUNIT_EXPECT_TRUE(test, image_is_same(&image, th));
	KUNIT_EXPECT_EQ(test, 0, memcmp(image.failed, th->heap.failed,
					sizeof(image.failed)));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
}

/* xnheap_test_and_free() */

static void a_block_is_freed_if_the_caller_agrees(struct kunit *test)
{
	static const int refusals[] = { -EBUSY, -EINVAL, -EFAULT, 1, INT_MAX,
					INT_MIN };
	struct test_heap *th = heap_make(test, test->param_value);
	u_long sizes[] = { 1, 64, th->kind.page_size / 2, th->kind.page_size,
			   2 * th->kind.page_size };
	struct image image;
	u_long i, j, used;
	u8 *block, *other;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		block = alloc_block(test, th, sizes[i]);
		other = alloc_block(test, th, sizes[i]);
		used = xnheap_used_mem(&th->heap);
		image = image_take(test, th);
		asked_times = 0;
		for (j = 0; j < ARRAY_SIZE(refusals); j++) {
			answer = refusals[j];
			KUNIT_EXPECT_EQ(test, answer,
					xnheap_test_and_free(&th->heap, block,
							     ask));
			KUNIT_EXPECT_PTR_EQ(test, (void *)block, asked_about);
			KUNIT_EXPECT_EQ(test, j + 1, (u_long)asked_times);
			KUNIT_EXPECT_EQ(test, image.failed[XNHEAP_FREE_REFUSED] +
					      j + 1,
					th->heap.failed[XNHEAP_FREE_REFUSED]);
		}
		KUNIT_EXPECT_TRUE(test, image_is_same(&image, th));
		/* Nobody asks about what is no block */
		asked_times = 0;
		answer = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				xnheap_test_and_free(&th->heap, block + 1, ask));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				xnheap_test_and_free(&th->heap, th->area[0], ask));
		KUNIT_EXPECT_EQ(test, -EFAULT,
				xnheap_test_and_free(&th->heap, test, ask));
		KUNIT_EXPECT_EQ(test, 0U, asked_times);
		KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
		KUNIT_EXPECT_EQ(test, 0,
				xnheap_test_and_free(&th->heap, block, ask));
		KUNIT_EXPECT_EQ(test, 1U, asked_times);
		/* Nor about one that is free, in a run or in a free page */
		KUNIT_EXPECT_EQ(test, -EINVAL,
				xnheap_test_and_free(&th->heap, block, ask));
		free_block(test, th, other);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				xnheap_test_and_free(&th->heap, block, ask));
		KUNIT_EXPECT_EQ(test, 1U, asked_times);
		block = xnheap_alloc(&th->heap, sizes[i]);
		KUNIT_EXPECT_EQ(test, 0,
				xnheap_test_and_free(&th->heap, block, NULL));
		KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
		EXPECT_SOUND(test, &th->heap);
	}
}

static void each_refusal_is_counted_under_its_reason(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	u_long most = xnheap_largest_free(&th->heap), i, n = 0;
	typeof(th->heap.failed) want = { };
	u8 *block = xnheap_alloc(&th->heap, 1);

	answer = -1;
	for (i = 0; i < 7; i++) {
		xnheap_alloc(&th->heap, 0);
		xnheap_alloc(&th->heap, XNHEAP_MAX_EXTENT_SIZE + 1);
		want[XNHEAP_ALLOC_SIZE] += 2;
		xnheap_alloc_aligned(&th->heap, 1, 3);
		want[XNHEAP_ALLOC_ALIGN]++;
		xnheap_alloc(&th->heap, most + 1);
		want[XNHEAP_ALLOC_FULL]++;
		xnheap_free(&th->heap, th);
		want[XNHEAP_FREE_OUTSIDE]++;
		xnheap_free(&th->heap, block + 1);
		xnheap_test_and_free(&th->heap, block + 3, ask);
		want[XNHEAP_FREE_INVALID] += 2;
		xnheap_test_and_free(&th->heap, block, ask);
		want[XNHEAP_FREE_REFUSED]++;
		xnheap_check_block(&th->heap, block);
		xnheap_check_block(&th->heap, block + 1);
		xnheap_check_block(&th->heap, NULL);
		KUNIT_EXPECT_EQ(test, 0, memcmp(want, th->heap.failed, sizeof(want)));
	}
	while (xnheap_alloc(&th->heap, 1))
		n++;
	want[XNHEAP_ALLOC_FULL]++;
	KUNIT_EXPECT_EQ(test, 0, memcmp(want, th->heap.failed, sizeof(want)));
}

/* Out of band */

static void the_heap_writes_neither_into_pages_nor_outside(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = blocks_for(test, th);
	u_long i, nr = th->heap.nr_extents;
	struct xnheap_extent *ext = memory_get(test, nr * sizeof(*ext));
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 9);
	for (i = 0; i < 3; i++)
		blocks_random(test, &blocks, th, &rnd, 40);
	blocks_free_all(test, &blocks, th, &rnd);
	for (i = 0; i < nr; i++)
		ext[i] = th->heap.extent[i];
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&th->heap, NULL, NULL));
	/* The memory was all 0xa5 before it was handed in */
	for (i = 0; i < nr; i++)
		memset((void *)ext[i].start, 0xa5, ext[i].base - ext[i].start);
	KUNIT_EXPECT_NULL(test, memchr_inv(th->memory, 0xa5, th->memory_size));
}

/* Labels */

static void a_label_is_printed_and_cut(struct kunit *test)
{
	struct heap_kind kind = { .page_size = 512, .pages = 8, .extents = 1 };
	struct xnheap *heap = &heap_make(test, &kind)->heap;
	const char *none = NULL;
	char text[100];
	u_long i;

	KUNIT_EXPECT_STREQ(test, heap->label, "heap");
	for (i = 28; i < sizeof(text); i++) {
		memset(text, 'x', i);
		text[i] = 0;
		KUNIT_EXPECT_EQ(test, 0, xnheap_set_label(heap, "%s", text));
		text[min(i, XNHEAP_LABEL_LEN - 1UL)] = 0;
		KUNIT_EXPECT_STREQ(test, heap->label, text);
	}
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_label(heap, "kunit %s/%d", "a", 7));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_label(heap, "%s", ""));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_label(heap, none));
	KUNIT_EXPECT_STREQ(test, heap->label, "kunit a/7");
}

/* Facts and planning */

static void the_facts_add_up(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	const struct heap_kind *kind = test->param_value;
	struct blocks blocks = blocks_for(test, th);
	u_long usable = xnheap_usable_mem(&th->heap), pages = 0, n;

	for (n = 0; n < kind->extents; n++)
		pages += pages_in((u_long)th->area[n], th->area_size,
				  kind->page_size,
				  entry_bytes(kind->page_size, kind->flags), 0);
	KUNIT_EXPECT_EQ(test, pages, xnheap_page_count(&th->heap));
	KUNIT_EXPECT_EQ(test, kind->extents * kind->pages * kind->page_size,
			xnheap_size(&th->heap));
	KUNIT_EXPECT_EQ(test, kind->page_size, xnheap_page_size(&th->heap));
	KUNIT_EXPECT_EQ(test, usable / kind->page_size,
			xnheap_page_count(&th->heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
	/* As many pages can be had as are said to be there */
	n = blocks_fill(test, &blocks, th, kind->page_size);
	KUNIT_EXPECT_EQ(test, n, xnheap_page_count(&th->heap));
	KUNIT_EXPECT_EQ(test, usable, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_largest_free(&th->heap));
}

static void expect_overhead(struct kunit *test, u_long page_size,
			    unsigned int flags)
{
	u_long entry = entry_bytes(page_size, flags), most = SZ_512K, size;
	u_long extra = extra_bytes(page_size, flags), pages;

	for (size = 0; size <= most;
	     size += (1 + size / page_size / 7) * page_size) {
		pages = pages_in(page_size, size, page_size, entry, extra);
		KUNIT_ASSERT_EQ(test,
				pages < 2 ? size : size - pages * page_size,
				xnheap_overhead_flags(size, page_size, flags));
	}
	/* No such area */
	KUNIT_EXPECT_EQ(test, most + 1,
			xnheap_overhead_flags(most + 1, page_size, flags));
	size = XNHEAP_MAX_EXTENT_SIZE;
	KUNIT_EXPECT_LT(test, xnheap_overhead_flags(size, page_size, flags),
			size);
	size += page_size;
	KUNIT_EXPECT_EQ(test, size,
			xnheap_overhead_flags(size, page_size, flags));
}

static void overhead_is_what_an_aligned_heap_really_has(struct kunit *test)
{
	u_long page_size, i;

	for (page_size = 64; page_size <= 32768; page_size *= 2)
		for (i = 0; i < ARRAY_SIZE(kinds_of_heap); i++)
			expect_overhead(test, page_size, kinds_of_heap[i]);
	for (i = 0; i < ARRAY_SIZE(kinds_of_heap); i++) {
		unsigned int flags = kinds_of_heap[i];

		KUNIT_EXPECT_EQ(test, 6400UL,
				xnheap_overhead_flags(6400, 32, flags));
		KUNIT_EXPECT_EQ(test, 6400UL,
				xnheap_overhead_flags(6400, 0, flags));
		KUNIT_EXPECT_EQ(test, 6400UL,
				xnheap_overhead_flags(6400, 100, flags));
		KUNIT_EXPECT_EQ(test, 1UL << 20,
				xnheap_overhead_flags(1UL << 20, 65536, flags));
	}
	/* Without flags as with none */
	for (i = 0; i < SZ_1M; i += SZ_4K)
		KUNIT_EXPECT_EQ(test, xnheap_overhead_flags(i, 512, 0),
				xnheap_overhead(i, 512));
}

/* A new heap serves as many blocks as make @usable bytes. */
static void expect_many(struct kunit *test, struct xnheap *heap, u_long usable,
			u_long size)
{
	u_long n;

	for (n = usable / size; n; n--)
		KUNIT_ASSERT_NOT_NULL_MSG(test, xnheap_alloc(heap, size),
					  "%lu of size %lu", n, size);
}

/*
 * An area of the rounded size, wherever it lies, has so many bytes in pages:
 * as the contract has it, and once in a heap, where most is lost.
 */
static void expect_rounded(struct kunit *test, const struct bare *b,
			   u_long usable, u_long page_size, unsigned int flags)
{
	u_long size = xnheap_rounded_size_flags(usable, page_size, flags), odd;
	u_long entry = entry_bytes(page_size, flags);
	/* Fine sizes do not all fill a page */
	const u_long sizes[] = {
		usable, page_size, 32, flags & XNHEAP_FINE ? 0 : page_size / 2
	};
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0UL, size % page_size);
	KUNIT_ASSERT_GT(test, size, usable);
	KUNIT_ASSERT_LE(test, size + page_size, b->size);
	for (odd = 0; odd < page_size; odd += odd ? page_size / 2 : 1)
		KUNIT_ASSERT_GE(test, page_size * pages_in((u_long)b->area + odd,
							   size, page_size,
							   entry, 0),
				usable);
	for (i = 0; i < ARRAY_SIZE(sizes) && sizes[i]; i++) {
		KUNIT_ASSERT_EQ(test, 0, xnheap_init_flags(b->heap, b->area + 1, size,
							   page_size, flags));
		KUNIT_ASSERT_GE(test, xnheap_usable_mem(b->heap), usable);
		expect_many(test, b->heap, usable, sizes[i]);
		xnheap_destroy(b->heap, NULL, NULL);
		/* Many blocks take long */
		if (usable % (5 * page_size))
			break;
	}
}

static void expect_rounded_sizes(struct kunit *test, const struct bare *b,
				 u_long page_size, unsigned int flags)
{
	u_long usable, size, most = XNHEAP_MAX_EXTENT_SIZE;

	for (usable = 0; usable <= 10 * page_size; usable += page_size) {
		expect_rounded(test, b, usable, page_size, flags);
		expect_rounded(test, b, usable + 1, page_size, flags);
	}
	KUNIT_EXPECT_EQ(test, 0UL,
			xnheap_rounded_size_flags(most, page_size, flags));
	KUNIT_EXPECT_EQ(test, 0UL,
			xnheap_rounded_size_flags(most + 1, page_size, flags));
	KUNIT_EXPECT_EQ(test, 0UL,
			xnheap_rounded_size_flags(ULONG_MAX, page_size, flags));
	KUNIT_EXPECT_EQ(test, 0UL,
			xnheap_rounded_size_flags(-page_size, page_size, flags));
	/* The largest there is: one page more cannot be had */
	for (usable = 0, size = most / 2; size >= page_size; size /= 2)
		if (xnheap_rounded_size_flags(usable + size, page_size, flags))
			usable += size;
	KUNIT_EXPECT_LE(test,
			xnheap_rounded_size_flags(usable, page_size, flags),
			most);
	KUNIT_EXPECT_GT(test, usable, most / (flags & XNHEAP_DEBUG ? 5 : 2));
}

static void a_heap_of_the_rounded_size_holds_what_was_asked(struct kunit *test)
{
	struct bare b = bare(test);
	u_long page_size, i;

	for (page_size = 64; page_size <= 32768; page_size *= 2)
		for (i = 0; i < ARRAY_SIZE(kinds_of_heap); i++)
			expect_rounded_sizes(test, &b, page_size,
					     kinds_of_heap[i]);
	for (i = 0; i < ARRAY_SIZE(kinds_of_heap); i++) {
		unsigned int flags = kinds_of_heap[i];

		KUNIT_EXPECT_EQ(test, 0UL,
				xnheap_rounded_size_flags(1000, 0, flags));
		KUNIT_EXPECT_EQ(test, 0UL,
				xnheap_rounded_size_flags(1000, 32, flags));
		KUNIT_EXPECT_EQ(test, 0UL,
				xnheap_rounded_size_flags(1000, 100, flags));
		KUNIT_EXPECT_EQ(test, 0UL,
				xnheap_rounded_size_flags(1000, 65536, flags));
	}
	for (i = 0; i < SZ_1M; i += SZ_4K)
		KUNIT_EXPECT_EQ(test, xnheap_rounded_size_flags(i, 512, 0),
				xnheap_rounded_size(i, 512));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(init_refuses_a_page_size_out_of_bounds),
	KUNIT_CASE(what_is_no_area_is_refused),
	KUNIT_CASE(an_area_loses_no_page_but_to_its_page_map),
	KUNIT_CASE(init_refuses_unknown_flags),
	KIND_CASE(a_live_heap_is_not_made_again),
	KUNIT_CASE(garbage_in_a_new_heap_does_not_refuse),
	KUNIT_CASE_PARAM(an_area_that_overlaps_an_extent_is_refused,
			 small_kind_gen_params),
	KUNIT_CASE(the_65th_extent_is_refused),
	KIND_CASE(a_full_heap_goes_on_in_a_new_extent),
	KIND_CASE(destroy_hands_back_each_extent_once),
	KUNIT_CASE(what_is_no_heap_is_refused_by_every_call),
	KIND_CASE(every_size_is_rounded_and_aligned_as_documented),
	KIND_CASE(a_heap_takes_as_many_blocks_again_as_it_took_before),
	KIND_CASE(no_two_blocks_overlap),
	KIND_CASE(the_largest_request_that_succeeds_is_known),
	KIND_CASE(the_largest_request_that_can_ever_succeed_is_known),
	KIND_CASE(where_no_page_is_left_a_larger_block_is_handed_out),
	KIND_CASE(of_larger_blocks_the_smallest_is_handed_out),
	KUNIT_CASE_PARAM(of_all_addresses_blocks_alone_are_accepted,
			 sweep_gen_params),
	KIND_CASE(pointers_from_elsewhere_are_refused),
	KIND_CASE(null_is_no_block_and_freeing_it_no_error),
	KIND_CASE(a_block_is_freed_if_the_caller_agrees),
	KIND_CASE(each_refusal_is_counted_under_its_reason),
	KIND_CASE(the_heap_writes_neither_into_pages_nor_outside),
	KUNIT_CASE(a_label_is_printed_and_cut),
	KIND_CASE(the_facts_add_up),
	KUNIT_CASE(overhead_is_what_an_aligned_heap_really_has),
	KUNIT_CASE(a_heap_of_the_rounded_size_holds_what_was_asked),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_heap",
	.test_cases = cases,
};

kunit_test_suite(suite);
