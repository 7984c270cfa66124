// SPDX-License-Identifier: GPL-2.0
/* Heaps that get their own memory: create and delete. */

#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xnheap_classic.h>

#include "../core/owner.h"
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

static void end(struct own_heap *own, unsigned long caller)
{
	struct xnheap *heap = &own->heap;
	unsigned int i;

	heap_end(heap, caller);
	for (i = 0; i < heap->nr_extents; i++)
		if (heap->extent[i].memory)
			memory_release(heap->extent[i].memory);
	heap_free_tables(heap);
	kfree(own);
}

/* @window: with XNHEAP_SHARED */
static struct xnheap *create(const char *name, const struct memory_kind *kind,
			     unsigned int flags, size_t window)
{
	struct heap_spec spec = {
		.page_size = kind->page_size,
		.window = window,
		.label = name,
	};
	struct memory *memory;
	struct own_heap *own;
	size_t map_size;
	int ret;

	/* What processes write is no mistake of the heap's users */
	spec.flags = flags & XNHEAP_SHARED ? flags : observed_flags(flags);
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
	spec.backing = kind->backing;
	ret = heap_begin(&own->heap, &spec);
	if (ret) {
		memory_release(memory);
		kfree(own);
		return ERR_PTR(ret);
	}
	ret = flags & XNHEAP_SHARED ? sharer->begin(&own->heap, memory) : 0;
	if (ret) {
		heap_leave(&own->heap);
		end(own, _RET_IP_);
		return ERR_PTR(ret);
	}
	/* The code that releases the memory must outlive the heap. */
	__module_get(THIS_MODULE);
	return &own->heap;
}

/* A name of a file in one folder, also where '!' stands for '/'; one word of a line. */
static bool is_file_name(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!isgraph(*c) || *c == '/' || *c == '!')
			return false;
	return c - name < XNHEAP_LABEL_LEN && strcmp(name, ".") && strcmp(name, "..");
}

/* @maxsize: as in xnheap_create_shared() */
static struct xnheap *create_shared(const char *name, const struct memory_kind *kind,
				    unsigned int flags, size_t maxsize)
{
	size_t most = maxsize ?: XNHEAP_MAX_EXTENT_SIZE;

	if (!name || !is_file_name(name) || !kind->size || !PAGE_ALIGNED(kind->size) ||
	    most < kind->size)
		return ERR_PTR(-EINVAL);
	most = min_t(size_t, most / kind->size, XNHEAP_MAX_EXTENTS) * kind->size;
	return create(name, kind, flags, most);
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
	flags &= ~kind.backing;
	return flags & XNHEAP_SHARED ? create_shared(name, &kind, flags, 0) :
				       create(name, &kind, flags, 0);
}
EXPORT_SYMBOL_GPL(xnheap_create_node);

struct xnheap *xnheap_create_shared(const char *name, size_t extsize, size_t pagesize,
				    unsigned int flags, size_t maxsize)
{
	struct memory_kind kind = {
		.backing = flags & (XNHEAP_VMALLOC | XNHEAP_PAGES),
		.node = NUMA_NO_NODE,
		.size = extsize,
		.page_size = pagesize,
	};

	if (kind.backing != XNHEAP_VMALLOC && kind.backing != XNHEAP_PAGES)
		return ERR_PTR(-EINVAL);
	return create_shared(name, &kind, (flags & ~kind.backing) | XNHEAP_SHARED, maxsize);
}
EXPORT_SYMBOL_GPL(xnheap_create_shared);

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

	if (!dev || !dev->coherent_dma_mask || flags & XNHEAP_SHARED)
		return ERR_PTR(-EINVAL);
	return create(name, &kind, flags, 0);
}
EXPORT_SYMBOL_GPL(xnheap_create_dma);

void xnheap_delete(struct xnheap *heap)
{
	struct own_heap *own;

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
	heap_leave(heap);
	/* Peers that go from now on do not tell the heap */
	if (heap->sharing) {
		sharer->end(heap);
		/* One of their calls may have left a note since growth_end() */
		irq_work_sync(&own->growth.level.work);
	}
	end(own, _RET_IP_);
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_GPL(xnheap_delete);
