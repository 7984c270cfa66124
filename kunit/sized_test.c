// SPDX-License-Identifier: GPL-2.0
/* Blocks and their sizes: zeroed ones, what one takes, one that gets another size. */

#include <linux/err.h>

#include "kunit_xnheap.h"
#ifdef XNHEAP_OBSERVE
#include "observe/observe.h"
#endif

static const struct heap_kind kinds[] = {
	{ "64-byte pages, 3 extents at odd addresses", 64, 400, 3, 13 },
	{ "512-byte pages", 512, 200, 1, 0 },
	{ "4096-byte pages, 2 extents", 4096, 60, 2, 0 },
	{ "32768-byte pages at an odd address", 32768, 24, 1, 8 },
	{ "512-byte pages, fine, 2 extents", 512, 300, 2, 7, XNHEAP_FINE },
	{ "4096-byte pages, fine", 4096, 80, 1, 0, XNHEAP_FINE },
	{ "512-byte pages, percpu", 512, 4000, 1, 0, XNHEAP_PERCPU },
	{ "4096-byte pages, percpu, 2 extents", 4096, 700, 2, 0, XNHEAP_PERCPU },
#ifdef XNHEAP_OBSERVE
	{ "512-byte pages, debug", 512, 200, 1, 5, XNHEAP_DEBUG },
	{ "4096-byte pages, fine, debug", 4096, 80, 1, 0, XNHEAP_FINE | XNHEAP_DEBUG },
	{ "4096-byte pages, percpu, debug", 4096, 300, 2, 0, XNHEAP_PERCPU | XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
HEAP_KIND_PARAM;
#define SIZED_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

static struct test_heap *make(struct kunit *test)
{
	return heap_make(test, test->param_value);
}

/* Whether the heap knows how many bytes were asked for, and tells those. */
static bool tells_asked(const struct test_heap *th)
{
	return th->kind.flags & XNHEAP_DEBUG || IS_ENABLED(CONFIG_KASAN_GENERIC);
}

static bool is_all(const u8 *at, int byte, u_long bytes)
{
	return !memchr_inv(at, byte, bytes);
}

/* What the heap counts, so far. */
static u64 failures(struct test_heap *th)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		sum += th->heap.failed[i];
	return sum;
}

/* The one failure that was counted since there were @before is @why. */
static void expect_failure(struct kunit *test, struct test_heap *th, u64 *before,
			   u64 *of_this, enum xnheap_failure why)
{
	KUNIT_EXPECT_EQ(test, ++*before, failures(th));
	KUNIT_EXPECT_EQ(test, *of_this + 1, th->heap.failed[why]);
	*of_this = th->heap.failed[why];
}

static void all_bytes_that_were_asked_for_are_zero(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long size, ps = th->kind.page_size;
	u8 *block;

	for (size = 1; size <= 5 * ps; size += 1 + size / 5) {
		block = alloc_block(test, th, size);
		memset(block, 0xff, size);
		free_block(test, th, block);
		block = xnheap_zalloc(&th->heap, size);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_TRUE(test, is_all(block, 0, size));
		memset(block, 0xff, size);
		free_block(test, th, block);
		block = xnheap_calloc(&th->heap, size, 3);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_TRUE(test, is_all(block, 0, 3 * size));
		memset(block, 0xff, 3 * size);
		free_block(test, th, block);
	}
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

static void a_size_that_is_none_is_counted_as_one(struct kunit *test)
{
	struct test_heap *th = make(test);
	static const struct {
		size_t n, size;
	} arrays[] = {
		{ 0, 8 }, { 8, 0 }, { 0, 0 }, { SIZE_MAX, 2 }, { 2, SIZE_MAX },
		{ SIZE_MAX / 2 + 1, 2 }, { SIZE_MAX / 2 + 2, 2 },
		{ SIZE_MAX, SIZE_MAX }, { SZ_1M, SZ_2G },
	};
	u64 failed = 0, sizes = 0;
	unsigned int i;

	KUNIT_EXPECT_NULL(test, xnheap_zalloc(&th->heap, 0));
	expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
	KUNIT_EXPECT_NULL(test, xnheap_zalloc(&th->heap, XNHEAP_MAX_EXTENT_SIZE + 1));
	expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		KUNIT_EXPECT_NULL(test, xnheap_calloc(&th->heap, READ_ONCE(arrays[i].n),
						      READ_ONCE(arrays[i].size)));
		expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
	}
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
}

/* Some sizes, and those around where blocks get larger. */
static u_long next_of(u_long size)
{
	return size + 1 + (size > 200 ? size / 64 : 0);
}

static void expect_takes(struct kunit *test, struct test_heap *th, u_long size)
{
	u_long told = xnheap_block_size(&th->heap, size);
	u8 *block = xnheap_alloc(&th->heap, size);

	if (size > xnheap_max_contiguous(&th->heap)) {
		KUNIT_ASSERT_EQ(test, 0, told);
		KUNIT_ASSERT_NULL(test, block);
		return;
	}
	KUNIT_ASSERT_NOT_NULL_MSG(test, block, "size %lu", size);
	KUNIT_ASSERT_EQ_MSG(test, told, xnheap_used_mem(&th->heap), "size %lu", size);
	KUNIT_ASSERT_EQ_MSG(test, xnheap_usable_size(&th->heap, block),
			    tells_asked(th) ? size : told, "size %lu", size);
	free_block(test, th, block);
	KUNIT_ASSERT_EQ(test, 0, xnheap_drain(&th->heap));
}

static void a_request_takes_what_was_told_before(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long size, most = xnheap_max_contiguous(&th->heap);

	for (size = 1; size < most + 100; size = next_of(size))
		expect_takes(test, th, size);
	expect_takes(test, th, most);
	expect_takes(test, th, most + 1);
	KUNIT_EXPECT_EQ(test, 0, xnheap_block_size(&th->heap, 0));
	KUNIT_EXPECT_EQ(test, 0, xnheap_block_size(&th->heap, XNHEAP_MAX_EXTENT_SIZE));
	KUNIT_EXPECT_EQ(test, 0, xnheap_block_size(&th->heap, ULONG_MAX));
}

static void what_is_no_block_has_no_size(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long ps = th->kind.page_size;
	u8 *block = alloc_block(test, th, 24), *pages = alloc_block(test, th, 3 * ps);
	u8 *freed = alloc_block(test, th, 24);

	free_block(test, th, freed);
	KUNIT_EXPECT_NE(test, 0, xnheap_usable_size(&th->heap, block));
	KUNIT_EXPECT_NE(test, 0, xnheap_usable_size(&th->heap, pages));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, freed));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, block + 1));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, block + 8));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, pages + 8));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, pages + ps));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, NULL));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, th));
	KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(&th->heap, (void *)ULONG_MAX));
	KUNIT_EXPECT_EQ(test, 0, failures(th));
}

