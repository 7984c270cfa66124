/* SPDX-License-Identifier: GPL-2.0 */
/* Heaps that get their own memory: how extents come and go. */
#ifndef _XNHEAP_OWN_H
#define _XNHEAP_OWN_H

#include <linux/mutex.h>
#include <linux/swait.h>

#include "../api/level.h"

struct memory;

/* What makes a heap grow by itself. Locks are taken in this order. */
struct growth {
	struct mutex control;		/* the thread comes and goes, marks change */
	struct mutex notifying;		/* the function is set, or called */
	struct xnheap_level level;
	struct swait_queue_head wake;
	struct task_struct *thread;	/* NULL: it does not */
	bool look;			/* the thread is to look, noted or not */
	int priority;
	u64 next_failed;		/* jiffies; not sooner is it told of failures again */
	u64 next_low;			/* likewise, that it is low */
	bool fell;			/* that is still to be told */
	unsigned int looks_above;	/* in a row that saw more free than the high mark */
	void (*notify)(struct xnheap *heap, enum xnheap_event event, void *data);
	void *data;
};

struct own_heap {
	struct xnheap heap;
	struct mutex resizing;		/* extents come and go */
	struct list_head gone;		/* memory of those that went, under it */
	struct growth growth;
};

static inline struct own_heap *own_heap(struct xnheap *heap)
{
	return container_of(heap, struct own_heap, heap);
}

/* Whether a heap is one of those at all. */
static inline bool heap_is_own(const struct xnheap *heap)
{
	return heap_is_valid(heap) && heap->backing;
}

/* Whether it may give extents back. */
static inline bool heap_may_shrink(const struct xnheap *heap)
{
	return heap_is_own(heap) && !heap->sharing;
}

/* Have the thread look, if there is one. */
static inline void growth_look(struct growth *growth)
{
	WRITE_ONCE(growth->look, true);
	swake_up_one(&growth->wake);
}

/* resize.c */
struct extent_area memory_area(const struct memory *memory);
int own_grow(struct own_heap *own, unsigned long caller);
unsigned int own_shrink(struct own_heap *own, u32 keep, unsigned long caller);
bool own_release_gone(struct own_heap *own);
void own_release_all(struct own_heap *own);

/* growth.c */
void growth_init(struct growth *growth);
bool growth_is_current(const struct growth *growth);
void growth_end(struct own_heap *own);

#endif
