// SPDX-License-Identifier: GPL-2.0
/* Heaps that grow before they run dry, and give back what they do not need. */

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#include "kunit_xnheap.h"
#include "memory/own.h"
#ifdef XNHEAP_OBSERVE
#include "observe/walk.h"
#endif

#define EXTENT		SZ_64K
#define PAGE_BYTES	512UL
/* Two pages: such as no bucket has in any kind of heap, and no CPU keeps */
#define BLOCK		(2 * PAGE_BYTES)
#define BLOCKS		(EXTENT / BLOCK)

/* Longer than anything takes that is waited for; and than it takes to see that it does not come */
#define PATIENCE	(5 * HZ)
#define A_WHILE		(HZ / 2)

struct kind {
	const char *name;
	unsigned int flags;
};

static const struct kind kinds[] = {
	{ "powers", XNHEAP_VMALLOC },
	{ "powers, pages", XNHEAP_PAGES },
	{ "fine", XNHEAP_VMALLOC | XNHEAP_FINE },
	{ "percpu", XNHEAP_VMALLOC | XNHEAP_PERCPU },
#ifdef XNHEAP_OBSERVE
	{ "debug", XNHEAP_VMALLOC | XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

/* A heap, and what it told of. */
struct told {
	struct xnheap *heap;
	atomic_t times[XNHEAP_SHRUNK + 1];
	int (*then)(struct xnheap *heap);	/* in its function, once */
	int ret;
};

static void tell(struct xnheap *heap, enum xnheap_event event, void *data)
{
	struct told *told = data;
	typeof(told->then) then = xchg(&told->then, NULL);

	if (then)
		WRITE_ONCE(told->ret, then(heap));
	atomic_inc(&told->times[event]);
}

KUNIT_DEFINE_ACTION_WRAPPER(created_end, xnheap_delete, struct xnheap *);

static struct told *created_of(struct kunit *test, unsigned int flags)
{
	struct told *told = kunit_kzalloc(test, sizeof(*told), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, told);
	/* What one CPU keeps another does not find */
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id())));
	told->heap = xnheap_create("kunit", EXTENT, PAGE_BYTES, flags);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(told->heap));
	undo_later(test, created_end, told->heap);
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_notify(told->heap, tell, told));
	return told;
}

static struct told *created(struct kunit *test)
{
	const struct kind *kind = test->param_value;

	return created_of(test, kind ? kind->flags : XNHEAP_VMALLOC);
}

static struct growth *growth_of(struct xnheap *heap)
{
	return &own_heap(heap)->growth;
}

#define wait_for(condition) ({					\
	unsigned long end = jiffies + PATIENCE;			\
								\
	while (!(condition) && time_before(jiffies, end))	\
		msleep(20);					\
	(condition);						\
})

static int times(struct told *told, enum xnheap_event event)
{
	return atomic_read(&told->times[event]);
}

/* Of a debug heap, with its red zone. */
static void *alloc_block_of(struct xnheap *heap)
{
	return xnheap_alloc(heap, heap->flags & XNHEAP_DEBUG ? BLOCK - 64 : BLOCK);
}

static unsigned int free_blocks(const struct xnheap *heap)
{
	return level_free(heap) / 2;
}

/* As many as there are or are wanted. */
struct held_blocks {
	void *at[XNHEAP_MAX_EXTENTS * BLOCKS];
	unsigned int nr;
};

static struct held_blocks *no_blocks(struct kunit *test)
{
	struct held_blocks *held = memory_get(test, sizeof(*held));

	held->nr = 0;
	return held;
}

static unsigned int take(struct held_blocks *held, struct xnheap *heap, unsigned int nr)
{
	unsigned int n;

	for (n = 0; n < nr; n++) {
		held->at[held->nr] = alloc_block_of(heap);
		if (!held->at[held->nr])
			break;
		held->nr++;
	}
	return n;
}

/* The last ones. */
static void give(struct kunit *test, struct held_blocks *held, struct xnheap *heap,
		 unsigned int nr)
{
	while (nr--)
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(heap, held->at[--held->nr]));
}

