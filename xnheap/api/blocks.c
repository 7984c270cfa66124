// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks: check, lock, hand to the allocator. */

#include <linux/export.h>

#include "by_kind.h"

/*
 * So that early exits save no register, and are tail calls. What is needed after the lock's
 * function was called lives in a callee-saved register, which the compiler saves before the
 * value's first use: a copy that is made after the exits moves that save past them. An exit
 * that returned a constant would still be laid out after the save: alloc_without_heap()
 * makes it a tail call, too.
 */
#define copy_of(value) ({						\
	typeof(value) copy_of_value = (value);				\
	OPTIMIZER_HIDE_VAR(copy_of_value);				\
	copy_of_value;							\
})

/*
 * Another early exit. An observer serves heaps of every kind, and is to be told who called:
 * so it is called from the exported calls themselves.
 */
static __always_inline bool is_left_to_by_kind(const struct xnheap *heap)
{
	return !heap_is_plain(heap) && !static_branch_unlikely(&xnheap_observe_key);
}

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
	struct xnheap *h;
	void *block;

	if (unlikely(!heap))
		return alloc_without_heap();
	if (is_left_to_by_kind(heap))
		return by_kind_alloc(heap, size);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, 1, _RET_IP_);
	size = copy_of(size);
	h = copy_of(heap);
	if (!heap_enter(heap, h))
		return alloc_busy(h);
	block = heap_alloc(h, size);
	heap_unlock(h);
	return block;
}
EXPORT_SYMBOL_GPL(xnheap_alloc);

void *xnheap_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	struct xnheap *h;
	void *block;

	if (unlikely(!heap))
		return alloc_without_heap();
	if (is_left_to_by_kind(heap))
		return by_kind_alloc_aligned(heap, size, align);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, align, _RET_IP_);
	align = copy_of(align);
	h = copy_of(heap);
	if (!heap_enter(heap, h))
		return alloc_busy(h);
	block = heap_alloc_aligned(h, size, align);
	heap_unlock(h);
	return block;
}
EXPORT_SYMBOL_GPL(xnheap_alloc_aligned);

int xnheap_free(xnheap_t *heap, void *block)
{
	struct xnheap *h;
	int ret;

	if (unlikely(!heap))
		return free_without_heap();
	if (is_left_to_by_kind(heap))
		return by_kind_free(heap, block);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, NULL, _RET_IP_);
	block = copy_of(block);
	h = copy_of(heap);
	if (!heap_enter(heap, h))
		return free_busy(h, block);
	ret = heap_free(h, block);
	heap_unlock(h);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_free);

int xnheap_test_and_free(struct xnheap *heap, void *block,
			 int (*ckfn)(void *block))
{
	struct xnheap *h;
	int ret;

	if (unlikely(!heap))
		return free_without_heap();
	if (is_left_to_by_kind(heap))
		return by_kind_test_and_free(heap, block, ckfn);
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, ckfn, _RET_IP_);
	block = copy_of(block);
	ckfn = copy_of(ckfn);
	h = copy_of(heap);
	if (!heap_enter(heap, h))
		return free_busy(h, block);
	ret = heap_test_and_free(h, block, ckfn);
	heap_unlock(h);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_test_and_free);

int xnheap_check_block(struct xnheap *heap, void *block)
{
	int ret;

	if (unlikely(!heap))
		return -EINVAL;
	if (!heap_is_plain(heap))
		return by_kind_check_block(heap, block);
	if (!heap_enter(heap, heap))
		return block ? -EAGAIN : -EFAULT;
	ret = heap_check(heap, block);
	heap_unlock(heap);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_check_block);
