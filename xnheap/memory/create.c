// SPDX-License-Identifier: GPL-2.0
/* Heaps that get their own memory: create, grow, delete. */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/xnheap_classic.h>

#include "../api/api.h"
#include "memory.h"

/* Here for xnheap_delete(); written by system.c alone */
struct xnheap *xnheap_system __read_mostly;
EXPORT_SYMBOL_GPL(xnheap_system);

static struct extent_area area_of(const struct memory *memory)
{
	return (struct extent_area) {
		.start = (unsigned long)memory->start,
		.size = memory->kind.size,
		.map = (unsigned long)memory->map,
		.map_size = memory->map_size,
		.cookie = memory->cookie,
	};
}

static bool node_valid(int node)
{
	return node == NUMA_NO_NODE ||
	       (node >= 0 && node < MAX_NUMNODES && node_online(node));
}

static struct xnheap *create(const char *name, const struct memory_kind *kind,
			     unsigned int flags)
{
	struct heap_spec spec = { .page_size = kind->page_size };
	struct memory *memory;
	struct xnheap *heap;
	size_t map_size;
	int ret;

	spec.flags = observed_flags(flags);
	map_size = xnheap_map_size(kind->size, kind->page_size, spec.flags);
	if (!name || !*name || !map_size || !node_valid(kind->node))
		return ERR_PTR(-EINVAL);

	heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	memory = memory_get(kind, map_size);
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
	heap->backing = kind->backing;
	heap->extent_size = kind->size;
	xnheap_set_label(heap, "%s", name);
	/* The code that releases the memory must outlive the heap. */
	__module_get(THIS_MODULE);
	return heap;
}

struct xnheap *xnheap_create_node(const char *name, size_t extsize,
				  size_t pagesize, unsigned int flags, int node)
{
	struct memory_kind kind = {
		.backing = flags & (XNHEAP_VMALLOC | XNHEAP_PAGES),
		.node = node,
		.size = extsize,
		.page_size = pagesize,
	};

	if (kind.backing != XNHEAP_VMALLOC && kind.backing != XNHEAP_PAGES)
		return ERR_PTR(-EINVAL);
	return create(name, &kind, flags & ~kind.backing);
}
EXPORT_SYMBOL_GPL(xnheap_create_node);

struct xnheap *xnheap_create_dma(struct device *dev, const char *name,
				 size_t extsize, size_t pagesize,
				 unsigned int flags)
{
	struct memory_kind kind = {
		.backing = MEMORY_DMA,
		.node = NUMA_NO_NODE,
		.dev = dev,
		.size = extsize,
		.page_size = pagesize,
	};

	if (!dev || !dev->coherent_dma_mask)
		return ERR_PTR(-EINVAL);
	return create(name, &kind, flags);
}
EXPORT_SYMBOL_GPL(xnheap_create_dma);

static int grow(struct xnheap *heap)
{
	const struct extent_shape shape = extent_shape(heap);
	size_t pages = heap->extent_size >> heap->page_shift;
	const struct memory *first = heap->extent[0].memory;
	struct extent_area area;
	struct memory *memory;
	int ret;

	memory = memory_get(&first->kind, extent_map_size(pages, &shape));
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
	if (!heap_is_valid(heap) || !heap->backing || heap == xnheap_system) {
		pr_err_ratelimited("xnheap: not deleted: no heap, not one of xnheap_create(), or the system heap\n");
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
