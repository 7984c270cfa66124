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
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
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

/*
 * The mapped heap: one that is shared with processes, of one extent, which never grows.
 * The nucleus initialised the caller's; this one is made, so that what was declared as
 * `xnheap_t heap` becomes `xnheap_t *heap`, and `&heap` becomes `heap` in all calls but
 * xnheap_init_mapped().
 */

/**
 * xnheap_init_mapped - make a heap that processes can map
 * @heap: is set to the heap; or to NULL, if there is an error
 * @heapsize: bytes, rounded up to whole pages of the machine
 * @memflags: 0: as %XNHEAP_VMALLOC; %GFP_KERNEL: as %XNHEAP_PAGES
 *
 * Its label, and the name of its device, is the module's, up to 24 characters of it, and
 * the first number from 0 on that is not in use: "driver0". Who wants another name calls
 * xnheap_create_shared().
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: 0; -EINVAL of other @memflags; else as xnheap_create_shared().
 */
static inline int xnheap_init_mapped(xnheap_t **heap, u_long heapsize, int memflags)
{
	unsigned int backing = memflags ? XNHEAP_PAGES : XNHEAP_VMALLOC, nr = 0;
	char name[XNHEAP_LABEL_LEN];
	xnheap_t *made;

	*heap = NULL;
	if (memflags && memflags != (__force int)GFP_KERNEL)
		return -EINVAL;
	heapsize = PAGE_ALIGN(heapsize);
	do {
		snprintf(name, sizeof(name), "%.24s%u", KBUILD_MODNAME, nr++);
		made = xnheap_create_shared(name, heapsize, XNHEAP_PAGE_SIZE, backing, heapsize);
	} while (made == ERR_PTR(-EEXIST));
	if (IS_ERR(made))
		return PTR_ERR(made);
	*heap = made;
	return 0;
}

/**
 * xnheap_destroy_mapped - end a heap that processes can map
 * @heap: the heap; or NULL, for which nothing is done
 * @release: called with @heap, just before it goes; or NULL
 * @mapaddr: where the calling process has mapped it; not used
 *
 * What processes have mapped stays until they unmap it. So nothing is left for the last
 * unmapping to do, and @release is never called later.
 *
 * Context: task; may sleep.
 */
static inline void xnheap_destroy_mapped(xnheap_t *heap, void (*release)(struct xnheap *heap),
					 void __user *mapaddr)
{
	if (heap && release)
		release(heap);
	xnheap_delete(heap);
}

/**
 * xnheap_base_memory - where a mapped heap's memory is for the kernel
 * @heap: a heap of xnheap_init_mapped(), or any other
 *
 * Context: any but NMI.
 * Return: the address of offset 0; NULL if @heap is not shared.
 */
static inline void *xnheap_base_memory(const xnheap_t *heap)
{
	return xnheap_size(heap) && heap->sharing ? (void *)heap->extent[0].base : NULL;
}

#define xnheap_mapped_p(heap)	(!!xnheap_base_memory(heap))

/**
 * xnheap_mapped_offset - the offset of a block, or of an address in one
 * @heap: a mapped heap
 * @ptr: the address
 *
 * Context: any, as xnheap_offset().
 * Bound: that of xnheap_offset().
 * Return: bytes; ~0UL if @ptr is no address of the heap.
 */
static inline u_long xnheap_mapped_offset(const xnheap_t *heap, const void *ptr)
{
	size_t offset;

	return xnheap_offset(heap, ptr, &offset, NULL) ? ~0UL : offset;
}

/**
 * xnheap_mapped_address - the kernel's block at an offset, as xnheap_at()
 * @heap: a mapped heap
 * @off: any number, also one from a process; the nucleus checked none
 *
 * Context: any, as xnheap_at().
 * Bound: that of xnheap_at().
 * Return: as xnheap_at(): NULL also inside of a block.
 */
static inline void *xnheap_mapped_address(xnheap_t *heap, u_long off)
{
	return xnheap_at(heap, off);
}

#endif
