// SPDX-License-Identifier: GPL-2.0
/* Loads for run.sh to look on at, and what it should see. */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "selftest.h"

/*
 * Two callers to tell apart. The compiler must neither make jumps of their
 * calls nor one function of the two.
 */
static noinline void *first_owner(xnheap_t *heap, u_long size)
{
	void *block = xnheap_alloc(heap, size);

	OPTIMIZER_HIDE_VAR(block);
	return block;
}

static noinline void *second_owner(xnheap_t *heap, u_long size)
{
	void *block;

	OPTIMIZER_HIDE_VAR(size);
	block = xnheap_alloc(heap, size);
	OPTIMIZER_HIDE_VAR(block);
	return block;
}

static noinline int dropper(xnheap_t *heap, void *block)
{
	int ret = xnheap_free(heap, block);

	OPTIMIZER_HIDE_VAR(ret);
	return ret;
}

/* What stays: 3 blocks of the first owner, 1 of the second; one fails. */
void make_traced(void)
{
	xnheap_t *heap = keep_heap("traced", SZ_64K, 512, XNHEAP_VMALLOC);
	void *brief, *lasting;
	unsigned int i;

	if (!heap)
		return;
	first_owner(heap, 100);
	brief = first_owner(heap, 30);
	first_owner(heap, 101);
	expect(dropper(heap, brief), 0);
	lasting = second_owner(heap, 300);
	second_owner(heap, 1000);
	expect(dropper(heap, lasting + 8), -EINVAL);
	msleep(20);
	expect(dropper(heap, lasting), 0);
	first_owner(heap, 102);
	for (i = 0; i < 3; i++)
		expect(second_owner(heap, SZ_1M), NULL);
	say("used %zu usable %zu largest %zu\n", xnheap_used_mem(heap),
	    xnheap_usable_mem(heap), xnheap_largest_free(heap));
}

/* One of each of the rarer events; what their fields should be. */
void make_events(void)
{
	xnheap_t *heap = keep_heap("before", SZ_64K, 512, XNHEAP_VMALLOC);

	if (!heap)
		return;
	xnheap_set_label(heap, "after");
	expect(xnheap_grow(heap), 0);
	first_owner(heap, 100);
	drop_heaps();
}

/* Calls that fail, many at once. */
static void fail_often(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		first_owner(kept_heap(), SZ_1M);
		dropper(kept_heap(), kept_heap());
	}
}

/* All within one interval */
void make_verbose(void)
{
	unsigned long flags;
	unsigned int i;

	if (!kept_heap()) {
		keep_heap("verbose", SZ_64K, 512, XNHEAP_VMALLOC);
		return;
	}
	for (i = 0; i < 2; i++) {
		local_irq_save(flags);
		fail_often();
		local_irq_restore(flags);
		msleep(100);	/* time to print it */
	}
}

void make_verbose_nmi(void)
{
	call_in_nmi(fail_often);
}

/* 7 allocations, 1 of which fails, and 4 frees, 1 of which is refused. */
void make_latency(void)
{
	xnheap_t *heap = kept_heap();
	void *block[6];
	unsigned int i;

	if (!heap) {
		keep_heap("latency", SZ_64K, 512, XNHEAP_VMALLOC);
		return;
	}
	for (i = 0; i < 6; i++)
		block[i] = first_owner(heap, 10 + 100 * i);
	first_owner(heap, SZ_1M);
	for (i = 0; i < 3; i++)
		dropper(heap, block[i]);
	dropper(heap, block[0]);
}

/* Write where nobody should; KASAN would say so. */
static __no_kasan_or_inline void scribble(u8 *at)
{
	WRITE_ONCE(*at, 0);
}

/* A debug heap with blocks out, one overrun and one written to too late. */
void make_debug(void)
{
	xnheap_t *heap = keep_heap("debug", SZ_64K, 512,
				   XNHEAP_VMALLOC | XNHEAP_DEBUG);
	u8 *block;
	unsigned int i;

	if (!heap)
		return;
	for (i = 0; i < 3; i++)
		first_owner(heap, 100);
	second_owner(heap, 1000);

	block = second_owner(heap, 40);
	scribble(block + 40);
	expect(dropper(heap, block), 0);
	scribble(block + 1);
	block = first_owner(heap, 40);
	expect(dropper(heap, block), 0);
}

/* A heap of no special kind, which the module's parameter makes a debug heap. */
void make_plain(void)
{
	xnheap_t *heap = keep_heap("plain", SZ_64K, 512, XNHEAP_VMALLOC);

	if (heap)
		first_owner(heap, 10);
}

/* One block of @usable bytes, or as many pages, in an area planned for it. */
static void use_planned(u_long usable)
{
	u_long size = xnheap_rounded_size(usable, 512), n;
	static xnheap_t heap;
	void *area = vmalloc(size), *block;

	expect(!!area, true);
	if (!area)
		return;
	expect(xnheap_init(&heap, area, size, 512), 0);
	expect(xnheap_usable_mem(&heap), size - xnheap_overhead(size, 512));
	expect(xnheap_max_contiguous(&heap) >= usable, true);
	block = xnheap_alloc(&heap, usable);
	expect(!!block, true);
	expect(xnheap_free(&heap, block), 0);
	for (n = 0; xnheap_alloc(&heap, 512); n++)
		;
	expect(n >= usable / 512, true);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
	vfree(area);
}

/* What was planned fits, whatever parameters the module has. */
void test_planned(void)
{
	use_planned(10000);
	use_planned(1000000);
}
