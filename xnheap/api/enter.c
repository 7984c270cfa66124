// SPDX-License-Identifier: GPL-2.0
/* Before a call: whether somebody observes; in NMI, whether the lock is free. */

#include <linux/cache.h>

#include "api.h"

DEFINE_STATIC_KEY_FALSE(xnheap_observe_key);
const struct xnheap_observer *xnheap_observer __ro_after_init;

noinline bool heap_trylock_nmi(struct xnheap *heap)
{
	unsigned long irq_flags;

	/* A lock of a kernel for one processor cannot be tried */
	if (!IS_ENABLED(CONFIG_SMP) && heap->locked)
		return false;
	path_enter(nmi);
	local_irq_save(irq_flags);
	if (!raw_spin_trylock(&heap->lock)) {
		local_irq_restore(irq_flags);
		return false;
	}
	heap_lock_taken(heap, irq_flags);
	return true;
}

/* The lock is taken. */
noinline void *alloc_busy(struct xnheap *heap)
{
	busy_inc(&heap->alloc_busy);
	return NULL;
}

noinline int free_busy(struct xnheap *heap, const void *block)
{
	if (!block)
		return 0;
	busy_inc(&heap->free_busy);
	return -EAGAIN;
}
