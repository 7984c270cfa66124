// SPDX-License-Identifier: GPL-2.0
/* Heaps with XNHEAP_DEFER: blocks that are freed later. */

#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "kunit_xnheap.h"
#ifdef XNHEAP_OBSERVE
#include "observe/observe.h"
#endif

static const struct kind {
	const char *name;
	u_long page_size;
	u_long pages;		/* that an area measures */
	unsigned int extents;
	unsigned int flags;
	bool apart;
} kinds[] = {
	{ "64-byte pages", 64, 400, 1 },
	{ "512-byte pages, 2 extents", 512, 60, 2 },
	{ "4096-byte pages, 3 extents", 4096, 20, 3 },
	{ "32768-byte pages", 32768, 12, 1 },
	{ "64-byte pages, fine", 64, 400, 1, XNHEAP_FINE },
	{ "512-byte pages, fine, in 2 extents", 512, 60, 2, XNHEAP_FINE },
	{ "4096-byte pages, fine, in 2 extents", 4096, 30, 2, XNHEAP_FINE },
	{ "32768-byte pages, fine", 32768, 20, 1, XNHEAP_FINE },
	{ "4096-byte pages, percpu", 4096, 700, 1, XNHEAP_PERCPU },
	{ "512-byte pages, percpu, 2 extents", 512, 2000, 2, XNHEAP_PERCPU },
	{ "4096-byte pages, aligned to 64", 4096, 20, 1, XNHEAP_ALIGN(64) },
	{ "512-byte pages, apart", 512, 60, 1, 0, true },
	{ "4096-byte pages, fine, apart", 4096, 30, 1, XNHEAP_FINE, true },
#ifdef XNHEAP_OBSERVE
	{ "4096-byte pages, debug", 4096, 40, 2, XNHEAP_DEBUG },
	{ "512-byte pages, fine, debug", 512, 100, 1, XNHEAP_DEBUG | XNHEAP_FINE },
	{ "4096-byte pages, percpu, debug", 4096, 100, 1, XNHEAP_DEBUG | XNHEAP_PERCPU },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

#define EACH_KIND(test) KUNIT_CASE_PARAM(test, kind_gen_params)

static struct test_heap *make_apart(struct kunit *test, const struct heap_kind *kind)
{
	struct test_heap *th = heap_prepare(test, kind, 0);
	u_long size = xnheap_map_size(th->area_size, kind->page_size, kind->flags);
	void *map = memory_get(test, size);

	KUNIT_ASSERT_EQ(test, 0, xnheap_init_apart(&th->heap, th->area[0], th->area_size,
						   kind->page_size, map, size, kind->flags));
	return th;
}

static struct test_heap *make_heap(struct kunit *test)
{
	const struct kind *of = test->param_value ?: &kinds[1];
	struct heap_kind kind = {
		NULL, of->page_size, of->pages, of->extents, 3, of->flags | XNHEAP_DEFER
	};

	return of->apart ? make_apart(test, &kind) : heap_make(test, &kind);
}

/* What the heap counts as waiting. */
static u_long deferred(struct test_heap *th)
{
	struct heap_stats stats;

	heap_get_stats(&th->heap, &stats);
	return stats.deferred;
}

/* Whether a set of WAIT_OWNER or WAIT_READERS has a block; words of it that none took. */
static bool has_any(struct test_heap *th, enum wait_set what, unsigned int turn)
{
	return !llist_empty(&th->heap.waiting->set[what + turn].words);
}

/* The entry of the page that a block is in. */
static struct xnheap_page *page_of(struct test_heap *th, const void *block)
{
	const struct xnheap_extent *ext = extent_find(&th->heap, (u_long)block);

	return page_after(&th->heap, ext->map,
			  ((u_long)block - ext->base) >> th->heap.page_shift);
}

static u64 refused(struct test_heap *th)
{
	return th->heap.failed[XNHEAP_FREE_INVALID];
}

/* Nothing is out, and all can be had in one piece. */
static void expect_as_at_first(struct kunit *test, struct test_heap *th)
{
	KUNIT_EXPECT_EQ(test, 0UL, deferred(th));
	KUNIT_EXPECT_EQ(test, 0UL, validate_live_blocks(&th->heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(&th->heap));
	KUNIT_EXPECT_EQ(test, xnheap_max_contiguous(&th->heap), xnheap_largest_free(&th->heap));
	EXPECT_SOUND(test, &th->heap);
}

static bool wait_for_none(struct test_heap *th)
{
	unsigned int ms;

	for (ms = 0; ms < 10000 && deferred(th); ms += 20)
		msleep(20);
	return !deferred(th);
}

/* Blocks of all sizes, until the heap is full; each has a byte of its own in it. */
static struct blocks fill(struct kunit *test, struct test_heap *th, struct rnd_state *rnd)
{
	struct blocks blocks = blocks_for(test, th);
	unsigned int failed = 0;
	u_long size;

	while (failed < 20) {
		size = random_size(rnd, th);
		if (!blocks_alloc(test, &blocks, th, size)) {
			failed++;
			continue;
		}
		memset(blocks.block[blocks.nr - 1].at, blocks.nr, size);
	}
	return blocks;
}

static void expect_untouched(struct kunit *test, const struct blocks *blocks)
{
	u_long i;

	for (i = 0; i < blocks->nr; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(blocks->block[i].at, (u8)(i + 1),
						   blocks->block[i].size));
}

static void blocks_stay_until_they_are_finalized(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	struct rnd_state rnd;
	struct blocks blocks, others;
	u_long used, i, n = 0;

	prandom_seed_state(&rnd, 1);
	blocks = fill(test, th, &rnd);
	used = xnheap_used_mem(&th->heap);
	for (i = 0; i < blocks.nr; i++)
		KUNIT_ASSERT_EQ(test, 0, xnheap_free_deferred(&th->heap, blocks.block[i].at));
	KUNIT_EXPECT_EQ(test, blocks.nr, deferred(th));
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_EQ(test, 0UL, validate_live_blocks(&th->heap));
	EXPECT_SOUND(test, &th->heap);

	/* What is left goes to others, who write to it */
	others = blocks_for(test, th);
	while (blocks_alloc(test, &others, th, 1))
		others.block[n++].at[0] = 0xee;
	expect_untouched(test, &blocks);
	blocks_free_all(test, &others, th, &rnd);
	expect_untouched(test, &blocks);
	EXPECT_SOUND(test, &th->heap);

	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	expect_as_at_first(test, th);
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
}

static int agree(void *block)
{
	return 0;
}

static void expect_nobodys(struct kunit *test, struct test_heap *th, void *block)
{
	struct xnheap *heap = &th->heap;
	void *bulk[1] = { block };
	u64 before = refused(th);

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_test_and_free(heap, block, agree));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_test_and_free(heap, block, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_deferred(heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_rcu(heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_bulk(heap, 1, bulk));
	KUNIT_EXPECT_PTR_EQ(test, block, bulk[0]);
	KUNIT_EXPECT_NULL(test, xnheap_realloc(heap, block, 1));
	KUNIT_EXPECT_EQ(test, before + 7, refused(th));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(heap, block));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_usable_size(heap, block));
}

static void a_block_that_waits_is_nobodys(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	u_long sizes[] = { 1, 100, th->kind.page_size / 2, th->kind.page_size,
			   3 * th->kind.page_size };
	u8 *owners, *readers, *kept;
	u_long i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kept = alloc_block(test, th, sizes[i]);
		owners = alloc_block(test, th, sizes[i]);
		readers = alloc_block(test, th, sizes[i]);
		KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, owners));
		rcu_read_lock();
		KUNIT_EXPECT_EQ(test, 0, xnheap_free_rcu(&th->heap, readers));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, readers));
		KUNIT_EXPECT_EQ(test, 2UL, deferred(th));
		expect_nobodys(test, th, owners);
		expect_nobodys(test, th, readers);
		rcu_read_unlock();
		KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
		KUNIT_EXPECT_TRUE(test, wait_for_none(th));
		expect_nobodys(test, th, owners);
		expect_nobodys(test, th, readers);
		free_block(test, th, kept);
	}
	expect_as_at_first(test, th);
}

