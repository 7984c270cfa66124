/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for the extents of heaps that get their own. */
#ifndef _XNHEAP_MEMORY_H
#define _XNHEAP_MEMORY_H

#include <linux/types.h>

/* The pages of an extent, and their page map beside it. */
struct memory {
	void *start;		/* a multiple of the heap's page size */
	size_t size;
	void *map;
	size_t map_size;
	/* XNHEAP_VMALLOC: what is mapped; XNHEAP_PAGES: NULL */
	void *mapped;
	struct page **pages;
	unsigned int nr_pages;
};

struct memory *memory_get(unsigned int backing, size_t size, size_t page_size,
			  size_t map_size, int node);
void memory_release(struct memory *memory);

#endif
