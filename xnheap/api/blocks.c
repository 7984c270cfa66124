// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks: check, lock, hand to the allocator. */

#include <linux/export.h>

#include "percpu.h"

/*
 * Registers are to be saved where the lock is taken, not on the way to the functions
 * that do all for other heaps: so those are called last, even to return a constant,
 * and what is used under the lock is a copy that the compiler takes for a new value.
 */
#define copy_of(value) ({						\
	typeof(value) copy_of_value = (value);				\
	OPTIMIZER_HIDE_VAR(copy_of_value);				\
	copy_of_value;							\
})

static noinline void *alloc_without_heap(void)
{
	return NULL;
}

static noinline int free_without_heap(void)
{
	return -EINVAL;
}

void *xnheap_alloc(xnheap_t *heap, u_long size)
{
	struct xnheap *locked;
	void *block;

	if (unlikely(!heap))
		return alloc_without_heap();
	if (!heap_is_plain(heap))
		return percpu_alloc(heap, size);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, 1, _RET_IP_);
	size = copy_of(size);
	locked = copy_of(heap);
	if (!heap_enter(heap, locked))
		return alloc_busy(locked);
	block = heap_alloc(locked, size);
	heap_unlock(locked);
	return block;
}
EXPORT_SYMBOL_GPL(xnheap_alloc);

void *xnheap_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	struct xnheap *locked;
	void *block;

	if (unlikely(!heap))
		return alloc_without_heap();
	if (!heap_is_plain(heap))
		return percpu_alloc_aligned(heap, size, align);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, align, _RET_IP_);
	align = copy_of(align);
	locked = copy_of(heap);
	if (!heap_enter(heap, locked))
		return alloc_busy(locked);
	block = heap_alloc_aligned(locked, size, align);
	heap_unlock(locked);
	return block;
}
EXPORT_SYMBOL_GPL(xnheap_alloc_aligned);

int xnheap_free(xnheap_t *heap, void *block)
{
	struct xnheap *locked;
	int ret;

	if (unlikely(!heap))
		return free_without_heap();
	if (!heap_is_plain(heap))
		return percpu_free(heap, block);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, NULL, _RET_IP_);
	block = copy_of(block);
	locked = copy_of(heap);
	if (!heap_enter(heap, locked))
		return free_busy(locked, block);
	ret = heap_free(locked, block);
	heap_unlock(locked);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_free);

int xnheap_test_and_free(struct xnheap *heap, void *block,
			 int (*ckfn)(void *block))
{
	struct xnheap *locked;
	int ret;

	if (unlikely(!heap))
		return free_without_heap();
	if (!heap_is_plain(heap))
		return percpu_test_and_free(heap, block, ckfn);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, ckfn, _RET_IP_);
	block = copy_of(block);
	ckfn = copy_of(ckfn);
	locked = copy_of(heap);
	if (!heap_enter(heap, locked))
		return free_busy(locked, block);
	ret = heap_test_and_free(locked, block, ckfn);
	heap_unlock(locked);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_test_and_free);

int xnheap_check_block(struct xnheap *heap, void *block)
{
	int ret;

	if (unlikely(!heap))
		return -EINVAL;
	if (!heap_is_plain(heap))
		return percpu_check_block(heap, block);
	if (!heap_enter(heap, heap))
		return block ? -EAGAIN : -EFAULT;
	ret = heap_check(heap, block);
	heap_unlock(heap);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_check_block);
