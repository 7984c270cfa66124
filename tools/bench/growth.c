// SPDX-License-Identifier: GPL-2.0
/* Whether the cost of a call grows: with the heap, its extents, its blocks. */

#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define PAGE_BYTES	512UL

/* The adversary's states, in heaps of several sizes. */
static int grow_heap(void)
{
	static const struct {
		u_long bytes;
		unsigned int extents;
	} heaps[] = {
		{ 64UL << 10, 1 }, { 1UL << 20, 1 }, { 16UL << 20, 1 },
		{ 256UL << 20, 1 }, { 16UL << 20, 8 }, { 16UL << 20, 64 },
	};
	u64 alloc, free;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(heaps); i++) {
		ret = adversary_grown(heaps[i].bytes, PAGE_BYTES,
				      heaps[i].extents, &alloc, &free);
		if (ret)
			return ret;
		bench_print("growth\theap\t%lu\t%u\t%llu\t%llu\n",
			    heaps[i].bytes, heaps[i].extents, alloc, free);
		cond_resched();
	}
	return 0;
}

/* Random calls among ever more live blocks, of sizes that let them fit. */
static int grow_blocks(void)
{
	const struct bench_load load = { .bytes = 256UL << 20 };
	const struct allocator *a = allocator_find("xnheap-4096");
	u32 live, i, k, filled = 0, most = 1000000;
	struct rnd_state rnd;
	void **block;
	int ret;

	block = vcalloc(most, sizeof(*block));
	if (!block)
		return -ENOMEM;
	ret = a->open(&load);
	if (ret)
		goto out;
	prandom_seed_state(&rnd, 1);
	for (live = 100; live <= most; live *= 10) {
		for (; filled < live; filled++)
			block[filled] = a->alloc(prandom_u32_state(&rnd) % 128 + 1);
		record_reset(&bench_alloc);
		record_reset(&bench_free);
		for (i = 0; i < 20000; i++) {
			k = prandom_u32_state(&rnd) % live;
			a->free(block[k], 0);
			block[k] = a->alloc(prandom_u32_state(&rnd) % 128 + 1);
		}
		bench_print("growth\tblocks\t%u\t%llu\t%llu\t%llu\t%llu\t%llu\n",
			    live, bench_alloc.count, bench_alloc.sum,
			    bench_alloc.worst, bench_free.sum, bench_free.worst);
		cond_resched();
	}
	while (filled-- > 0)
		a->free(block[filled], 0);
	a->close();
out:
	vfree(block);
	return ret;
}

int bench_growth(void)
{
	int ret = grow_heap();

	return ret ? ret : grow_blocks();
}
