// SPDX-License-Identifier: GPL-2.0
/* Calls in contexts where hardly anything may be called. */

#include <linux/errno.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>

#include "../../../nmi.h"
#include "selftest.h"

static xnheap_t heap;
static u8 area[SZ_64K], more[SZ_64K];

static void init_heap(void)
{
	expect(xnheap_init(&heap, area, sizeof(area), 512), 0);
}

static void destroy_heap(void)
{
	expect(xnheap_used_mem(&heap), 0);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
}

/* Every call that may be made in any context but NMI */
static void use_heap(void)
{
	void *small = xnheap_alloc(&heap, 20);
	void *large = xnheap_alloc(&heap, 2000);

	expect(xnheap_used_mem(&heap), 32 + 2048);
	expect(xnheap_extend(&heap, more, sizeof(more)), 0);
	expect(xnheap_largest_free(&heap) > 2000, true);
	expect(xnheap_check_block(&heap, small), 0);
	expect(xnheap_free(&heap, small), 0);
	expect(xnheap_check_block(&heap, small), -EINVAL);
	expect(xnheap_test_and_free(&heap, large, NULL), 0);
}

void test_raw_lock(void)
{
	static DEFINE_RAW_SPINLOCK(lock);
	unsigned long flags;

	init_heap();
	raw_spin_lock_irqsave(&lock, flags);
	use_heap();
	raw_spin_unlock_irqrestore(&lock, flags);
	destroy_heap();
}

static void irq_work(struct irq_work *unused)
{
	expect(!!in_hardirq(), true);
	use_heap();
}

void test_hard_irq(void)
{
	static struct irq_work work = IRQ_WORK_INIT_HARD(irq_work);

	init_heap();
	irq_work_queue(&work);
	irq_work_sync(&work);
	destroy_heap();
}

#ifdef HAVE_NMI

static void begin_nmi(void)
{
	expect(nmi_begin(), 0);
}

static void interrupt(void (*work)(void))
{
	expect(nmi_call(work), 0);
}

static void use_free_heap(void)
{
	void *small = xnheap_alloc(&heap, 20);
	void *large = xnheap_alloc(&heap, 2000);

	expect(!!in_nmi(), true);
	expect(small && large, true);
	expect(xnheap_check_block(&heap, small), 0);
	expect(xnheap_free(&heap, small), 0);
	expect(xnheap_check_block(&heap, small), -EINVAL);
	expect(xnheap_test_and_free(&heap, large, NULL), 0);
}

void call_in_nmi(void (*work)(void))
{
	begin_nmi();
	interrupt(work);
	nmi_end();
}

void test_nmi(void)
{
	init_heap();
	call_in_nmi(use_free_heap);
	destroy_heap();
}

static xnheap_t *busy;
static void *block;

static void use_busy_heap(void)
{
	expect(xnheap_alloc(busy, 20), NULL);
	expect(xnheap_check_block(busy, block), -EAGAIN);
	expect(xnheap_free(busy, block), -EAGAIN);
	expect(xnheap_test_and_free(busy, block, NULL), -EAGAIN);
}

/* Called with the heap's lock held. */
static int interrupt_owner(void *block)
{
	interrupt(use_busy_heap);
	return -EPERM;
}

void make_busy(void)
{
	busy = keep_heap("busy", SZ_64K, 512, XNHEAP_VMALLOC);
	if (!busy)
		return;
	block = xnheap_alloc(busy, 20);
	begin_nmi();
	expect(xnheap_test_and_free(busy, block, interrupt_owner), -EPERM);
	nmi_end();
	expect(xnheap_free(busy, block), 0);
	say("alloc_failed_busy 1\n"
	    "free_failed_busy 2\n");
}

#else

void call_in_nmi(void (*work)(void))
{
	work();
}

void test_nmi(void)
{
	say("SKIP no way to send an NMI\n");
}

void make_busy(void)
{
	test_nmi();
}

#endif
