// SPDX-License-Identifier: GPL-2.0
/* Heaps with XNHEAP_PERCPU: the blocks that a CPU keeps. */

#include <linux/err.h>
#include <linux/preempt.h>
#include <linux/smp.h>

#include "kunit_xnheap.h"
#ifdef XNHEAP_OBSERVE
#include "observe/tracking.h"
#endif

#define HEAP_BYTES	SZ_4M
#define KEPT_SHARE	100	/* the contract: of a heap's bytes, one in so many */
#define KEPT_EACH	32	/* blocks of a size, on one CPU, and in the depot */

static const struct page_size {
	u_long bytes;
} page_sizes[] = { { 64 }, { 512 }, { 4096 }, { 32768 } };

static void page_size_desc(const struct page_size *param, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu-byte pages", param->bytes);
}

KUNIT_ARRAY_PARAM(page_size, page_sizes, page_size_desc);

/* Bytes of the smallest block: a word tells of no more words of blocks than it has bits */
static u_long least_block(u_long page)
{
	return max(16UL, page / BITS_PER_LONG / BITS_PER_LONG);
}

#define PAGES_CASE(test) KUNIT_CASE_PARAM(test, page_size_gen_params)

static void delete_heap(void *heap)
{
	xnheap_delete(heap);
}

static struct xnheap *make(struct kunit *test)
{
	const struct page_size *page = test->param_value;
	struct xnheap *heap = xnheap_create("percpu", HEAP_BYTES,
					    page ? page->bytes : 4096,
					    XNHEAP_VMALLOC | XNHEAP_PERCPU);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	undo_later(test, delete_heap, heap);
	return heap;
}

static void expect_sound(struct kunit *test, struct xnheap *heap)
{
	KUNIT_EXPECT_STREQ(test, "", validate_heap(heap));
}

static void expect_empty(struct kunit *test, struct xnheap *heap)
{
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
	KUNIT_EXPECT_EQ(test, 0, cpu_kept_bytes(heap));
	KUNIT_EXPECT_EQ(test, xnheap_usable_mem(heap), xnheap_largest_free(heap));
	expect_sound(test, heap);
}

/* What cannot be combined with it */
static void flags(struct kunit *test)
{
	const unsigned int bad = XNHEAP_FINE | XNHEAP_PERCPU;
	u_long size = 64 * SZ_4K;
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	void *area = memory_get(test, size), *map = memory_get(test, size);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_init_flags(heap, area, size, 4096, bad));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR(xnheap_create("bad", size, 4096, XNHEAP_VMALLOC | bad)));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_init_apart(heap, area, size, 4096, map, size,
							 XNHEAP_PERCPU));
	KUNIT_EXPECT_EQ(test, 0, xnheap_init_flags(heap, area, size, 4096, XNHEAP_PERCPU));
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_drain(heap));
}

/* A block goes to the CPU and comes back, and is live only in between */
static void kept_block(struct kunit *test)
{
	struct xnheap *heap = make(test);
	void *block, *again;

	migrate_disable();
	block = xnheap_alloc(heap, 32);
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(heap, block));
	KUNIT_EXPECT_EQ(test, 32, xnheap_used_mem(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, block));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_test_and_free(heap, block, NULL));
	again = xnheap_alloc(heap, 17);
	KUNIT_EXPECT_PTR_EQ(test, block, again);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, again + 8));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_free(heap, again + 16));
	KUNIT_EXPECT_EQ(test, 0, xnheap_test_and_free(heap, again, NULL));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, NULL));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_free(heap, test));
	migrate_enable();
	expect_empty(test, heap);
}

