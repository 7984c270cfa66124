/* SPDX-License-Identifier: GPL-2.0 */
/* The lock of a heap. Its owner keeps the interrupts' state in the heap. */
#ifndef _XNHEAP_LOCK_H
#define _XNHEAP_LOCK_H

#include <linux/xnheap.h>

#include "validate_paths.h"

/* The lock was just taken: keep what its owner needs to release it. */
static __always_inline void heap_lock_taken(struct xnheap *heap, unsigned long irq_flags)
{
	if (!IS_ENABLED(CONFIG_SMP)) {
		/*
		 * heap_trylock_nmi() reads it, as there is no lock that it could try. An NMI
		 * that comes before this store has returned before the heap is touched; one
		 * that comes after heap_unlock() has reset it finds the heap as it stays.
		 */
		heap->locked = true;
		barrier();
	}
	heap->irq_flags = irq_flags;
	path_begin();	/* as all of path_*(), no instruction but with VALIDATE=y */
	/* No code: sparse, which wants both in one function, is told that it is free again */
	__release(&heap->lock);
}

static __always_inline void heap_lock(struct xnheap *heap)
{
	unsigned long irq_flags;

	raw_spin_lock_irqsave(&heap->lock, irq_flags);
	heap_lock_taken(heap, irq_flags);
}

static __always_inline void heap_unlock(struct xnheap *heap)
{
	unsigned long irq_flags = heap->irq_flags;

	path_end(heap);
	__acquire(&heap->lock);	/* see heap_lock_taken() */
	if (!IS_ENABLED(CONFIG_SMP)) {
		barrier();
		heap->locked = false;
	}
	raw_spin_unlock_irqrestore(&heap->lock, irq_flags);
}

#endif
