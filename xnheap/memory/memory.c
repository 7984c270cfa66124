// SPDX-License-Identifier: GPL-2.0
/* Memory for extents: mapped page by page, or physically contiguous. */

#include <linux/align.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xnheap.h>

#include "memory.h"

/* Fail rather than have other processes killed for it. */
#define GFP_MEMORY	(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN | \
			 __GFP_RETRY_MAYFAIL)

/* As alloc_pages_exact(), on a node. */
static bool get_contiguous(struct memory *memory, int node)
{
	size_t size = PAGE_ALIGN(memory->size);
	unsigned int order = get_order(size);
	struct page *page;

	page = alloc_pages_node(node, GFP_MEMORY, order);
	if (!page)
		return false;
	split_page(page, order);
	memory->start = page_address(page);
	if (size < PAGE_SIZE << order)
		free_pages_exact(memory->start + size,
				 (PAGE_SIZE << order) - size);
	return true;
}

static bool get_pages(struct memory *memory, int node)
{
	unsigned int i;

	for (i = 0; i < memory->nr_pages; i++) {
		memory->pages[i] = alloc_pages_node(node, GFP_MEMORY, 0);
		if (!memory->pages[i])
			return false;
		cond_resched();
	}
	return true;
}

/*
 * Heap pages may be larger than the machine's, and vmap() aligns to the latter:
 * so many pages are mapped that a multiple of the former is among them.
 */
static bool get_mapped(struct memory *memory, size_t page_size, int node)
{
	size_t spare = max(page_size, PAGE_SIZE) - PAGE_SIZE;

	memory->nr_pages = (PAGE_ALIGN(memory->size) + spare) >> PAGE_SHIFT;
	memory->pages = kvcalloc(memory->nr_pages, sizeof(*memory->pages),
				 GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!memory->pages || !get_pages(memory, node))
		return false;
	memory->mapped = vmap(memory->pages, memory->nr_pages, VM_MAP,
			      PAGE_KERNEL);
	memory->start = PTR_ALIGN(memory->mapped, page_size);
	return memory->mapped;
}

void memory_release(struct memory *memory)
{
	unsigned int i;

	if (memory->start)
		kmemleak_free(memory->start);
	if (memory->pages) {
		vunmap(memory->mapped);
		for (i = 0; i < memory->nr_pages && memory->pages[i]; i++)
			__free_page(memory->pages[i]);
		kvfree(memory->pages);
	} else if (memory->start) {
		free_pages_exact(memory->start, memory->size);
	}
	kvfree(memory->map);
	kfree(memory);
}

/* Memory of @size bytes and for its page map, zeroed and mapped; or NULL. */
struct memory *memory_get(unsigned int backing, size_t size, size_t page_size,
			  size_t map_size, int node)
{
	struct memory *memory;
	bool got;

	if ((size + map_size) >> PAGE_SHIFT > si_mem_available())
		return NULL;
	memory = kzalloc(sizeof(*memory), GFP_KERNEL);
	if (!memory)
		return NULL;
	memory->size = size;
	memory->map_size = map_size;
	memory->map = kvzalloc_node(map_size, GFP_MEMORY, node);
	got = memory->map && (backing == XNHEAP_PAGES ?
			      get_contiguous(memory, node) :
			      get_mapped(memory, page_size, node));
	if (!got) {
		memory->start = NULL;
		memory_release(memory);
		return NULL;
	}
	/* Blocks lead to what others allocated: it is to be scanned */
	kmemleak_alloc(memory->start, size, 1, GFP_KERNEL);
	return memory;
}
