// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks, on a heap that has something to do beside them, or on no heap. */

#include "../core/owner.h"
#include "by_cpu.h"
#include "deferred.h"
#include "other.h"

static __always_inline void *alloc_plain(struct xnheap *heap, size_t size)
{
	void *block;

	if (!heap_enter(heap, heap))
		return alloc_busy(heap);
	block = heap_alloc(heap, size);
	if (heap->waiting)
		live_give(heap, block);
	heap_unlock(heap);
	return block;
}

noinline notrace __noendbr
void *other_alloc(struct xnheap *heap, size_t size)
{
	void *block;

	if (!heap_is_other(heap))
		return NULL;
	path_mark(by_other);
	block = heap->cpu ? by_cpu_alloc(heap, size) : alloc_plain(heap, size);
	other_done_alloc(heap, !block && size - 1 < XNHEAP_MAX_EXTENT_SIZE);
	return block;
}

static __always_inline void *alloc_plain_aligned(struct xnheap *heap, size_t size, size_t align)
{
	void *block;

	if (!heap_enter(heap, heap))
		return alloc_busy(heap);
	block = heap_alloc_aligned(heap, size, align);
	if (heap->waiting)
		live_give(heap, block);
	heap_unlock(heap);
	return block;
}

noinline notrace __noendbr
void *other_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	void *block;

	if (!heap_is_other(heap))
		return NULL;
	path_mark(by_other);
	block = heap->cpu ? by_cpu_alloc_aligned(heap, size, align) :
			    alloc_plain_aligned(heap, size, align);
	if (!heap_is_alignment(heap, align))
		size = 0;
	other_done_alloc(heap, !block && size - 1 < XNHEAP_MAX_EXTENT_SIZE);
	return block;
}

/* Free a block of the kernel's, where it is not all that there is to it. */
static __always_inline int free_locked(struct xnheap *heap, void *block,
				       int (*ckfn)(void *block))
{
	if (heap->waiting)
		return live_test_and_free(heap, block, ckfn);
	if (heap->sharing)
		return owner_free(heap, (unsigned long)block, OWNER_KERNEL, ckfn);
	return ckfn ? heap_test_and_free(heap, block, ckfn) : heap_free(heap, block);
}

static __always_inline int free_plain(struct xnheap *heap, void *block)
{
	int ret;

	if (!heap_enter(heap, heap))
		return free_later(heap, block);
	ret = free_locked(heap, block, NULL);
	heap_unlock(heap);
	return ret;
}

noinline notrace __noendbr
int other_free(struct xnheap *heap, void *block)
{
	int ret;

	if (!heap_is_other(heap))
		return -EINVAL;
	path_mark(by_other);
	ret = heap->cpu ? by_cpu_free(heap, block) : free_plain(heap, block);
	other_done(heap);
	return ret;
}

static __always_inline int test_and_free_plain(struct xnheap *heap, void *block,
					       int (*ckfn)(void *block))
{
	int ret;

	if (!heap_enter(heap, heap))
		return free_busy(heap, block);
	ret = free_locked(heap, block, ckfn);
	heap_unlock(heap);
	return ret;
}

noinline notrace __noendbr
int other_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block))
{
	int ret;

	if (!heap_is_other(heap))
		return -EINVAL;
	path_mark(by_other);
	ret = heap->cpu ? by_cpu_test_and_free(heap, block, ckfn) :
			  test_and_free_plain(heap, block, ckfn);
	other_done(heap);
	return ret;
}

static __always_inline int check_plain(struct xnheap *heap, void *block)
{
	int ret;

	if (!heap_enter(heap, heap))
		return block ? -EAGAIN : -EFAULT;
	if (heap->waiting)
		ret = cpu_check_locked(heap, (unsigned long)block);
	else if (heap->sharing)
		ret = owner_check(heap, (unsigned long)block, OWNER_KERNEL);
	else
		ret = heap_check(heap, block);
	heap_unlock(heap);
	return ret;
}

notrace __noendbr
int other_check_block(struct xnheap *heap, void *block)
{
	int ret;

	if (!heap_is_other(heap))
		return -EINVAL;
	path_mark(by_other);
	ret = heap->cpu ? by_cpu_check(heap, block) : check_plain(heap, block);
	other_done(heap);
	return ret;
}