/* How much is kept: no more than the contract says, however many are freed */
static void most_kept(struct kunit *test)
{
	struct xnheap *heap = make(test);
	u_long size, kept, most = 0;
	void *block, *list = NULL;

	for (size = least_block(xnheap_page_size(heap)); size < xnheap_page_size(heap);
	     size *= 2) {
		kept = cpu_kept_bytes(heap);
		while ((block = xnheap_alloc(heap, size)) &&
		       xnheap_used_mem(heap) < HEAP_BYTES / 2) {
			*(void **)block = list;
			list = block;
		}
		if (block)
			KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
		while ((block = list)) {
			list = *(void **)block;
			KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
		}
		KUNIT_EXPECT_LE(test, cpu_kept_bytes(heap) - kept,
				KEPT_EACH * size * (num_online_cpus() + 1));
		most = max(most, cpu_kept_bytes(heap));
	}
	KUNIT_EXPECT_GT(test, most, 0);
	KUNIT_EXPECT_LE(test, most, xnheap_size(heap) / KEPT_SHARE);
	expect_empty(test, heap);
}

struct handed {
	struct xnheap *heap;
	u_long size;
	void *block[KEPT_EACH];
};

static int alloc_all(void *handed)
{
	struct handed *by = handed;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(by->block); i++)
		by->block[i] = xnheap_alloc(by->heap, by->size);
	return 0;
}

static int free_all(void *handed)
{
	struct handed *by = handed;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(by->block); i++)
		if (xnheap_free(by->heap, by->block[i]))
			return -EIO;
	return 0;
}

/* One CPU allocates what another frees: hardly any block leaves a run for that */
static void blocks_pass_from_cpu_to_cpu(struct kunit *test)
{
	struct handed *by = kunit_kzalloc(test, sizeof(*by), GFP_KERNEL);
	unsigned int i, rounds = 100, from, to;
	struct xnheap *heap = make(test);
	u64 before;

	KUNIT_ASSERT_NOT_NULL(test, by);
	*by = (struct handed) { heap, least_block(xnheap_page_size(heap)) };
	from = cpumask_first(cpu_online_mask);
	to = cpumask_last(cpu_online_mask);
	for (i = 0; i < 2 * rounds; i++) {
		if (i == rounds)
			before = bucket_of_size(heap, by->size)->allocs;
		KUNIT_ASSERT_EQ(test, 0, smp_call_on_cpu(from, alloc_all, by, false));
		KUNIT_ASSERT_NOT_NULL(test, by->block[KEPT_EACH - 1]);
		KUNIT_ASSERT_EQ(test, 0, smp_call_on_cpu(to, free_all, by, false));
	}
	KUNIT_EXPECT_EQ(test, before, bucket_of_size(heap, by->size)->allocs);
	expect_empty(test, heap);
}

/* More than a CPU keeps goes to the depot, and comes back from there */
static void blocks_that_the_depot_has(struct kunit *test)
{
	struct xnheap *heap = make(test);
	u_long size = least_block(xnheap_page_size(heap)), i, n = 2 * KEPT_EACH;
	struct xnheap_bucket *bucket = bucket_of_size(heap, size);
	void *block, *list = NULL;
	u64 before;

	migrate_disable();
	for (i = 0; i < n; i++) {
		block = xnheap_alloc(heap, size);
		KUNIT_ASSERT_NOT_NULL(test, block);
		*(void **)block = list;
		list = block;
	}
	while ((block = list)) {
		list = *(void **)block;
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	}
	KUNIT_EXPECT_EQ(test, n * size, cpu_kept_bytes(heap));
	KUNIT_EXPECT_EQ(test, KEPT_EACH, cpu_kept_by(heap, bucket, CPU_DEPOT).blocks);
	expect_sound(test, heap);
	before = bucket->allocs;
	for (i = 0; i < n; i++) {
		block = xnheap_alloc(heap, size);
		KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(heap, block));
		*(void **)block = list;
		list = block;
	}
	KUNIT_EXPECT_EQ(test, before, bucket->allocs);
	KUNIT_EXPECT_EQ(test, 0, cpu_kept_bytes(heap));
	while ((block = list)) {
		list = *(void **)block;
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	}
	migrate_enable();
	expect_empty(test, heap);
}

