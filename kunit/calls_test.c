// SPDX-License-Identifier: GPL-2.0
/* Calls that are observed: events, latency, the log, debug heaps. */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irq_work.h>
#include <linux/kmsg_dump.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "debugfs.h"
#include "observe/observe.h"
#include "observe/trace.h"

static const struct heap_kind debug_kinds[] = {
	{ "64-byte pages", 64, 256, 1, 0 },
	{ "512-byte pages at odd addresses, 3 extents", 512, 64, 3, 13 },
	{ "4096-byte pages, 2 extents", 4096, 16, 2, 0 },
	{ "32768-byte pages at an odd address", 32768, 12, 1, 8 },
	{ "512-byte pages, fine, 64 steps", 512, 700, 1, 5, XNHEAP_FINE },
	{ "4096-byte pages, fine, 2 extents", 4096, 40, 2, 0, XNHEAP_FINE },
	{ "4096-byte pages, percpu, 2 extents", 4096, 300, 2, 0, XNHEAP_PERCPU },
};

KUNIT_ARRAY_PARAM_DESC(debug_kind, debug_kinds, name);
#define DEBUG_CASE(test) KUNIT_CASE_PARAM(test, debug_kind_gen_params)

static struct test_heap *debug_heap(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	struct test_heap *th = heap_prepare(test, kind, 0);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0,
			xnheap_init_flags(&th->heap, th->area[0], th->area_size,
					  kind->page_size,
					  kind->flags | XNHEAP_DEBUG));
	for (i = 1; i < kind->extents; i++)
		KUNIT_ASSERT_EQ(test, 0, xnheap_extend(&th->heap, th->area[i],
						       th->area_size));
	return th;
}

/* Write one byte where nobody should; KASAN would say so. */
static __no_kasan_or_inline void scribble(u8 *at)
{
	WRITE_ONCE(*at, READ_ONCE(*at) + 1);
}

static const u_long sizes[] = {
	1, 7, 8, 55, 56, 57, 63, 64, 65, 100, 120, 121, 500, 512, 1000, 1500,
};

static void expect_found(struct kunit *test, struct test_heap *th,
			 u_long overruns, u_long stale)
{
	KUNIT_EXPECT_EQ(test, th->heap.observed->overruns, overruns);
	KUNIT_EXPECT_EQ(test, th->heap.observed->stale, stale);
}

static void an_overrun_is_found_when_the_block_is_freed(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long i, after, found = 0;
	u8 *block;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (after = 0; after < RED_ZONE; after++) {
			block = alloc_block(test, th, sizes[i]);
			memset(block, 0xff, sizes[i]);
			scribble(block + sizes[i] + after);
			free_block(test, th, block);
			expect_found(test, th, ++found, 0);
		}
	}
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
}

static void a_write_after_free_is_found(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long i, found = 0;
	u8 *block;

	/* Nothing else is out: the pages go back in between */
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		block = alloc_block(test, th, sizes[i]);
		free_block(test, th, block);
		scribble(block + sizes[i] / 2);
		KUNIT_ASSERT_PTR_EQ(test, alloc_block(test, th, sizes[i]), block);
		free_block(test, th, block);
		expect_found(test, th, 0, ++found);
	}
}

static void a_write_after_free_is_found_by_another_size(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long all = 0, page = th->kind.page_size;
	u8 *block = alloc_block(test, th, 40);
	u8 **seen = memory_get(test, 4096 * sizeof(*seen));

	free_block(test, th, block);
	scribble(block);
	while (all < 4096 && (seen[all] = xnheap_alloc(&th->heap, page - 8)))
		all++;
	expect_found(test, th, 0, 1);
	while (all)
		free_block(test, th, seen[--all]);
}

static noinline void *realloc_it(struct test_heap *th, void *block, u_long size)
{
	void *now = xnheap_realloc(&th->heap, block, size);

	barrier();	/* or this would be a jump */
	return now;
}

/* The track of a block. */
static const struct track *track_of(const struct test_heap *th, const void *block)
{
	const struct xnheap_extent *ext = extent_find(&th->heap, (u_long)block);

	return tracks_of(&th->heap, ext) + ((u_long)block - ext->base) / TRACKING_SPAN;
}

static void a_block_of_another_size_is_tracked_with_that(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long page = th->kind.page_size, i;
	u_long to[] = { 9, 40, 100, 3 * page, page - 8, 4 * page, 1 };
	u8 *block = alloc_block(test, th, 20);

	for (i = 0; i < ARRAY_SIZE(to); i++) {
		block = realloc_it(th, block, to[i]);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_EXPECT_EQ(test, to[i], xnheap_usable_size(&th->heap, block));
		KUNIT_EXPECT_TRUE(test, track_of(th, block)->live);
		KUNIT_EXPECT_LT(test, track_of(th, block)->caller - (u_long)realloc_it, 256);
		memset(block, 0xff, to[i]);
		expect_found(test, th, i, 0);
		/* The red zone is where the block ends now */
		scribble(block + to[i]);
		block = realloc_it(th, block, to[i]);
		KUNIT_ASSERT_NOT_NULL(test, block);
		expect_found(test, th, i + 1, 0);
	}
	free_block(test, th, block);
	expect_found(test, th, i, 0);
}

