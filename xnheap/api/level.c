// SPDX-License-Identifier: GPL-2.0
/* Notes on how much of a heap is free. */

#include <linux/minmax.h>
#include <linux/sched/clock.h>

#include "level.h"

/*
 * One note a crossing, whoever else finds the same. Of two that meet, the lowest may be
 * that of either: the next call tells.
 */
noinline notrace __noendbr
void level_fell(struct xnheap *heap)
{
	struct xnheap_level *level = heap->level;
	u32 free = level_free(heap), low = READ_ONCE(level->low_pages);

	path_enter(level_fell);
	if (!low)
		return;
	if (free < READ_ONCE(level->lowest)) {
		WRITE_ONCE(level->lowest, free);
		WRITE_ONCE(heap->level_mark, max(free, low));
	}
	if (free >= low)
		return;
	/* Either this finds that a note can be left, or who sees to that finds it low */
	smp_mb();
	if (atomic_read(&level->low) != LEVEL_ABOVE)
		return;
	WRITE_ONCE(level->since, local_clock());
	if (atomic_cmpxchg(&level->low, LEVEL_ABOVE, LEVEL_NOTED) == LEVEL_ABOVE)
		irq_work_queue(&level->work);
}

/* In NMI the lock may have been taken, no more: that is counted apart, and not told. */
noinline notrace __noendbr
void level_failed(struct xnheap *heap)
{
	struct xnheap_level *level = heap->level;

	path_enter(level_failed);
	if (in_nmi() || !level || !READ_ONCE(level->low_pages))
		return;
	if (atomic_inc_return(&level->failed) == 1)
		irq_work_queue(&level->work);
}