/* A CPU's share has two blocks at least of each size that is kept, and is not exceeded */
static void limits(struct kunit *test)
{
	size_t bytes, share, kept, each;
	struct xnheap_bucket *bucket;
	struct xnheap *heap;

	for (bytes = SZ_16K; bytes <= SZ_16M; bytes *= 4) {
		heap = xnheap_create("limits", bytes, 4096, XNHEAP_VMALLOC | XNHEAP_PERCPU);
		KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
		share = xnheap_size(heap) / KEPT_SHARE / (num_possible_cpus() + 1);
		kept = 0;
		for (bucket = heap->buckets; bucket < heap->buckets + heap->nr_buckets; bucket++) {
			each = cpu_stack_at(heap->depot, bucket->place)->limit /
			       sizeof(struct cpu_slot);
			KUNIT_EXPECT_NE(test, 1, each);
			KUNIT_EXPECT_LE(test, each, KEPT_EACH);
			/* Of those that are too large for what is left, there are none */
			if (!each)
				KUNIT_EXPECT_LT(test, (share - kept) / 2, 2 * bucket->size);
			kept += each * bucket->size;
		}
		KUNIT_EXPECT_LE(test, kept, share);
		xnheap_delete(heap);
	}
}

/* In a small heap a hundredth is not enough for any */
static void none_kept(struct kunit *test)
{
	struct xnheap *heap = xnheap_create("small", 2 * SZ_1K, 512,
					    XNHEAP_VMALLOC | XNHEAP_PERCPU);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	undo_later(test, delete_heap, heap);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, xnheap_alloc(heap, 16)));
	KUNIT_EXPECT_EQ(test, 0, cpu_kept_bytes(heap));
	KUNIT_EXPECT_EQ(test, xnheap_usable_mem(heap), xnheap_largest_free(heap));
}

/* A call that comes while this CPU's stacks are busy, as one in an interrupt does */
static void busy(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct xnheap_cpu *cpu;
	size_t before, after;
	void *kept, *block;

	kept = xnheap_alloc(heap, 32);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, kept));
	preempt_disable();
	cpu = this_cpu_ptr(heap->cpu);
	before = cpu_kept_bytes(heap);
	WRITE_ONCE(cpu->busy, true);
	block = xnheap_alloc(heap, 32);
	after = cpu_kept_bytes(heap);
	WRITE_ONCE(cpu->busy, false);
	preempt_enable();
	KUNIT_EXPECT_NOT_NULL(test, block);
	KUNIT_EXPECT_PTR_NE(test, kept, block);
	KUNIT_EXPECT_EQ(test, before, after);
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(heap, block));

	preempt_disable();
	cpu = this_cpu_ptr(heap->cpu);
	WRITE_ONCE(cpu->busy, true);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	after = cpu_kept_bytes(heap);
	WRITE_ONCE(cpu->busy, false);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, before, after);
	expect_empty(test, heap);
}

/* A full heap gives what its CPU keeps, in larger blocks if need be */
static void last_blocks(struct kunit *test)
{
	struct xnheap *heap = make(test);
	u_long page = xnheap_page_size(heap), tries;
	void *block, *list = NULL, *next;

	/* Keep one that is larger, and have all else */
	migrate_disable();
	block = xnheap_alloc(heap, page / 2);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	while ((block = xnheap_alloc(heap, 16))) {
		*(void **)block = list;
		list = block;
	}
	KUNIT_EXPECT_EQ(test, 1, heap->failed[XNHEAP_ALLOC_FULL]);
	migrate_enable();
	expect_sound(test, heap);
	for (; list; list = next) {
		next = *(void **)list;
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, list));
	}
	/* What needs whole pages fails and gives some back, until there are */
	for (tries = 0; tries < 1000; tries++) {
		block = xnheap_alloc(heap, xnheap_usable_mem(heap));
		if (block)
			break;
	}
	if (num_online_cpus() == 1)
		KUNIT_EXPECT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	expect_empty(test, heap);
}