/* What is no block is refused as by xnheap_free() */
static void what_is_no_block_is_refused(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	struct xnheap *heap = &th->heap;
	u8 *block = alloc_block(test, th, 40), *pages;
	u64 outside = heap->failed[XNHEAP_FREE_OUTSIDE];

	pages = alloc_block(test, th, 3 * th->kind.page_size);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(heap, NULL));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_rcu(heap, NULL));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free_deferred(heap, test));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free_rcu(heap, test));
	KUNIT_EXPECT_EQ(test, outside + 2, heap->failed[XNHEAP_FREE_OUTSIDE]);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_deferred(heap, block + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_deferred(heap, block + 16));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_rcu(heap, pages + th->kind.page_size));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_rcu(heap, pages + 16));
	KUNIT_EXPECT_EQ(test, 4ULL, refused(th));
	KUNIT_EXPECT_EQ(test, 0UL, deferred(th));
	free_block(test, th, block);
	free_block(test, th, pages);
	expect_as_at_first(test, th);
}

static void thousands_are_finalized(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	struct blocks blocks = blocks_for(test, th);
	struct rnd_state rnd;
	u_long i, n;

	prandom_seed_state(&rnd, 2);
	for (n = 0; n < 2; n++) {
		blocks_fill(test, &blocks, th, 1);
		while (blocks.nr) {
			i = random_below(&rnd, blocks.nr);
			KUNIT_ASSERT_EQ(test, 0, xnheap_free_deferred(&th->heap,
								      blocks.block[i].at));
			blocks.block[i] = blocks.block[--blocks.nr];
		}
		EXPECT_SOUND(test, &th->heap);
		KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
		expect_as_at_first(test, th);
	}
}