static void each_call_does_on_a_heap_that_grows_what_it_does_elsewhere(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap, *plain = created(test)->heap;
	u_long sizes[] = { 1, 8, 24, 100, 200, 480, 513, 2000, EXTENT }, i;
	void *block, *other, *many[8];

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 4 * BLOCK, 0, EXTENT));
	KUNIT_ASSERT_EQ(test, HEAP_MAGIC_OTHER, heap->magic);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		block = xnheap_alloc(heap, sizes[i]);
		other = xnheap_alloc(plain, sizes[i]);
		KUNIT_ASSERT_EQ(test, !!block, !!other);
		KUNIT_EXPECT_EQ(test, xnheap_check_block(plain, other),
				xnheap_check_block(heap, block));
		KUNIT_EXPECT_EQ(test, xnheap_usable_size(plain, other),
				xnheap_usable_size(heap, block));
		KUNIT_EXPECT_EQ(test, xnheap_free(plain, other), xnheap_free(heap, block));
		if (!block)
			continue;
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, block));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(heap, block));
		KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(heap, heap));
		KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_test_and_free(heap, heap, NULL));
	}
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, 0));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(heap, 8, 3));
	block = xnheap_alloc_aligned(heap, 24, 128);
	KUNIT_EXPECT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, 0UL, (u_long)block % 128);
	block = xnheap_realloc(heap, block, 3000);
	KUNIT_EXPECT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, 0, xnheap_test_and_free(heap, block, NULL));
	KUNIT_EXPECT_EQ(test, (size_t)ARRAY_SIZE(many),
			xnheap_alloc_bulk(heap, 40, ARRAY_SIZE(many), many));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_bulk(heap, ARRAY_SIZE(many), many));
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(heap));
	EXPECT_SOUND(test, heap);
}

static void what_is_wholly_free_is_given_back_but_for_the_first(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	struct held_blocks *held = no_blocks(test);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 0, xnheap_shrink(heap));
	for (i = 0; i < 5; i++)
		KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	take(held, heap, 6 * BLOCKS);
	KUNIT_EXPECT_EQ(test, 0, xnheap_shrink(heap));
	give(test, held, heap, held->nr);
	KUNIT_EXPECT_EQ(test, 5, xnheap_shrink(heap));
	KUNIT_EXPECT_EQ(test, (size_t)EXTENT, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, (size_t)EXTENT, xnheap_usable_mem(heap));
	KUNIT_EXPECT_EQ(test, BLOCKS + 0U, free_blocks(heap));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(heap));
	EXPECT_SOUND(test, heap);
	KUNIT_EXPECT_NOT_NULL(test, alloc_block_of(heap));
}

static void an_extent_with_one_block_in_use_stays(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	struct held_blocks *held = no_blocks(test);
	u_long base, start, span;
	unsigned int i, in = 0, n = 0;
	size_t offset;
	void *block, *gone = NULL;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	base = heap->extent[2].base;
	span = heap->extent[2].span;
	start = heap->extent[2].start;
	while (take(held, heap, 1)) {
		block = held->at[held->nr - 1];
		/* Neither the first nor the last page */
		if ((u_long)block - base < span && n++ == BLOCKS / 2)
			in = held->nr - 1;
		else if ((u_long)block - heap->extent[3].base < span)
			gone = block;
	}
	block = held->at[in];
	KUNIT_ASSERT_EQ(test, true, (u_long)block - base < span);
	KUNIT_ASSERT_NOT_NULL(test, gone);
	held->at[in] = held->at[--held->nr];
	give(test, held, heap, held->nr);
	KUNIT_EXPECT_EQ(test, 2, xnheap_shrink(heap));
	KUNIT_EXPECT_EQ(test, 2UL * EXTENT, xnheap_size(heap));
	EXPECT_SOUND(test, heap);
	memset(block, 0xff, BLOCK - 64);
	KUNIT_EXPECT_EQ(test, 0, xnheap_offset(heap, block, &offset, NULL));
	KUNIT_EXPECT_EQ(test, (u_long)block - start, offset);
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(heap, block));
	/* What was one of a heap's is none any more, whoever asks */
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_offset(heap, gone, &offset, NULL));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_check_block(heap, gone));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(heap, gone));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	KUNIT_EXPECT_EQ(test, 1, xnheap_shrink(heap));
}

static void an_extent_of_the_callers_is_not_given_back(struct kunit *test)
{
	struct xnheap *heap;
	u8 *area = memory_get(test, EXTENT);

	heap = created(test)->heap;
	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_ASSERT_EQ(test, 0, xnheap_extend(heap, area, EXTENT));
	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 2, xnheap_shrink(heap));
	KUNIT_EXPECT_EQ(test, 2UL * EXTENT, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_shrink(heap));
	EXPECT_SOUND(test, heap);
}

static void numbers_of_extents_are_used_again(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	struct held_blocks *held = no_blocks(test);
	unsigned int round, i, stays;

	for (round = 0; round < 100; round++) {
		for (i = 0; i < 3; i++)
			KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
		KUNIT_ASSERT_EQ(test, 4UL * BLOCKS, take(held, heap, 4 * BLOCKS));
		/* Another one of them stays in each round */
		stays = round % (4 * BLOCKS);
		swap(held->at[0], held->at[stays]);
		give(test, held, heap, held->nr - 1);
		KUNIT_ASSERT_LE(test, 2, xnheap_shrink(heap));
		if (round % 10 == 0)
			EXPECT_SOUND(test, heap);
		give(test, held, heap, 1);
		xnheap_shrink(heap);
		KUNIT_ASSERT_EQ(test, 1U, heap->nr_sorted);
	}
	KUNIT_EXPECT_EQ(test, 4U, heap->nr_extents);
	EXPECT_SOUND(test, heap);
}

