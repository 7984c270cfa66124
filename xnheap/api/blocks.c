// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks: check, lock, hand to the allocator. */

#include <linux/cache.h>
#include <linux/export.h>

#include "api.h"

DEFINE_STATIC_KEY_FALSE(xnheap_observe_key);
const struct xnheap_observer *xnheap_observer __ro_after_init;

noinline bool heap_trylock_nmi(struct xnheap *heap)
{
	unsigned long irq_flags;

	/* A lock of a kernel for one processor cannot be tried */
	if (!IS_ENABLED(CONFIG_SMP) && heap->locked)
		return false;
	path_enter(nmi);
	local_irq_save(irq_flags);
	if (!raw_spin_trylock(&heap->lock)) {
		local_irq_restore(irq_flags);
		return false;
	}
	heap_locked(heap, irq_flags);
	return true;
}

/* In NMI, and the lock is taken. */
static noinline void *alloc_busy(struct xnheap *heap)
{
	busy_inc(&heap->alloc_busy);
	return NULL;
}

static noinline int free_busy(struct xnheap *heap, const void *block)
{
	if (!block)
		return 0;
	busy_inc(&heap->free_busy);
	return -EAGAIN;
}

void *xnheap_alloc(xnheap_t *heap, u_long size)
{
	void *block;

	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, 1, _RET_IP_);
	if (!heap_is_valid(heap))
		return NULL;
	if (!heap_enter(heap))
		return alloc_busy(heap);
	block = heap_alloc(heap, size);
	heap_unlock(heap);
	return block;
}
EXPORT_SYMBOL_GPL(xnheap_alloc);

void *xnheap_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	void *block;

	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, align, _RET_IP_);
	if (!heap_is_valid(heap))
		return NULL;
	if (!heap_enter(heap))
		return alloc_busy(heap);
	block = heap_alloc_aligned(heap, size, align);
	heap_unlock(heap);
	return block;
}
EXPORT_SYMBOL_GPL(xnheap_alloc_aligned);

int xnheap_free(xnheap_t *heap, void *block)
{
	int ret;

	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, NULL, _RET_IP_);
	if (!heap_is_valid(heap))
		return -EINVAL;
	if (!heap_enter(heap))
		return free_busy(heap, block);
	ret = heap_free(heap, block);
	heap_unlock(heap);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_free);

int xnheap_test_and_free(struct xnheap *heap, void *block,
			 int (*ckfn)(void *block))
{
	int ret;

	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, ckfn, _RET_IP_);
	if (!heap_is_valid(heap))
		return -EINVAL;
	if (!heap_enter(heap))
		return free_busy(heap, block);
	ret = heap_test_and_free(heap, block, ckfn);
	heap_unlock(heap);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_test_and_free);

int xnheap_check_block(struct xnheap *heap, void *block)
{
	int ret;

	if (!heap_is_valid(heap))
		return -EINVAL;
	if (!heap_enter(heap))
		return block ? -EAGAIN : -EFAULT;
	ret = heap_check(heap, block);
	heap_unlock(heap);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_check_block);