/*
 * One call gets whole pages out of all that its CPU and the depot keep, also if it has
 * to give back one block at a time: of each page but one, half is out.
 */
static void pages_of_kept_blocks(struct kunit *test)
{
	u_long half = 2048, page = 2 * half, kept = 2 * KEPT_EACH, base, pair, i, n;
	size_t size = half * KEPT_EACH * KEPT_SHARE * (num_possible_cpus() + 1);
	struct xnheap *heap = xnheap_create("halves", size, page, XNHEAP_VMALLOC |
					    XNHEAP_PERCPU | XNHEAP_ALIGN(2048));
	void *block;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	undo_later(test, delete_heap, heap);
	base = heap->first_base;
	n = xnheap_usable_mem(heap) / half;
	migrate_disable();
	for (pair = 0; pair < kept - 1; pair++) {
		while (xnheap_alloc(heap, half))
			;
		for (i = 0; i < kept; i++) {
			block = (void *)base + (i == pair + 1 ? 2 * pair + 1 : 2 * i) * half;
			KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
		}
		KUNIT_EXPECT_EQ(test, kept * half, cpu_kept_bytes(heap));
		block = xnheap_alloc(heap, page);
		KUNIT_EXPECT_NOT_NULL_MSG(test, block, "after %lu", pair);
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	}
	while (xnheap_alloc(heap, half))
		;
	migrate_enable();
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, (void *)base + i * half));
	expect_empty(test, heap);
}

/* What an interrupt does at one point of a call */
static struct {
	struct kunit *test;
	enum cpu_point point;
	void *freed;		/* by the call; NULL: it allocates */
	void *got;
	unsigned int times;
	bool inside;
} interrupt;

static void interrupted(struct xnheap *heap, enum cpu_point point)
{
	if (point != interrupt.point || interrupt.inside)
		return;
	interrupt.inside = true;
	interrupt.times++;
	if (interrupt.freed)
		KUNIT_EXPECT_EQ(interrupt.test, -EINVAL, xnheap_free(heap, interrupt.freed));
	interrupt.got = xnheap_alloc(heap, 32);
	interrupt.inside = false;
}

static void hook_off(void *unused)
{
	WRITE_ONCE(cpu_hook, NULL);
}

static const struct point {
	const char *name;
	enum cpu_point nr;
} points[] = {
	{ "entered", CPU_ENTERED }, { "popped", CPU_POPPED },
	{ "claimed", CPU_CLAIMED }, { "pushed", CPU_PUSHED },
};

KUNIT_ARRAY_PARAM_DESC(point, points, name);

/* An interrupt in the midst of a call: nothing is handed out twice, or freed twice */
static void interrupted_calls(struct kunit *test)
{
	const struct point *point = test->param_value;
	struct xnheap *heap = xnheap_create("percpu", HEAP_BYTES, 4096,
					    XNHEAP_VMALLOC | XNHEAP_PERCPU);
	void *block, *first;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	undo_later(test, delete_heap, heap);
	undo_later(test, hook_off, NULL);
	memset(&interrupt, 0, sizeof(interrupt));
	interrupt.test = test;
	interrupt.point = point->nr;

	migrate_disable();
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, xnheap_alloc(heap, 32)));
	WRITE_ONCE(cpu_hook, interrupted);
	block = xnheap_alloc(heap, 32);
	KUNIT_EXPECT_PTR_NE(test, block, interrupt.got);
	KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(heap, block));
	first = interrupt.got;
	interrupt.got = NULL;
	interrupt.freed = block;
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	WRITE_ONCE(cpu_hook, NULL);
	KUNIT_EXPECT_PTR_NE(test, block, interrupt.got);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_check_block(heap, block));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, first));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, interrupt.got));
	migrate_enable();
	KUNIT_EXPECT_GT(test, interrupt.times, 0);
	expect_empty(test, heap);
}

static struct {
	unsigned int times;
	unsigned int preemptible;
} found;