static void a_full_table_is_emptied_and_filled_again(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	unsigned int round, i;

	for (round = 0; round < 2; round++) {
		for (i = 1; i < XNHEAP_MAX_EXTENTS; i++)
			KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
		KUNIT_EXPECT_EQ(test, -ENOSPC, xnheap_grow(heap));
		EXPECT_SOUND(test, heap);
		KUNIT_EXPECT_EQ(test, XNHEAP_MAX_EXTENTS - 1, xnheap_shrink(heap));
		EXPECT_SOUND(test, heap);
	}
}

static void memory_goes_after_a_grace_period(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	struct rcu_gp_oldstate grace;

	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	/* Also of expedited ones, as all are while the kernel boots */
	get_state_synchronize_rcu_full(&grace);
	KUNIT_EXPECT_EQ(test, 1, xnheap_shrink(heap));
	KUNIT_EXPECT_TRUE(test, poll_state_synchronize_rcu_full(&grace));
	KUNIT_EXPECT_TRUE(test, list_empty(&own_heap(heap)->gone));
}

static void one_note_is_left_each_time_the_level_falls_below(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	int round;

	/* It may not grow: so it can but tell */
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 16 * BLOCK, 0, EXTENT));
	for (round = 0; round < 3; round++) {
		take(held, heap, free_blocks(heap) - 16);
		schedule_timeout_uninterruptible(A_WHILE);
		KUNIT_EXPECT_EQ(test, round, times(told, XNHEAP_LOW));
		take(held, heap, 1);
		KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_LOW) > round));
		take(held, heap, 10);
		schedule_timeout_uninterruptible(A_WHILE);
		KUNIT_EXPECT_EQ(test, round + 1, times(told, XNHEAP_LOW));
		give(test, held, heap, 40);
		/* It is seen to be above again */
		KUNIT_EXPECT_TRUE(test, wait_for(!atomic_read(&heap->level->low)));
	}
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_GROWN));
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_FAILED));
	KUNIT_EXPECT_EQ(test, 2 * 5U, READ_ONCE(heap->level->lowest));
	EXPECT_SOUND(test, heap);
}

static void take_by_alloc(struct kunit *test, struct xnheap *heap)
{
	KUNIT_ASSERT_NOT_NULL(test, alloc_block_of(heap));
}

static void take_by_aligned(struct kunit *test, struct xnheap *heap)
{
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc_aligned(heap, BLOCK - 64, 64));
}

static void take_by_zalloc(struct kunit *test, struct xnheap *heap)
{
	KUNIT_ASSERT_NOT_NULL(test, xnheap_zalloc(heap, BLOCK - 64));
}

static void take_by_bulk(struct kunit *test, struct xnheap *heap)
{
	void *block;

	KUNIT_ASSERT_EQ(test, (size_t)1, xnheap_alloc_bulk(heap, BLOCK - 64, 1, &block));
}

/* One that has free pages after it, from before: it stays where it is. */
static void *resized;

static void take_by_realloc(struct kunit *test, struct xnheap *heap)
{
	KUNIT_ASSERT_PTR_EQ(test, resized, xnheap_realloc(heap, resized, 2 * BLOCK - 64));
}

/* Of any kind of heap, as a call may take another way. */
static void each_call_that_takes_pages_leaves_a_note(struct kunit *test)
{
	static void (*const takes[])(struct kunit *test, struct xnheap *heap) = {
		take_by_alloc, take_by_aligned, take_by_zalloc, take_by_bulk, take_by_realloc,
	};
	struct held_blocks *held = no_blocks(test);
	struct told *told;
	unsigned int i;
	void *after;

	for (i = 0; i < ARRAY_SIZE(takes); i++) {
		told = created(test);
		held->nr = 0;
		take(held, told->heap, BLOCKS - 17);
		after = alloc_block_of(told->heap);
		if (takes[i] == take_by_realloc) {
			resized = alloc_block_of(told->heap);
			KUNIT_ASSERT_EQ(test, 0, xnheap_free(told->heap, after));
		}
		KUNIT_ASSERT_EQ(test, 16U, free_blocks(told->heap));
		KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(told->heap, 16 * BLOCK, 0, EXTENT));
		schedule_timeout_uninterruptible(HZ / 10);
		KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_LOW));
		takes[i](test, told->heap);
		KUNIT_EXPECT_TRUE_MSG(test, wait_for(times(told, XNHEAP_LOW) == 1), "call %u", i);
	}
}