/* Bytes to ask for, of a block of so many pages: with its red zone they are full. */
static u_long of_pages(const struct test_heap *th, u_long pages)
{
	return pages * th->kind.page_size - (th->kind.flags & XNHEAP_DEBUG ? 8 : 0);
}

/* Four page blocks in a row, in the order of their addresses; whatever is free is before. */
static void make_row(struct kunit *test, struct test_heap *th, u8 *row[4])
{
	int i;

	for (i = 3; i >= 0; i--)
		row[i] = alloc_block(test, th, of_pages(th, 3));
	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_PTR_EQ(test, row[i + 1], row[i] + 3 * th->kind.page_size);
}

static void a_page_block_grows_into_the_free_pages_after_it(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long ps = th->kind.page_size;
	u_long pages;
	u8 *row[4];

	make_row(test, th, row);
	memset(row[0], 0x5a, of_pages(th, 3));
	free_block(test, th, row[1]);
	free_block(test, th, row[2]);
	for (pages = 4; pages <= 9; pages++) {
		row[0] = realloc_in_place(test, th, row[0], of_pages(th, pages));
		KUNIT_EXPECT_TRUE(test, is_all(row[0], 0x5a, of_pages(th, pages - 1)));
		memset(row[0], 0x5a, of_pages(th, pages));
		KUNIT_EXPECT_EQ(test, (pages + 3) * ps, xnheap_used_mem(&th->heap));
		EXPECT_SOUND(test, &th->heap);
	}
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(&th->heap, row[3]));
	/* The next page is another's */
	row[1] = xnheap_realloc(&th->heap, row[0], of_pages(th, 10));
	KUNIT_ASSERT_NOT_NULL(test, row[1]);
	KUNIT_EXPECT_PTR_NE(test, row[0], row[1]);
	KUNIT_EXPECT_TRUE(test, is_all(row[1], 0x5a, of_pages(th, 9)));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(&th->heap, row[0]));
	KUNIT_EXPECT_EQ(test, 13 * ps, xnheap_used_mem(&th->heap));
	free_block(test, th, row[1]);
	free_block(test, th, row[3]);
	KUNIT_EXPECT_EQ(test, xnheap_max_contiguous(&th->heap), xnheap_largest_free(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

static void pages_that_are_not_needed_are_given_back_at_once(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long ps = th->kind.page_size, pages;
	u8 *row[4], *other;

	make_row(test, th, row);
	for (pages = 2; pages; pages--) {
		memset(row[1], 0x5a, of_pages(th, pages + 1));
		row[1] = realloc_in_place(test, th, row[1], of_pages(th, pages));
		KUNIT_EXPECT_TRUE(test, is_all(row[1], 0x5a, of_pages(th, pages)));
		KUNIT_EXPECT_EQ(test, (9 + pages) * ps, xnheap_used_mem(&th->heap));
		KUNIT_EXPECT_EQ(test, 3 - pages,
				range_length(&th->heap, (u_long)row[1] + pages * ps));
		EXPECT_SOUND(test, &th->heap);
	}
	/* Not less than a page, but no more bytes of it than are asked for */
	row[1] = realloc_in_place(test, th, row[1], 1);
	KUNIT_EXPECT_EQ(test, 10 * ps, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, tells_asked(th) ? 1 : ps, xnheap_usable_size(&th->heap, row[1]));
	/* They merge with what is free after them, and may be had */
	free_block(test, th, row[2]);
	KUNIT_EXPECT_EQ(test, 5, range_length(&th->heap, (u_long)row[1] + ps));
	other = alloc_block(test, th, of_pages(th, 5));
	KUNIT_EXPECT_PTR_EQ(test, other, row[1] + ps);
	KUNIT_EXPECT_EQ(test, 0x5a, *row[1]);
	EXPECT_SOUND(test, &th->heap);
}

static void a_block_that_has_room_stays(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long least = XNHEAP_MIN_BLOCK, takes = xnheap_block_size(&th->heap, least), size;
	u8 *block = alloc_block(test, th, least);

	memset(block, 0x5a, least);
	for (size = 1; xnheap_block_size(&th->heap, size) == takes; size++)
		block = realloc_in_place(test, th, block, size);
	KUNIT_EXPECT_EQ(test, 0x5a, *block);
	memset(block, 0x5a, size - 1);
	KUNIT_EXPECT_EQ(test, takes, xnheap_used_mem(&th->heap));
	block = xnheap_realloc(&th->heap, block, size);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_TRUE(test, is_all(block, 0x5a, size - 1));
	KUNIT_EXPECT_EQ(test, xnheap_block_size(&th->heap, size), xnheap_used_mem(&th->heap));
	block = realloc_in_place(test, th, block, 1);
	free_block(test, th, block);
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

static void to_realloc_nothing_is_to_alloc(struct kunit *test)
{
	struct test_heap *th = make(test);
	u8 *block = xnheap_realloc(&th->heap, NULL, 100);

	KUNIT_ASSERT_NOT_NULL(test, block);
	memset(block, 0xff, 100);
	KUNIT_EXPECT_EQ(test, xnheap_block_size(&th->heap, 100), xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, failures(th));
	free_block(test, th, block);
}

static void a_realloc_that_fails_leaves_the_block(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long ps = th->kind.page_size, used;
	u8 *block = alloc_block(test, th, 24), *pages = alloc_block(test, th, 3 * ps);
	u64 failed = 0, sizes = 0, full = 0, invalid = 0, outside = 0;
	u8 *freed = alloc_block(test, th, 24);

	memset(block, 0x5a, 24);
	memset(pages, 0x5a, 3 * ps);
	free_block(test, th, freed);
	used = xnheap_used_mem(&th->heap);

	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, block, 0));
	expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, NULL, 0));
	expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, pages, ULONG_MAX));
	expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, pages, XNHEAP_MAX_EXTENT_SIZE + 1));
	expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, pages,
					       xnheap_max_contiguous(&th->heap) + 1));
	expect_failure(test, th, &failed, &full, XNHEAP_ALLOC_FULL);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, block + 8, 8));
	expect_failure(test, th, &failed, &invalid, XNHEAP_FREE_INVALID);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, freed, 8));
	expect_failure(test, th, &failed, &invalid, XNHEAP_FREE_INVALID);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, pages + ps, 8));
	expect_failure(test, th, &failed, &invalid, XNHEAP_FREE_INVALID);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, th, 8));
	expect_failure(test, th, &failed, &outside, XNHEAP_FREE_OUTSIDE);

	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(&th->heap, block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(&th->heap, pages));
	KUNIT_EXPECT_TRUE(test, is_all(block, 0x5a, 24));
	KUNIT_EXPECT_TRUE(test, is_all(pages, 0x5a, 3 * ps));
	EXPECT_SOUND(test, &th->heap);
}

