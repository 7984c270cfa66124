/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of a heap is free: a call that finds it below a mark, or nothing at all,
 * leaves a note for whoever makes the heap grow. On a heap that heap_is_other() alone.
 */
#ifndef _XNHEAP_LEVEL_H
#define _XNHEAP_LEVEL_H

#include <linux/irq_work.h>

#include "api.h"

enum level_note {
	LEVEL_ABOVE,
	LEVEL_NOTED,			/* it fell below the mark, and nobody knows yet */
	LEVEL_KNOWN,			/* it fell, as the thread knows, and may be below yet */
};

struct xnheap_level {
	struct irq_work work;		/* has somebody look at the notes */
	atomic_t low;			/* enum level_note */
	atomic_t failed;		/* allocations, since somebody looked */
	u64 since;			/* local_clock() of the note */
	u32 lowest;			/* free pages that were seen */
	u32 low_pages;			/* the mark; 0: none */

	/* what is shown */
	size_t high, max;		/* bytes; 0: none */
	u64 longest_wait;		/* ns, from a note to an extent */
	unsigned long grown;		/* extents */
	unsigned long given_back;
};

/* Pages that any call may have; without the lock, as it is now or was just before. */
static __always_inline u32 level_free(const struct xnheap *heap)
{
	/* Whoever changes it has the lock */
	return data_race(READ_ONCE(heap->free_pages));
}

notrace __noendbr
void level_fell(struct xnheap *heap);
notrace __noendbr
void level_failed(struct xnheap *heap);

/* After a call, the lock released: @free pages may be below the mark, or lower than ever. */
static __always_inline void level_note(struct xnheap *heap, u32 free)
{
	if (unlikely(free < READ_ONCE(heap->level_mark)))
		level_fell(heap);
}

#endif