/* As the call does, but with calls in between */
static void what_comes_meanwhile_waits_for_the_next_call(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	struct xnheap *heap = &th->heap;
	u8 *before = alloc_block(test, th, 16), *after = alloc_block(test, th, 16);
	int set;

	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(heap, before));
	heap_lock(heap);
	set = wait_turn(heap, WAIT_OWNER);
	heap_unlock(heap);
	KUNIT_ASSERT_GE(test, set, 0);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(heap, after));
	KUNIT_EXPECT_EQ(test, -EBUSY, xnheap_finalize(heap));

	heap_lock(heap);
	KUNIT_EXPECT_EQ(test, (u_long)before, wait_take(heap, set));
	live_free(heap, (u_long)before);
	KUNIT_EXPECT_EQ(test, 0UL, wait_take(heap, set));
	wait_turn_over(heap, WAIT_OWNER);
	heap_unlock(heap);

	KUNIT_EXPECT_EQ(test, 1UL, deferred(th));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, after));
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(heap));
	KUNIT_EXPECT_EQ(test, 0UL, deferred(th));
	KUNIT_EXPECT_EQ(test, 0UL, validate_live_blocks(heap));
	EXPECT_SOUND(test, heap);
}

/* The irq_work that begins a grace period comes with a tick here, which is waited for */
static void wait_for_grace_period(struct kunit *test, struct test_heap *th)
{
	unsigned int ms;

	for (ms = 0; ms < 1000 && !READ_ONCE(th->heap.waiting->busy[WAIT_READERS]); ms++)
		mdelay(1);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(th->heap.waiting->busy[WAIT_READERS]));
}

static void readers_are_waited_for(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	u_long large = 2 * th->kind.page_size;
	u8 *first = alloc_block(test, th, 100), *second = alloc_block(test, th, 100);
	u8 *third = alloc_block(test, th, large);

	memset(first, 1, 100);
	memset(third, 3, large);
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_rcu(&th->heap, first));
	wait_for_grace_period(test, th);
	/* These come when one is under way, and wait for the next */
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_rcu(&th->heap, second));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_rcu(&th->heap, third));
	/* Neither ticks nor who finalizes end it */
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	mdelay(30);
	KUNIT_EXPECT_EQ(test, 3UL, deferred(th));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, first));
	KUNIT_EXPECT_NULL(test, memchr_inv(first, 1, 100));
	KUNIT_EXPECT_NULL(test, memchr_inv(third, 3, large));
	KUNIT_EXPECT_TRUE(test, has_any(th, WAIT_READERS, 0));
	KUNIT_EXPECT_TRUE(test, has_any(th, WAIT_READERS, 1));
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, wait_for_none(th));
	expect_as_at_first(test, th);
}