/* Fill a block with bytes that follow from its mark. */
static void held_fill(struct held *held)
{
	memset(held->at, held->mark, held->size);
}

/* Blocks of random sizes get others; nothing is lost or overlaps, and all fits in the end. */
static void contents_are_kept_up_to_the_lesser_size(struct kunit *test)
{
	struct test_heap *th = make(test);
	struct blocks blocks = blocks_room(test, 60);
	u_long i, size, kept, stays = 0, moves = 0, fails = 0;
	struct rnd_state rnd;
	struct held *held;
	u8 *at;

	memset(blocks.block, 0, blocks.max * sizeof(*blocks.block));
	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 6000; i++) {
		held = &blocks.block[random_below(&rnd, blocks.max)];
		if (held->at && !random_below(&rnd, 6)) {
			KUNIT_ASSERT_TRUE(test, is_all(held->at, held->mark, held->size));
			free_block(test, th, held->at);
			*held = (struct held) { };
			continue;
		}
		size = random_size(&rnd, th);
		at = xnheap_realloc(&th->heap, held->at, size);
		if (!at) {
			fails++;
			continue;
		}
		kept = min(size, held->size);
		KUNIT_ASSERT_TRUE(test, is_all(at, held->mark, kept));
		if (held->at)
			*(at == held->at ? &stays : &moves) += 1;
		*held = (struct held) { .at = at, .size = size, .mark = i % 256 };
		held_fill(held);
		KUNIT_ASSERT_GE(test, xnheap_usable_size(&th->heap, at), size);
		if (i % 100 == 0)
			EXPECT_SOUND(test, &th->heap);
	}
	KUNIT_EXPECT_GT(test, stays, 100);
	KUNIT_EXPECT_GT(test, moves, 100);
	for (i = 0; i < blocks.max; i++) {
		held = &blocks.block[i];
		if (held->at)
			KUNIT_EXPECT_TRUE(test, is_all(held->at, held->mark, held->size));
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, held->at));
	}
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, xnheap_max_contiguous(&th->heap), xnheap_largest_free(&th->heap));
#ifdef XNHEAP_OBSERVE
	KUNIT_EXPECT_EQ(test, 0, th->heap.observed->overruns);
	KUNIT_EXPECT_EQ(test, 0, th->heap.observed->stale);
