// SPDX-License-Identifier: GPL-2.0
/* Heaps that get their own memory: create, grow, delete. */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "../api/api.h"
#include "memory.h"

static struct extent_area area_of(const struct memory *memory)
{
	return (struct extent_area) {
		.start = (unsigned long)memory->start,
		.size = memory->size,
		.map = (unsigned long)memory->map,
		.map_size = memory->map_size,
	};
}

static bool node_valid(int node)
{
	return node == NUMA_NO_NODE ||
	       (node >= 0 && node < MAX_NUMNODES && node_online(node));
}

struct xnheap *xnheap_create_node(const char *name, size_t extsize,
				  size_t pagesize, unsigned int flags, int node)
{
	unsigned int backing = flags & (XNHEAP_VMALLOC | XNHEAP_PAGES);
	struct heap_spec spec = { .page_size = pagesize };
	struct memory *memory;
	struct xnheap *heap;
	size_t map_size;
	int ret;

	spec.flags = observed_flags(flags & ~backing);
	map_size = xnheap_map_size(extsize, pagesize, spec.flags);
	if (!name || !*name || !map_size ||
	    (backing != XNHEAP_VMALLOC && backing != XNHEAP_PAGES) ||
	    !node_valid(node))
		return ERR_PTR(-EINVAL);

	heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	memory = memory_get(backing, extsize, pagesize, map_size, node);
	if (!memory) {
		kfree(heap);
		return ERR_PTR(-ENOMEM);
	}
	spec.area = area_of(memory);
	spec.memory = memory;
	ret = heap_begin(heap, &spec);
	if (ret) {
		memory_release(memory);
		kfree(heap);
		return ERR_PTR(ret);
	}
	heap->backing = backing;
	heap->node = node;
	heap->extent_size = extsize;
	xnheap_set_label(heap, "%s", name);
	/* The code that releases the memory must outlive the heap. */
	__module_get(THIS_MODULE);
	return heap;
}
EXPORT_SYMBOL_GPL(xnheap_create_node);

static int grow(struct xnheap *heap)
{
	const struct extent_shape shape = extent_shape(heap);
	size_t pages = heap->extent_size >> heap->page_shift;
	struct extent_area area;
	struct memory *memory;
	int ret;

	memory = memory_get(heap->backing, heap->extent_size, shape.page_size,
			    extent_map_size(pages, &shape), heap->node);
	if (!memory)
		return -ENOMEM;
	area = area_of(memory);
	ret = heap_extend(heap, &area, memory);
	if (ret)
		memory_release(memory);
	return ret;
}

int xnheap_grow(struct xnheap *heap)
{
	int ret;

	if (!heap_is_valid(heap) || !heap->backing)
		return -EINVAL;
	ret = grow(heap);
	if (!ret)
		observe(extended, heap, heap->extent_size, _RET_IP_);
	observe(grown, heap, ret, _RET_IP_);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_grow);

void xnheap_delete(struct xnheap *heap)
{
	unsigned int i;

	if (IS_ERR_OR_NULL(heap))
		return;
	if (!heap_is_valid(heap) || !heap->backing) {
		pr_err_ratelimited("xnheap: not deleted: no heap, or one on its owner's memory\n");
		return;
	}
	heap_end(heap, _RET_IP_);
	for (i = 0; i < heap->nr_extents; i++)
		if (heap->extent[i].memory)
			memory_release(heap->extent[i].memory);
	heap_free_tables(heap);
	kfree(heap);
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_GPL(xnheap_delete);