static void pages_that_a_block_grows_into_are_looked_at(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long pages = 2 * th->kind.page_size;	/* no bucket has blocks of two */
	u8 *after = alloc_block(test, th, 2 * pages - 8), *block = alloc_block(test, th, pages - 8);

	KUNIT_ASSERT_PTR_EQ(test, after, block + pages);
	free_block(test, th, after);
	scribble(after + min(pages / 2, 2000UL));
	block = realloc_in_place(test, th, block, 3 * pages - 8);
	expect_found(test, th, 0, 1);
	/* What the owner wrote is poison once it is given back, and may not be touched then */
	memset(block, 0xff, 3 * pages - 8);
	block = realloc_in_place(test, th, block, pages - 8);
	after = alloc_block(test, th, 2 * pages - 8);
	expect_found(test, th, 0, 1);
	free_block(test, th, after);
	block = realloc_in_place(test, th, block, 3 * pages - 8);
	block = realloc_in_place(test, th, block, pages - 8);
	scribble(block + pages + 8);
	after = alloc_block(test, th, 2 * pages - 8);
	KUNIT_ASSERT_PTR_EQ(test, after, block + pages);
	expect_found(test, th, 0, 2);
	free_block(test, th, block);
	free_block(test, th, after);
	expect_found(test, th, 0, 2);
}

/*
 * The owner of a large block writes over poison that is older, after what is
 * poisoned when it is freed. None of that is a mistake.
 */
static void stale_poison_is_forgotten(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long large = xnheap_largest_free(&th->heap);
	u_long nr, i;
	u8 **block = memory_get(test, 4096 * sizeof(*block));
	u8 *whole;

	for (nr = 0; nr < 4096; nr++) {
		block[nr] = xnheap_alloc(&th->heap, 56);
		if (!block[nr])
			break;
	}
	for (i = 0; i < nr; i++)
		free_block(test, th, block[i]);
	whole = alloc_block(test, th, large);
	memset(whole, 0xff, large);
	free_block(test, th, whole);
	for (i = 0; i < nr; i++)
		block[i] = alloc_block(test, th, 56);
	expect_found(test, th, 0, 0);
	for (i = 0; i < nr; i++)
		free_block(test, th, block[i]);
}

static void a_free_writes_no_more_than_its_bound(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long large = xnheap_largest_free(&th->heap);
	u8 *block = alloc_block(test, th, large);

	if (large < POISON_MAX + 64)
		kunit_skip(test, "no block is that large");
	memset(block, 0xff, large);
	free_block(test, th, block);
	KUNIT_ASSERT_PTR_EQ(test, alloc_block(test, th, large), block);
	KUNIT_EXPECT_NULL(test, memchr_inv(block, 0x6b, POISON_MAX));
	KUNIT_EXPECT_NULL(test, memchr_inv(block + POISON_MAX, 0xff,
					   large - POISON_MAX));
	free_block(test, th, block);
}

static void who_makes_no_mistake_is_not_accused(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;
	u_long step, i;

	prandom_seed_state(&rnd, 5);
	for (step = 0; step < 5000; step++) {
		if (random_below(&rnd, 2) &&
		    blocks_alloc(test, &blocks, th, random_size(&rnd, th))) {
			struct held *new = &blocks.block[blocks.nr - 1];

			memset(new->at, step, new->size);
		} else if (blocks.nr) {
			i = random_below(&rnd, blocks.nr);
			blocks_free(test, &blocks, th, i);
		}
	}
	blocks_free_all(test, &blocks, th, &rnd);
	expect_found(test, th, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
}

static void the_largest_request_is_known(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long largest = xnheap_largest_free(&th->heap);

	KUNIT_EXPECT_EQ(test, largest, xnheap_max_contiguous(&th->heap));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, largest + 1));
	free_block(test, th, alloc_block(test, th, largest));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, 0));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, ULONG_MAX - 7));
}

static void a_debug_heap_refuses_what_others_do(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u8 *block = alloc_block(test, th, 10);

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block + 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(&th->heap, th));
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(&th->heap, block));
	free_block(test, th, block);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block));
	expect_found(test, th, 0, 0);
}

static int agree(void *block)
{
	return 0;
}

static int disagree(void *block)
{
	return -EBUSY;
}

static void a_block_of_a_debug_heap_is_freed_if_the_caller_agrees(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u8 *block = alloc_block(test, th, 100);

	memset(block, 0xff, 100);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			xnheap_test_and_free(&th->heap, block, disagree));
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(&th->heap, block));
	KUNIT_EXPECT_NULL(test, memchr_inv(block, 0xff, 100));
	scribble(block + 100);
	KUNIT_EXPECT_EQ(test, 0,
			xnheap_test_and_free(&th->heap, block, agree));
	expect_found(test, th, 1, 0);
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
}

static void an_aligned_block_of_a_debug_heap_has_a_red_zone(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long align, i, found = 0;
	u8 *block;

	for (align = 1; align <= th->kind.page_size; align *= 2) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			block = xnheap_alloc_aligned(&th->heap, sizes[i], align);
			KUNIT_ASSERT_NOT_NULL(test, block);
			KUNIT_EXPECT_EQ(test, 0, (u_long)block % align);
			memset(block, 0xff, sizes[i]);
			scribble(block + sizes[i]);
			free_block(test, th, block);
			expect_found(test, th, ++found, 0);
		}
	}
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(&th->heap, 8, 24));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(&th->heap, 8,
						     2 * th->kind.page_size));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(&th->heap));
}

