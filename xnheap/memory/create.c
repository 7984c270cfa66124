// SPDX-License-Identifier: GPL-2.0
/* Heaps that get their own memory: create and delete. */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xnheap_classic.h>

#include "memory.h"
#include "own.h"

/* Here for xnheap_delete(); written by system.c alone */
struct xnheap *xnheap_system __read_mostly;
EXPORT_SYMBOL_GPL(xnheap_system);

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
	struct own_heap *own;
	size_t map_size;
	int ret;

	spec.flags = observed_flags(flags);
	map_size = xnheap_map_size(kind->size, kind->page_size, spec.flags);
	if (!name || !*name || !map_size || !node_valid(kind->node))
		return ERR_PTR(-EINVAL);

	own = kzalloc(sizeof(*own), GFP_KERNEL);
	if (!own)
		return ERR_PTR(-ENOMEM);
	mutex_init(&own->resizing);
	INIT_LIST_HEAD(&own->gone);
	growth_init(&own->growth);
	memory = memory_get(kind, map_size);
	if (!memory) {
		kfree(own);
		return ERR_PTR(-ENOMEM);
	}
	spec.area = memory_area(memory);
	spec.memory = memory;
	ret = heap_begin(&own->heap, &spec);
	if (ret) {
		memory_release(memory);
		kfree(own);
		return ERR_PTR(ret);
	}
	own->heap.backing = kind->backing;
	own->heap.extent_size = kind->size;
	xnheap_set_label(&own->heap, "%s", name);
	/* The code that releases the memory must outlive the heap. */
	__module_get(THIS_MODULE);
	return &own->heap;
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

void xnheap_delete(struct xnheap *heap)
{
	struct own_heap *own;
	unsigned int i;

	if (IS_ERR_OR_NULL(heap))
		return;
	if (!heap_is_own(heap) || heap == xnheap_system) {
		pr_err_ratelimited("xnheap: not deleted: no heap, not one of xnheap_create(), or the system heap\n");
		return;
	}
	own = own_heap(heap);
	if (growth_is_current(&own->growth)) {
		pr_err_ratelimited("xnheap: not deleted: its function of xnheap_set_notify() runs\n");
		return;
	}
	growth_end(own);
	own_release_all(own);
	heap_end(heap, _RET_IP_);
	for (i = 0; i < heap->nr_extents; i++)
		if (heap->extent[i].memory)
			memory_release(heap->extent[i].memory);
	heap_free_tables(heap);
	kfree(own);
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_GPL(xnheap_delete);