static void many_wait_for_readers(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	struct rnd_state rnd;
	struct blocks blocks;
	u_long i, n;

	prandom_seed_state(&rnd, 3);
	for (n = 0; n < 3; n++) {
		blocks = fill(test, th, &rnd);
		for (i = 0; i < blocks.nr; i++) {
			KUNIT_ASSERT_EQ(test, 0, i % 3 ?
					xnheap_free_rcu(&th->heap, blocks.block[i].at) :
					xnheap_free_deferred(&th->heap, blocks.block[i].at));
			if (!(i % 256))
				msleep(20);
		}
		KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
		KUNIT_EXPECT_TRUE(test, wait_for_none(th));
		expect_as_at_first(test, th);
	}
}

static u_long left_at_the_end;

static void see_the_end(xnheap_t *heap, void *start, u_long size, void *cookie)
{
	left_at_the_end += atomic_long_read(&heap->waiting->blocks);
}

static void a_heap_that_ends_waits_for_readers(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	u_long i;

	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, 0, xnheap_free_rcu(&th->heap, alloc_block(test, th, 10)));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, alloc_block(test, th, 10)));
	left_at_the_end = 0;
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(&th->heap, see_the_end, NULL));
	KUNIT_EXPECT_EQ(test, 0UL, left_at_the_end);
}

static void what_waits_is_used(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	u8 *small = alloc_block(test, th, 60), *large = alloc_block(test, th, th->kind.page_size);
	u_long used = xnheap_used_mem(&th->heap);
	struct heap_stats before, now;

	heap_get_stats(&th->heap, &before);
	KUNIT_EXPECT_EQ(test, 0UL, before.deferred);
	KUNIT_EXPECT_EQ(test, 2UL, validate_live_blocks(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, small));
	KUNIT_EXPECT_EQ(test, 1UL, validate_live_blocks(&th->heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, large));
	heap_get_stats(&th->heap, &now);
	KUNIT_EXPECT_EQ(test, 2UL, now.deferred);
	KUNIT_EXPECT_EQ(test, used, now.used);
	KUNIT_EXPECT_EQ(test, before.kept, now.kept);
	KUNIT_EXPECT_EQ(test, before.page_block_pages, now.page_block_pages);
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	expect_as_at_first(test, th);
}

/* NMI, as it is feigned: the kernel is told that it is in one */
static void in_feigned_nmi(void (*work)(void *data), void *data)
{
	unsigned long flags;

	local_irq_save(flags);
	__preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	work(data);
	__preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
	local_irq_restore(flags);
}

static struct nmi {
	struct kunit *test;
	struct test_heap *th;
	u8 *freed[2], *deferred, *rcu, *kept;
	u_long waiting;		/* when it was over */
} nmi;

static void free_in_nmi(void *data)
{
	struct xnheap *heap = &nmi.th->heap;
	struct kunit *test = nmi.test;
	u64 busy = busy_read(&heap->free_busy);
	u32 i;

	KUNIT_EXPECT_TRUE(test, in_nmi());
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, nmi.freed[i]));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, nmi.freed[i]));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_deferred(heap, nmi.freed[i]));
	}
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(heap, nmi.deferred));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, nmi.deferred));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_rcu(heap, nmi.rcu));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_rcu(heap, nmi.rcu));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, nmi.kept + 16));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(heap, test));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, NULL));
	KUNIT_EXPECT_EQ(test, -EAGAIN, xnheap_finalize(heap));
	KUNIT_EXPECT_EQ(test, -EAGAIN, xnheap_test_and_free(heap, nmi.kept, agree));
	KUNIT_EXPECT_EQ(test, busy + 9, busy_read(&heap->free_busy));
	nmi.waiting = atomic_long_read(&heap->waiting->blocks);
}

/* Called with the heap's lock held */
static int meet_an_nmi(void *block)
{
	in_feigned_nmi(free_in_nmi, NULL);
	return -EBUSY;
}