/* What was never poisoned has the era 0, so that no other may have that. */
static void the_era_after_the_last_is_the_first(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	u_long large = xnheap_largest_free(&th->heap);
	struct blocks blocks = blocks_for(test, th);

	KUNIT_ASSERT_GT(test, large, POISON_MAX);
	th->heap.observed->era = U32_MAX;
	free_block(test, th, alloc_block(test, th, large));
	KUNIT_EXPECT_EQ(test, 1U, th->heap.observed->era);
	blocks_fill(test, &blocks, th, 56);
	blocks_free_all(test, &blocks, th, NULL);
	expect_found(test, th, 0, 0);
}

/* Whether the kernel's log has a line with this in it. */
static bool is_logged(struct kunit *test, const char *text)
{
	char *line = memory_get(test, SZ_1K);
	struct kmsg_dump_iter iter;
	bool found = false;
	size_t len;

	kmsg_dump_rewind(&iter);
	while (!found && kmsg_dump_get_line(&iter, false, line, SZ_1K - 1, &len)) {
		line[len] = '\0';
		found = strstr(line, text);
	}
	return found;
}

static noinline void *first_caller(struct test_heap *th, u_long size)
{
	void *block = xnheap_alloc(&th->heap, size);

	OPTIMIZER_HIDE_VAR(block);	/* no tail call */
	return block;
}

/* Not one function with the first */
static noinline void *second_caller(struct test_heap *th, u_long size)
{
	void *block;

	OPTIMIZER_HIDE_VAR(size);
	block = xnheap_alloc(&th->heap, size);
	OPTIMIZER_HIDE_VAR(block);
	return block;
}

static bool calls_from(const struct leak *leak, void *function)
{
	return leak->caller - (u_long)function < 64;
}

static void leaks_are_grouped_by_caller(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	struct leaks *leaks;
	void *freed[2];
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_NOT_NULL(test, first_caller(th, 10));
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_NOT_NULL(test, second_caller(th, 100 + i));
	for (i = 0; i < 2; i++)
		freed[i] = first_caller(th, 20);
	for (i = 0; i < 2; i++)
		free_block(test, th, freed[i]);

	leaks = tracking_leaks(&th->heap, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(leaks));
	KUNIT_EXPECT_EQ(test, leaks->nr, 2);
	KUNIT_EXPECT_EQ(test, leaks->blocks, 5);
	KUNIT_EXPECT_TRUE(test, calls_from(&leaks->leak[0], second_caller));
	KUNIT_EXPECT_EQ(test, leaks->leak[0].blocks, 2);
	KUNIT_EXPECT_EQ(test, leaks->leak[0].bytes, 201);
	KUNIT_EXPECT_TRUE(test, calls_from(&leaks->leak[1], first_caller));
	KUNIT_EXPECT_EQ(test, leaks->leak[1].blocks, 3);
	KUNIT_EXPECT_EQ(test, leaks->leak[1].bytes, 30);
	kvfree(leaks);
}

static void every_leak_is_found(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	struct blocks blocks = blocks_for(test, th);
	struct leaks *leaks;
	u_long i, bytes = 0;

	blocks_fill(test, &blocks, th, 3 * th->kind.page_size);
	blocks_fill(test, &blocks, th, 20);
	for (i = 0; i < blocks.nr; i++)
		bytes += blocks.block[i].size;

	leaks = tracking_leaks(&th->heap, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(leaks));
	KUNIT_EXPECT_EQ(test, leaks->blocks, blocks.nr);
	for (i = 0; i < leaks->nr; i++)
		bytes -= leaks->leak[i].bytes;
	KUNIT_EXPECT_EQ(test, bytes, 0);
	kvfree(leaks);
	blocks_free_all(test, &blocks, th, NULL);
}

static void leaks_of_an_extent_that_is_only_claimed_yet_are_none(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	struct xnheap_extent *first = &th->heap.extent[0];
	u_long span = first->span;
	struct blocks blocks = blocks_for(test, th);
	u_long i, others = 0;
	struct leaks *leaks;

	blocks_fill(test, &blocks, th, 100);
	for (i = 0; i < blocks.nr; i++)
		others += (u_long)blocks.block[i].at - first->base >= first->span;
	first->span = 0;
	leaks = tracking_leaks(&th->heap, NULL);
	first->span = span;
	KUNIT_ASSERT_FALSE(test, IS_ERR(leaks));
	KUNIT_EXPECT_EQ(test, th->kind.extents > 1, others > 0);
	KUNIT_EXPECT_EQ(test, others, leaks->blocks);
	kvfree(leaks);
}

#define CALLERS	1000		/* that are told by themselves, less one */

/* Fill a heap with blocks, as if each were another caller's: how many. */
static u_long leave_blocks_of_many(struct kunit *test, struct test_heap *th)
{
	const struct xnheap_extent *ext = &th->heap.extent[0];
	struct track *tracks = tracks_of(&th->heap, ext);
	u_long i = 0;
	u8 *block;

	while ((block = xnheap_alloc(&th->heap, 56)))
		tracks[((u_long)block - ext->base) / TRACKING_SPAN].caller = ++i;
	KUNIT_ASSERT_GT(test, i, CALLERS);
	return i;
}

