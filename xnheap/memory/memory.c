// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for extents: mapped page by page, physically contiguous, or coherent with
 * a device.
 */

#include <linux/align.h>
#include <linux/cache.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xnheap.h>

#include "memory.h"

const struct sharer *sharer __ro_after_init;

/* Fail rather than have other processes killed for it. */
#define GFP_MEMORY	(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN | \
			 __GFP_RETRY_MAYFAIL)

/* As alloc_pages_exact(), on a node. */
static bool get_contiguous(struct memory *memory)
{
	size_t size = PAGE_ALIGN(memory->kind.size);
	unsigned int order = get_order(size);
	struct page *page;

	page = alloc_pages_node(memory->kind.node, GFP_MEMORY, order);
	if (!page)
		return false;
	split_page(page, order);
	memory->start = page_address(page);
	if (size < PAGE_SIZE << order)
		free_pages_exact(memory->start + size,
				 (PAGE_SIZE << order) - size);
	return true;
}

static bool get_pages(struct memory *memory)
{
	unsigned int i;

	for (i = 0; i < memory->nr_pages; i++) {
		memory->pages[i] = alloc_pages_node(memory->kind.node, GFP_MEMORY, 0);
		if (!memory->pages[i])
			return false;
		cond_resched();
	}
	return true;
}

/*
 * Heap pages may be larger than the machine's, and what is mapped is aligned to
 * the latter: so much is that a multiple of the former is among it.
 */
static size_t mapped_size(const struct memory_kind *kind)
{
	return PAGE_ALIGN(kind->size) + max(kind->page_size, PAGE_SIZE) - PAGE_SIZE;
}

static bool get_mapped(struct memory *memory)
{
	memory->nr_pages = mapped_size(&memory->kind) >> PAGE_SHIFT;
	memory->pages = kvcalloc(memory->nr_pages, sizeof(*memory->pages),
				 GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!memory->pages || !get_pages(memory))
		return false;
	memory->mapped = vmap(memory->pages, memory->nr_pages, VM_MAP,
			      PAGE_KERNEL);
	memory->start = PTR_ALIGN(memory->mapped, memory->kind.page_size);
	return memory->mapped;
}

/* It comes zeroed. */
static bool get_coherent(struct memory *memory)
{
	dma_addr_t at;

	memory->mapped = dma_alloc_coherent(memory->kind.dev, mapped_size(&memory->kind),
					    &at, GFP_MEMORY & ~__GFP_ZERO);
	if (!memory->mapped)
		return false;
	memory->start = PTR_ALIGN(memory->mapped, memory->kind.page_size);
	memory->cookie = at + (memory->start - memory->mapped);
	return true;
}

static bool get(struct memory *memory)
{
	switch (memory->kind.backing) {
	case XNHEAP_PAGES:
		return get_contiguous(memory);
	case XNHEAP_VMALLOC:
		return get_mapped(memory);
	default:
		return get_coherent(memory);
	}
}

static void put_mapped(struct memory *memory)
{
	unsigned int i;

	vunmap(memory->mapped);
	for (i = 0; memory->pages && i < memory->nr_pages && memory->pages[i]; i++)
		__free_page(memory->pages[i]);
	kvfree(memory->pages);
}

static void put_coherent(struct memory *memory)
{
	const struct memory_kind *kind = &memory->kind;

	if (memory->mapped)
		dma_free_coherent(kind->dev, mapped_size(kind), memory->mapped,
				  memory->cookie - (memory->start - memory->mapped));
}

/* Also if it could not all be had. */
static void put(struct memory *memory)
{
	switch (memory->kind.backing) {
	case XNHEAP_PAGES:
		if (memory->start)
			free_pages_exact(memory->start, memory->kind.size);
		break;
	case XNHEAP_VMALLOC:
		put_mapped(memory);
		break;
	default:
		put_coherent(memory);
	}
	kvfree(memory->map);
	kfree(memory);
}

/* Blocks lead to what others allocated: they are scanned, but not for devices. */
static bool is_scanned(const struct memory *memory)
{
	return memory->kind.backing != MEMORY_DMA;
}

struct page *memory_page(const struct memory *memory, unsigned long nr)
{
	if (memory->kind.backing == XNHEAP_PAGES)
		return virt_to_page(memory->start + (nr << PAGE_SHIFT));
	return memory->pages[nr + ((memory->start - memory->mapped) >> PAGE_SHIFT)];
}

void memory_hold(struct memory *memory)
{
	kref_get(&memory->holds);
}

static void release(struct kref *holds)
{
	struct memory *memory = container_of(holds, struct memory, holds);

	if (is_scanned(memory))
		kmemleak_free(memory->start);
	put(memory);
}

void memory_release(struct memory *memory)
{
	kref_put(&memory->holds, release);
}

/* Memory for a device may be set aside for it: it is not among what is available then. */
static bool is_available(const struct memory_kind *kind, size_t map_size)
{
	size_t size = kind->backing == MEMORY_DMA ? 0 : kind->size;

	return (size + map_size) >> PAGE_SHIFT <= si_mem_available();
}

/* Memory of such a kind and for its page map, zeroed and mapped; or NULL. */
struct memory *memory_get(const struct memory_kind *kind, size_t map_size)
{
	struct memory *memory;

	if (!is_available(kind, map_size))
		return NULL;
	memory = kzalloc(sizeof(*memory), GFP_KERNEL);
	if (!memory)
		return NULL;
	memory->kind = *kind;
	kref_init(&memory->holds);
	memory->cookie = XNHEAP_NO_COOKIE;
	memory->map_size = map_size;
	memory->map = kvzalloc_node(map_size, GFP_MEMORY, kind->node);
	if (!memory->map || !get(memory)) {
		put(memory);
		return NULL;
	}
	if (is_scanned(memory))
		kmemleak_alloc(memory->start, kind->size, 1, GFP_KERNEL);
	return memory;
}