static void it_grows_until_it_is_above_the_mark(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	u_long low = 3 * BLOCKS / 2;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, low * BLOCK, 0, 0));
	KUNIT_EXPECT_TRUE(test, wait_for(free_blocks(heap) >= low));
	KUNIT_EXPECT_EQ(test, 2UL * EXTENT, xnheap_size(heap));
	/* As much as one and a half extents at a time never run dry */
	while (held->nr < 10 * BLOCKS) {
		KUNIT_ASSERT_EQ(test, low, take(held, heap, low));
		KUNIT_ASSERT_TRUE(test, wait_for(free_blocks(heap) >= low));
	}
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_GROWN) > 2));
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_FAILED));
	KUNIT_EXPECT_EQ(test, xnheap_size(heap) / EXTENT - 1, heap->level->grown);
	KUNIT_EXPECT_GT(test, heap->level->longest_wait, 0ULL);
	EXPECT_SOUND(test, heap);
}

/* What is free is told too low, and some is on its way back: take until it is little. */
static u_long use_up(void **hog, u_long nr, u_long bytes, u_long leave)
{
	u_long n = 0;

	while (n < nr && si_mem_available() << PAGE_SHIFT > leave) {
		hog[n] = vmalloc(bytes);
		if (!hog[n])
			break;
		n++;
	}
	return n;
}

static void where_there_is_no_memory_it_tries_again(struct kunit *test)
{
	u_long extent = (si_mem_available() << PAGE_SHIFT) / 10 * 3 / SZ_1M * SZ_1M, n;
	struct told *told;
	struct xnheap *heap;
	void *hog[64];

	if (extent > XNHEAP_MAX_EXTENT_SIZE || extent > VMALLOC_TOTAL / 4)
		kunit_skip(test, "there is too much memory to use up");
	told = kunit_kzalloc(test, sizeof(*told), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, told);
	heap = xnheap_create("kunit", extent, SZ_32K, XNHEAP_VMALLOC);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(heap));
	undo_later(test, created_end, heap);
	n = use_up(hog, ARRAY_SIZE(hog), extent / 16, extent / 2);
	KUNIT_EXPECT_LT(test, si_mem_available() << PAGE_SHIFT, extent);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_notify(heap, tell, told));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, extent + SZ_32K, 0, 0));
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_LOW) == 1));
	schedule_timeout_uninterruptible(A_WHILE);
	KUNIT_EXPECT_EQ(test, extent, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_GROWN));
	while (n)
		vfree(hog[--n]);
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_GROWN) == 1));
	KUNIT_EXPECT_EQ(test, 2 * extent, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, 1, times(told, XNHEAP_LOW));
}

static int grow_on(void *data)
{
	struct told *told = data;
	int ret = 0;

	while (!kthread_should_stop()) {
		ret = xnheap_grow(told->heap);
		if (ret == -ENOSPC)
			msleep(20);
	}
	return ret;
}

static void it_never_grows_beyond_its_most_whoever_else_has_it_grow(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	const size_t most = 7 * EXTENT + EXTENT / 2;
	struct task_struct *other;
	unsigned long end;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 2 * EXTENT, 0, most));
	other = kthread_run(grow_on, told, "xnheap-kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(other));
	for (end = jiffies + A_WHILE; time_before(jiffies, end);) {
		take(held, heap, 10);
		KUNIT_EXPECT_LE(test, xnheap_size(heap), most);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, -ENOSPC, kthread_stop(other));
	KUNIT_EXPECT_EQ(test, 7UL * EXTENT, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, -ENOSPC, xnheap_grow(heap));
	/* Nor is it told of what is not free to be had */
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_LOW) >= 1));
	/* Without the mark there is no limit */
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	EXPECT_SOUND(test, heap);
}

/* The thread is woken first, and runs as soon as the task that grows lets it. */
static void two_that_grow_at_a_time_do_not_grow_it_too_far(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	unsigned int round;
	size_t size;

	for (round = 0; round < 20; round++) {
		size = xnheap_size(heap);
		KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 64 * EXTENT, 0,
							   size + EXTENT + EXTENT / 2));
		xnheap_grow(heap);
		KUNIT_EXPECT_TRUE(test, wait_for(xnheap_size(heap) > size));
		msleep(20);
		KUNIT_ASSERT_EQ(test, size + EXTENT, xnheap_size(heap));
	}
}

static void what_is_too_much_is_given_back_after_a_while(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	unsigned long freed;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, BLOCKS / 4 * BLOCK,
						   3 * BLOCKS / 2 * BLOCK, 0));
	while (held->nr < 5 * BLOCKS) {
		take(held, heap, BLOCKS / 8);
		KUNIT_ASSERT_TRUE(test, wait_for(free_blocks(heap) >= BLOCKS / 4));
	}
	KUNIT_EXPECT_EQ(test, 6UL * EXTENT, xnheap_size(heap));
	give(test, held, heap, held->nr);
	freed = jiffies;
	KUNIT_EXPECT_TRUE(test, wait_for(xnheap_size(heap) == 2 * EXTENT));
	KUNIT_EXPECT_GE(test, jiffies - freed, HZ / 2 + 0UL);
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_SHRUNK) == 1));
	KUNIT_EXPECT_EQ(test, 4UL, heap->level->given_back);
	KUNIT_EXPECT_TRUE(test, wait_for(list_empty(&own_heap(heap)->gone)));
	/* Between the marks nothing comes nor goes */
	take(held, heap, BLOCKS);
	schedule_timeout_uninterruptible(2 * HZ);
	KUNIT_EXPECT_EQ(test, 2UL * EXTENT, xnheap_size(heap));
	EXPECT_SOUND(test, heap);
}

