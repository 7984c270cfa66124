/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xnheap - memory allocation from any context, in bounded time
 *
 * A heap hands out blocks of any size from memory that it was given
 * beforehand. Each call costs a bounded number of instructions that depends
 * neither on the size of the heap nor on what is in it, and takes nothing but
 * the heap's raw spinlock. So a heap serves where nothing else may allocate:
 * in hard interrupts and under raw spinlocks on PREEMPT_RT.
 *
 * A heap is made of one or more extents. An extent is an area of memory cut
 * into pages of the heap's page size, which is a power of two and has nothing
 * to do with PAGE_SIZE. A small request is rounded up to the block size of a
 * bucket and served from a page that holds blocks of that one size; a large
 * request is rounded up to whole pages. No block crosses from one extent into
 * another. What the allocator knows about a page stands in the page map at the
 * start of the extent, never in a block.
 */
#ifndef _LINUX_XNHEAP_H
#define _LINUX_XNHEAP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * DOC: Contexts and concurrency
 *
 * ==========================  ====  =======  ========  =============  =====
 * Call                        task  softirq  hard IRQ  raw lock held  NMI
 * ==========================  ====  =======  ========  =============  =====
 * xnheap_init, _create        x
 * xnheap_destroy, _delete     x
 * xnheap_grow                 x
 * xnheap_set_label            x
 * xnheap_extend               x     x        x         x
 * xnheap_alloc, _aligned      x     x        x         x              x [1]
 * xnheap_free                 x     x        x         x              x [1]
 * xnheap_test_and_free        x     x        x         x              x [1]
 * xnheap_check_block          x     x        x         x              x [1]
 * all others                  x     x        x         x
 * ==========================  ====  =======  ========  =============  =====
 *
 * [1] gives up rather than spin where the heap's lock is taken
 *
 * Calls of the first four rows may sleep, none of the others does. Calls on
 * one heap may run side by side on any number of CPUs, except that a heap must
 * not be in use when it is initialised, destroyed or deleted.
 */

/* Limits */
#define XNHEAP_MIN_PAGE_SIZE	64UL
#define XNHEAP_MAX_PAGE_SIZE	32768UL
#define XNHEAP_MAX_EXTENT_SIZE	SZ_1G
#define XNHEAP_MAX_EXTENTS	64
#define XNHEAP_MIN_BLOCK	8UL
#define XNHEAP_LABEL_LEN	32

/* Flags of xnheap_create(): where extents come from, one of the two */
#define XNHEAP_VMALLOC		0x1	/* large areas, mapped page by page */
#define XNHEAP_PAGES		0x2	/* physically contiguous */

/* Flags of xnheap_init_flags() and xnheap_create() */
#define XNHEAP_FINE		0x4	/* blocks of many sizes, to waste less */
#define XNHEAP_DEBUG		0x8	/* find its users' mistakes, see below */

/* private: the inside of a heap, here only so that it can be declared */

struct dentry;
struct xnheap_bucket;
struct xnheap_page;
struct xnheap_watch;

/* Which of a number of lists have an entry. */
#define XNHEAP_INDEX_BITS	192

struct xnheap_index {
	unsigned long word[XNHEAP_INDEX_BITS / BITS_PER_LONG + 1];
};

/* An area of memory cut into pages. */
struct xnheap_extent {
	u_long base;			/* address of page 0 */
	u_long span;			/* bytes from base to the end of the last page */
	struct xnheap_page *map;	/* page 0's entry */
	u_long start;			/* the area as it was handed in */
	u_long size;
	u32 nr_pages;
	u8 nr;				/* in the order of addition */
	bool backed;			/* by memory that the heap got itself */
};

/* Where an extent lies, with copies of what is asked most. */
struct xnheap_place {
	u_long key;			/* start - 1 */
	u_long base;
	u_long span;
	struct xnheap_page *map;
	struct xnheap_extent *extent;
};