static void see_it_found(struct xnheap *heap, enum cpu_point point)
{
	if (point != CPU_FOUND)
		return;
	found.times++;
	found.preemptible += preemptible();
}

/* What takes an extent out waits for who has found a page there, and not claimed its block */
static void found_elsewhere(struct kunit *test)
{
	static const unsigned int flags[] = {
		XNHEAP_PERCPU, XNHEAP_DEFER, XNHEAP_PERCPU | XNHEAP_DEFER
	};
	struct heap_kind kind = { "elsewhere", 4096, 200, 2 };
	struct test_heap *th;
	u8 *block[2];
	u_long i, n;

	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT))
		kunit_skip(test, "this kernel does not count who disables preemption");
	undo_later(test, hook_off, NULL);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		kind.flags = flags[i];
		th = heap_make(test, &kind);
		/* One takes all of the first extent */
		for (n = 0; n < ARRAY_SIZE(block); n++)
			block[n] = alloc_block(test, th, xnheap_max_contiguous(&th->heap));
		n = (u_long)block[0] - th->heap.first_base < th->heap.first_span;
		memset(&found, 0, sizeof(found));
		WRITE_ONCE(cpu_hook, see_it_found);
		if (flags[i] & XNHEAP_PERCPU)
			free_block(test, th, block[n]);
		else
			KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, block[n]));
		WRITE_ONCE(cpu_hook, NULL);
		KUNIT_EXPECT_EQ(test, 1, found.times);
		KUNIT_EXPECT_EQ(test, 0, found.preemptible);
		free_block(test, th, block[!n]);
	}
}

static u_long free_in_runs(struct xnheap *heap)
{
	struct bucket_stats bucket;
	u_long bytes = 0;
	unsigned int i;

	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		bytes += bucket.free * bucket.size;
	}
	return bytes;
}

static u64 calls_that_allocated(struct xnheap *heap)
{
	u64 calls = heap->page_block_allocs;
	struct bucket_stats bucket;
	unsigned int i;

	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		calls += bucket.allocs;
	}
	return calls;
}

#define SLOTS	2000

/* Calls at random, each block with a pattern of its own */
static void random_calls(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct {
		u8 *block;
		u32 size;
	} *slots = kunit_kzalloc(test, SLOTS * sizeof(*slots), GFP_KERNEL), *slot;
	u_long used = 0, page = xnheap_page_size(heap), i, n, allocs = 0;
	struct heap_stats stats;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, slots);
	prandom_seed_state(&rnd, 14);
	for (i = 0; i < 100000; i++) {
		n = random_below(&rnd, SLOTS);
		slot = &slots[n];
		if (!slot->block) {
			slot->size = 1 + random_below(&rnd, min(2 * page, 1024UL));
			slot->block = xnheap_alloc(heap, slot->size);
			if (!slot->block)
				continue;
			allocs++;
			memset(slot->block, n, slot->size);
			used += slot->size > page / 2 ? round_up(slot->size, page) :
				max(roundup_pow_of_two(slot->size), least_block(page));
			continue;
		}
		if (memchr_inv(slot->block, (u8)n, slot->size)) {
			KUNIT_FAIL(test, "another one's block, call %lu", i);
			return;
		}
		used -= slot->size > page / 2 ? round_up(slot->size, page) :
			max(roundup_pow_of_two(slot->size), least_block(page));
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(heap, slot->block));
		if (i % 16 == 0)
			KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(heap, slot->block));
		slot->block = NULL;
		if (i % 4096 == 0) {
			KUNIT_ASSERT_STREQ(test, "", validate_heap(heap));
			KUNIT_ASSERT_EQ(test, used, xnheap_used_mem(heap));
		}
	}
	heap_get_stats(heap, &stats);
	KUNIT_EXPECT_EQ(test, used, stats.used);
	KUNIT_EXPECT_EQ(test, stats.used + stats.kept,
			stats.usable - ((size_t)heap->free_pages << heap->page_shift) -
			free_in_runs(heap));
	for (n = 0; n < SLOTS; n++)
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, slots[n].block));
	expect_empty(test, heap);
	KUNIT_EXPECT_EQ(test, allocs, calls_that_allocated(heap));
}

