/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xnheap - names of the nucleus heap of Xenomai 2.6, for its clients
 *
 * Most of its calls are in linux/xnheap.h under the same names and with the same
 * arguments. This has the rest: what a client includes instead of nucleus/heap.h.
 * Documentation/porting.rst says what differs, and what is not there: what needs
 * the nucleus.
 */
#ifndef _LINUX_XNHEAP_CLASSIC_H
#define _LINUX_XNHEAP_CLASSIC_H

#include <linux/align.h>
#include <linux/xnheap.h>

/* The page size that its clients most often chose; any other will do. */
#define XNHEAP_PAGE_SIZE	512
#define XNHEAP_PAGE_MASK	(~(XNHEAP_PAGE_SIZE - 1))
#define XNHEAP_PAGE_ALIGN(addr)	ALIGN(addr, XNHEAP_PAGE_SIZE)

#define XNHEAP_MINALLOCSZ	XNHEAP_MIN_BLOCK
#define XNHEAP_MAXEXTSZ		XNHEAP_MAX_EXTENT_SIZE

#define xnheap_align(size, al)	ALIGN(size, al)

/**
 * xnheap_extentsize - bytes of the first extent's area, as it was handed in
 * @heap: the heap
 *
 * Other extents may be of other sizes: xnheap_size() has the sum.
 *
 * Context: any but NMI.
 * Return: bytes; 0 if @heap is not initialised.
 */
static inline u_long xnheap_extentsize(const xnheap_t *heap)
{
	return xnheap_size(heap) ? heap->extent[0].size : 0;
}

/**
 * xnheap_internal_overhead - as xnheap_overhead()
 * @hsize: bytes of the area, aligned to @psize
 * @psize: bytes of a page
 *
 * Context: any but NMI.
 * Return: as xnheap_overhead().
 */
static inline size_t xnheap_internal_overhead(size_t hsize, size_t psize)
{
	return xnheap_overhead(hsize, psize);
}

/*
 * The system heap, which is there for all: the module's own, made when it is
 * loaded with system_size=BYTES, and with pages of system_page=BYTES, or of
 * XNHEAP_PAGE_SIZE; with system_defer=1, its blocks can be freed later. NULL if it
 * was not asked for. It can be extended and be given a label, but not be deleted: it
 * goes with the module. Blocks that are still allocated go with it.
 */
extern struct xnheap *xnheap_system;

#define kheap			(*xnheap_system)

/**
 * xnmalloc - allocate a block from the system heap
 * @size: bytes wanted, 1 or more
 *
 * Context: any, as xnheap_alloc().
 * Bound: that of xnheap_alloc().
 * Return: as xnheap_alloc(); NULL also if there is no system heap.
 */
static inline __malloc __alloc_size(1)
void *xnmalloc(u_long size)
{
	return xnheap_alloc(xnheap_system, size);
}

/**
 * xnfree - free a block of the system heap
 * @block: the block; or NULL, for which nothing is done
 *
 * Context: any, as xnheap_free().
 * Bound: that of xnheap_free().
 * Return: as xnheap_free(); -EINVAL also if there is no system heap, but 0 for NULL.
 */
static inline int xnfree(void *block)
{
	return block ? xnheap_free(xnheap_system, block) : 0;
}

/**
 * xnheap_schedule_free - free a block later, as xnheap_free_deferred()
 * @heap: a heap with %XNHEAP_DEFER; so is the system heap, with system_defer=1
 * @block: the block
 * @link: where the nucleus kept it, of any type; not used
 *
 * Context: any.
 * Bound: that of xnheap_free_deferred().
 */
static inline void xnheap_schedule_free(xnheap_t *heap, void *block, void *link)
{
	xnheap_free_deferred(heap, block);
}

/**
 * xnheap_finalize_free - free what was to be freed later, as xnheap_finalize()
 * @heap: the heap
 *
 * Context: any but NMI.
 * Bound: that of xnheap_finalize().
 */
static inline void xnheap_finalize_free(xnheap_t *heap)
{
	xnheap_finalize(heap);
}

#endif