/* What the log says of all but 5 of them. */
static void leaky_said(char *text, size_t size, u_long nr)
{
	snprintf(text, size, "leaky %lu: and by %u more callers", nr, CALLERS - 5);
}

static void leaks_of_too_many_callers_are_told_in_one(struct kunit *test)
{
	static const struct heap_kind kind = {
		"leaky", 512, 400, 1, 0, XNHEAP_DEBUG
	};
	struct test_heap *two[] = { heap_make(test, &kind), heap_make(test, &kind) };
	struct test_heap *th = two[0];
	char *text = memory_get(test, SZ_64K), expected[64];
	struct file *file;
	struct leaks *leaks;
	u_long i, nr, others;

	leave_blocks_of_many(test, two[1]);
	nr = leave_blocks_of_many(test, th);
	others = nr - (CALLERS - 1);
	leaks = tracking_leaks(&th->heap, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(leaks));
	KUNIT_EXPECT_EQ(test, leaks->blocks, nr);
	KUNIT_ASSERT_EQ(test, leaks->nr, CALLERS);
	KUNIT_EXPECT_EQ(test, leaks->leak[0].caller, 0);
	KUNIT_EXPECT_EQ(test, leaks->leak[0].blocks, others);
	KUNIT_EXPECT_EQ(test, leaks->leak[0].bytes, 56 * others);
	for (i = 1; i < leaks->nr; i++) {
		KUNIT_ASSERT_NE(test, leaks->leak[i].caller, 0);
		KUNIT_ASSERT_EQ(test, leaks->leak[i].blocks, 1);
	}
	kvfree(leaks);

	file = text_open(&th->heap, "leaks");
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_GT(test, text_read_all(file, text, SZ_64K), 0);
	text_close(file);
	snprintf(expected, sizeof(expected), "\n%lu %lu others\n", others,
		 56 * others);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, expected));

	/* The log has no more than the first 5, and of one heap in a second */
	msleep(1100);
	nr = get_random_u32();
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, 0, xnheap_set_label(&two[i]->heap, "leaky %lu", nr + i));
		leaky_said(expected, sizeof(expected), nr + i);
		KUNIT_EXPECT_FALSE(test, is_logged(test, expected));
	}
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&two[i]->heap, NULL, NULL));
	for (i = 0; i < 2; i++) {
		leaky_said(expected, sizeof(expected), nr + i);
		KUNIT_EXPECT_EQ(test, !i, is_logged(test, expected));
		KUNIT_ASSERT_EQ(test, 0, xnheap_init_flags(&two[i]->heap, two[i]->area[0],
							   two[i]->area_size, 512, XNHEAP_DEBUG));
	}
}

static void tracks_have_room(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	struct test_heap *th;
	u_long size, pages, needed;

	for (size = 3; size < 40; size++) {
		struct heap_kind larger = *kind;

		larger.name = NULL;
		larger.pages = size;
		larger.extents = 1;
		th = heap_prepare(test, &larger, 0);
		if (xnheap_init_flags(&th->heap, th->area[0], th->area_size,
				      kind->page_size, XNHEAP_DEBUG))
			continue;
		pages = xnheap_page_count(&th->heap);
		needed = pages * kind->page_size / TRACKING_SPAN *
			 sizeof(struct track);
		KUNIT_EXPECT_LE(test, needed,
				pages * tracking_page_extra(XNHEAP_DEBUG,
						     kind->page_size));
	}
}

/* An ordinary heap that is observed, until the test ends. */
static struct test_heap *observed_heap(struct kunit *test,
				       enum observe_switch what)
{
	static const struct heap_kind kind = { "plain", 512, 32, 1, 0 };
	struct test_heap *th = heap_make(test, &kind);

	observe_switch(&th->heap, what, true);
	return th;
}

static u64 counted(struct test_heap *th, enum latency what)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < LATENCY_SLOTS; i++)
		sum += th->heap.observed->count[what][i];
	return sum;
}

static void expect_counted(struct kunit *test, struct test_heap *th, u64 alloc,
			   u64 free)
{
	KUNIT_EXPECT_EQ(test, counted(th, LATENCY_ALLOC), alloc);
	KUNIT_EXPECT_EQ(test, counted(th, LATENCY_FREE), free);
	KUNIT_EXPECT_EQ(test, counted(th, LATENCY_HELD), alloc + free);
}

static void latency_counts_calls_while_it_is_on(struct kunit *test)
{
	struct test_heap *th = observed_heap(test, OBSERVE_LATENCY);
	void *block = alloc_block(test, th, 100);

	free_block(test, th, alloc_block(test, th, 5000));
	expect_counted(test, th, 2, 1);
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, SZ_1M));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block + 1));
	expect_counted(test, th, 3, 2);

	observe_switch(&th->heap, OBSERVE_LATENCY, false);
	free_block(test, th, alloc_block(test, th, 100));
	expect_counted(test, th, 3, 2);
	observe_switch(&th->heap, OBSERVE_LATENCY, true);
	expect_counted(test, th, 0, 0);
	free_block(test, th, block);
	expect_counted(test, th, 0, 1);
}

static void latency_of_one_heap_is_not_of_another(struct kunit *test)
{
	struct test_heap *th = observed_heap(test, OBSERVE_LATENCY);
	struct test_heap *other = observed_heap(test, OBSERVE_VERBOSE);

	free_block(test, other, alloc_block(test, other, 100));
	expect_counted(test, th, 0, 0);
	expect_counted(test, other, 0, 0);
}

