// SPDX-License-Identifier: GPL-2.0
/*
 * The longest free range while a random population comes and goes, by where
 * blocks are placed.
 *
 * The heap under test is a real one with fine classes. What it would choose next
 * is put where it looks first, right before each call. That takes a search, so
 * most of these policies could never be xnheap's own.
 */

#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../../xnheap/core/bucket.h"
#include "../../xnheap/core/range.h"
#include "bench.h"

typedef bool (*better_fn)(const struct xnheap_page *a,
			  const struct xnheap_page *b);

/* Whether @a is to be taken before @b. */
static bool lower(const struct xnheap_page *a, const struct xnheap_page *b)
{
	return a < b;		/* there is one extent, and so one page map */
}

/* The count of a run is that of its free blocks, less one. */
static bool fuller(const struct xnheap_page *a, const struct xnheap_page *b)
{
	return a->count != b->count ? a->count < b->count : lower(a, b);
}

static const struct policy {
	const char *name;
	bool lifo;			/* what a bucket's queue is */
	better_fn better_run;		/* NULL: as queued */
	bool lowest_range;		/* or else, by bin */
} policies[] = {
	{ "run that waits longest" },
	{ "run that came last", .lifo = true },
	{ "fullest run", .better_run = fuller },
	{ "lowest run", .better_run = lower },
	{ "lowest run and range", .better_run = lower, .lowest_range = true },
};

/* What the bucket goes on with comes first in its queue. */
static void choose_run(struct xnheap_bucket *bucket, better_fn better)
{
	struct xnheap_page *best = NULL, *run;

	if (bucket->run && bucket->run->count > 0)
		return;
	list_for_each_entry(run, &bucket->queue, list)
		if (!best || better(run, best))
			best = run;
	if (best)
		list_move(&best->list, &bucket->queue);
}

/*
 * List the lowest range that has @pages pages where shorter ones are looked for.
 * Returns it, or NULL.
 */
static struct xnheap_page *choose_range(struct xnheap *heap, u32 pages)
{
	struct xnheap_page *best = NULL, *range;
	unsigned long bin;

	for (bin = range_bin(pages); bin < heap->nr_bins; bin++)
		list_for_each_entry(range, &heap->bins[bin].list, list)
			if (range->count >= pages && (!best || lower(range, best)))
				best = range;
	if (best) {
		range_unlink(heap, best, best->bin);
		range_link(heap, best, range_bin(pages), U32_MAX);
	}
	return best;
}

/* List the range rightly, if it is one still. */
static void restore_range(struct xnheap *heap, struct xnheap_page *range)
{
	if (range->type != PAGE_FREE)
		return;
	range_unlink(heap, range, range->bin);
	range_link(heap, range, range_bin(range->count), range->count);
}

static void *place_block(struct xnheap *heap, const struct policy *policy,
			 u32 size)
{
	struct xnheap_page *range = NULL;
	struct xnheap_bucket *bucket;
	u32 pages = DIV_ROUND_UP(size, SZ_4K);
	void *block;

	if (size <= heap->small_max) {
		bucket = bucket_of_size(heap, size);
		pages = bucket->pages;
		if (policy->better_run)
			choose_run(bucket, policy->better_run);
	}
	if (policy->lowest_range)
		range = choose_range(heap, pages);
	block = xnheap_alloc(heap, size);
	if (range)
		restore_range(heap, range);
	return block;
}

/* Toggle random places, as many as keep the heap at about 70 %. */
static void place_blocks(struct xnheap *heap, const struct policy *policy,
			 void **block, u32 places, u32 size)
{
	u64 largest = 0, used = 0;
	u32 i, k, nr = 0;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 40 * places; i++) {
		k = prandom_u32_state(&rnd) % places;
		if (block[k]) {
			xnheap_free(heap, block[k]);
			block[k] = NULL;
		} else {
			block[k] = place_block(heap, policy,
					       prandom_u32_state(&rnd) % size + 1);
		}
		if (i > 20 * places && i % 1000 == 0) {
			largest += xnheap_largest_free(heap);
			used += xnheap_used_mem(heap);
			nr++;
			cond_resched();
		}
	}
	bench_print("placement\t%s\t%u\t%llu\t%llu\t%lu\n", policy->name, size,
		    div_u64(largest, nr), div_u64(used, nr), POOL_BYTES);
}

static int bench_policy(struct xnheap *heap, void *area,
			const struct policy *policy, u32 size)
{
	u32 places = POOL_BYTES / size * 14 / 5;
	void **block = vcalloc(places, sizeof(*block));
	unsigned int i;
	int ret;

	ret = block ? xnheap_init_flags(heap, area, POOL_BYTES, SZ_4K,
					XNHEAP_FINE) : -ENOMEM;
	if (!ret) {
		for (i = 0; i < heap->nr_buckets; i++)
			heap->buckets[i].lifo = policy->lifo;
		place_blocks(heap, policy, block, places, size);
		xnheap_destroy(heap, NULL, NULL);
	}
	vfree(block);
	return ret;
}

int bench_placement(void)
{
	struct xnheap *heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	void *area = vzalloc(POOL_BYTES);
	int ret = heap && area ? 0 : -ENOMEM;
	unsigned int i;
	u32 size;

	for (size = 512; size <= 4096; size *= 8)
		for (i = 0; !ret && i < ARRAY_SIZE(policies); i++)
			ret = bench_policy(heap, area, &policies[i], size);
	vfree(area);
	kfree(heap);
	return ret;
}