static void memory_on_its_way_back_goes_with_its_heap(struct kunit *test)
{
	struct told *told = kunit_kzalloc(test, sizeof(*told), GFP_KERNEL);
	struct xnheap *heap;

	KUNIT_ASSERT_NOT_NULL(test, told);
	heap = xnheap_create("kunit", EXTENT, PAGE_BYTES, XNHEAP_VMALLOC);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_notify(heap, tell, told));
	KUNIT_EXPECT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, BLOCK, 0));
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_SHRUNK) == 1));
	xnheap_delete(heap);
}

static void a_moment_above_the_mark_gives_nothing_back(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	take(held, heap, BLOCKS);
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, BLOCKS / 2 * BLOCK, 0));
	for (i = 0; i < 4; i++) {
		give(test, held, heap, BLOCKS);
		schedule_timeout_uninterruptible(HZ * 6 / 10);
		take(held, heap, BLOCKS);
		schedule_timeout_uninterruptible(HZ * 4 / 10);
	}
	KUNIT_EXPECT_EQ(test, 2UL * EXTENT, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_SHRUNK));
}

static void nothing_is_given_back_unless_asked_for(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;

	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, 0, 0));
	schedule_timeout_uninterruptible(2 * HZ);
	KUNIT_EXPECT_EQ(test, 2UL * EXTENT, xnheap_size(heap));
}

static void allocations_that_fail_are_told_of_by_their_result(struct kunit *test)
{
	struct told *told = created(test);
	struct xnheap *heap = told->heap;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, 0, EXTENT));
	/* That is no want of memory */
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, 0));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(heap, 8, 3));
	schedule_timeout_uninterruptible(A_WHILE);
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_FAILED));
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, EXTENT + 1));
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_FAILED) == 1));
	KUNIT_EXPECT_NULL(test, xnheap_alloc_aligned(heap, EXTENT + 1, 8));
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_FAILED) == 2));
	/* Nothing was low, nor is of use that it grows */
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_LOW));
}

static void many_that_fail_are_told_of_a_few_times(struct kunit *test)
{
	struct told *told = created(test);
	unsigned long end = jiffies + HZ;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(told->heap, BLOCK, 0, EXTENT));
	while (time_before(jiffies, end)) {
		xnheap_alloc(told->heap, EXTENT + 1);
		msleep(20);
	}
	KUNIT_EXPECT_TRUE(test, wait_for(!atomic_read(&told->heap->level->failed)));
	KUNIT_EXPECT_GE(test, times(told, XNHEAP_FAILED), 2);
	KUNIT_EXPECT_LE(test, times(told, XNHEAP_FAILED), 13);
}

/* Nothing is left of the fall by the time that anyone looks. */
static void fall_for_a_moment(struct kunit *test, struct held_blocks *held, struct xnheap *heap)
{
	take(held, heap, 1);
	give(test, held, heap, 1);
}

static void a_level_that_goes_up_and_down_is_told_of_a_few_times(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	unsigned long begin, end;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 16 * BLOCK, 0, EXTENT));
	take(held, heap, free_blocks(heap) - 16);
	begin = jiffies;
	fall_for_a_moment(test, held, heap);
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_LOW) == 1));
	/* One that falls before the first has been seen to is no other; the next is, but later */
	KUNIT_EXPECT_TRUE(test, wait_for(({
		fall_for_a_moment(test, held, heap);
		times(told, XNHEAP_LOW) >= 2;
	})));
	KUNIT_EXPECT_GE(test, jiffies - begin, (unsigned long)HZ / 10);
	for (end = jiffies + HZ; time_before(jiffies, end); schedule_timeout_uninterruptible(1))
		fall_for_a_moment(test, held, heap);
	KUNIT_EXPECT_GE(test, times(told, XNHEAP_LOW), 4);
	KUNIT_EXPECT_LE(test, times(told, XNHEAP_LOW), 2 + 12);
	EXPECT_SOUND(test, heap);
}