/* Why calls failed, each counted. */
enum xnheap_failure {
	XNHEAP_ALLOC_SIZE,		/* size 0, or over the largest extent */
	XNHEAP_ALLOC_FULL,		/* nothing large enough free */
	XNHEAP_FREE_OUTSIDE,		/* no address of this heap */
	XNHEAP_FREE_INVALID,		/* not the start of a live block */
	XNHEAP_FREE_REFUSED,		/* by the caller's check function */
	XNHEAP_NR_FAILURES
};

/* public: */

/**
 * struct xnheap - a heap
 *
 * Declared by the caller, who keeps it for as long as the heap lives. Its
 * fields are private: the calls below tell what may be known.
 */
struct xnheap {
	/* private: */
	raw_spinlock_t lock;		/* for all that is not fixed by init */
	u32 magic;
	unsigned long flags;		/* of interrupts, where the lock was taken */
	bool owned;			/* the lock, on one processor */

	/* fixed by init */
	u_long small_max;		/* largest request for a bucket */
	u16 *class;			/* (size - 1) / 8 to kind of page */
	void *buckets;			/* less the first bucket's kind */
	u_long page_mask;		/* page size - 1 */
	u_long page_stride;		/* bytes of an entry of the page map */
	u_long page_reciprocal;		/* 2^32 / stride, rounded up */
	u32 narrow;			/* kind of the first bucket that is */
	u32 wide;			/* likewise: from it on, none is ragged */
	unsigned int options;		/* flags of init */
	u8 page_shift;
	u8 nr_buckets;

	long slack;			/* peak less bytes in use */
	u_long peak;
	u_long page_block_allocs;
	u_long page_block_frees;
	u_long page_block_pages;
	u_long failed[XNHEAP_NR_FAILURES];
	atomic_long_t alloc_busy;	/* NMI came upon the lock */
	atomic_long_t free_busy;

	u_long given;			/* bytes, in all extents */
	u_long pages;
	u32 free_pages;
	u32 reserve;			/* pages for the largest blocks only */
	u_long nr_extents;
	struct xnheap_extent first;	/* a copy, which serves most calls */

	/* extents by address, and by number */
	struct xnheap_place place[XNHEAP_MAX_EXTENTS];
	struct xnheap_extent *extent[XNHEAP_MAX_EXTENTS];

	struct xnheap_watch *watch;	/* of who looks on, or NULL */
#ifdef CONFIG_KASAN_GENERIC
	struct list_head shadowed;
#endif

	struct xnheap_index bucket_index;
	struct xnheap_index range_index;
	struct xnheap_page *range[XNHEAP_INDEX_BITS + 1];

	/* heaps that get their own memory, fixed by create */
	unsigned int backing;		/* XNHEAP_VMALLOC, XNHEAP_PAGES or 0 */
	int node;
	u_long extent_size;

	/* what a person sees, under a mutex */
	char label[XNHEAP_LABEL_LEN];
	char name[XNHEAP_LABEL_LEN + 8];
	struct dentry *dir;
	struct list_head list;
};

typedef struct xnheap xnheap_t;

/**
 * xnheap_init - make a heap of an area of memory
 * @heap: the heap, not in use
 * @heapaddr: the area, which becomes the first extent; any alignment
 * @heapsize: bytes of the area, a multiple of @pagesize, up to
 *	%XNHEAP_MAX_EXTENT_SIZE; xnheap_rounded_size() tells how many to ask for
 * @pagesize: bytes of a page, a power of two from %XNHEAP_MIN_PAGE_SIZE to
 *	%XNHEAP_MAX_PAGE_SIZE
 *
 * The area must be mapped and stay so. Its first bytes are taken for the page
 * map, see xnheap_overhead().
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: 0, or -EINVAL if an argument is none of the above, or the area too
 * small for its own header and two pages; @heap is then unusable, the area
 * untouched.
 */
int xnheap_init(xnheap_t *heap, void *heapaddr, u_long heapsize,
		u_long pagesize);

