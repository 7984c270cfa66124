// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks, on a heap with XNHEAP_PERCPU or on what is no heap. */

#include <linux/ftrace.h>

#include "percpu.h"

/* Who called the exported call: that ends by a jump here, or with frame pointers a call. */
#define CALLER (IS_ENABLED(CONFIG_FRAME_POINTER) ? CALLER_ADDR1 : CALLER_ADDR0)

/* What the CPU's stacks cannot serve takes the lock. */
static noinline notrace __noendbr
void *alloc_locked(struct xnheap *heap, size_t size)
{
	unsigned int rounds = cpu_rounds(heap);
	void *block;
	bool again = false;

	for (;;) {
		/* A call that goes on has been counted */
		if (!heap_enter(heap, heap))
			return again ? NULL : alloc_busy(heap);
		block = cpu_alloc_locked(heap, size, &again);
		heap_unlock(heap);
		if (likely(!again) || !rounds--)
			return block;
		path_mark(again);
	}
}

noinline notrace __noendbr
void *percpu_alloc(struct xnheap *heap, size_t size)
{
	void *block;

	path_mark(by_cpu);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, 1, CALLER);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return NULL;
	return likely(cpu_alloc(heap, size, &block)) ? block : alloc_locked(heap, size);
}

static noinline void *refuse_align(struct xnheap *heap)
{
	if (!heap_enter(heap, heap))
		return alloc_busy(heap);
	heap_refuse_align(heap);
	heap_unlock(heap);
	return NULL;
}

noinline notrace __noendbr
void *percpu_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	void *block;

	path_mark(by_cpu);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, align, CALLER);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return NULL;
	if (!heap_is_alignment(heap, align))
		return refuse_align(heap);
	if (size - 1 < align)
		size = align;
	return likely(cpu_alloc(heap, size, &block)) ? block : alloc_locked(heap, size);
}

/* Free a block that was claimed; or one that may not be, if its bits are NULL. */
static noinline notrace __noendbr
int free_locked(struct xnheap *heap, unsigned long block, unsigned long *live)
{
	struct cpu_slot slot = { block, live };
	int ret;

	if (!block)
		return 0;
	if (!heap_enter(heap, heap)) {
		if (live)
			live_set(heap, slot);
		return free_busy(heap, (void *)block);
	}
	ret = cpu_free_locked(heap, slot);
	heap_unlock(heap);
	return ret;
}

/* Free a block of @page. */
static __always_inline int free_in_page(struct xnheap *heap, unsigned long block,
					struct xnheap_page *page)
{
	struct cpu_slot slot = { block, live_bits(heap, page) };

	if (unlikely(!live_claim(heap, slot)))
		return free_locked(heap, block, NULL);
	return likely(cpu_keep(heap, slot, page->bucket)) ? 0 :
	       free_locked(heap, block, slot.live);
}

/* It is not in the first extent. */
static noinline notrace __noendbr
int free_elsewhere(struct xnheap *heap, unsigned long block)
{
	struct xnheap_page *page = cpu_page_unlocked(heap, block);

	return page ? free_in_page(heap, block, page) : free_locked(heap, block, NULL);
}

noinline notrace __noendbr
int percpu_free(struct xnheap *heap, void *block)
{
	unsigned long address = (unsigned long)block;
	unsigned long offset = address - heap->first_base;

	path_mark(by_cpu);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, NULL, CALLER);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return -EINVAL;
	if (unlikely(offset >= heap->first_span))
		return free_elsewhere(heap, address);
	return free_in_page(heap, address,
			    page_after(heap, heap->first_map, offset >> heap->page_shift));
}

noinline notrace __noendbr
int percpu_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block))
{
	struct cpu_slot slot = { .block = (unsigned long)block };
	int ret;

	path_mark(by_cpu);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, ckfn, CALLER);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return -EINVAL;
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

notrace __noendbr
int percpu_check_block(struct xnheap *heap, void *block)
{
	int ret;

	path_mark(by_cpu);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return -EINVAL;
	if (!heap_enter(heap, heap))
		return block ? -EAGAIN : -EFAULT;
	ret = cpu_check_locked(heap, (unsigned long)block);
	heap_unlock(heap);
	return ret;
}
