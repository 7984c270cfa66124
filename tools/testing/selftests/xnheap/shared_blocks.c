// SPDX-License-Identifier: GPL-2.0
/* Calls on blocks of shared heaps, in the context that a program asks for. */

#include <linux/err.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "../../../nmi.h"
#include "shared_test.h"

struct work {
	struct irq_work irq_work;
	struct slot *slot;
	struct shared_call *call;
	struct xnheap_peer *peer;
	void *block;		/* that the call is of, or that it gave */
};

static char stray[8];

static int accept_none(void *block)
{
	return -ECANCELED;
}

static void call_it(struct work *work)
{
	struct shared_call *call = work->call;
	struct xnheap *heap = work->slot->heap;
	void *block = work->block;

	switch (call->op) {
	case OP_ALLOC:
		work->block = xnheap_alloc(heap, call->size);
		call->result = work->block ? 0 : -ENOMEM;
		break;
	case OP_FREE:
		call->result = xnheap_free(heap, block);
		break;
	case OP_TEST_AND_FREE:
		call->result = xnheap_test_and_free(heap, block, accept_none);
		break;
	case OP_CHECK:
		call->result = xnheap_check_block(heap, block);
		break;
	case OP_AT:
		work->block = xnheap_at(heap, call->offset);
		call->result = !!work->block;
		break;
	case OP_ADOPT:
		work->block = xnheap_adopt(heap, call->offset, work->peer);
		call->result = PTR_ERR_OR_ZERO(work->block);
		if (call->result)
			work->block = NULL;
		break;
	case OP_LEND:
		call->result = xnheap_lend(heap, block, work->peer);
		break;
	case OP_POST:
		call->result = xnheap_post(heap, block);
		break;
	}
}

static void in_hard_irq(struct irq_work *irq_work)
{
	call_it(container_of(irq_work, struct work, irq_work));
}

static DEFINE_RAW_SPINLOCK(some_lock);
static DEFINE_MUTEX(one_at_a_time);

#ifdef HAVE_NMI

static struct work *nmi_of;
static int nmi_failed;

static void in_nmi_call(void)
{
	call_it(nmi_of);
}

/* Called with the heap's lock held. */
static int interrupt_owner(void *block)
{
	nmi_failed = nmi_call(in_nmi_call);
	return -ECANCELED;
}

static int call_in_nmi(struct work *work)
{
	struct xnheap *heap = work->slot->heap;
	void *block;

	nmi_of = work;
	if (work->call->context == IN_NMI) {
		nmi_failed = nmi_call(in_nmi_call);
	} else {
		block = xnheap_alloc(heap, 1);
		if (block) {
			xnheap_test_and_free(heap, block, interrupt_owner);
			xnheap_free(heap, block);
		} else {
			nmi_failed = -ENOMEM;
		}
	}
	return nmi_failed;
}

int blocks_init(void)
{
	return nmi_begin();
}

void blocks_exit(void)
{
	nmi_end();
}

#else

static int call_in_nmi(struct work *work)
{
	return -EOPNOTSUPP;
}

int blocks_init(void)
{
	return 0;
}

void blocks_exit(void)
{
}

#endif

static int call_in(struct work *work)
{
	unsigned long flags;
	int ret = 0;

	switch (work->call->context) {
	case IN_TASK:
		call_it(work);
		break;
	case IN_RAW_LOCK:
		raw_spin_lock_irqsave(&some_lock, flags);
		call_it(work);
		raw_spin_unlock_irqrestore(&some_lock, flags);
		break;
	case IN_HARD_IRQ:
		work->irq_work = IRQ_WORK_INIT_HARD(in_hard_irq);
		irq_work_queue(&work->irq_work);
		irq_work_sync(&work->irq_work);
		break;
	case IN_NMI:
	case IN_NMI_BUSY:
		mutex_lock(&one_at_a_time);
		ret = call_in_nmi(work);
		mutex_unlock(&one_at_a_time);
		break;
	default:
		ret = -EOPNOTSUPP;
	}
	return ret ?: work->call->result;
}

/* A page stays where it is, so it is known once a block in it was. */
static void note(struct slot *slot, void *block, size_t offset)
{
	unsigned long nr = offset >> PAGE_SHIFT, last;

	last = (offset + max_t(size_t, xnheap_usable_size(slot->heap, block), 1) - 1) >> PAGE_SHIFT;
	block -= offset_in_page(offset);
	for (; nr <= last; nr++, block += PAGE_SIZE)
		xa_store(&slot->pages, nr, block, GFP_KERNEL);
}

static bool find(struct slot *slot, u64 offset, void **block)
{
	void *page;

	switch (offset) {
	case BLOCK_NULL:
		*block = NULL;
		return true;
	case BLOCK_STRAY:
		*block = stray;
		return true;
	}
	page = offset >> PAGE_SHIFT > ULONG_MAX ? NULL :
		xa_load(&slot->pages, offset >> PAGE_SHIFT);
	*block = page + offset_in_page(offset);
	return page;
}

int blocks_call(struct slot *slot, struct shared_call *call)
{
	struct work work = { .slot = slot, .call = call };
	size_t offset = 0;
	int ret;

	switch (call->op) {
	case OP_ALLOC:
	case OP_AT:
	case OP_ADOPT:
		break;
	default:
		if (!find(slot, call->offset, &work.block))
			return -ENXIO;
	}

	down_read(&peers_sem);
	if (call->peer < SHARED_PEERS)
		work.peer = peers[call->peer].handle;
	ret = call_in(&work);
	up_read(&peers_sem);

	if (work.block && (call->op == OP_ALLOC || call->op == OP_AT || call->op == OP_ADOPT)) {
		if (xnheap_offset(slot->heap, work.block, &offset, NULL))
			return -EUCLEAN;
		if (call->op != OP_ALLOC && offset != (size_t)call->offset)
			return -EUCLEAN;
		call->offset = offset;
		note(slot, work.block, offset);
	}
	return ret;
}

/* Fill memory, or compare what is there; it need not be in a block. */
int blocks_look(struct slot *slot, struct shared_call *call)
{
	u64 offset = call->offset, end = call->offset + call->size;
	void *at;

	for (; offset < end; offset++) {
		if (!find(slot, offset, &at))
			return -ENXIO;
		if (call->op == OP_FILL)
			*(u8 *)at = call->flags;
		else if (READ_ONCE(*(u8 *)at) != (u8)call->flags)
			return -EILSEQ;
	}
	return 0;
}

int blocks_drop(struct slot *slot, struct shared_call *call)
{
	struct xnheap *heap = slot->heap;
	size_t offset, size = xnheap_size(heap);
	void *block;

	call->size = 0;
	for (offset = 0; offset < size; offset += 32) {
		block = xnheap_at(heap, offset);
		if (block && !xnheap_free(heap, block))
			call->size++;
		if (!(offset % PAGE_SIZE))
			cond_resched();
	}
	return 0;
}