/**
 * xnheap_init_flags - make a heap of an area of memory, of another kind
 * @heap: as in xnheap_init()
 * @heapaddr: as in xnheap_init()
 * @heapsize: as in xnheap_init()
 * @pagesize: as in xnheap_init()
 * @flags: %XNHEAP_FINE and %XNHEAP_DEBUG, or'ed, or 0
 *
 * With %XNHEAP_FINE, blocks are of many sizes instead of powers of two: all
 * multiples of 8 bytes at first, then 32 to a doubling, 16 or 8 in smaller
 * areas, up to almost two pages. The smallest is of 8 bytes with pages of up to
 * 512, of 16 with 1024, and of 32 with larger ones. Blocks are aligned to 8
 * bytes, those above 512 to 16; xnheap_alloc_aligned() aligns further. A heap
 * that is nearly full takes larger blocks for a request rather than its last
 * pages, which it keeps for requests that have nothing larger to turn to.
 *
 * A debug heap keeps, for each block, who allocated it, when and on which CPU,
 * and a red zone of at least 8 bytes behind it. A free tells if something was
 * written there; it poisons the first 4096 bytes of the block, and the next
 * call that gets some of them tells if they were written to meanwhile. Such
 * finds stand in the kernel's log, once a second at most, and are counted in
 * the file leaks in debugfs, which lists what is still out by caller; so does
 * xnheap_destroy(). All calls stay bounded, but cost more, on every heap while
 * there is a debug heap. Blocks are multiples of 64 bytes, 8 of them for the
 * red zone, and each 64 bytes of pages take 32 more of the area.
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: as xnheap_init(), -EINVAL also for an unknown flag, -ENOMEM if there
 * is no memory for what a debug heap needs beside the area.
 */
int xnheap_init_flags(xnheap_t *heap, void *heapaddr, u_long heapsize,
		      u_long pagesize, unsigned int flags);

/**
 * xnheap_destroy - end a heap
 * @heap: the heap, no longer in use
 * @flushfn: called once for each extent, with the address and the bytes that
 *	were handed in, so that the caller can release the memory; or NULL.
 *	Called without the lock.
 * @cookie: handed to @flushfn
 *
 * Blocks that are still allocated go with the heap; the kernel log tells how
 * many.
 *
 * Context: task; may sleep.
 * Return: 0, or -EINVAL if @heap is not initialised, or destroyed already.
 */
int xnheap_destroy(xnheap_t *heap,
		   void (*flushfn)(xnheap_t *heap, void *extaddr,
				   u_long extsize, void *cookie),
		   void *cookie);

/**
 * xnheap_extend - add an extent
 * @heap: the heap
 * @extaddr: the area of the new extent, as in xnheap_init()
 * @extsize: bytes of the area, as in xnheap_init()
 *
 * Context: any but NMI. Time grows with the number of pages, but the lock is
 * held for a bounded part of it.
 * Return: 0; -EINVAL as of xnheap_init(), or if @heap is not initialised;
 * -EEXIST if the area overlaps an extent of the heap; -ENOSPC if the heap has
 * %XNHEAP_MAX_EXTENTS already. On error nothing is changed.
 */
int xnheap_extend(xnheap_t *heap, void *extaddr, u_long extsize);

/**
 * xnheap_alloc - allocate a block
 * @heap: the heap
 * @size: bytes wanted, 1 or more
 *
 * Up to the page size, @size is rounded up to the next power of two, at least
 * %XNHEAP_MIN_BLOCK, and the block is aligned to that; above, to whole pages,
 * and aligned to the page size. Where there is neither a free block of that
 * size nor a free page, a larger free block is handed out. Of a heap with
 * %XNHEAP_FINE, see xnheap_init_flags().
 *
 * McKusick and Karels, USENIX 1988.
 *
 * Context: any. In NMI, gives up where the heap's lock is taken.
 * Bound: in instructions, "alloc" and "fail" in tools/bench/bounds.
 * Return: the block; or NULL if @size is 0, nothing large enough is free, or
 * @heap is not initialised.
 */
