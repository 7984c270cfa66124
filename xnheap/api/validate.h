/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a heap is sound, where the module was built with VALIDATE=y. */
#ifndef _XNHEAP_API_VALIDATE_H
#define _XNHEAP_API_VALIDATE_H

#include "../core/validate.h"

/* The next slice, after validate_begin(); false at the end. May sleep. */
bool validate_next(struct validation *v);

/* For suites: the first invariant that does not hold, "" if all do. May sleep. */
const char *validate_heap(struct xnheap *heap);
/* Likewise, of a heap whose pages are allocated past its accounts. */
const char *validate_heap_but_sums(struct xnheap *heap);
/* Blocks that callers have. */
unsigned long validate_live_blocks(struct xnheap *heap);
/* Of the small allocations that succeeded, adds how many took no lock. */
void validate_count_lockless(struct xnheap *heap, u64 *lockless, u64 *all);

#endif
