/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes in use, and the most there ever were. */
#ifndef _XNHEAP_ACCOUNT_H
#define _XNHEAP_ACCOUNT_H

#include <linux/xnheap.h>

static inline size_t account_used(const struct xnheap *heap)
{
	return heap->peak - heap->below_peak;
}

static __always_inline void account_alloc(struct xnheap *heap, size_t bytes)
{
	heap->below_peak -= bytes;
	if (unlikely(heap->below_peak < 0)) {
		/* Read again, so that the path that ends above needs no register for it */
		heap->peak -= READ_ONCE(heap->below_peak);
		heap->below_peak = 0;
	}
}

static __always_inline void account_free(struct xnheap *heap, size_t bytes)
{
	heap->below_peak += bytes;
}

#endif
