// SPDX-License-Identifier: GPL-2.0
/* What a call costs under loads as they occur, for every allocator. */

#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "trace.h"

#define MAX_BLOCKS	4096

struct block {
	void *at;
	size_t size;
};

/* A load that is under way. */
struct run {
	const struct allocator *a;
	const struct workload *w;
	struct block *block;
	u32 blocks;		/* live at once, at most */
	u32 calls;		/* how many to make */
	u32 failed;
	u_long taken;		/* bytes from the system, at most */
	struct rnd_state rnd;
};

struct workload {
	const char *name;
	u32 size;		/* of blocks, at most */
	bool fixed;		/* all of that size */
	bool bins;		/* tell how the costs are distributed */
	void (*run)(struct run *r);
	const struct trace *trace;
};

static u32 draw(struct run *r, u32 n)
{
	return prandom_u32_state(&r->rnd) % n;
}

static void get(struct run *r, u32 i, size_t size)
{
	struct block *block = &r->block[i];

	block->size = size;
	block->at = r->a->alloc(size);
	if (!block->at)
		r->failed++;
}

static void get_any(struct run *r, u32 i)
{
	get(r, i, r->w->fixed ? r->w->size : draw(r, r->w->size) + 1);
}

static void put(struct run *r, u32 i)
{
	struct block *block = &r->block[i];

	if (block->at)
		r->a->free(block->at, block->size);
	block->at = NULL;
}

/* A steady population: half of the places hold a block. */
static void run_random(struct run *r)
{
	u32 i, k;

	for (i = 0; i < r->calls; i++) {
		k = draw(r, r->blocks);
		if (r->block[k].at)
			put(r, k);
		else
			get_any(r, k);
	}
}

/* A queue: a burst goes in at one end, another comes out at the other. */
static void run_fifo(struct run *r)
{
	u32 in = 0, out = 0, burst, i = 0;

	while (i < r->calls) {
		for (burst = draw(r, 64); burst > 0; burst--, i++)
			if (in - out < r->blocks)
				get_any(r, in++ % r->blocks);
		for (burst = draw(r, 64); burst > 0; burst--, i++)
			if (in != out)
				put(r, out++ % r->blocks);
	}
}

static void run_lifo(struct run *r)
{
	u32 top = 0, burst, i = 0;

	while (i < r->calls) {
		for (burst = draw(r, 64); burst > 0; burst--, i++)
			if (top < r->blocks)
				get_any(r, top++);
		for (burst = draw(r, 64); burst > 0; burst--, i++)
			if (top > 0)
				put(r, --top);
	}
}

/* All places are filled, then emptied in another order, again and again. */
static void run_grow_collapse(struct run *r)
{
	u32 i = 0, k, n = r->blocks, stride = n / 2 + 1;

	/* coprime to any power of two, and so reaches every place */
	stride |= 1;
	while (i < r->calls) {
		for (k = 0; k < n; k++, i++)
			get_any(r, k);
		for (k = 0; k < n; k++, i++)
			put(r, k * stride % n);
	}
}

/* As it was recorded. */
static void run_trace(struct run *r)
{
	const struct trace *trace = r->w->trace;
	u32 i;

	for (i = 0; i < trace->steps; i++) {
		if (trace->step[i].size)
			get(r, trace->step[i].id, trace->step[i].size);
		else
			put(r, trace->step[i].id);
		if (r->a->taken)
			r->taken = max(r->taken, r->a->taken());
	}
}

static const struct workload workloads[] = {
	{ "random-256", 256, .run = run_random },
	{ "random-512", 512, .bins = true, .run = run_random },
	{ "random-4096", 4096, .run = run_random },
	{ "random-65536", 65536, .run = run_random },
	{ "fixed-64", 64, .fixed = true, .run = run_random },
	{ "fixed-256", 256, .fixed = true, .run = run_random },
	{ "fixed-4096", 4096, .fixed = true, .run = run_random },
	{ "fifo-512", 512, .run = run_fifo },
	{ "lifo-512", 512, .run = run_lifo },
	{ "grow-collapse-512", 512, .run = run_grow_collapse },
};