static void free_from_nmi(struct kunit *test, u_long size)
{
	struct test_heap *th = nmi.th;
	u_long used = xnheap_used_mem(&th->heap);
	unsigned int ms;

	nmi.kept = alloc_block(test, th, 100);
	nmi.freed[0] = alloc_block(test, th, size);
	nmi.freed[1] = alloc_block(test, th, 1);
	nmi.deferred = alloc_block(test, th, size);
	nmi.rcu = alloc_block(test, th, size);
	KUNIT_EXPECT_EQ(test, -EBUSY, xnheap_test_and_free(&th->heap, nmi.kept, meet_an_nmi));
	/* Nothing was freed with the lock held, but what a CPU keeps */
	if (th->heap.cpu && !(th->kind.flags & XNHEAP_DEBUG))
		KUNIT_EXPECT_LE(test, nmi.waiting, 4UL);
	else
		KUNIT_EXPECT_EQ(test, 4UL, nmi.waiting);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, nmi.freed[0]));
	EXPECT_SOUND(test, &th->heap);
	for (ms = 0; ms < 10000 && deferred(th) > 1; ms += 20)
		msleep(20);
	KUNIT_EXPECT_EQ(test, 1UL, deferred(th));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, nmi.deferred));
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	free_block(test, th, nmi.kept);
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(&th->heap));
}

static void nmi_leaves_what_finds_the_lock_taken(struct kunit *test)
{
	nmi = (struct nmi) { .test = test, .th = make_heap(test) };
	free_from_nmi(test, 30);
	free_from_nmi(test, 2 * nmi.th->kind.page_size);
	expect_as_at_first(test, nmi.th);
}

static void free_served(void *data)
{
	KUNIT_EXPECT_EQ(nmi.test, 0, xnheap_free(&nmi.th->heap, nmi.kept));
	KUNIT_EXPECT_EQ(nmi.test, -EINVAL, xnheap_free(&nmi.th->heap, nmi.kept));
	nmi.waiting = atomic_long_read(&nmi.th->heap.waiting->blocks);
}

static void nmi_frees_at_once_where_the_lock_is_free(struct kunit *test)
{
	nmi = (struct nmi) { .test = test, .th = make_heap(test) };
	nmi.kept = alloc_block(test, nmi.th, 100);
	in_feigned_nmi(free_served, NULL);
	KUNIT_EXPECT_EQ(test, 0UL, nmi.waiting);
	expect_as_at_first(test, nmi.th);
}

static void free_all_in_nmi(void *data)
{
	struct blocks *blocks = data;

	while (blocks->nr)
		if (xnheap_free(&nmi.th->heap, blocks->block[--blocks->nr].at))
			nmi.waiting++;
}

static struct blocks *nmi_blocks;

static int meet_an_nmi_that_frees_all(void *block)
{
	in_feigned_nmi(free_all_in_nmi, nmi_blocks);
	return 0;
}

/* More than the irq_work frees in one go */
static void an_nmi_leaves_hundreds(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	struct blocks blocks = blocks_for(test, th);
	u_long n;
	u8 *block;

	nmi = (struct nmi) { .test = test, .th = th };
	nmi_blocks = &blocks;
	block = alloc_block(test, th, 1);
	for (n = 0; n < 200; n++)
		KUNIT_ASSERT_TRUE(test, blocks_alloc(test, &blocks, th, 1));
	KUNIT_EXPECT_EQ(test, 0, xnheap_test_and_free(&th->heap, block,
						      meet_an_nmi_that_frees_all));
	KUNIT_EXPECT_EQ(test, 0UL, nmi.waiting);
	KUNIT_EXPECT_TRUE(test, wait_for_none(th));
	expect_as_at_first(test, th);
}

/* In a hard interrupt, where each call may be made */
static struct in_irq {
	struct irq_work work;
	struct test_heap *th;
	u8 *block[2];
	int ret[3];
} irq;