/* What fell under a mark that is no more is not told of under the next */
static void a_fall_is_forgotten_with_its_mark(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	unsigned int low;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 16 * BLOCK, 0, EXTENT));
	take(held, heap, free_blocks(heap) - 16);
	fall_for_a_moment(test, held, heap);
	KUNIT_ASSERT_TRUE(test, wait_for(times(told, XNHEAP_LOW)));
	fall_for_a_moment(test, held, heap);
	schedule_timeout_uninterruptible(2);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, 0, 0, 0));
	low = times(told, XNHEAP_LOW);
	/* All is free again, and the new mark is one block: nothing falls */
	give(test, held, heap, held->nr);
	msleep(300);
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, 0, EXTENT));
	schedule_timeout_uninterruptible(A_WHILE);
	KUNIT_EXPECT_EQ(test, low, times(told, XNHEAP_LOW));
}

static int end_growth(struct xnheap *heap)
{
	return xnheap_set_growth(heap, 0, 0, 0);
}

static int delete(struct xnheap *heap)
{
	xnheap_delete(heap);
	return 1;
}

static int forget(struct xnheap *heap)
{
	return xnheap_set_notify(heap, NULL, NULL) ?: xnheap_set_priority(heap, 3);
}

static void a_function_that_is_told_cannot_end_the_heap(struct kunit *test)
{
	struct told *told = created(test);
	struct xnheap *heap = told->heap;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, 0, EXTENT));
	told->then = end_growth;
	xnheap_alloc(heap, EXTENT + 1);
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_FAILED) == 1));
	KUNIT_EXPECT_EQ(test, -EBUSY, READ_ONCE(told->ret));
	told->then = delete;
	xnheap_alloc(heap, EXTENT + 1);
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_FAILED) == 2));
	KUNIT_EXPECT_EQ(test, 1, READ_ONCE(told->ret));
	KUNIT_EXPECT_EQ(test, (size_t)EXTENT, xnheap_size(heap));
	/* But not to be told any more it can */
	told->then = forget;
	xnheap_alloc(heap, EXTENT + 1);
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_FAILED) == 3));
	KUNIT_EXPECT_EQ(test, 0, READ_ONCE(told->ret));
	xnheap_alloc(heap, EXTENT + 1);
	schedule_timeout_uninterruptible(A_WHILE);
	KUNIT_EXPECT_EQ(test, 3, times(told, XNHEAP_FAILED));
}

static void the_priority_is_that_of_interrupt_threads_or_what_was_set(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	struct growth *growth = growth_of(heap);

	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, 0, EXTENT));
	KUNIT_EXPECT_EQ(test, SCHED_FIFO, growth->thread->policy);
	KUNIT_EXPECT_EQ(test, 50U, growth->thread->rt_priority);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_priority(heap, 99));
	KUNIT_EXPECT_EQ(test, 99U, growth->thread->rt_priority);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_priority(heap, 100));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_priority(heap, -1));
	KUNIT_EXPECT_EQ(test, 99U, growth->thread->rt_priority);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_priority(heap, 0));
	KUNIT_EXPECT_EQ(test, SCHED_NORMAL, growth->thread->policy);
	/* Also of a thread to come */
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, 0, 0, 0));
	KUNIT_EXPECT_NULL(test, growth->thread);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_priority(heap, 7));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, BLOCK, 0, EXTENT));
	KUNIT_EXPECT_EQ(test, 7U, growth->thread->rt_priority);
}

static void growth_can_be_ended_and_begun_again(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;
	int round;

	for (round = 0; round < 5; round++) {
		KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 8 * BLOCK, 0, 0));
		take(held, heap, free_blocks(heap) - 4);
		KUNIT_EXPECT_TRUE(test, wait_for(free_blocks(heap) > 8));
		KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 0, 0, 0));
		KUNIT_EXPECT_EQ(test, (round + 2UL) * EXTENT, xnheap_size(heap));
		/* Now it runs dry, and nobody hears of it */
		take(held, heap, 2 * BLOCKS);
		KUNIT_EXPECT_EQ(test, 0U, free_blocks(heap));
		give(test, held, heap, 20);
	}
	schedule_timeout_uninterruptible(A_WHILE);
	KUNIT_EXPECT_EQ(test, 6UL * EXTENT, xnheap_size(heap));
	KUNIT_EXPECT_EQ(test, 0, times(told, XNHEAP_FAILED));
}

static void a_heap_may_end_while_it_grows(struct kunit *test)
{
	struct xnheap *heap;
	unsigned int i;

	for (i = 0; i < 30; i++) {
		heap = xnheap_create("kunit", EXTENT, PAGE_BYTES, XNHEAP_VMALLOC);
		KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(heap));
		KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, 64 * EXTENT, 0, 0));
		while (i % 3 && xnheap_size(heap) < i * EXTENT)
			cond_resched();
		xnheap_free(heap, xnheap_alloc(heap, 8));
		if (i % 2)
			xnheap_shrink(heap);
		xnheap_delete(heap);
	}
}