static void tell(const struct run *r, const char *call,
		 const struct record *record)
{
	u32 i;

	bench_print("workload\t%s\t%s\t%s\t%llu\t%llu\t%llu\t%llu\t%u\n",
		    r->w->name, r->a->name, call, record->count, record->sum,
		    record_percentile(record, 999), record->worst, r->failed);
	for (i = 0; r->w->bins && i < RECORD_BINS; i++)
		if (record->bin[i])
			bench_print("bin\t%s\t%s\t%s\t%u\t%u\n", r->w->name,
				    r->a->name, call, i, record->bin[i]);
}

static void empty(struct run *r)
{
	u32 k;

	for (k = 0; k < r->blocks; k++)
		put(r, k);
}

static int run_open(struct run *r, u_long bytes)
{
	const struct bench_load load = {
		.bytes = bytes,
		.size = r->w->size,
		.blocks = r->blocks,
	};

	prandom_seed_state(&r->rnd, 1);
	return r->a->open(&load);
}

static int measure(struct run *r, u32 calls)
{
	int ret;

	ret = run_open(r, POOL_BYTES);
	if (ret)
		return ret;
	/* until the population is steady, or the allocator has its memory */
	r->calls = 4 * r->blocks;
	r->w->run(r);
	if (r->w->run != run_random)
		empty(r);

	record_reset(&bench_alloc);
	record_reset(&bench_free);
	r->failed = 0;
	r->calls = calls;
	r->w->run(r);
	tell(r, "alloc", &bench_alloc);
	tell(r, "free", &bench_free);
	empty(r);
	r->a->close();
	cond_resched();
	return 0;
}

/* As many as take the pool if all are there, and of the largest size. */
static u32 population(const struct workload *w)
{
	return min_t(u32, MAX_BLOCKS, POOL_BYTES / w->size);
}

static int run_all(const struct workload *w, u32 blocks,
		   int (*run)(struct run *r))
{
	struct run r = { .w = w, .blocks = blocks };
	unsigned int i;
	int ret = 0;

	r.block = vcalloc(blocks, sizeof(*r.block));
	if (!r.block)
		return -ENOMEM;
	for (i = 0; !ret && i < nr_allocators; i++) {
		r.a = &allocators[i];
		if (bench_wants(r.a) && (w->fixed || !r.a->fixed))
			ret = run(&r);
	}
	vfree(r.block);
	return ret;
}

static int run_cost(struct run *r)
{
	return measure(r, r->a->slow ? 10000 : 100000);
}

int bench_workloads(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(workloads); i++)
		ret = run_all(&workloads[i], population(&workloads[i]), run_cost);
	return ret;
}

/* Whether a pool of @bytes is enough; or an error. */
static int is_enough(struct run *r, u_long bytes)
{
	int ret = run_open(r, bytes);

	if (ret)
		return ret == -EINVAL ? 0 : ret;
	r->failed = 0;
	r->w->run(r);
	empty(r);
	r->a->close();
	cond_resched();
	return !r->failed;
}

/*
 * What the trace needs: of a pool, the least bytes that are enough, to the
 * page; of others, what they took from the system at most, above what they had.
 */
static int run_footprint(struct run *r)
{
	u_long low = 0, high = POOL_BYTES >> PAGE_SHIFT, mid, before;
	int ret;

	if (r->a->floor)
		return 0;
	if (r->a->taken) {
		before = r->a->taken();
		r->taken = before;
		ret = is_enough(r, 0);
		low = r->taken - before;
	} else {
		ret = is_enough(r, POOL_BYTES);
		while (ret >= 0 && high - low > 1) {
			mid = (low + high) / 2;
			ret = is_enough(r, mid << PAGE_SHIFT);
			if (ret > 0)
				high = mid;
			else
				low = mid;
		}
		low = high << PAGE_SHIFT;
	}
	bench_print("footprint\t%s\t%s\t%llu\t%lu\n", r->w->name, r->a->name,
		    r->w->trace->peak, low);
	return min(ret, 0);
}

int bench_trace(const char *path)
{
	struct workload w = { .run = run_trace };
	struct trace trace;
	int ret;

	ret = trace_read(&trace, path);
	if (ret)
		return ret;
	w.name = kbasename(path);
	w.size = trace.largest;
	w.trace = &trace;
	ret = run_all(&w, trace.ids, run_footprint);
	if (!ret)
		ret = run_all(&w, trace.ids, run_cost);
	trace_forget(&trace);
	return ret;
}