/* All that a heap logs of a kind; what comes too soon is counted. */
static void expect_logged(struct kunit *test, struct test_heap *th,
			  enum log_kind kind, unsigned int missed)
{
	struct xnheap_observed *observed = th->heap.observed;

	irq_work_sync(&observed->irq_work);
	flush_work(&observed->work);
	KUNIT_EXPECT_TRUE(test, observed->log[kind].used);
	KUNIT_EXPECT_FALSE(test, observed->log[kind].pending);
	KUNIT_EXPECT_EQ(test, observed->log[kind].missed, missed);
}

static void a_failed_allocation_is_logged_once(struct kunit *test)
{
	struct test_heap *th = observed_heap(test, OBSERVE_VERBOSE);
	u_long largest = xnheap_largest_free(&th->heap);
	struct log_entry *entry = &th->heap.observed->log[LOG_FAILED];
	unsigned int i;

	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, largest + 1));
	expect_logged(test, th, LOG_FAILED, 0);
	for (i = 0; i < 9; i++)
		KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, largest + 2));
	expect_logged(test, th, LOG_FAILED, 9);
	KUNIT_EXPECT_EQ(test, entry->size, largest + 1);
	KUNIT_EXPECT_EQ(test, entry->largest, largest);
	KUNIT_EXPECT_LT(test, entry->caller -
			(u_long)a_failed_allocation_is_logged_once, 4096);

	/* after the interval, again */
	entry->time -= NSEC_PER_SEC;
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, largest + 1));
	expect_logged(test, th, LOG_FAILED, 0);
}

/* One reason for each, in the counts as in the log. */
static void a_failed_allocation_is_logged_with_its_reason(struct kunit *test)
{
	static const struct {
		u_long size, align;
		enum xnheap_failure why;
		const char *text;
	} calls[] = {
		{ 0, 8, XNHEAP_ALLOC_SIZE, "no block of 0 bytes for " },
		{ ULONG_MAX, 8, XNHEAP_ALLOC_SIZE, ", no heap has any" },
		{ 8, 24, XNHEAP_ALLOC_ALIGN, "no block at a multiple of 24 bytes for " },
		{ 0, SZ_64K, XNHEAP_ALLOC_ALIGN, "no block at a multiple of 65536 bytes for " },
		{ SZ_1M, 8, XNHEAP_ALLOC_FULL, "no block of 1048576 bytes for " },
	};
	struct test_heap *th = observed_heap(test, OBSERVE_VERBOSE);
	struct log_entry *entry = &th->heap.observed->log[LOG_FAILED];
	typeof(th->heap.failed) want = { };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		entry->used = false;
		KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(&th->heap,
							     calls[i].size,
							     calls[i].align));
		expect_logged(test, th, LOG_FAILED, 0);
		KUNIT_EXPECT_EQ(test, entry->why, calls[i].why);
		KUNIT_EXPECT_TRUE_MSG(test, is_logged(test, calls[i].text),
				      "%s", calls[i].text);
		want[calls[i].why]++;
		for (j = 0; j < XNHEAP_NR_FAILURES; j++)
			KUNIT_EXPECT_EQ(test, want[j], th->heap.failed[j]);
	}
}

static void a_refused_free_is_logged_once(struct kunit *test)
{
	struct test_heap *th = observed_heap(test, OBSERVE_VERBOSE);
	struct log_entry *entry = &th->heap.observed->log[LOG_REFUSED];
	u8 *block = alloc_block(test, th, 100);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block + 1));
	expect_logged(test, th, LOG_REFUSED, 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(&th->heap, th));
	expect_logged(test, th, LOG_REFUSED, 4);
	KUNIT_EXPECT_PTR_EQ(test, entry->block, (void *)block + 1);
	KUNIT_EXPECT_EQ(test, entry->error, -EINVAL);

	entry->time -= NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			xnheap_test_and_free(&th->heap, block, disagree));
	expect_logged(test, th, LOG_REFUSED, 0);
	KUNIT_EXPECT_EQ(test, entry->error, -EBUSY);
	KUNIT_EXPECT_TRUE(test, is_logged(test, "error -16, its owner refused"));
}

static void who_is_not_verbose_says_nothing(struct kunit *test)
{
	struct test_heap *th = observed_heap(test, OBSERVE_LATENCY);

	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, SZ_1M));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(&th->heap, th));
	KUNIT_EXPECT_FALSE(test, th->heap.observed->log[LOG_FAILED].used);
	KUNIT_EXPECT_FALSE(test, th->heap.observed->log[LOG_REFUSED].used);
}