#ifdef XNHEAP_OBSERVE

static noinline void *allocate(struct xnheap *heap)
{
	void *block = xnheap_alloc(heap, 100);

	OPTIMIZER_HIDE_VAR(block);	/* no tail call */
	return block;
}

static noinline void *allocate_aligned(struct xnheap *heap)
{
	void *block = xnheap_alloc_aligned(heap, 100, 64);

	OPTIMIZER_HIDE_VAR(block);
	return block;
}

static noinline int free_it(struct xnheap *heap, void *block)
{
	int ret = xnheap_free(heap, block);

	OPTIMIZER_HIDE_VAR(ret);
	return ret;
}

static noinline int test_and_free_it(struct xnheap *heap, void *block)
{
	int ret = xnheap_test_and_free(heap, block, NULL);

	OPTIMIZER_HIDE_VAR(ret);
	return ret;
}

/* Whether the last call on a block was that of @function. */
static bool called_by(struct xnheap *heap, void *block, void *function)
{
	const struct xnheap_extent *ext = &heap->extent[0];
	const struct track *tracks = tracks_of(heap, ext);
	u_long nr = ((u_long)block - ext->base) / TRACKING_SPAN;

	return tracks[nr].caller - (u_long)function < 64;
}

/* Of a debug heap each block has its track, and nothing is kept. */
static void tracked(struct kunit *test)
{
	struct xnheap *heap = xnheap_create("tracked", HEAP_BYTES, 4096,
					    XNHEAP_VMALLOC | XNHEAP_PERCPU | XNHEAP_DEBUG);
	void *block, *aligned;
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	undo_later(test, delete_heap, heap);
	for (i = 0; i < 2; i++) {
		block = allocate(heap);
		aligned = allocate_aligned(heap);
		KUNIT_ASSERT_NOT_NULL(test, block);
		KUNIT_ASSERT_NOT_NULL(test, aligned);
		KUNIT_EXPECT_TRUE(test, called_by(heap, block, allocate));
		KUNIT_EXPECT_TRUE(test, called_by(heap, aligned, allocate_aligned));
		KUNIT_EXPECT_EQ(test, 0, cpu_kept_bytes(heap));
		KUNIT_EXPECT_EQ(test, 0, free_it(heap, block));
		KUNIT_EXPECT_EQ(test, 0, test_and_free_it(heap, aligned));
		KUNIT_EXPECT_TRUE(test, called_by(heap, block, free_it));
		KUNIT_EXPECT_TRUE(test, called_by(heap, aligned, test_and_free_it));
		KUNIT_EXPECT_EQ(test, 0, cpu_kept_bytes(heap));
		KUNIT_EXPECT_EQ(test, heap->pages, heap->free_pages);
	}
	expect_sound(test, heap);
}

#endif

static struct kunit_case cases[] = {
	KUNIT_CASE(flags),
	PAGES_CASE(kept_block),
	PAGES_CASE(most_kept),
	PAGES_CASE(blocks_pass_from_cpu_to_cpu),
	PAGES_CASE(blocks_that_the_depot_has),
	KUNIT_CASE(limits),
	KUNIT_CASE(none_kept),
	PAGES_CASE(busy),
	PAGES_CASE(last_blocks),
	KUNIT_CASE(pages_of_kept_blocks),
	KUNIT_CASE_PARAM(interrupted_calls, point_gen_params),
	KUNIT_CASE(found_elsewhere),
	PAGES_CASE(random_calls),
#ifdef XNHEAP_OBSERVE
	KUNIT_CASE(tracked),
#endif
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_percpu",
	.test_cases = cases,
};

kunit_test_suite(suite);
