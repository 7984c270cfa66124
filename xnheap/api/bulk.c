// SPDX-License-Identifier: GPL-2.0
/*
 * Many blocks in a call. The lock is held for one block, or for some that need nothing
 * but their run: for no longer than xnheap_realloc() may hold it.
 */

#include <linux/export.h>
#include <linux/minmax.h>

#include "api.h"

/* Whether each block takes a call of its own. */
static bool takes_calls(const struct xnheap *heap)
{
	return static_branch_unlikely(&xnheap_observe_key) || !heap_is_plain(heap);
}

static noinline void *alloc_one(struct xnheap *heap, size_t size)
{
	path_enter(alloc_one);
	return heap_alloc(heap, size);
}

static noinline int free_one(struct xnheap *heap, void *block)
{
	path_enter(free_one);
	return heap_free(heap, block);
}

/* One or more; how many. */
static noinline size_t alloc_some(struct xnheap *heap, size_t size, size_t nr, void **blocks)
{
	void *block;
	size_t n;

	if (!heap_enter(heap, heap)) {
		alloc_busy(heap);
		return 0;
	}
	n = heap_alloc_quick(heap, size, blocks, min_t(size_t, nr, BULK_QUICK));
	if (!n) {
		block = alloc_one(heap, size);
		if (block)
			blocks[n++] = block;
	}
	heap_unlock(heap);
	return n;
}

size_t xnheap_alloc_bulk(struct xnheap *heap, size_t size, size_t nr, void **blocks)
{
	size_t got, n;
	void *block;

	if (!heap_is_valid(heap))
		return 0;
	for (got = 0; got < nr; got += n) {
		if (!takes_calls(heap)) {
			n = alloc_some(heap, size, nr - got, blocks + got);
			if (!n)
				break;
			continue;
		}
		block = alloc_for(heap, size, _RET_IP_);
		if (!block)
			break;
		blocks[got] = block;
		n = 1;
	}
	return got;
}
EXPORT_SYMBOL_GPL(xnheap_alloc_bulk);

/* One or more, each of which becomes NULL; how many. One that is refused does not. */
static noinline size_t free_some(struct xnheap *heap, size_t nr, void **blocks, int *ret)
{
	size_t n = 0;

	if (!heap_enter(heap, heap)) {
		*ret = free_busy(heap, *blocks);
		return 1;
	}
	nr = min_t(size_t, nr, BULK_QUICK);
	while (n < nr && heap_free_quick(heap, blocks[n]))
		blocks[n++] = NULL;
	*ret = 0;
	if (!n) {
		*ret = free_one(heap, *blocks);
		if (!*ret)
			*blocks = NULL;
		n = 1;
	}
	heap_unlock(heap);
	return n;
}

int xnheap_free_bulk(struct xnheap *heap, size_t nr, void **blocks)
{
	int ret, first = 0;
	size_t i, n;

	if (!heap_is_valid(heap))
		return -EINVAL;
	for (i = 0; i < nr; i += n) {
		if (takes_calls(heap)) {
			ret = free_for(heap, blocks[i], _RET_IP_);
			if (!ret)
				blocks[i] = NULL;
			n = 1;
		} else {
			n = free_some(heap, nr - i, blocks + i, &ret);
		}
		first = first ?: ret;
	}
	return first;
}
EXPORT_SYMBOL_GPL(xnheap_free_bulk);