static void defer_in_irq(struct irq_work *work)
{
	irq.ret[0] = xnheap_free_deferred(&irq.th->heap, irq.block[0]);
	irq.ret[1] = xnheap_free_rcu(&irq.th->heap, irq.block[1]);
	irq.ret[2] = xnheap_finalize(&irq.th->heap);
}

static void interrupts_may_defer_and_finalize(struct kunit *test)
{
	struct test_heap *th = make_heap(test);

	irq = (struct in_irq) { IRQ_WORK_INIT_HARD(defer_in_irq), th };
	irq.block[0] = alloc_block(test, th, 10);
	irq.block[1] = alloc_block(test, th, 10);
	irq_work_queue(&irq.work);
	irq_work_sync(&irq.work);
	KUNIT_EXPECT_EQ(test, 0, irq.ret[0]);
	KUNIT_EXPECT_EQ(test, 0, irq.ret[1]);
	KUNIT_EXPECT_EQ(test, 0, irq.ret[2]);
	KUNIT_EXPECT_TRUE(test, wait_for_none(th));
	expect_as_at_first(test, th);
}

/* A page block grows, but not into pages of one that waits */
static void a_neighbour_that_waits_stays(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	u_long page = th->kind.page_size, half = page / 2;
	u8 *block, *after, *grown;

	/* The largest is at the end of a range: what comes later lies before it */
	after = alloc_block(test, th, 2 * page);
	block = alloc_block(test, th, 2 * page);
	memset(after, 0x77, 2 * page);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, after));
	grown = xnheap_realloc(&th->heap, block, 3 * page + half);
	if (grown) {
		memset(grown, 0x11, 3 * page + half);
		block = grown;
	}
	KUNIT_EXPECT_NULL(test, memchr_inv(after, 0x77, 2 * page));
	EXPECT_SOUND(test, &th->heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	free_block(test, th, block);
	expect_as_at_first(test, th);
}

static void heaps_without_the_flag_refuse(struct kunit *test)
{
	static const struct heap_kind kind = { "", 512, 24, 1, 0 };
	struct test_heap *th = heap_make(test, &kind);
	u8 *block = alloc_block(test, th, 10);

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_deferred(&th->heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_rcu(&th->heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_finalize(&th->heap));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_deferred(NULL, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free_rcu(NULL, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_finalize(NULL));
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(&th->heap, block));
	free_block(test, th, block);
}

/* The validator sees what must not be */

static void expect_unsound(struct kunit *test, struct test_heap *th)
{
	KUNIT_EXPECT_STRNEQ(test, "", validate_heap(&th->heap));
}

static void a_free_block_that_waits_is_found(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	struct xnheap_page *page;
	struct wait_word *word;
	u8 *block = alloc_block(test, th, 16);

	page = page_of(th, block);
	atomic_long_inc(&th->heap.waiting->blocks);
	/* Another page, none of which is out: it has no block */
	page = page == th->heap.first_map ? page_after(&th->heap, page, 1) :
					    page_before(&th->heap, page, 1);
	word = wait_words(&th->heap, page);
	WRITE_ONCE(word->page, page);
	atomic_long_set(&word->set[WAIT_OWNER].bits, 2);
	expect_unsound(test, th);
	atomic_long_set(&word->set[WAIT_OWNER].bits, 0);
	expect_unsound(test, th);	/* the count */
	atomic_long_dec(&th->heap.waiting->blocks);
	EXPECT_SOUND(test, &th->heap);
	free_block(test, th, block);
}

static void a_live_block_that_waits_is_found(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	u8 *block = alloc_block(test, th, th->kind.page_size * 2);
	struct xnheap_page *page = page_of(th, block);
	struct wait_word *word = wait_words(&th->heap, page);

	WRITE_ONCE(word->page, page);
	atomic_long_inc(&th->heap.waiting->blocks);
	atomic_long_set(&word->set[WAIT_READERS].bits, 1);
	expect_unsound(test, th);
	atomic_long_set(&word->set[WAIT_READERS].bits, 0);
	atomic_long_dec(&th->heap.waiting->blocks);
	EXPECT_SOUND(test, &th->heap);
	free_block(test, th, block);
}

#ifdef XNHEAP_OBSERVE

/* Where KASAN says that nobody may write. */
static noinline __no_sanitize_address
void spoil(u8 *byte)
{
	WRITE_ONCE(*byte, READ_ONCE(*byte) ^ 1);
}

static void debug_heaps_look_at_the_red_zone_first_and_poison_last(struct kunit *test)
{
	static const struct heap_kind kind = {
		"debug", 4096, 40, 1, 0, XNHEAP_DEBUG | XNHEAP_DEFER
	};
	struct test_heap *th = heap_make(test, &kind);
	struct xnheap_observed *observed = th->heap.observed;
	u8 *block = alloc_block(test, th, 100);

	spoil(&block[101]);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, block));
	KUNIT_EXPECT_EQ(test, 1UL, observed->overruns);
	memset(block, 7, 100);		/* as readers may */
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	KUNIT_EXPECT_EQ(test, 1UL, observed->overruns);
	KUNIT_ASSERT_PTR_EQ(test, block, alloc_block(test, th, 100));
	KUNIT_EXPECT_EQ(test, 0UL, observed->stale);

	/* Once it is free nobody may write to it */
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	spoil(&block[70]);
	KUNIT_ASSERT_PTR_EQ(test, block, alloc_block(test, th, 100));
	KUNIT_EXPECT_EQ(test, 1UL, observed->stale);
	free_block(test, th, block);
	KUNIT_EXPECT_EQ(test, 1UL, observed->overruns);
}