void *xnheap_alloc(xnheap_t *heap, u_long size);

/**
 * xnheap_alloc_aligned - allocate a block at a multiple of some bytes
 * @heap: the heap
 * @size: bytes wanted, 1 or more
 * @align: a power of two up to the page size
 *
 * Context: any, as xnheap_alloc().
 * Bound: "aligned" in tools/bench/bounds.
 * Return: as xnheap_alloc(); NULL also if @align is none of the above.
 */
void *xnheap_alloc_aligned(xnheap_t *heap, u_long size, u_long align);

/**
 * xnheap_free - free a block
 * @heap: the heap that the block came from
 * @block: the block, or any other pointer, which is then refused
 *
 * Context: any. In NMI, gives up where the heap's lock is taken.
 * Bound: "free" and "refuse" in tools/bench/bounds.
 * Return: 0; -EFAULT if @block lies in no extent of the heap; -EINVAL if it
 * does, but is not the start of an allocated block, or if @heap is not
 * initialised; -EAGAIN in NMI if the lock was taken: the block is still the
 * caller's. On error nothing is changed.
 */
int xnheap_free(xnheap_t *heap, void *block);

/**
 * xnheap_test_and_free - free a block if the caller agrees
 * @heap: the heap that the block came from
 * @block: the block
 * @ckfn: asked once @block was found valid, with the heap's lock held: must
 *	not sleep nor call upon a heap; 0 frees the block; NULL always does
 *
 * Context: any, as xnheap_free().
 * Bound: "agreed" in tools/bench/bounds, and what @ckfn takes.
 * Return: as xnheap_free(), or what @ckfn returned if that is not 0: the block
 * is then still the caller's.
 */
int xnheap_test_and_free(xnheap_t *heap, void *block, int (*ckfn)(void *block));

/**
 * xnheap_check_block - tell whether a block could be freed
 * @heap: the heap
 * @block: any pointer
 *
 * Context: any, as xnheap_free().
 * Bound: "check" in tools/bench/bounds.
 * Return: what xnheap_free() would return. Nothing is changed.
 */
int xnheap_check_block(xnheap_t *heap, void *block);

/**
 * xnheap_set_label - name a heap for people
 * @heap: the heap
 * @fmt: printf format of the label; more than %XNHEAP_LABEL_LEN - 1 characters
 *	are cut off
 *
 * The label names the heap's folder in debugfs, with a number behind it if
 * another heap has the same one, and '_' for each '/'.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if the label is empty or @heap is not initialised.
 */
__printf(2, 3)
int xnheap_set_label(xnheap_t *heap, const char *fmt, ...);

/**
 * xnheap_create_node - make a heap that gets its own memory
 * @name: its label
 * @extsize: bytes of an extent, as in xnheap_init()
 * @pagesize: bytes of a page, as in xnheap_init()
 * @flags: %XNHEAP_VMALLOC or %XNHEAP_PAGES; the latter is limited by the
 *	largest order of the page allocator; or'ed with those of
 *	xnheap_init_flags()
 * @node: NUMA node to take memory from, or %NUMA_NO_NODE
 *
 * All memory is mapped and touched before this returns, so that no access to
 * a block faults. kmemleak scans the blocks of either kind.
 *
 * Context: task; may sleep.
 * Return: the heap; or ERR_PTR() of -EINVAL for a bad argument, -ENOMEM if
 * there is not enough memory.
 */
xnheap_t *xnheap_create_node(const char *name, u_long extsize, u_long pagesize,
			     unsigned int flags, int node);

/**
 * xnheap_create - make a heap that gets its own memory, from any node
 * @name: its label
 * @extsize: as in xnheap_create_node()
 * @pagesize: as in xnheap_create_node()
 * @flags: as in xnheap_create_node()
 *
 * Context: task; may sleep.
 * Return: as xnheap_create_node().
 */