static void only_heaps_with_memory_of_their_own_grow(struct kunit *test)
{
	static const struct heap_kind kind = { "plain", 512, 16, 1, 0 };
	struct xnheap *heap = &heap_make(test, &kind)->heap, none = { };
	struct xnheap *own = created(test)->heap;

	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_growth(heap, 512, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_priority(heap, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_notify(heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_shrink(heap));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_growth(NULL, 512, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_growth(&none, 512, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_shrink(NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_growth(own, 512, 511, 0));
	KUNIT_EXPECT_EQ(test, HEAP_MAGIC, heap->magic);
	KUNIT_EXPECT_EQ(test, HEAP_MAGIC, own->magic);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(own, 512, 512, 0));
}

/* A CPU that a real-time task has for itself: work waits there, the heap's thread does not. */
struct hog {
	struct told *told;
	struct work_struct work;
	struct completion done;
	bool worked;
	bool grew, starved;		/* meanwhile */
	bool left;			/* the CPU had to go to others */
};

static void work_done(struct work_struct *work)
{
	WRITE_ONCE(container_of(work, struct hog, work)->worked, true);
}

static int hog_run(void *data)
{
	struct hog *hog = data;
	struct xnheap *heap = hog->told->heap;
	unsigned long end = jiffies + A_WHILE, left;

	sched_set_fifo_low(current);
	left = current->nivcsw;
	schedule_work_on(raw_smp_processor_id(), &hog->work);
	while (xnheap_alloc(heap, 100) && free_blocks(heap) > 4)
		;
	while (time_before(jiffies, end) && xnheap_size(heap) == EXTENT)
		cond_resched();
	hog->grew = xnheap_size(heap) > EXTENT;
	hog->starved = !READ_ONCE(hog->worked);
	hog->left = current->nivcsw != left;
	complete(&hog->done);
	return 0;
}

static struct hog *hog_one_cpu(struct kunit *test, int priority)
{
	struct hog *hog = kunit_kzalloc(test, sizeof(*hog), GFP_KERNEL);
	struct task_struct *thread;

	KUNIT_ASSERT_NOT_NULL(test, hog);
	hog->told = created(test);
	INIT_WORK(&hog->work, work_done);
	init_completion(&hog->done);
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_priority(hog->told->heap, priority));
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(hog->told->heap, 8 * BLOCK, 0, 0));
	set_cpus_allowed_ptr(growth_of(hog->told->heap)->thread,
			     cpumask_of(raw_smp_processor_id()));
	thread = kthread_create(hog_run, hog, "xnheap-hog");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	kthread_bind(thread, raw_smp_processor_id());
	wake_up_process(thread);
	wait_for_completion(&hog->done);
	flush_work(&hog->work);
	return hog;
}

static void it_grows_where_a_workqueue_starves(struct kunit *test)
{
	struct hog *hog;
	int tries = 0;

	/* The scheduler lets others run once a second: where that was meanwhile, again */
	do {
		hog = hog_one_cpu(test, 50);
		KUNIT_EXPECT_TRUE(test, hog->grew);
	} while (!hog->starved && ++tries < 10);
	KUNIT_EXPECT_TRUE(test, hog->starved);
	/* At the priority of such work it would starve as well */
	do {
		hog = hog_one_cpu(test, 0);
	} while (hog->left && ++tries < 10);
	KUNIT_EXPECT_FALSE(test, hog->left);
	KUNIT_EXPECT_FALSE(test, hog->grew);
	KUNIT_EXPECT_TRUE(test, hog->starved);
}

#ifdef XNHEAP_OBSERVE
static void notes_are_left_while_somebody_observes(struct kunit *test)
{
	struct told *told = created(test);
	struct held_blocks *held = no_blocks(test);
	struct xnheap *heap = told->heap;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_growth(heap, 8 * BLOCK, 0, 2 * EXTENT));
	observe_switch(heap, OBSERVE_LATENCY, true);
	take(held, heap, BLOCKS - 4);
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_GROWN) == 1));
	while (take(held, heap, 1))
		;
	KUNIT_EXPECT_TRUE(test, wait_for(times(told, XNHEAP_FAILED) == 1));
	observe_switch(heap, OBSERVE_LATENCY, false);
}

static void a_walk_ends_where_its_extent_is_gone(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	struct held_blocks *held = no_blocks(test);
	struct walk_part part;
	struct walk walk;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	/* More parts than a slice tells */
	take(held, heap, 2 * BLOCKS);
	walk_begin(&walk, heap);
	KUNIT_ASSERT_TRUE(test, walk_extent(&walk));
	KUNIT_ASSERT_TRUE(test, walk_extent(&walk));
	KUNIT_ASSERT_EQ(test, 1, walk_next(&walk, &part));
	give(test, held, heap, held->nr);
	KUNIT_ASSERT_EQ(test, 1, xnheap_shrink(heap));
	for (i = 1; i < WALK_STEPS; i++)
		KUNIT_EXPECT_EQ(test, 1, walk_next(&walk, &part));
	KUNIT_EXPECT_EQ(test, 0, walk_next(&walk, &part));
	KUNIT_EXPECT_FALSE(test, walk_extent(&walk));
}

