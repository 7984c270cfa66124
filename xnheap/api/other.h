/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls for blocks, on a heap that has something to do beside them, or on what is no
 * heap. Blocks come from where they would in a plain heap, or one with XNHEAP_PERCPU.
 */
#ifndef _XNHEAP_OTHER_H
#define _XNHEAP_OTHER_H

#include "level.h"

notrace __noendbr
void *other_alloc(struct xnheap *heap, size_t size);
notrace __noendbr
void *other_alloc_aligned(struct xnheap *heap, size_t size, size_t align);
notrace __noendbr
int other_free(struct xnheap *heap, void *block);
notrace __noendbr
int other_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block));
notrace __noendbr
int other_check_block(struct xnheap *heap, void *block);

/* What is to be done after a call, when it has released the lock. */
static __always_inline void other_done(struct xnheap *heap)
{
	level_note(heap, level_free(heap));
}

/* Likewise, after an allocation; @failed: for want of free blocks or pages. */
static __always_inline void other_done_alloc(struct xnheap *heap, bool failed)
{
	other_done(heap);
	if (unlikely(failed))
		level_failed(heap);
}

/* Likewise, for calls that serve heaps of all kinds: their paths join before the mark. */
static __always_inline void other_call_done(struct xnheap *heap)
{
	u32 free = level_free(heap);

	path_mark_at(by_other, free);
	level_note(heap, free);
}

static inline void call_done(struct xnheap *heap)
{
	if (likely(heap->magic != HEAP_MAGIC_OTHER))
		return;
	other_call_done(heap);
}

static inline void call_done_alloc(struct xnheap *heap, bool failed)
{
	if (likely(heap->magic != HEAP_MAGIC_OTHER))
		return;
	other_call_done(heap);
	if (unlikely(failed))
		level_failed(heap);
}

#endif
