/* SPDX-License-Identifier: GPL-2.0 */
/* Heaps with XNHEAP_DEFER: blocks that wait to be freed, and who frees them in time. */
#ifndef _XNHEAP_DEFERRED_H
#define _XNHEAP_DEFERRED_H

#include "api.h"

/* Before the heap has an extent; false: there is no memory. */
bool deferred_init(struct xnheap *heap);
void deferred_free(struct xnheap *heap);

/* No call comes any more: free all that waits, and have nothing left that will run. */
void deferred_end(struct xnheap *heap);

/*
 * A free in NMI found the lock taken: leave the block for who comes after. @page: that of
 * a block which was claimed, else NULL.
 */
int deferred_leave(struct xnheap *heap, void *block, struct xnheap_page *page);

static inline int free_later(struct xnheap *heap, void *block)
{
	return heap->waiting ? deferred_leave(heap, block, NULL) : free_busy(heap, block);
}

#endif
