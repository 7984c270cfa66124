// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks on any heap but a plain one, or on what is no heap; nobody observes. */

#include "by_cpu.h"
#include "by_kind.h"
#include "other.h"

noinline notrace __noendbr
void *by_kind_alloc(struct xnheap *heap, size_t size)
{
	path_mark(by_cpu);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return other_alloc(heap, size);
	return by_cpu_alloc(heap, size);
}

noinline notrace __noendbr
void *by_kind_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	path_mark(by_cpu);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return other_alloc_aligned(heap, size, align);
	return by_cpu_alloc_aligned(heap, size, align);
}

noinline notrace __noendbr
int by_kind_free(struct xnheap *heap, void *block)
{
	path_mark(by_cpu);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return other_free(heap, block);
	return by_cpu_free(heap, block);
}

noinline notrace __noendbr
int by_kind_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block))
{
	path_mark(by_cpu);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return other_test_and_free(heap, block, ckfn);
	return by_cpu_test_and_free(heap, block, ckfn);
}

notrace __noendbr
int by_kind_check_block(struct xnheap *heap, void *block)
{
	path_mark(by_cpu);
	if (unlikely(heap->magic != HEAP_MAGIC_PERCPU))
		return other_check_block(heap, block);
	return by_cpu_check(heap, block);
}