/* Pages of the heap that a walk tells, as free or in all. */
static u32 walked(struct kunit *test, struct xnheap *heap, bool all)
{
	struct walk_part part;
	struct walk walk;
	u32 pages = 0;
	int ret;

	walk_begin(&walk, heap);
	while (walk_extent(&walk)) {
		while ((ret = walk_next(&walk, &part)) > 0)
			pages += all || part.type == PAGE_FREE ? part.pages : 0;
		KUNIT_EXPECT_EQ(test, 0, ret);
	}
	return pages;
}

static void a_walk_follows_no_link_into_an_extent_that_is_gone(struct kunit *test)
{
	struct xnheap *heap = created(test)->heap;
	struct held_blocks *held = no_blocks(test);
	struct xnheap_page *page;
	struct walk_part part;
	struct walk walk;

	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_ASSERT_EQ(test, 1, xnheap_shrink(heap));
	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	take(held, heap, 3);
	KUNIT_EXPECT_EQ(test, 2 * free_blocks(heap), walked(test, heap, false));
	KUNIT_EXPECT_EQ(test, 2 * 2U * BLOCKS, walked(test, heap, true));
	give(test, held, heap, 3);
	/* An inner page, whose link is as stale as it can be */
	page = page_after(heap, heap->extent[0].map, 5);
	page->type = PAGE_FREE;
	page->list.prev = (void *)8;
	walk_begin(&walk, heap);
	KUNIT_ASSERT_TRUE(test, walk_extent(&walk));
	walk.page = 5;
	KUNIT_ASSERT_EQ(test, 1, walk_next(&walk, &part));
	KUNIT_EXPECT_EQ(test, PAGE_FREE, part.type);
	page->list.prev = NULL;
}
#endif

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(each_call_does_on_a_heap_that_grows_what_it_does_elsewhere,
			 kind_gen_params),
	KUNIT_CASE_PARAM(what_is_wholly_free_is_given_back_but_for_the_first, kind_gen_params),
	KUNIT_CASE_PARAM(an_extent_with_one_block_in_use_stays, kind_gen_params),
	KUNIT_CASE_PARAM(an_extent_of_the_callers_is_not_given_back, kind_gen_params),
	KUNIT_CASE_PARAM(numbers_of_extents_are_used_again, kind_gen_params),
	KUNIT_CASE_PARAM(a_full_table_is_emptied_and_filled_again, kind_gen_params),
	KUNIT_CASE(memory_goes_after_a_grace_period),
	KUNIT_CASE(where_there_is_no_memory_it_tries_again),
	KUNIT_CASE_PARAM(one_note_is_left_each_time_the_level_falls_below, kind_gen_params),
	KUNIT_CASE_PARAM(each_call_that_takes_pages_leaves_a_note, kind_gen_params),
	KUNIT_CASE_PARAM(it_grows_until_it_is_above_the_mark, kind_gen_params),
	KUNIT_CASE_PARAM(it_never_grows_beyond_its_most_whoever_else_has_it_grow,
			 kind_gen_params),
	KUNIT_CASE(two_that_grow_at_a_time_do_not_grow_it_too_far),
	KUNIT_CASE_PARAM(what_is_too_much_is_given_back_after_a_while, kind_gen_params),
	KUNIT_CASE(memory_on_its_way_back_goes_with_its_heap),
	KUNIT_CASE(a_moment_above_the_mark_gives_nothing_back),
	KUNIT_CASE(nothing_is_given_back_unless_asked_for),
	KUNIT_CASE_PARAM(allocations_that_fail_are_told_of_by_their_result, kind_gen_params),
	KUNIT_CASE(many_that_fail_are_told_of_a_few_times),
	KUNIT_CASE_PARAM(a_level_that_goes_up_and_down_is_told_of_a_few_times, kind_gen_params),
	KUNIT_CASE(a_fall_is_forgotten_with_its_mark),
	KUNIT_CASE(a_function_that_is_told_cannot_end_the_heap),
	KUNIT_CASE(the_priority_is_that_of_interrupt_threads_or_what_was_set),
	KUNIT_CASE_PARAM(growth_can_be_ended_and_begun_again, kind_gen_params),
	KUNIT_CASE(a_heap_may_end_while_it_grows),
	KUNIT_CASE(only_heaps_with_memory_of_their_own_grow),
	KUNIT_CASE(it_grows_where_a_workqueue_starves),
#ifdef XNHEAP_OBSERVE
	KUNIT_CASE_PARAM(notes_are_left_while_somebody_observes, kind_gen_params),
	KUNIT_CASE_PARAM(a_walk_ends_where_its_extent_is_gone, kind_gen_params),
	KUNIT_CASE(a_walk_follows_no_link_into_an_extent_that_is_gone),
#endif
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_growth",
	.test_cases = cases,
};

kunit_test_suite(suite);
