// SPDX-License-Identifier: GPL-2.0
/* The allocators, and one timed call of each kind. */

#include <linux/err.h>
#include <linux/genalloc.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xnheap.h>

#include "latency.h"

#define HAVE_GEN_POOL	IS_ENABLED(CONFIG_GENERIC_ALLOCATOR)
#define GRANULE_ORDER	6	/* of gen_pool: a compromise of speed and waste */

/* Of a heap at most: sizes of small blocks, and pages of a run of such */
#define MAX_POWERS		12
#define MAX_FINE_CLASSES	255UL
#define MAX_FINE_PAGES		8

const char * const allocator_names[NR_ALLOCATORS] = {
	[XNHEAP] = "xnheap", [KMALLOC] = "kmalloc", [GEN_POOL] = "gen_pool",
};

const char * const call_names[NR_CALLS] = { [ALLOC] = "alloc", [FREE] = "free" };

static struct xnheap *heap;
static struct gen_pool *pool;
static void *area;		/* the pool's */

/* kmalloc takes sleeping locks on PREEMPT_RT. */
bool allocator_serves(enum allocator which, enum context context, bool compare)
{
	switch (which) {
	case XNHEAP:
		return true;
	case KMALLOC:
		return compare && (context == IN_THREAD ||
				   !IS_ENABLED(CONFIG_PREEMPT_RT));
	default:
		return compare && HAVE_GEN_POOL;
	}
}

/* At most, of a run for each size of block: the last one may hold a single block. */
static unsigned long last_run_pages(const struct plan *plan)
{
	unsigned long sizes = (plan->size_max - plan->size_min) / XNHEAP_MIN_BLOCK + 2;

	return plan->fine ? min(sizes, MAX_FINE_CLASSES) * MAX_FINE_PAGES : MAX_POWERS;
}

/* Room for the largest block in each slot, and for the runs that are hardly used. */
u64 allocators_bytes(const struct plan *plan)
{
	unsigned long block = plan->size_max <= plan->page_size ?
		       roundup_pow_of_two(plan->size_max) :
		       round_up(plan->size_max, plan->page_size);

	return round_up((u64)plan->actors * SLOTS * block +
			(u64)last_run_pages(plan) * plan->page_size,
			max_t(u64, plan->page_size, PAGE_SIZE));
}

static int pool_open(size_t bytes)
{
	int ret;

	area = vmalloc(bytes);
	if (!area)
		return -ENOMEM;
	pool = gen_pool_create(GRANULE_ORDER, NUMA_NO_NODE);
	ret = pool ? gen_pool_add(pool, (unsigned long)area, bytes, NUMA_NO_NODE) :
		     -ENOMEM;
	if (ret && pool)
		gen_pool_destroy(pool);
	if (ret)
		vfree(area);
	return ret;
}

int allocators_open(const struct plan *plan)
{
	size_t bytes = allocators_bytes(plan);
	int ret;

	heap = xnheap_create("latency", bytes, plan->page_size,
			     XNHEAP_VMALLOC | (plan->fine ? XNHEAP_FINE : 0));
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	pool = NULL;
	if (!plan->compare || !HAVE_GEN_POOL)
		return 0;
	ret = pool_open(bytes);
	if (ret)
		xnheap_delete(heap);
	return ret;
}

void allocators_close(void)
{
	if (HAVE_GEN_POOL && pool) {
		gen_pool_destroy(pool);
		vfree(area);
	}
	xnheap_delete(heap);
}

u64 allocator_alloc(enum allocator which, u32 size, void **block)
{
	u64 start;

	switch (which) {
	case XNHEAP:
		start = stamp();
		*block = xnheap_alloc(heap, size);
		return stamp() - start;
	case KMALLOC:
		start = stamp();
		*block = kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
		return stamp() - start;
	default:
		if (!HAVE_GEN_POOL)
			return 0;
		start = stamp();
		*block = (void *)gen_pool_alloc(pool, size);
		return stamp() - start;
	}
}

u64 allocator_free(enum allocator which, u32 size, void *block, bool *failed)
{
	u64 start;

	switch (which) {
	case XNHEAP:
		start = stamp();
		*failed = xnheap_free(heap, block);
		return stamp() - start;
	case KMALLOC:
		start = stamp();
		kfree(block);
		return stamp() - start;
	default:
		if (!HAVE_GEN_POOL)
			return 0;
		start = stamp();
		gen_pool_free(pool, (unsigned long)block, size);
		return stamp() - start;
	}
}
