// SPDX-License-Identifier: GPL-2.0
/* Extents of heaps that get their own memory: added, and given back. */

#include <linux/export.h>
#include <linux/rcupdate.h>

#include "../core/owner.h"
#include "memory.h"
#include "own.h"

struct extent_area memory_area(const struct memory *memory)
{
	return (struct extent_area) {
		.start = (unsigned long)memory->start,
		.size = memory->kind.size,
		.map = (unsigned long)memory->map,
		.map_size = memory->map_size,
		.cookie = memory->cookie,
	};
}

/* Whether one more extent would be too much, however many grow at a time. */
static bool is_full(const struct own_heap *own)
{
	const struct xnheap *heap = &own->heap;
	size_t max = own->growth.level.max;

	if (heap->sharing && READ_ONCE(heap->size) + heap->extent_size > heap->sharing->window)
		return true;
	return READ_ONCE(heap->nr_sorted) == XNHEAP_MAX_EXTENTS ||
	       (max && READ_ONCE(heap->size) + heap->extent_size > max);
}

/* Memory is had before the mutex is: to have it may take long, and may call for others'. */
static int grow(struct own_heap *own)
{
	struct xnheap *heap = &own->heap;
	const struct extent_shape shape = extent_shape(heap);
	size_t pages = heap->extent_size >> heap->page_shift;
	const struct memory *first = heap->extent[0].memory;
	struct extent_area area;
	struct memory *memory;
	int ret;

	if (is_full(own))
		return -ENOSPC;
	memory = memory_get(&first->kind, extent_map_size(pages, &shape));
	if (!memory)
		return -ENOMEM;
	area = memory_area(memory);
	mutex_lock(&own->resizing);
	ret = is_full(own) ? -ENOSPC : 0;
	/* Processes find the memory before there is a block in it; nothing can fail after that */
	if (!ret && heap->sharing)
		sharer->extent(heap, heap->nr_extents, memory);
	if (!ret)
		ret = heap_extend(heap, &area, memory);
	mutex_unlock(&own->resizing);
	if (ret)
		memory_release(memory);
	return ret;
}

/* Add an extent like the first. */
int own_grow(struct own_heap *own, unsigned long caller)
{
	struct xnheap *heap = &own->heap;
	int ret;

	ret = grow(own);
	if (!ret)
		observe(extended, heap, heap->extent_size, caller);
	observe(grown, heap, ret, caller);
	return ret;
}

int xnheap_grow(struct xnheap *heap)
{
	int ret;

	if (!heap_is_own(heap))
		return -EINVAL;
	ret = own_grow(own_heap(heap), _RET_IP_);
	if (!ret)
		growth_look(&own_heap(heap)->growth);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_grow);

/*
 * Take out what extents are wholly free, as long as @keep pages stay free; return how
 * many. Their memory goes by own_release_gone().
 */
unsigned int own_shrink(struct own_heap *own, u32 keep, unsigned long caller)
{
	struct xnheap *heap = &own->heap;
	struct memory *memory;
	unsigned int nr, n = 0;

	mutex_lock(&own->resizing);
	for (nr = READ_ONCE(heap->nr_extents) - 1; nr > 0; nr--) {
		memory = heap_take_extent(heap, nr, keep);
		if (!memory)
			continue;
		memory->extent = nr;
		memory->grace = start_poll_synchronize_rcu();
		list_add_tail(&memory->gone, &own->gone);
		observe(shrunk, heap, memory->kind.size, caller);
		n++;
	}
	WRITE_ONCE(own->growth.level.given_back, own->growth.level.given_back + n);
	mutex_unlock(&own->resizing);
	return n;
}

/* Of extents that were taken out, whose maps nobody reads any more. */
static void release(struct own_heap *own, struct list_head *gone)
{
	struct memory *memory, *next;

	list_for_each_entry_safe(memory, next, gone, gone) {
		heap_forget_extent(&own->heap, memory->extent);
		observe(released, &own->heap, (unsigned long)memory->start, memory->kind.size);
		memory_release(memory);
	}
}

/* Release what may go by now. False if there is some that has to wait. */
bool own_release_gone(struct own_heap *own)
{
	struct memory *memory, *next;
	LIST_HEAD(gone);
	bool all;

	mutex_lock(&own->resizing);
	list_for_each_entry_safe(memory, next, &own->gone, gone)
		if (poll_state_synchronize_rcu(memory->grace))
			list_move(&memory->gone, &gone);
	all = list_empty(&own->gone);
	mutex_unlock(&own->resizing);
	release(own, &gone);
	return all;
}

/* Wait until all may go that was taken out before, and release it. */
void own_release_all(struct own_heap *own)
{
	LIST_HEAD(gone);

	mutex_lock(&own->resizing);
	list_splice_init(&own->gone, &gone);
	mutex_unlock(&own->resizing);
	if (list_empty(&gone))
		return;
	synchronize_rcu();
	release(own, &gone);
}

int xnheap_shrink(struct xnheap *heap)
{
	struct own_heap *own;
	unsigned int n;

	if (!heap_may_shrink(heap))
		return -EINVAL;
	own = own_heap(heap);
	xnheap_drain(heap);
	n = own_shrink(own, 0, _RET_IP_);
	own_release_all(own);
	if (n)
		growth_look(&own->growth);
	return n;
}
EXPORT_SYMBOL_GPL(xnheap_shrink);
