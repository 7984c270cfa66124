/* SPDX-License-Identifier: GPL-2.0 */
/* Which calls serve a heap: what stands in heap->magic, or it is no heap. */
#ifndef _XNHEAP_KIND_H
#define _XNHEAP_KIND_H

#include <linux/xnheap.h>

#define HEAP_MAGIC		0x786e6870	/* "xnhp": plain, none of what follows */
#define HEAP_MAGIC_PERCPU	0x786e6863	/* "xnhc": with XNHEAP_PERCPU */
#define HEAP_MAGIC_OTHER	0x786e686f	/* "xnho": see heap_is_other() */

/* False if it is of either other kind, or no heap. */
static __always_inline bool heap_is_plain(const struct xnheap *heap)
{
	return likely(heap->magic == HEAP_MAGIC);
}

/*
 * Whether calls do more than allocate and free: it grows by itself, or has XNHEAP_DEFER or
 * XNHEAP_SHARED. With or without XNHEAP_PERCPU.
 */
static __always_inline bool heap_is_other(const struct xnheap *heap)
{
	return likely(heap->magic == HEAP_MAGIC_OTHER);
}

static inline bool heap_is_valid(const struct xnheap *heap)
{
	return heap && (heap->magic == HEAP_MAGIC || heap->magic == HEAP_MAGIC_PERCPU ||
			heap->magic == HEAP_MAGIC_OTHER);
}

#endif