/* While another heap is observed, calls take the long way. */
static void who_is_not_observed_is_served_all_the_same(struct kunit *test)
{
	static const struct heap_kind kind = { "plain", 512, 32, 1, 0 };
	struct test_heap *th = heap_make(test, &kind);
	u_long largest = xnheap_largest_free(&th->heap);
	struct xnheap *none = memory_get(test, sizeof(*none));
	u8 *block;

	observed_heap(test, OBSERVE_VERBOSE);
	block = alloc_block(test, th, 100);
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, largest));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block + 1));
	free_block(test, th, block);
	KUNIT_EXPECT_EQ(test, 1, th->heap.failed[XNHEAP_ALLOC_FULL]);
	KUNIT_EXPECT_EQ(test, 1, th->heap.failed[XNHEAP_FREE_INVALID]);

	KUNIT_EXPECT_NULL(test, xnheap_alloc(NULL, 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(none, 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(none, 1, 8));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(NULL, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(none, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_test_and_free(none, block, agree));
}

/* What is on when a heap ends does not stay on. */
static void a_heap_that_ends_is_observed_no_more(struct kunit *test)
{
	static const struct heap_kind kind = { "plain", 512, 32, 1, 0 };
	int before = static_key_count(&xnheap_observe_key.key);
	struct test_heap *th = heap_prepare(test, &kind, 0);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0,
			xnheap_init_flags(&th->heap, th->area[0], th->area_size,
					  kind.page_size, XNHEAP_DEBUG));
	KUNIT_EXPECT_EQ(test, static_key_count(&xnheap_observe_key.key), before + 1);
	for (i = 0; i < 2; i++) {
		observe_switch(&th->heap, OBSERVE_LATENCY, true);
		observe_switch(&th->heap, OBSERVE_VERBOSE, true);
	}
	KUNIT_EXPECT_EQ(test, static_key_count(&xnheap_observe_key.key), before + 3);
	observe_switch(&th->heap, OBSERVE_VERBOSE, false);
	KUNIT_EXPECT_EQ(test, static_key_count(&xnheap_observe_key.key), before + 2);
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&th->heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, static_key_count(&xnheap_observe_key.key), before);
}

/* In a hard interrupt, on PREEMPT_RT too. */
struct hard {
	struct irq_work work;
	struct test_heap *th;
	bool sound;
};

static void run_hard(struct irq_work *work)
{
	struct hard *hard = container_of(work, struct hard, work);
	struct xnheap *heap = &hard->th->heap;
	u8 *block = xnheap_alloc(heap, 100);
	unsigned long flags;

	local_irq_save(flags);
	hard->sound = block && !xnheap_alloc(heap, SZ_16M) &&
		      xnheap_free(heap, block + 1) == -EINVAL;
	if (block) {
		scribble(block + 100);
		hard->sound &= !xnheap_free(heap, block);
		scribble(block);
		block = xnheap_alloc(heap, 100);
		hard->sound &= block && !xnheap_free(heap, block);
	}
	local_irq_restore(flags);
}

static void all_of_it_works_in_a_hard_interrupt(struct kunit *test)
{
	struct test_heap *th = debug_heap(test);
	struct hard hard = {
		.work = IRQ_WORK_INIT_HARD(run_hard),
		.th = th,
	};
	unsigned int kind;

	observe_switch(&th->heap, OBSERVE_LATENCY, true);
	observe_switch(&th->heap, OBSERVE_VERBOSE, true);
	irq_work_queue(&hard.work);
	irq_work_sync(&hard.work);
	KUNIT_EXPECT_TRUE(test, hard.sound);
	expect_found(test, th, 1, 1);
	expect_counted(test, th, 3, 3);
	for (kind = 0; kind < NR_LOG_KINDS; kind++)
		expect_logged(test, th, kind, 0);
}

static void a_debug_heap_can_be_created_and_grow(struct kunit *test)
{
	struct xnheap *heap = xnheap_create("kunit", SZ_64K, 512,
				       XNHEAP_VMALLOC | XNHEAP_DEBUG);
	void *block[200];
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	for (i = 0; i < ARRAY_SIZE(block); i++)
		block[i] = xnheap_alloc(heap, 300);
	/* 60 in an extent, at most */
	KUNIT_EXPECT_NOT_NULL(test, block[100]);
	for (i = 0; i < ARRAY_SIZE(block); i++)
		if (block[i])
			KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block[i]));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
	xnheap_delete(heap);
}

#ifdef CONFIG_TRACEPOINTS

/* What the last event of each kind said. */
static struct seen {
	unsigned int events;
	char label[XNHEAP_LABEL_LEN];
	u_long caller;
	const void *block;
	u_long asked, given;
	int error;
} alloc_seen, free_seen, failed_seen, bad_seen, extend_seen, grow_seen, destroy_seen;

static void see(struct seen *seen, const char *label, u_long caller)
{
	seen->events++;
	strscpy(seen->label, label, sizeof(seen->label));
	seen->caller = caller;
}

static void see_alloc(void *data, const char *label, unsigned long caller,
		      const void *block, unsigned long asked,
		      unsigned long given)
{
	see(&alloc_seen, label, caller);
	alloc_seen.block = block;
	alloc_seen.asked = asked;
	alloc_seen.given = given;
}

static void see_free(void *data, const char *label, unsigned long caller,
		     const void *block, unsigned long asked,
		     unsigned long given)
{
	see(&free_seen, label, caller);
	free_seen.block = block;
	free_seen.asked = asked;
	free_seen.given = given;
}

static void see_failed(void *data, const char *label, unsigned long caller,
		       unsigned long asked, int why, unsigned long used,
		       unsigned long usable, unsigned long largest)
{
	see(&failed_seen, label, caller);
	failed_seen.asked = asked;
	failed_seen.given = largest;
	failed_seen.error = why;
}

static void see_bad(void *data, const char *label, unsigned long caller,
		    const void *block, int error)
{
	see(&bad_seen, label, caller);
	bad_seen.block = block;
	bad_seen.error = error;
}

