/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the calls for blocks do on a heap with XNHEAP_PERCPU, while nobody observes: for
 * by_kind.c and other.c, which ask what kind of heap it is.
 */
#ifndef _XNHEAP_BY_CPU_H
#define _XNHEAP_BY_CPU_H

#include "api.h"

/* What the CPU's stacks cannot serve takes the lock. */
notrace __noendbr
void *by_cpu_alloc_locked(struct xnheap *heap, size_t size);
void *by_cpu_refuse_align(struct xnheap *heap);
notrace __noendbr
int by_cpu_free_locked(struct xnheap *heap, unsigned long block, unsigned long *live);
notrace __noendbr
int by_cpu_free_elsewhere(struct xnheap *heap, unsigned long block);

static __always_inline void *by_cpu_alloc(struct xnheap *heap, size_t size)
{
	void *block;

	if (unlikely(!cpu_alloc(heap, size, &block)))
		return by_cpu_alloc_locked(heap, size);
	/* Else it is moved into the register of what is returned */
	OPTIMIZER_HIDE_VAR(block);
	return block;
}

static __always_inline void *by_cpu_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	if (!heap_is_alignment(heap, align))
		return by_cpu_refuse_align(heap);
	if (size - 1 < align)
		size = align;
	return by_cpu_alloc(heap, size);
}

/* Free a block of @page that was claimed. */
static __always_inline int by_cpu_keep(struct xnheap *heap, struct cpu_slot slot,
				       struct xnheap_page *page)
{
	return likely(cpu_keep(heap, slot, page->bucket)) ? 0 :
	       by_cpu_free_locked(heap, slot.block, slot.live);
}

/* Free a block of @page. */
static __always_inline int by_cpu_free_in_page(struct xnheap *heap, unsigned long block,
					       struct xnheap_page *page)
{
	struct cpu_slot slot = { block, live_bits(heap, page) };

	if (unlikely(!live_claim(heap, slot)))
		return by_cpu_free_locked(heap, block, NULL);
	return by_cpu_keep(heap, slot, page);
}

static __always_inline int by_cpu_free(struct xnheap *heap, void *block)
{
	unsigned long address = (unsigned long)block;
	unsigned long offset = address - heap->first_base;

	if (unlikely(offset >= heap->first_span))
		return by_cpu_free_elsewhere(heap, address);
	return by_cpu_free_in_page(heap, address,
				   page_after(heap, heap->first_map, offset >> heap->page_shift));
}

static __always_inline int by_cpu_test_and_free(struct xnheap *heap, void *block,
						int (*ckfn)(void *block))
{
	struct cpu_slot slot = { .block = (unsigned long)block };
	int ret;

	if (!block)
		return 0;
	if (!heap_enter(heap, heap))
		return free_busy(heap, block);
	ret = cpu_test_and_claim_locked(heap, &slot, ckfn);
	if (!ret)
		ret = cpu_free_locked(heap, slot);
	heap_unlock(heap);
	return ret;
}

static __always_inline int by_cpu_check(struct xnheap *heap, void *block)
{
	int ret;

	if (!heap_enter(heap, heap))
		return block ? -EAGAIN : -EFAULT;
	ret = cpu_check_locked(heap, (unsigned long)block);
	heap_unlock(heap);
	return ret;
}

#endif