static inline xnheap_t *xnheap_create(const char *name, u_long extsize,
				      u_long pagesize, unsigned int flags)
{
	return xnheap_create_node(name, extsize, pagesize, flags, NUMA_NO_NODE);
}

/**
 * xnheap_grow - add one more extent like the first
 * @heap: a heap made by xnheap_create() or xnheap_create_node()
 *
 * Context: task; may sleep.
 * Return: 0; -ENOMEM if there is not enough memory; -ENOSPC as of
 * xnheap_extend(); -EINVAL if @heap is not such a heap.
 */
int xnheap_grow(xnheap_t *heap);

/**
 * xnheap_delete - end a heap and release its memory
 * @heap: a heap made by xnheap_create() or xnheap_create_node(), no longer in
 *	use; or NULL, or an ERR_PTR(), for which nothing is done
 *
 * The memory of extents that the caller added by xnheap_extend() stays the
 * caller's.
 *
 * Context: task; may sleep.
 */
void xnheap_delete(xnheap_t *heap);

/*
 * Facts of a heap: 0 of one that is not initialised.
 */

/**
 * xnheap_size - bytes that the heap was given, in all its extents
 * @heap: the heap
 */
u_long xnheap_size(const xnheap_t *heap);

/**
 * xnheap_page_size - bytes of a page
 * @heap: the heap
 */
u_long xnheap_page_size(const xnheap_t *heap);

/**
 * xnheap_page_count - pages that hold blocks, in all extents
 * @heap: the heap
 */
u_long xnheap_page_count(const xnheap_t *heap);

/**
 * xnheap_usable_mem - bytes of those pages
 * @heap: the heap
 */
u_long xnheap_usable_mem(const xnheap_t *heap);

/**
 * xnheap_used_mem - bytes in allocated blocks, rounded as they were
 * @heap: the heap
 */
u_long xnheap_used_mem(xnheap_t *heap);

/**
 * xnheap_max_contiguous - the largest request that would succeed now
 * @heap: the heap
 *
 * Context: any but NMI.
 * Return: bytes.
 */
u_long xnheap_max_contiguous(xnheap_t *heap);

/*
 * Planning: how much of an area is usable.
 */

/**
 * xnheap_overhead_flags - bytes of an area that a heap needs for itself
 * @heapsize: bytes of the area, aligned to @pagesize
 * @pagesize: bytes of a page
 * @flags: as in xnheap_init_flags()
 *
 * That is 24 bytes of page map for each page; bits to tell which blocks are
 * allocated, one for every 8 bytes of a page, or 32 with %XNHEAP_FINE; about 70
 * bytes for each size of blocks and 2 for every 8 bytes of the largest.
 *
 * Return: bytes; all of @heapsize if no heap can be made of such an area.
 */
u_long xnheap_overhead_flags(u_long heapsize, u_long pagesize,
			     unsigned int flags);

/**
 * xnheap_overhead - as xnheap_overhead_flags() without flags
 * @heapsize: bytes of the area, aligned to @pagesize
 * @pagesize: bytes of a page
 */
static inline u_long xnheap_overhead(u_long heapsize, u_long pagesize)
{
	return xnheap_overhead_flags(heapsize, pagesize, 0);
}

/**
 * xnheap_rounded_size_flags - the size of heap to ask for
 * @usable: bytes to be allocated, in one block or many that fill their pages
 * @pagesize: bytes of a page
 * @flags: as in xnheap_init_flags()
 *
 * Return: bytes of an area, a multiple of @pagesize, that has @usable bytes in
 * pages at whatever address it lies; 0 if no heap can be that large.
 */
u_long xnheap_rounded_size_flags(u_long usable, u_long pagesize,
				 unsigned int flags);

/**
 * xnheap_rounded_size - as xnheap_rounded_size_flags() without flags
 * @usable: bytes to be allocated
 * @pagesize: bytes of a page
 */
static inline u_long xnheap_rounded_size(u_long usable, u_long pagesize)
{
	return xnheap_rounded_size_flags(usable, pagesize, 0);
}

#endif
