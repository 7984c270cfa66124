// SPDX-License-Identifier: GPL-2.0
/* Which contexts an allocator gives blocks in, and of which sizes. */

#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "../nmi.h"
#include "bench.h"

#define TRIES	1000

/* Those that are made for any context. */
static const char * const names[] = {
	"xnheap-4096", "kmalloc_nolock",
};

static const size_t sizes[] = { 64, 512, 4096, 8192, 16384 };

/* What is tried. */
static const struct allocator *allocator;
static size_t size;
static void **block;
static u32 failed;

static void try(void)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		block[i] = allocator->alloc(size);
		failed += !block[i];
	}
	for (i = 0; i < TRIES; i++)
		if (block[i])
			allocator->free(block[i], size);
}

static int in_a_task(void)
{
	try();
	return 0;
}

static int with_raw_lock(void)
{
	static DEFINE_RAW_SPINLOCK(lock);
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	try();
	raw_spin_unlock_irqrestore(&lock, flags);
	return 0;
}

static void work(struct irq_work *unused)
{
	try();
}

static int in_hard_irq(void)
{
	static struct irq_work irq_work = IRQ_WORK_INIT_HARD(work);

	irq_work_queue(&irq_work);
	irq_work_sync(&irq_work);
	return 0;
}

#ifdef HAVE_NMI
static int in_an_nmi(void)
{
	int ret = nmi_begin();

	if (ret)
		return ret;
	ret = nmi_call(try);
	nmi_end();
	return ret;
}
#endif

static const struct {
	const char *name;
	int (*try)(void);
} contexts[] = {
	{ "task", in_a_task },
	{ "raw lock held", with_raw_lock },
	{ "hard IRQ", in_hard_irq },
#ifdef HAVE_NMI
	{ "NMI", in_an_nmi },
#endif
};

static int measure(unsigned int context)
{
	const struct bench_load load = {
		.bytes = PAGE_ALIGN(2 * TRIES * size),
		.size = size,
		.blocks = TRIES,
	};
	int ret = allocator->open(&load);

	if (ret)
		return ret;
	record_reset(&bench_alloc);
	record_reset(&bench_free);
	failed = 0;
	ret = contexts[context].try();
	allocator->close();
	bench_print("context\t%s\t%s\t%zu\t%u\t%u\t%llu\t%llu\t%llu\t%llu\n",
		    allocator->name, contexts[context].name, size, TRIES, failed,
		    record_percentile(&bench_alloc, 500), bench_alloc.worst,
		    record_percentile(&bench_free, 500), bench_free.worst);
	return ret;
}

int bench_contexts(void)
{
	unsigned int i, k, n;
	int ret = 0;

	block = vcalloc(TRIES, sizeof(*block));
	if (!block)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		allocator = allocator_find(names[i]);
		if (!allocator || !bench_wants(allocator))
			continue;
		for (k = 0; k < ARRAY_SIZE(contexts); k++)
			for (n = 0; !ret && n < ARRAY_SIZE(sizes); n++) {
				size = sizes[n];
				ret = measure(k);
			}
	}
	vfree(block);
	return ret;
}
