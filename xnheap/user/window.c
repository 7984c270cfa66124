// SPDX-License-Identifier: GPL-2.0
/* Windows: which there are, and how long they stay. */

#include <linux/slab.h>
#include <linux/string.h>

#include "window.h"

DEFINE_MUTEX(windows_lock);		/* for the list */
static DEFINE_IDR(windows);		/* of heaps that live, by minor */

/* A window of a heap, to be put. */
struct window *window_make(struct xnheap *heap)
{
	struct window *window = kzalloc(sizeof(*window), GFP_KERNEL);

	if (!window)
		return NULL;
	kref_init(&window->holds);
	ida_init(&window->numbers);
	mutex_init(&window->lock);
	INIT_LIST_HEAD(&window->peers);
	window->size = heap->sharing->window;
	window->extent_size = heap->extent_size;
	strscpy(window->label, heap->label, sizeof(window->label));
	heap->sharing->device = window;
	RCU_INIT_POINTER(window->heap, heap);
	return window;
}

static void window_free(struct kref *holds)
{
	struct window *window = container_of(holds, struct window, holds);
	unsigned int i;

	for (i = 0; i < XNHEAP_MAX_EXTENTS; i++)
		if (window->memory[i])
			memory_release(window->memory[i]);
	ida_destroy(&window->numbers);
	mutex_destroy(&window->lock);
	kfree_rcu(window, rcu);
}

void window_put(struct window *window)
{
	kref_put(&window->holds, window_free);
}

/* A window whose heap lives, to be put; or NULL. */
struct window *window_get(int minor)
{
	struct window *window;

	/* Not by the mutex: who has that may wait for others to be done with /dev */
	rcu_read_lock();
	window = idr_find(&windows, minor);
	if (window && !kref_get_unless_zero(&window->holds))
		window = NULL;
	rcu_read_unlock();
	return window;
}

/* Give a window a minor that no other has, nor its label; and take it back. */
int window_claim(struct window *window)
{
	struct window *other;
	int minor;

	lockdep_assert_held(&windows_lock);
	idr_for_each_entry(&windows, other, minor)
		if (!strcmp(other->label, window->label))
			return -EEXIST;
	/* One that was in use lately may have nodes that lead there, of other permissions */
	minor = idr_alloc_cyclic(&windows, window, 0, MAX_WINDOWS, GFP_KERNEL);
	if (minor < 0)
		return minor;
	window->minor = minor;
	return 0;
}

void window_leave(struct window *window)
{
	lockdep_assert_held(&windows_lock);
	idr_remove(&windows, window->minor);
}