#endif
	EXPECT_SOUND(test, &th->heap);
}

/* Nothing is mapped there: whoever copies or clears is told by the processor. */
#define APART	((u8 *)0x10000000UL)

static void memory_that_is_never_touched_is_not(struct kunit *test)
{
	struct test_heap *th = kunit_kzalloc(test, sizeof(*th), GFP_KERNEL);
	u_long bytes = 16 * 512, map_size = xnheap_map_size(bytes, 512, 0);
	void *map = memory_get(test, map_size);
	u8 *block, *pages;

	KUNIT_ASSERT_NOT_NULL(test, th);
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_apart(&th->heap, APART, bytes, 512, map,
						   map_size, 0));
	undo_later(test, destroy_heap, th);
	KUNIT_EXPECT_NULL(test, xnheap_zalloc(&th->heap, 64));
	KUNIT_EXPECT_NULL(test, xnheap_calloc(&th->heap, 4, 64));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
	pages = xnheap_alloc(&th->heap, 512);
	block = xnheap_alloc(&th->heap, 64);
	/* Free pages lie before them */
	KUNIT_EXPECT_PTR_EQ(test, pages, APART + bytes - 512);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, pages, 1024));
	KUNIT_EXPECT_NULL(test, xnheap_realloc(&th->heap, block, 65));
	block = realloc_in_place(test, th, block, 33);
	KUNIT_EXPECT_EQ(test, 512 + 64, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, failures(th));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, pages));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));

	block = xnheap_alloc(&th->heap, 1024);
	pages = xnheap_alloc(&th->heap, 1024);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(&th->heap, block));
	pages = realloc_in_place(test, th, pages, 2048);
	KUNIT_EXPECT_EQ(test, 2048, xnheap_usable_size(&th->heap, pages));
	pages = realloc_in_place(test, th, pages, 512);
	KUNIT_EXPECT_EQ(test, 512, xnheap_used_mem(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

static void what_is_no_heap_has_no_blocks(struct kunit *test)
{
	struct xnheap *none[] = { NULL, kunit_kzalloc(test, sizeof(struct xnheap), GFP_KERNEL) };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, none[1]);
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		KUNIT_EXPECT_NULL(test, xnheap_zalloc(none[i], 8));
		KUNIT_EXPECT_NULL(test, xnheap_calloc(none[i], 8, 8));
		KUNIT_EXPECT_NULL(test, xnheap_realloc(none[i], NULL, 8));
		KUNIT_EXPECT_NULL(test, xnheap_realloc(none[i], none, 8));
		KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(none[i], none));
		KUNIT_EXPECT_EQ(test, 0, xnheap_block_size(none[i], 8));
	}
}

