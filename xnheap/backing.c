// SPDX-License-Identifier: GPL-2.0
/* Heaps that get their own memory: vmalloc or pages, grow, delete. */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "heap.h"
#include "watch.h"

/* As alloc_pages_exact(), on a node; kmemleak is told to scan it. */
static void *pages_get(u_long size, int node)
{
	unsigned int order = get_order(size);
	struct page *page;
	void *area;

	page = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN,
				order);
	if (!page)
		return NULL;
	split_page(page, order);
	area = page_address(page);
	if (PAGE_ALIGN(size) < PAGE_SIZE << order)
		free_pages_exact(area + PAGE_ALIGN(size),
				 (PAGE_SIZE << order) - PAGE_ALIGN(size));
	kmemleak_alloc(area, size, 1, GFP_KERNEL);
	return area;
}

static void *backing_get(unsigned int backing, u_long size, int node)
{
	if (backing == XNHEAP_PAGES)
		return pages_get(size, node);
	return vzalloc_node(size, node);
}

static void backing_release(unsigned int backing, void *area, u_long size)
{
	if (!area)
		return;
	if (backing == XNHEAP_PAGES) {
		kmemleak_free(area);
		free_pages_exact(area, size);
	} else {
		vfree(area);
	}
}

static void extent_flush(struct xnheap *heap, void *area, u_long size,
			 void *cookie)
{
	if (extent_at((u_long)area)->backed)
		backing_release(heap->backing, area, size);
}

static bool node_valid(int node)
{
	return node == NUMA_NO_NODE ||
	       (node >= 0 && node < MAX_NUMNODES && node_online(node));
}

xnheap_t *xnheap_create_node(const char *name, u_long extsize, u_long pagesize,
			     unsigned int flags, int node)
{
	unsigned int backing = flags & (XNHEAP_VMALLOC | XNHEAP_PAGES);
	struct xnheap *heap;
	void *area;
	int ret;

	if (!name || !*name ||
	    (backing != XNHEAP_VMALLOC && backing != XNHEAP_PAGES) ||
	    !node_valid(node) ||
	    xnheap_overhead_flags(extsize, pagesize, flags & ~backing) == extsize)
		return ERR_PTR(-EINVAL);

	heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	area = backing_get(backing, extsize, node);
	ret = area ? xnheap_init_flags(heap, area, extsize, pagesize,
				       flags & ~backing) : -ENOMEM;
	if (ret) {
		backing_release(backing, area, extsize);
		kfree(heap);
		return ERR_PTR(ret);
	}
	extent_at((u_long)area)->backed = true;
	heap->backing = backing;
	heap->node = node;
	heap->extent_size = extsize;
	xnheap_set_label(heap, "%s", name);
	/* The code that releases the memory must outlive the heap. */
	__module_get(THIS_MODULE);
	return heap;
}
EXPORT_SYMBOL_GPL(xnheap_create_node);

int xnheap_grow(xnheap_t *heap)
{
	void *area;
	int ret;

	if (!heap_is_valid(heap) || !heap->backing)
		return -EINVAL;
	area = backing_get(heap->backing, heap->extent_size, heap->node);
	ret = area ? xnheap_extend(heap, area, heap->extent_size) : -ENOMEM;
	if (ret)
		backing_release(heap->backing, area, heap->extent_size);
	else
		extent_at((u_long)area)->backed = true;
	watch_grown(heap, ret, _RET_IP_);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_grow);

void xnheap_delete(xnheap_t *heap)
{
	if (IS_ERR_OR_NULL(heap))
		return;
	if (!heap_is_valid(heap) || !heap->backing) {
		pr_err_ratelimited("xnheap: not deleted: no heap, or one on its owner's memory\n");
		return;
	}
	xnheap_destroy(heap, extent_flush, NULL);
	kfree(heap);
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_GPL(xnheap_delete);