static void what_waits_is_no_leak(struct kunit *test)
{
	static const struct heap_kind kind = {
		"debug", 4096, 40, 1, 0, XNHEAP_DEBUG | XNHEAP_DEFER
	};
	struct test_heap *th = heap_make(test, &kind);
	u8 *block = alloc_block(test, th, 100), *kept = alloc_block(test, th, 100);
	struct leaks *leaks;

	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, block));
	leaks = tracking_leaks(&th->heap, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(leaks));
	KUNIT_EXPECT_EQ(test, 1UL, leaks->blocks);
	kvfree(leaks);
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	free_block(test, th, kept);
}

/* Whoever begins to look on finds what was deferred before */
static void observing_may_begin_in_between(struct kunit *test)
{
	struct test_heap *th = make_heap(test);
	u8 *block = alloc_block(test, th, 100), *other = alloc_block(test, th, 100);

	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, block));
	observe_switch(&th->heap, OBSERVE_VERBOSE, true);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, other));
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	block = alloc_block(test, th, 100);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, block));
	observe_switch(&th->heap, OBSERVE_VERBOSE, false);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(&th->heap, block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	expect_as_at_first(test, th);
}
#endif

static struct kunit_case deferred_cases[] = {
	EACH_KIND(blocks_stay_until_they_are_finalized),
	EACH_KIND(a_block_that_waits_is_nobodys),
	EACH_KIND(what_is_no_block_is_refused),
	EACH_KIND(thousands_are_finalized),
	EACH_KIND(what_comes_meanwhile_waits_for_the_next_call),
	EACH_KIND(readers_are_waited_for),
	EACH_KIND(many_wait_for_readers),
	EACH_KIND(a_heap_that_ends_waits_for_readers),
	EACH_KIND(what_waits_is_used),
	EACH_KIND(nmi_leaves_what_finds_the_lock_taken),
	EACH_KIND(nmi_frees_at_once_where_the_lock_is_free),
	EACH_KIND(an_nmi_leaves_hundreds),
	EACH_KIND(interrupts_may_defer_and_finalize),
	EACH_KIND(a_neighbour_that_waits_stays),
	KUNIT_CASE(heaps_without_the_flag_refuse),
	EACH_KIND(a_free_block_that_waits_is_found),
	EACH_KIND(a_live_block_that_waits_is_found),
#ifdef XNHEAP_OBSERVE
	KUNIT_CASE(debug_heaps_look_at_the_red_zone_first_and_poison_last),
	KUNIT_CASE(what_waits_is_no_leak),
	EACH_KIND(observing_may_begin_in_between),
#endif
	{}
};

static struct kunit_suite deferred_suite = {
	.name = "xnheap-deferred",
	.test_cases = deferred_cases,
};

kunit_test_suite(deferred_suite);