#if KERNEL_VERSION(6, 5, 0) <= LINUX_VERSION_CODE

/* Leaves by one of three ways; the block that is handed on, or NULL. */
static void *leave_scope(struct test_heap *th, u_long size, bool hand_on)
{
	CLASS(xnheap_block, block)(&th->heap, xnheap_alloc(&th->heap, size));

	if (!block.at)
		return NULL;
	memset(block.at, 0xff, size);
	if (hand_on)
		return_ptr(block.at);
	return NULL;
}

static void a_block_is_freed_with_its_scope_unless_handed_on(struct kunit *test)
{
	struct test_heap *th = make(test);
	u_long takes = xnheap_block_size(&th->heap, 100);
	u64 failed = 0, sizes = 0;
	void *block;

	KUNIT_EXPECT_NULL(test, leave_scope(th, 100, false));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
	block = leave_scope(th, 100, true);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, takes, xnheap_used_mem(&th->heap));
	free_block(test, th, block);
	KUNIT_EXPECT_EQ(test, 0, failures(th));
	/* To free none is no mistake */
	KUNIT_EXPECT_NULL(test, leave_scope(th, 0, true));
	expect_failure(test, th, &failed, &sizes, XNHEAP_ALLOC_SIZE);
}

#endif

static struct kunit_case cases[] = {
	SIZED_CASE(all_bytes_that_were_asked_for_are_zero),
	SIZED_CASE(a_size_that_is_none_is_counted_as_one),
	SIZED_CASE(a_request_takes_what_was_told_before),
	KIND_CASE(a_request_takes_what_was_told_before),
	SIZED_CASE(what_is_no_block_has_no_size),
	SIZED_CASE(a_page_block_grows_into_the_free_pages_after_it),
	SIZED_CASE(pages_that_are_not_needed_are_given_back_at_once),
	SIZED_CASE(a_block_that_has_room_stays),
	SIZED_CASE(to_realloc_nothing_is_to_alloc),
	SIZED_CASE(a_realloc_that_fails_leaves_the_block),
	SIZED_CASE(contents_are_kept_up_to_the_lesser_size),
	KUNIT_CASE(memory_that_is_never_touched_is_not),
	KUNIT_CASE(what_is_no_heap_has_no_blocks),
#if KERNEL_VERSION(6, 5, 0) <= LINUX_VERSION_CODE
	SIZED_CASE(a_block_is_freed_with_its_scope_unless_handed_on),
#endif
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_sized",
	.test_cases = cases,
};

kunit_test_suite(suite);
