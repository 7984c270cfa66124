/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for the extents of heaps that get their own. */
#ifndef _XNHEAP_MEMORY_H
#define _XNHEAP_MEMORY_H

#include <linux/kref.h>
#include <linux/mm_types.h>
#include <linux/types.h>

struct device;
struct xnheap;

/* Beside XNHEAP_VMALLOC and XNHEAP_PAGES, but no flag of callers: see create_dma */
#define MEMORY_DMA	0x3

/* What it is to be, for each extent of a heap. */
struct memory_kind {
	unsigned int backing;	/* one of the three */
	int node;
	struct device *dev;	/* MEMORY_DMA */
	size_t size;
	size_t page_size;	/* of the heap */
};

/* The pages of an extent, and their page map beside it. */
struct memory {
	struct memory_kind kind;
	void *start;		/* a multiple of the heap's page size */
	u64 cookie;		/* MEMORY_DMA: what the device calls that */
	void *map;
	size_t map_size;
	struct kref holds;	/* the heap's; and with XNHEAP_SHARED, that of who maps it */
	/* what is mapped, of which start is a part; XNHEAP_PAGES: NULL */
	void *mapped;
	struct page **pages;	/* XNHEAP_VMALLOC */
	unsigned int nr_pages;
	/* of an extent that was taken out: when nobody reads it any more */
	struct list_head gone;
	unsigned long grace;
	unsigned int extent;	/* the number that it had */
};

struct memory *memory_get(const struct memory_kind *kind, size_t map_size);
void memory_hold(struct memory *memory);
void memory_release(struct memory *memory);

/* A page of the machine's, of memory for no device. */
struct page *memory_page(const struct memory *memory, unsigned long nr);

/* Who lets processes have heaps with XNHEAP_SHARED; registered as the module is loaded. */
struct sharer {
	/* a heap was made, with @memory for its first extent; 0, or an error */
	int (*begin)(struct xnheap *heap, struct memory *memory);
	/* it is to have one more extent, of that number */
	void (*extent)(struct xnheap *heap, unsigned int nr, struct memory *memory);
	/* it is to end: when this returns, no process is in a call */
	void (*end)(struct xnheap *heap);
};

extern const struct sharer *sharer;

/* system.c: the system heap, for who loads and unloads the module */
int system_heap_init(void);
void system_heap_exit(void);

#endif