static void probes_end(void *unused)
{
	unregister_trace_xnheap_alloc(see_alloc, NULL);
	unregister_trace_xnheap_free(see_free, NULL);
	unregister_trace_xnheap_alloc_failed(see_failed, NULL);
	unregister_trace_xnheap_bad_free(see_bad, NULL);
	tracepoint_synchronize_unregister();
}

static void events_tell_all(struct kunit *test)
{
	static const struct heap_kind kind = { "plain", 512, 32, 1, 0 };
	int before = static_key_count(&xnheap_observe_key.key);
	struct test_heap *th = heap_make(test, &kind);
	u_long largest = xnheap_largest_free(&th->heap);
	void *block;

	xnheap_set_label(&th->heap, "seen");
	memset(&alloc_seen, 0, sizeof(alloc_seen));
	memset(&free_seen, 0, sizeof(free_seen));
	memset(&failed_seen, 0, sizeof(failed_seen));
	memset(&bad_seen, 0, sizeof(bad_seen));
	free_block(test, th, alloc_block(test, th, 10));
	KUNIT_ASSERT_EQ(test, 0, register_trace_xnheap_alloc(see_alloc, NULL));
	KUNIT_ASSERT_EQ(test, 0, register_trace_xnheap_free(see_free, NULL));
	KUNIT_ASSERT_EQ(test, 0,
			register_trace_xnheap_alloc_failed(see_failed, NULL));
	KUNIT_ASSERT_EQ(test, 0,
			register_trace_xnheap_bad_free(see_bad, NULL));
	KUNIT_EXPECT_EQ(test, static_key_count(&xnheap_observe_key.key), before + 4);

	block = first_caller(th, 100);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block + 3));
	free_block(test, th, block);
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, 0));
	KUNIT_EXPECT_EQ(test, failed_seen.error, XNHEAP_ALLOC_SIZE);
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(&th->heap, 8, 24));
	KUNIT_EXPECT_EQ(test, failed_seen.error, XNHEAP_ALLOC_ALIGN);
	KUNIT_EXPECT_NULL(test, xnheap_alloc(&th->heap, largest + 1));
	probes_end(NULL);
	KUNIT_EXPECT_EQ(test, static_key_count(&xnheap_observe_key.key), before);
	free_block(test, th, alloc_block(test, th, 10));

	KUNIT_EXPECT_EQ(test, alloc_seen.events, 1);
	KUNIT_EXPECT_STREQ(test, alloc_seen.label, "seen");
	KUNIT_EXPECT_LT(test, alloc_seen.caller - (u_long)first_caller, 64);
	KUNIT_EXPECT_PTR_EQ(test, alloc_seen.block, (const void *)block);
	KUNIT_EXPECT_EQ(test, alloc_seen.asked, 100);
	KUNIT_EXPECT_EQ(test, alloc_seen.given, 128);
	KUNIT_EXPECT_EQ(test, free_seen.events, 1);
	KUNIT_EXPECT_STREQ(test, free_seen.label, "seen");
	KUNIT_EXPECT_PTR_EQ(test, free_seen.block, (const void *)block);
	KUNIT_EXPECT_EQ(test, free_seen.given, 128);
	KUNIT_EXPECT_EQ(test, failed_seen.events, 3);
	KUNIT_EXPECT_STREQ(test, failed_seen.label, "seen");
	KUNIT_EXPECT_EQ(test, failed_seen.asked, largest + 1);
	KUNIT_EXPECT_EQ(test, failed_seen.given, largest);
	KUNIT_EXPECT_EQ(test, failed_seen.error, XNHEAP_ALLOC_FULL);
	KUNIT_EXPECT_EQ(test, bad_seen.events, 1);
	KUNIT_EXPECT_STREQ(test, bad_seen.label, "seen");
	KUNIT_EXPECT_PTR_EQ(test, bad_seen.block, (const void *)block + 3);
	KUNIT_EXPECT_EQ(test, bad_seen.error, -EINVAL);
}

static void see_extend(void *data, const char *label, unsigned long caller,
		       unsigned long size, unsigned long extents)
{
	see(&extend_seen, label, caller);
	extend_seen.asked = size;
	extend_seen.given = extents;
}

static void see_grow(void *data, const char *label, unsigned long caller,
		     unsigned long size, int error)
{
	see(&grow_seen, label, caller);
	grow_seen.asked = size;
	grow_seen.error = error;
}

static void see_destroy(void *data, const char *label, unsigned long caller,
			unsigned long blocks, unsigned long used)
{
	see(&destroy_seen, label, caller);
	destroy_seen.asked = blocks;
	destroy_seen.given = used;
}

static noinline int extend_and_end(struct test_heap *th)
{
	int ret = xnheap_extend(&th->heap, th->area[1], th->area_size);

	return xnheap_destroy(&th->heap, NULL, NULL) ?: ret;
}

static noinline int grow(struct xnheap *heap)
{
	int ret = xnheap_grow(heap);

	OPTIMIZER_HIDE_VAR(ret);
	return ret;
}

static void expect_seen(struct kunit *test, const struct seen *seen,
			unsigned int events, const char *label, void *caller)
{
	KUNIT_EXPECT_EQ(test, seen->events, events);
	KUNIT_EXPECT_STREQ(test, seen->label, label);
	KUNIT_EXPECT_LT(test, seen->caller - (u_long)caller, 128);
}

