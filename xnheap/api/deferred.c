// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps with XNHEAP_DEFER: blocks that wait to be freed, and who frees them in time.
 *
 * What waits for the lock is freed by an irq_work, which comes as soon as interrupts
 * are on. It also starts the grace periods, one after the other: a callback may not be
 * queued with a raw lock held, nor in NMI. All of them free one block in each hold of
 * the lock.
 */

#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/irq_work.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "deferred.h"

/* Blocks that are freed before other interrupts are let in */
#define IRQ_ROUND	32

struct deferred {
	struct xnheap_waiting waiting;
	struct xnheap *heap;
	struct irq_work irq_work;
	struct rcu_head rcu;
};

static struct deferred *deferred_of(struct xnheap *heap)
{
	return container_of(heap->waiting, struct deferred, waiting);
}

/* Free a block of a set; false: it has none. */
static bool free_one_of(struct xnheap *heap, unsigned int set)
{
	unsigned long address;

	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->settle(heap, set);
	heap_lock(heap);
	address = wait_take(heap, set);
	if (address)
		live_free(heap, address);
	heap_unlock(heap);
	return address;
}

/* Free all blocks of a set whose turn is over, and let the turn change again. */
static void free_all_of(struct xnheap *heap, unsigned int set, enum wait_set what)
{
	wait_settle(heap, set);
	while (free_one_of(heap, set))
		;
	heap_lock(heap);
	wait_turn_over(heap, what);
	heap_unlock(heap);
}

static void grace_period_over(struct rcu_head *rcu);

/* Wait for the readers of blocks that came meanwhile, if any did and none are waited for. */
static void grace_period_begin(struct xnheap *heap)
{
	struct deferred *deferred = deferred_of(heap);
	unsigned int set;
	int ret = -EBUSY;

	heap_lock(heap);
	set = WAIT_READERS + heap->waiting->turn[WAIT_READERS];
	if (!wait_is_empty(heap, set))
		ret = wait_turn(heap, WAIT_READERS);
	heap_unlock(heap);
	/* Whoever saw the former turn has made his block unreachable before this */
	smp_mb();
	if (ret >= 0)
		call_rcu(&deferred->rcu, grace_period_over);
}

static void grace_period_over(struct rcu_head *rcu)
{
	struct deferred *deferred = container_of(rcu, struct deferred, rcu);
	struct xnheap *heap = deferred->heap;

	free_all_of(heap, WAIT_READERS + !deferred->waiting.turn[WAIT_READERS], WAIT_READERS);
	smp_mb();	/* pairs with xnheap_free_rcu() */
	grace_period_begin(heap);
}

static void in_irq_work(struct irq_work *irq_work)
{
	struct deferred *deferred = container_of(irq_work, struct deferred, irq_work);
	struct xnheap *heap = deferred->heap;
	unsigned int n;

	for (n = 0; free_one_of(heap, WAIT_LOCK); n++) {
		/* On a CPU that goes offline, nobody would run it again */
		if (n < IRQ_ROUND || !cpu_online(raw_smp_processor_id()))
			continue;
		irq_work_queue(irq_work);
		break;
	}
	grace_period_begin(heap);
}

/*
 * The page of a block that was live, and is the caller's alone now; or NULL. Until it is
 * claimed, its extent may be taken out: that waits for who has preemption disabled.
 */
static noinline struct xnheap_page *claim_unlocked(struct xnheap *heap, unsigned long address)
{
	struct cpu_slot slot = { .block = address };
	const struct xnheap_extent *ext;
	struct xnheap_page *page;

	path_enter(claim_unlocked);
	preempt_disable_notrace();
	ext = extent_find_unlocked(heap, address);
	if (ext) {
		page = page_after(heap, ext->map, (address - ext->base) >> heap->page_shift);
		slot.live = live_bits(heap, page);
		cpu_at(heap, CPU_FOUND);
		/* Apart from the other way out, for the mark in there */
		if (live_claim(heap, slot)) {
			preempt_enable_notrace();
			return page;
		}
	}
	preempt_enable_notrace();
	return NULL;
}

/* Refuse what is no live block, and count it. */
static int refuse_unlocked(struct xnheap *heap, void *block)
{
	int ret;

	if (!heap_enter(heap, heap)) {
		busy_inc(&heap->free_busy);
		return extent_find_unlocked(heap, (unsigned long)block) ? -EINVAL : -EFAULT;
	}
	ret = heap_refuse_any(heap, (unsigned long)block);
	heap_unlock(heap);
	return ret;
}

int deferred_leave(struct xnheap *heap, void *block, struct xnheap_page *page)
{
	unsigned long address = (unsigned long)block;

	path_enter(left);
	if (!block)
		return 0;
	if (!page)
		page = claim_unlocked(heap, address);
	if (!page)
		return refuse_unlocked(heap, block);
	wait_add(heap, page, address, WAIT_LOCK);
	irq_work_queue(&deferred_of(heap)->irq_work);
	return 0;
}

/* Have a block wait; 0, or why it is refused. */
static int defer(struct xnheap *heap, void *block, enum wait_set what, unsigned long caller)
{
	unsigned long address = (unsigned long)block;
	struct xnheap_page *page;

	if (!heap_is_valid(heap) || !heap->waiting)
		return -EINVAL;
	if (!block)
		return 0;
	page = claim_unlocked(heap, address);
	if (!page)
		return refuse_unlocked(heap, block);
	if (static_branch_unlikely(&xnheap_observe_key))
		xnheap_observer->deferred(heap, block, caller);
	wait_add(heap, page, address, what);
	return 0;
}

int xnheap_free_deferred(struct xnheap *heap, void *block)
{
	return defer(heap, block, WAIT_OWNER, _RET_IP_);
}
EXPORT_SYMBOL_GPL(xnheap_free_deferred);

int xnheap_finalize(struct xnheap *heap)
{
	int set;

	if (!heap_is_valid(heap) || !heap->waiting)
		return -EINVAL;
	if (in_nmi())
		return -EAGAIN;
	heap_lock(heap);
	set = wait_turn(heap, WAIT_OWNER);
	heap_unlock(heap);
	if (set < 0)
		return set;
	free_all_of(heap, set, WAIT_OWNER);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_finalize);

int xnheap_free_rcu(struct xnheap *heap, void *block)
{
	int ret = defer(heap, block, WAIT_READERS, _RET_IP_);

	if (ret || !block)
		return ret;
	/* Who has a grace period under way looks again when it is over */
	smp_mb();
	if (!READ_ONCE(heap->waiting->busy[WAIT_READERS]))
		irq_work_queue(&deferred_of(heap)->irq_work);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_free_rcu);

bool deferred_init(struct xnheap *heap)
{
	struct deferred *deferred = kzalloc(sizeof(*deferred), GFP_KERNEL);

	if (!deferred)
		return false;
	deferred->heap = heap;
	deferred->irq_work = IRQ_WORK_INIT_HARD(in_irq_work);
	heap->waiting = &deferred->waiting;
	return true;
}

void deferred_free(struct xnheap *heap)
{
	if (heap->waiting)
		kfree(deferred_of(heap));
}

void deferred_end(struct xnheap *heap)
{
	unsigned int set;

	/* A grace period may start another, if blocks came during the first: no more come */
	do {
		irq_work_sync(&deferred_of(heap)->irq_work);
		rcu_barrier();
	} while (READ_ONCE(heap->waiting->busy[WAIT_READERS]));
	for (set = 0; set < NR_WAIT_SETS; set++)
		while (free_one_of(heap, set))
			cond_resched();
}
