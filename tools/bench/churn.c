// SPDX-License-Identifier: GPL-2.0
/*
 * How much fits into a pool before the first failure, after long random churn.
 *
 * The pool is filled with sizes drawn uniformly from 1 to n until a call fails;
 * then a random half of the blocks is freed. Ten rounds to warm up, then
 * thirty; what counts is the payload at the failures, in bytes asked for, over
 * all the bytes that the allocator was given, headers and page maps included.
 */

#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define WARM_UP		10
#define ROUNDS		30

struct churn {
	const struct allocator *a;
	struct block {
		void *at;
		u32 size;
	} *block;
	u32 most;
	u32 blocks;
	u32 size;		/* at most */
	u64 payload;
	u_long before;		/* taken from the system */
	struct rnd_state rnd;
};

static bool full(const struct churn *c)
{
	return c->a->taken && c->a->taken() - c->before >= POOL_BYTES;
}

static void fill(struct churn *c)
{
	struct block *block;

	while (c->blocks < c->most && !full(c)) {
		block = &c->block[c->blocks];
		block->size = prandom_u32_state(&c->rnd) % c->size + 1;
		block->at = c->a->alloc(block->size);
		if (!block->at)
			break;
		c->payload += block->size;
		c->blocks++;
	}
}

/* Free random blocks until no more than @left are left. */
static void thin(struct churn *c, u32 left)
{
	struct block *block;

	while (c->blocks > left) {
		block = &c->block[prandom_u32_state(&c->rnd) % c->blocks];
		c->a->free(block->at, block->size);
		c->payload -= block->size;
		*block = c->block[--c->blocks];
	}
}

static int churn_pool(const struct allocator *a, u32 size)
{
	const struct bench_load load = { .bytes = POOL_BYTES };
	struct churn c = { .a = a, .size = size };
	u_long given = POOL_BYTES;
	struct bench_waste waste = { };
	u64 sum = 0;
	int ret, i;

	if (a->beside)
		given += POOL_BYTES / a->beside;

	/* The mean is half of the size; there is no room for twice as many. */
	c.most = POOL_BYTES / size * 4;
	c.block = vcalloc(c.most, sizeof(*c.block));
	if (!c.block)
		return -ENOMEM;
	ret = a->open(&load);
	if (ret)
		goto out;
	prandom_seed_state(&c.rnd, 1);
	c.before = a->taken ? a->taken() : 0;
	for (i = 0; i < WARM_UP + ROUNDS; i++) {
		fill(&c);
		if (i >= WARM_UP) {
			sum += c.payload;
			if (a->waste)
				a->waste(&waste, c.payload);
		}
		thin(&c, c.blocks / 2);
		cond_resched();
	}
	thin(&c, 0);
	a->close();
	if (a->waste)
		given = div_u64(sum + waste.rounding + waste.tails +
				waste.metadata + waste.free, ROUNDS);
	bench_print("churn\t%s\t%u\t%llu\t%lu\n", a->name, size,
		    div_u64(sum, ROUNDS), given);
	if (a->waste)
		bench_print("waste\t%s\t%u\t%llu\t%llu\t%llu\t%llu\t%lu\n",
			    a->name, size, div_u64(waste.rounding, ROUNDS),
			    div_u64(waste.tails, ROUNDS),
			    div_u64(waste.metadata, ROUNDS),
			    div_u64(waste.free, ROUNDS), given);
out:
	vfree(c.block);
	return ret;
}

/* What no payload can use: of an empty heap, by page size. */
static void tell_overhead(void)
{
	u_long page_size;

	for (page_size = 64; page_size <= 32768; page_size *= 2)
		bench_print("overhead\t%lu\t%zu\t%lu\n", page_size,
			    xnheap_overhead(POOL_BYTES, page_size), POOL_BYTES);
}

int bench_churn(void)
{
	static const u32 sizes[] = { 256, 512, 1024, 4096, 16384 };
	unsigned int i, k;
	int ret = 0;

	tell_overhead();
	for (i = 0; !ret && i < nr_allocators; i++) {
		const struct allocator *a = &allocators[i];

		if (a->fixed || a->floor || !bench_wants(a))
			continue;
		for (k = 0; !ret && k < ARRAY_SIZE(sizes); k++)
			if (!a->slow || sizes[k] >= 4096)
				ret = churn_pool(a, sizes[k]);
	}
	return ret;
}