static void events_tell_how_heaps_grow_and_end(struct kunit *test)
{
	static const struct heap_kind kind = { "plain", 512, 32, 2, 0 };
	struct test_heap *th = heap_prepare(test, &kind, 0);
	struct xnheap *heap;

	KUNIT_ASSERT_EQ(test, 0, xnheap_init(&th->heap, th->area[0], th->area_size, 512));
	xnheap_set_label(&th->heap, "ends");
	alloc_block(test, th, 100);
	alloc_block(test, th, 100);
	heap = xnheap_create("grows", SZ_64K, 512, XNHEAP_VMALLOC);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	memset(&extend_seen, 0, sizeof(extend_seen));
	memset(&grow_seen, 0, sizeof(grow_seen));
	memset(&destroy_seen, 0, sizeof(destroy_seen));
	KUNIT_EXPECT_EQ(test, 0, register_trace_xnheap_extend(see_extend, NULL));
	KUNIT_EXPECT_EQ(test, 0, register_trace_xnheap_grow(see_grow, NULL));
	KUNIT_EXPECT_EQ(test, 0, register_trace_xnheap_destroy(see_destroy, NULL));

	KUNIT_EXPECT_EQ(test, 0, grow(heap));
	expect_seen(test, &grow_seen, 1, "grows", grow);
	KUNIT_EXPECT_EQ(test, grow_seen.asked, SZ_64K);
	KUNIT_EXPECT_EQ(test, grow_seen.error, 0);
	expect_seen(test, &extend_seen, 1, "grows", grow);
	KUNIT_EXPECT_EQ(test, extend_seen.asked, SZ_64K);
	KUNIT_EXPECT_EQ(test, extend_seen.given, 2);

	KUNIT_EXPECT_EQ(test, 0, extend_and_end(th));
	expect_seen(test, &extend_seen, 2, "ends", extend_and_end);
	KUNIT_EXPECT_EQ(test, extend_seen.asked, th->area_size);
	KUNIT_EXPECT_EQ(test, extend_seen.given, 2);
	expect_seen(test, &destroy_seen, 1, "ends", extend_and_end);
	KUNIT_EXPECT_EQ(test, destroy_seen.asked, 2);
	KUNIT_EXPECT_EQ(test, destroy_seen.given, 256);

	unregister_trace_xnheap_extend(see_extend, NULL);
	unregister_trace_xnheap_grow(see_grow, NULL);
	unregister_trace_xnheap_destroy(see_destroy, NULL);
	tracepoint_synchronize_unregister();
	xnheap_delete(heap);
}

#else

static void events_tell_all(struct kunit *test)
{
	kunit_skip(test, "this kernel has no tracepoints");
}

static void events_tell_how_heaps_grow_and_end(struct kunit *test)
{
	kunit_skip(test, "this kernel has no tracepoints");
}

#endif

static struct kunit_case cases[] = {
	DEBUG_CASE(an_overrun_is_found_when_the_block_is_freed),
	DEBUG_CASE(a_write_after_free_is_found),
	DEBUG_CASE(a_write_after_free_is_found_by_another_size),
	DEBUG_CASE(stale_poison_is_forgotten),
	DEBUG_CASE(a_block_of_another_size_is_tracked_with_that),
	DEBUG_CASE(pages_that_a_block_grows_into_are_looked_at),
	DEBUG_CASE(a_free_writes_no_more_than_its_bound),
	DEBUG_CASE(who_makes_no_mistake_is_not_accused),
	DEBUG_CASE(the_largest_request_is_known),
	DEBUG_CASE(a_debug_heap_refuses_what_others_do),
	DEBUG_CASE(a_block_of_a_debug_heap_is_freed_if_the_caller_agrees),
	DEBUG_CASE(an_aligned_block_of_a_debug_heap_has_a_red_zone),
	DEBUG_CASE(the_era_after_the_last_is_the_first),
	DEBUG_CASE(leaks_are_grouped_by_caller),
	DEBUG_CASE(every_leak_is_found),
	DEBUG_CASE(leaks_of_an_extent_that_is_only_claimed_yet_are_none),
	KUNIT_CASE(leaks_of_too_many_callers_are_told_in_one),
	DEBUG_CASE(tracks_have_room),
	DEBUG_CASE(all_of_it_works_in_a_hard_interrupt),
	KUNIT_CASE(a_debug_heap_can_be_created_and_grow),
	KUNIT_CASE(latency_counts_calls_while_it_is_on),
	KUNIT_CASE(latency_of_one_heap_is_not_of_another),
	KUNIT_CASE(a_failed_allocation_is_logged_once),
	KUNIT_CASE(a_failed_allocation_is_logged_with_its_reason),
	KUNIT_CASE(a_refused_free_is_logged_once),
	KUNIT_CASE(who_is_not_verbose_says_nothing),
	KUNIT_CASE(who_is_not_observed_is_served_all_the_same),
	KUNIT_CASE(a_heap_that_ends_is_observed_no_more),
	KUNIT_CASE(events_tell_all),
	KUNIT_CASE(events_tell_how_heaps_grow_and_end),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_calls",
	.test_cases = cases,
	.suite_init = debugfs_begin,
	.suite_exit = debugfs_end,
};

kunit_test_suite(suite);
