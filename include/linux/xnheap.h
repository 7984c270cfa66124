/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xnheap - memory allocation from any context, in bounded time
 *
 * A heap hands out blocks of any size from memory that it was given
 * beforehand. Each alloc and free costs a bounded number of instructions that
 * depends neither on the size of the heap nor on what is in it, and takes nothing
 * but the heap's raw spinlock. So a heap serves where nothing else may allocate:
 * in hard interrupts and under raw spinlocks on PREEMPT_RT.
 *
 * A heap is made of one or more extents. An extent is an area of memory cut
 * into pages of the heap's page size, which is a power of two and has nothing
 * to do with PAGE_SIZE. A small request is rounded up to the block size of a
 * bucket and served from a page that holds blocks of that one size; a large
 * request is rounded up to whole pages. No block crosses from one extent into
 * another. What the allocator knows about a page stands in a page map, at the
 * start of the extent or in memory of its own, never in a block.
 */
#ifndef _LINUX_XNHEAP_H
#define _LINUX_XNHEAP_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/numa.h>
#include <linux/seqlock.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/version.h>

/* Kernels before that have none, and no class xnheap_block */
#if KERNEL_VERSION(6, 5, 0) <= LINUX_VERSION_CODE
#include <linux/cleanup.h>
#endif

/**
 * DOC: Contexts and concurrency
 *
 * ==========================  ====  =======  ========  =============  =====
 * Call                        task  softirq  hard IRQ  raw lock held  NMI
 * ==========================  ====  =======  ========  =============  =====
 * xnheap_init, _create        x
 * devm_xnheap_create          x
 * xnheap_destroy, _delete     x
 * xnheap_grow, _shrink        x
 * xnheap_set_growth           x
 * xnheap_set_priority         x
 * xnheap_set_notify           x
 * xnheap_set_label            x
 * xnheap_drain                x
 * xnheap_reserve, _unreserve  x
 * xnheap_share, _set_quota    x
 * xnheap_peer_get, _peer_put  x
 * xnheap_extend, _apart       x     x        x         x
 * xnheap_alloc, _aligned      x     x        x         x              x [1]
 * xnheap_zalloc, _calloc      x     x        x         x              x [1]
 * xnheap_alloc_reserved       x     x        x         x              x [1]
 * xnheap_free                 x     x        x         x              x [2]
 * xnheap_free_deferred, _rcu  x     x        x         x              x
 * xnheap_test_and_free        x     x        x         x              x [1]
 * xnheap_check_block          x     x        x         x              x [1]
 * xnheap_at, _adopt, _lend    x     x        x         x              x [1]
 * xnheap_post                 x     x        x         x [3]
 * xnheap_offset               x     x        x         x              x
 * xnheap_dma_addr, _phys      x     x        x         x              x
 * xnheap_usable_size          x     x        x         x              x [1]
 * xnheap_block_size           x     x        x         x              x
 * xnheap_realloc              x     x        x         x
 * all others                  x     x        x         x
 * ==========================  ====  =======  ========  =============  =====
 *
 * [1] gives up rather than spin where the heap's lock is taken
 * [2] likewise, but on a heap with %XNHEAP_DEFER leaves the block for later
 * [3] but not one of the scheduler's, as it wakes a task
 *
 * A row is for all calls whose names begin so, such as xnheap_init_apart(),
 * xnheap_create_node() and xnheap_free_bulk(). All others are xnheap_finalize(), and
 * those that ask and that plan, from xnheap_size() to xnheap_map_size() and
 * xnheap_rounded_size().
 *
 * Calls of the first twelve rows may sleep, none of the others does. Calls on
 * one heap may run side by side on any number of CPUs, except that a heap must
 * not be in use when it is initialised, destroyed or deleted.
 *
 * Below, "Bound:" names rows of tools/wcet/bounds in xnheap's source, which the package
 * xnheap-dev has as /usr/share/doc/xnheap-dev/bounds: the most instructions that the call can
 * take, lock and unlock included, in each kind of heap.
 */

/*
 * The version of this header, of the module and of all that comes with them:
 * the one place where it stands. It is MAJOR.MINOR, or MAJOR.MINOR.PATCH, by
 * semantic versioning: source that builds against one version builds against
 * each later one of the same MAJOR, and finds there what is promised here. MINOR
 * adds calls, PATCH mends what is there. Before 1.0, MINOR may change calls, too.
 *
 * This is said of source. A struct xnheap may change its layout with MINOR, so
 * modules have to be built anew, as for another kernel.
 */
#define XNHEAP_VERSION		"0.9"

/* Limits */
#define XNHEAP_MIN_PAGE_SIZE	64UL
#define XNHEAP_MAX_PAGE_SIZE	32768UL
#define XNHEAP_MAX_EXTENT_SIZE	SZ_1G
#define XNHEAP_MAX_EXTENTS	64
#define XNHEAP_MAX_RESERVATIONS	16	/* of a heap at a time */
#define XNHEAP_MIN_BLOCK	8UL
#define XNHEAP_NO_COOKIE	(~0ULL)	/* of an extent that came without one */
#define XNHEAP_LABEL_LEN	32
#define XNHEAP_MAX_PEERS	1024	/* files that are open of a shared heap */
#define XNHEAP_MAX_LISTENERS	8	/* of these */
#define XNHEAP_MAX_POSTS	256	/* that wait for a file to read them */

/* Flags of xnheap_create(): where extents come from, one of the two */
#define XNHEAP_VMALLOC		0x1	/* large areas, mapped page by page */
#define XNHEAP_PAGES		0x2	/* physically contiguous */

/* Flags of xnheap_init_flags() and xnheap_create() */
#define XNHEAP_FINE		0x4	/* blocks of many sizes, to waste less */
#define XNHEAP_DEBUG		0x8	/* find its users' mistakes, see below */
#define XNHEAP_PERCPU		0x10	/* CPUs keep free blocks: few calls take the lock */
#define XNHEAP_DEFER		0x20	/* blocks can be freed later, and always in NMI */
#define XNHEAP_SHARED		0x40	/* with processes, see xnheap_create_shared() */
#define XNHEAP_ALIGN_SHIFT	8	/* of XNHEAP_ALIGN() */
#define XNHEAP_ALIGN_MASK	(31U << XNHEAP_ALIGN_SHIFT)
#define XNHEAP_ALIGN_OF(flags)	(1UL << (((flags) & XNHEAP_ALIGN_MASK) >> XNHEAP_ALIGN_SHIFT))

/**
 * XNHEAP_ALIGN - flag that has every block of a heap aligned
 * @bytes: a power of two up to the page size, such as %ARCH_DMA_MINALIGN or
 *	%SMP_CACHE_BYTES; evaluated more than once
 *
 * To be or'ed to the other flags, wherever flags of a heap are given. No block
 * shares such bytes with another: with powers of two, the smallest block is of
 * @bytes, with %XNHEAP_FINE every block is of a multiple. The red zones of a
 * debug heap are within its blocks. Calls cost no more.
 *
 * Return: the flag; with %1, no flag; of anything but the above, one that is
 * refused with -EINVAL.
 */
#define XNHEAP_ALIGN(bytes)						\
	(((bytes) && !((bytes) & ((bytes) - 1)) &&			\
	  (bytes) <= XNHEAP_MAX_PAGE_SIZE ? ilog2(bytes) : 31) << XNHEAP_ALIGN_SHIFT)

/* private: the inside of a heap, here only so that it can be declared */

struct device;
struct xnheap_bucket;
struct xnheap_by_address;
struct xnheap_cpu;
struct xnheap_level;
struct xnheap_observed;
struct xnheap_page;
struct xnheap_reservation;
struct xnheap_reservations;
struct xnheap_sharing;
struct xnheap_waiting;

/* Which of a number of lists have an entry: up to 337 bins, a multiple of 32. */
#define XNHEAP_INDEX_BITS	352

struct xnheap_index {
	unsigned long word[XNHEAP_INDEX_BITS / BITS_PER_LONG + 1];
};

/* An area of memory cut into pages. */
struct xnheap_extent {
	unsigned long base;		/* address of page 0, a multiple of the page size */
	unsigned long span;		/* bytes of all pages */
	struct xnheap_page *map;	/* page 0's entry */
	unsigned long start;		/* the area as it was handed in */
	size_t size;
	u64 cookie;			/* of who handed it in */
	void *memory;			/* handle of who got it for the heap, or NULL */
	u32 nr_pages;
	u8 nr;				/* the first is 0, and stays */
	bool retired;			/* taken out; some may read its map yet */
};

/* Why calls failed, each counted. */
enum xnheap_failure {
	XNHEAP_ALLOC_SIZE,		/* 0, or more than an extent may have */
	XNHEAP_ALLOC_ALIGN,		/* no power of two, or over the page size */
	XNHEAP_ALLOC_FULL,		/* nothing large enough free */
	XNHEAP_ALLOC_KEPT,		/* likewise, but a CPU keeps free blocks */
	XNHEAP_ALLOC_RESERVED,		/* as many are out as were reserved */
	XNHEAP_ALLOC_QUOTA,		/* a process, or all, would have more than they may */
	XNHEAP_FREE_OUTSIDE,		/* no address of this heap */
	XNHEAP_FREE_INVALID,		/* not the start of a live block */
	XNHEAP_FREE_REFUSED,		/* by the caller's check function */
	XNHEAP_FREE_FOREIGN,		/* it is a process's block, or not this one's */
	XNHEAP_NR_FAILURES
};

/* Counts beyond 32 bits in NMI, where an atomic of 64 bits may wait for a lock. */
struct xnheap_busy_count {
	atomic_t low;			/* modulo 2^32 */
	atomic_t halves;		/* how often the top bit of low changed */
};

/* public: */

/**
 * struct xnheap - a heap
 *
 * Declared by the caller, who keeps it for as long as the heap lives. Its
 * fields are private: the calls below tell what may be known.
 */
struct xnheap {
	/* private: first what a call writes, under the lock */
	raw_spinlock_t lock;
	bool locked;			/* kept on kernels for one processor */
	unsigned long irq_flags;	/* of the lock's owner */
	s64 below_peak;			/* peak less bytes in use */
	size_t peak;
	u64 page_block_allocs;
	u64 page_block_frees;
	unsigned long page_block_pages;
	u32 free_pages;

	/* then what a call reads, fixed by init but for magic and first_... */
	u32 magic ____cacheline_aligned;
	u32 page_mask;			/* page size - 1 */
	unsigned long small_max;	/* largest request for a bucket */
	u16 *bucket_place;		/* of (size - 1) / 8: bytes from buckets to its bucket */
	struct xnheap_bucket *buckets;
	unsigned long first_base;	/* a copy of the first extent's */
	unsigned long first_span;
	struct xnheap_page *first_map;
	u32 page_stride;		/* bytes of an entry of the page map */
	u8 page_shift;
	u8 nr_buckets;

	/* then what fewer calls need */
	unsigned long page_reciprocal;	/* 2^32 / stride, rounded up */
	struct xnheap_cpu __percpu *cpu;	/* blocks that CPUs keep, or NULL */
	struct xnheap_cpu *depot;	/* and that pass from one to another */
	struct xnheap_waiting *waiting;	/* blocks that are to be freed later, or NULL */
	u32 live_offset;		/* of the live bits in an entry of the page map */
	u32 wait_offset;		/* of the words of blocks that wait, likewise */
	u32 owner_offset;		/* of blocks' owners, likewise; of shared heaps alone */
	struct xnheap_sharing *sharing;	/* who they are, or NULL */
	u32 scarce_below;		/* so many free pages; 1 unless fine */
	u32 nr_extents;			/* numbers ever in use */
	u32 nr_sorted;			/* of these, now */
	u32 retired;			/* how often one was taken out */
	u32 nr_bins;
	struct xnheap_by_address *by_address;	/* the extents, sorted */
	struct xnheap_extent *extent;	/* by number */
	struct xnheap_page *bins;	/* of free ranges: heads, as pages with a count of 0 */
	struct xnheap_index *aligned;	/* fine: buckets, by alignment; or NULL */
	struct xnheap_index range_index;	/* bins that are not empty */
	struct xnheap_index bucket_index;	/* buckets with a free block in a run */
	struct xnheap_reservations *reservations;	/* NULL until there is one */
	u32 reserved_pages;		/* that they have, but for those that have ended */
	u64 failed[XNHEAP_NR_FAILURES];
	struct xnheap_busy_count alloc_busy;	/* the lock was taken */
	struct xnheap_busy_count free_busy;

	size_t size;			/* bytes of all extents */
	size_t pages;			/* in all extents */
	size_t largest_span;		/* of an extent */
	size_t page_extra;		/* bytes of an observer's for each page */
	seqcount_t extents_seq;		/* odd while one is added or taken out */
	unsigned int flags;		/* of init */
	bool apart;			/* from init_apart: never touch the pages */
	void *tables;			/* where all tables above lie */

	/* heaps that get their own memory */
	unsigned int backing;		/* where from; 0: it does not */
	u32 level_mark;			/* a note is left where fewer pages are free; 0: never */
	size_t extent_size;
	struct xnheap_level *level;	/* or NULL: it never grew by itself */

	char label[XNHEAP_LABEL_LEN];
	struct list_head list;		/* of live heaps */
	struct xnheap_observed *observed;
};

typedef struct xnheap xnheap_t;

/**
 * xnheap_init - make a heap of an area of memory
 * @heap: the heap, not in use
 * @heapaddr: the area, which becomes the first extent; any alignment; it does
 *	not have the last address there is
 * @heapsize: bytes of the area, a multiple of @pagesize, up to
 *	%XNHEAP_MAX_EXTENT_SIZE; xnheap_rounded_size() tells how many to ask for
 * @pagesize: bytes of a page, a power of two from %XNHEAP_MIN_PAGE_SIZE to
 *	%XNHEAP_MAX_PAGE_SIZE
 *
 * The area must be mapped and stay so. Its first bytes hold the page map, see
 * xnheap_overhead(). The heap's other tables, of 14 to 16 KiB, are allocated,
 * and freed by xnheap_destroy().
 *
 * The processor reads and writes the page map at each call. So the area must be
 * memory that it may read and write in any width, and that nobody else writes:
 *
 * - Coherent memory, as of dma_alloc_coherent(), will do, also where it is
 *   uncached, with calls that are slower then; but a device that writes past a
 *   block may write over the page map. xnheap_create_dma() and
 *   xnheap_init_area() with a map keep the map elsewhere.
 * - Write-combined memory, and memory that a device writes by itself or that is
 *   on a device (ioremap(), %__iomem), will not: give it to
 *   xnheap_init_apart() or xnheap_init_area() with a map, which touch none of it.
 * - Cached memory for dma_map_single() will do if blocks share no cache line
 *   with one another: see XNHEAP_ALIGN(). What is in a block is the caller's to
 *   sync; a debug heap writes into free blocks, and after the bytes asked for.
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: 0; -EINVAL if an argument is none of the above, or the area too small
 * for its page map and two pages; -EBUSY if @heap is a heap already; -ENOMEM if
 * there is no memory for its tables. On error nothing is changed but @heap,
 * which is then no heap, and not even that with -EINVAL and -EBUSY.
 */
int xnheap_init(xnheap_t *heap, void *heapaddr, u_long heapsize,
		u_long pagesize);

/**
 * xnheap_init_flags - make a heap of an area of memory, of another kind
 * @heap: as in xnheap_init()
 * @heapaddr: as in xnheap_init()
 * @heapsize: as in xnheap_init()
 * @pagesize: as in xnheap_init()
 * @flags: %XNHEAP_FINE or %XNHEAP_PERCPU, and %XNHEAP_DEFER, %XNHEAP_DEBUG and
 *	XNHEAP_ALIGN(), or'ed, or 0
 *
 * With %XNHEAP_FINE, blocks are of many sizes instead of powers of two: all
 * multiples of 8 bytes at first, then 64 to a doubling, fewer in smaller areas,
 * and from an eighth of a page on 16, up to almost two pages. The smallest is of
 * 8 bytes with pages of up to 512, of 16 with 1024, and of 32 with larger ones; on
 * 32-bit kernels with pages of half as many. Blocks are aligned to 8 bytes, those
 * above 1024 to 16; xnheap_alloc_aligned() aligns further. A heap that is nearly
 * full hands out larger blocks rather than break into its last pages, which it
 * keeps for requests that have nothing larger to turn to. The heap's tables are of
 * 16 to 47 KiB.
 *
 * A debug heap tracks, for each block, who allocated it, when and on which CPU,
 * and has a red zone of at least 8 bytes after it. A free tells if something
 * was written there; it poisons the first 4096 bytes of the block, and the next
 * call that gets some of them tells if they were written to meanwhile. Such
 * finds stand in the kernel's log, once a second at most, and are counted in
 * the file leaks in debugfs, which lists what is still out by caller.
 * xnheap_destroy() logs the five callers with most bytes, of one heap in a
 * second. All calls stay bounded, but cost more, on every heap while
 * there is a debug heap. Blocks are multiples of 64 bytes, 8 of them for the
 * red zone, and the area holds up to 32 bytes more for each 64 bytes of pages.
 *
 * With %XNHEAP_PERCPU, which cannot be combined with %XNHEAP_FINE, each CPU keeps
 * up to 32 free blocks of each size. A call that finds one there, or a place for
 * one, takes no lock and leaves interrupts on. What is kept is a hundredth of the
 * heap's bytes at most, an equal share for each CPU and one for the depot, where
 * blocks pass from one CPU to another. Of a share, each size has up to half of what
 * smaller ones leave; one that has less than two blocks of it has none, as all have
 * in small heaps. What is kept is neither used nor free, and counts to the peak; a
 * page with a block that is kept cannot be used for another size. The smallest
 * block is of 16 bytes, and the page map has a bit more for each. It is written by
 * atomic instructions: the area must be ordinary memory. Tables of up to 10 KiB are
 * allocated, for each possible CPU and for the depot.
 *
 * An allocation that finds nothing in the heap has its CPU and the depot give back
 * what they keep, some blocks at a time, and drops the lock in between; it fails
 * when that is nothing any more. If it interrupted a call that has the CPU's blocks
 * in hand, these stay. What other CPUs keep it does not get: see xnheap_drain().
 * Before it fails, and whenever bytes in use are asked for, all possible CPUs are
 * asked under the lock.
 *
 * xnheap_test_and_free() takes the lock always, and so does each call on a debug heap,
 * or while latencies are recorded.
 *
 * With %XNHEAP_DEFER, blocks can be freed once it is safe: see xnheap_free_deferred()
 * and xnheap_free_rcu(); and xnheap_free() always succeeds in NMI. All calls that
 * allocate and free cost more: "other" in tools/wcet/bounds. No block is smaller than 16
 * bytes, and the page map, which is written by atomic instructions, has more: for each 16
 * bytes a bit, and for so many of these as a word has bits, 11 words, which is a tenth of
 * the heap. So the area must be ordinary memory, unless the page map lies elsewhere.
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: as xnheap_init(), -EINVAL also for another flag, or for %XNHEAP_DEBUG
 * where the module was built with OBSERVE=n.
 */
int xnheap_init_flags(struct xnheap *heap, void *heapaddr, size_t heapsize,
		      size_t pagesize, unsigned int flags);

/**
 * xnheap_init_apart - make a heap of memory that is never touched
 * @heap: as in xnheap_init()
 * @heapaddr: the area; any address range that neither begins at 0 nor has the
 *	last address there is
 * @heapsize: as in xnheap_init()
 * @pagesize: as in xnheap_init()
 * @mapaddr: memory for the page map, at any alignment, none of it in the area
 * @mapsize: bytes of it; xnheap_map_size() tells how many do; no more than there
 *	are up to the last address
 * @flags: %XNHEAP_FINE, %XNHEAP_DEFER and XNHEAP_ALIGN(), or'ed, or 0
 *
 * For on-chip memory, device memory, memory for DMA: the heap hands out the
 * addresses, and nothing is ever read or written there, not even on debug
 * kernels. The area need not be mapped. All of its whole pages are usable. The
 * map's memory stays the caller's, who may free it after xnheap_destroy().
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: as xnheap_init(), -EINVAL also for another flag, or if the map's
 * memory is too small or in the area.
 */
int xnheap_init_apart(struct xnheap *heap, void *heapaddr, size_t heapsize,
		      size_t pagesize, void *mapaddr, size_t mapsize,
		      unsigned int flags);

/**
 * struct xnheap_area - memory for an extent, and what its owner knows of it
 * @start: the area, as in xnheap_init(); with @map, as in xnheap_init_apart()
 * @size: bytes of the area, as there
 * @map: memory for the page map, as in xnheap_init_apart(); NULL: in the area
 * @map_size: bytes of @map
 * @cookie: what xnheap_offset() tells of blocks in the area, and for
 *	xnheap_dma_addr() the device's address of @start; %XNHEAP_NO_COOKIE: none
 */
struct xnheap_area {
	void *start;
	size_t size;
	void *map;
	size_t map_size;
	u64 cookie;
};

/**
 * xnheap_init_area - make a heap of an area that has a cookie
 * @heap: as in xnheap_init()
 * @area: the area, read before this returns
 * @pagesize: as in xnheap_init()
 * @flags: as in xnheap_init_flags(); if the area has a map, as in
 *	xnheap_init_apart()
 *
 * But for the cookie, as xnheap_init_flags(), or as xnheap_init_apart() if the
 * area has a map: what is said of heaps made by the latter is said of that one, too.
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: as those; -EINVAL also if @area is NULL.
 */
int xnheap_init_area(struct xnheap *heap, const struct xnheap_area *area,
		     size_t pagesize, unsigned int flags);

/**
 * xnheap_destroy - end a heap
 * @heap: the heap, no longer in use
 * @flushfn: called once for each extent, with the address and the bytes that
 *	were handed in, so that the caller can release the memory; or NULL.
 *	Called without the lock.
 * @cookie: handed to @flushfn
 *
 * Blocks that are still allocated go with the heap; the kernel log tells how
 * many. It waits for grace periods that blocks wait for, see xnheap_free_rcu(); with
 * the heap, blocks of xnheap_free_deferred() go that were not finalized.
 *
 * Context: task; may sleep.
 * Return: 0, or -EINVAL if @heap is not initialised, or destroyed already, or
 * one for xnheap_delete().
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
 * Context: any but NMI, where it gives up; never sleeps. Time grows with the
 * number of pages, but the lock is held for a bounded part of it.
 * Return: 0; -EINVAL as of xnheap_init(), or if @heap is not initialised, or
 * made by xnheap_init_apart(), or is shared with processes; -EEXIST if the area
 * overlaps an extent of the heap; -ENOSPC if the heap has %XNHEAP_MAX_EXTENTS
 * already; -EAGAIN in NMI. On error nothing is changed.
 */
int xnheap_extend(xnheap_t *heap, void *extaddr, u_long extsize);

/**
 * xnheap_extend_apart - add an extent that is never touched
 * @heap: a heap made by xnheap_init_apart()
 * @extaddr: the area of the new extent, as in xnheap_init_apart()
 * @extsize: bytes of the area
 * @mapaddr: memory for its page map, as in xnheap_init_apart()
 * @mapsize: bytes of it
 *
 * Context: as xnheap_extend().
 * Return: 0; -EINVAL as of xnheap_init_apart(), or if @heap is not such a heap;
 * -EEXIST, -ENOSPC and -EAGAIN as of xnheap_extend(). On error nothing is
 * changed.
 */
int xnheap_extend_apart(struct xnheap *heap, void *extaddr, size_t extsize,
			void *mapaddr, size_t mapsize);

/**
 * xnheap_extend_area - add an extent that has a cookie
 * @heap: the heap
 * @area: the area, read before this returns; with a map if, and only if, the
 *	heap was made by xnheap_init_apart(), or by xnheap_init_area() with one
 *
 * Context: as xnheap_extend().
 * Return: as xnheap_extend() or xnheap_extend_apart(); -EINVAL also if @area is
 * NULL. On error nothing is changed.
 */
int xnheap_extend_area(struct xnheap *heap, const struct xnheap_area *area);

/**
 * xnheap_drain - have CPUs give back the free blocks that they keep
 * @heap: the heap
 *
 * As does the depot. Only of use with %XNHEAP_PERCPU. Afterwards what is free is free
 * for all, until the next calls. CPUs that go offline do it by themselves.
 *
 * Context: task; may sleep. Waits for a kernel thread on each CPU, and holds up CPU
 * hotplug meanwhile: not for a task that keeps such a thread from running, nor for a
 * callback of CPU hotplug.
 * Return: 0, or -EINVAL if @heap is not initialised.
 */
int xnheap_drain(struct xnheap *heap);

/**
 * xnheap_alloc - allocate a block
 * @heap: the heap
 * @size: bytes wanted, 1 or more
 *
 * Up to the page size, @size is rounded up to the next power of two, and the block is
 * aligned to that; above, to whole pages, and aligned to the page size. The smallest
 * block is of %XNHEAP_MIN_BLOCK bytes; of 16 with %XNHEAP_PERCPU or %XNHEAP_DEFER; of 16
 * and 32 with pages of 16384 and 32768 bytes on 32-bit kernels; or what XNHEAP_ALIGN()
 * says. Where there is neither a free block of that size nor a free page, a larger free
 * block is handed out. No more than @size bytes of it may be used. For heaps with
 * %XNHEAP_FINE, see xnheap_init_flags().
 *
 * A request of more than 31 pages may fail although a free range is just long
 * enough. Ranges whose lengths differ by less than a 16th are in one list, and only
 * the first is looked at. It is no shorter than those that were freed after it, until
 * pages are allocated from it. Where every extent is one free range, the longest of
 * them is found.
 *
 * Algorithm: McKusick and Karels, USENIX 1988.
 *
 * Context: any. In NMI, gives up where the heap's lock is taken.
 * Bound: "alloc", "fail" where it finds nothing; with %XNHEAP_PERCPU, "round" each time that
 * blocks are given back, and where it finds nothing "kept" for each possible CPU but one.
 * Return: the block; or NULL if @size is 0, nothing large enough is free, or
 * @heap is not initialised.
 */
void *xnheap_alloc(xnheap_t *heap, u_long size) __malloc __alloc_size(2);

/**
 * xnheap_alloc_aligned - allocate a block at a multiple of some bytes
 * @heap: the heap
 * @size: bytes wanted, 1 or more
 * @align: a power of two up to the page size
 *
 * Context: any, as xnheap_alloc().
 * Bound: "aligned"; "round" and "kept" as for xnheap_alloc().
 * Return: as xnheap_alloc(); NULL also if @align is none of the above.
 */
void *xnheap_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
	__malloc __alloc_size(2);

/**
 * xnheap_free - free a block
 * @heap: the heap that the block came from
 * @block: the block; or NULL, for which nothing is done; or any other pointer,
 *	which is refused
 *
 * Context: any. In NMI, gives up where the heap's lock is taken; but with
 * %XNHEAP_DEFER, the block is no longer the caller's then, and is freed as soon as
 * interrupts are on.
 * Bound: "free" and "refuse".
 * Return: 0; -EFAULT if @block lies in no extent of the heap; -EINVAL if it
 * does, but is not the start of an allocated block, or if @heap is not
 * initialised; -EPERM if it is a process's, of a heap with %XNHEAP_SHARED; without
 * %XNHEAP_DEFER, -EAGAIN in NMI if the lock was taken: the block is still the caller's.
 * On error nothing is changed.
 */
int xnheap_free(xnheap_t *heap, void *block);

/**
 * xnheap_free_deferred - free a block once the caller says that it is safe
 * @heap: a heap with %XNHEAP_DEFER, that the block came from
 * @block: as in xnheap_free()
 *
 * The block is nobody's from now on: each other free of it is refused, and so is
 * xnheap_realloc(). But what is in it stays untouched until xnheap_finalize() frees
 * it: others may still read it, and write to it. Until then it counts as used.
 *
 * It allocates nothing, and writes nothing into the block. It takes no lock, unless the
 * block is refused or somebody observes.
 *
 * On a debug heap its red zone is looked at now; it is poisoned when it is freed.
 *
 * Context: any.
 * Bound: "deferred", in NMI "nmi-free", and a few atomic instructions
 * more for each CPU that calls this for blocks of other pages at the same moment.
 * Return: as xnheap_free(); -EINVAL also if @heap was made without %XNHEAP_DEFER; never
 * -EAGAIN. A refusal counts as that of a free; in NMI, where the lock is taken, as
 * one that found the heap busy.
 */
int xnheap_free_deferred(struct xnheap *heap, void *block);

/**
 * xnheap_finalize - free all blocks of xnheap_free_deferred()
 * @heap: a heap with %XNHEAP_DEFER
 *
 * To be called once nobody uses any of those whose calls of xnheap_free_deferred() have
 * returned by now. All of them are freed when this returns. Those that come meanwhile
 * wait for the next call.
 *
 * Context: any but NMI; never sleeps. Time grows with the number of blocks.
 * Bound: of one hold of the lock, which is for one block, "settle".
 * Return: 0; -EBUSY if another such call has not returned yet, on another CPU or in what
 * this one interrupted; -EAGAIN in NMI; -EINVAL if @heap was made without %XNHEAP_DEFER,
 * or is not initialised. On error nothing is changed.
 */
int xnheap_finalize(struct xnheap *heap);

/**
 * xnheap_free_rcu - free a block after a grace period
 * @heap: as in xnheap_free_deferred()
 * @block: as in xnheap_free(); nobody finds it any more but those who may be in a
 *	reader's section (rcu_read_lock()) by now
 *
 * As xnheap_free_deferred(), but the block is freed by itself, in the callback of a grace
 * period that began after this call did: in softirq, or in a kernel thread. There, the
 * lock is held for one block at a time, as by xnheap_finalize(), and time grows with the
 * number of blocks. A heap has one grace period under way at a time; blocks that
 * come meanwhile wait for the next one.
 *
 * Context: any.
 * Bound: as xnheap_free_deferred(); with an interrupt to this CPU if no grace period was
 * under way.
 * Return: as xnheap_free_deferred().
 */
int xnheap_free_rcu(struct xnheap *heap, void *block);

/**
 * xnheap_test_and_free - free a block if the caller agrees
 * @heap: the heap that the block came from
 * @block: as in xnheap_free()
 * @ckfn: asked once @block was found valid, with the heap's lock held: must
 *	not sleep nor call a heap; 0 frees the block; NULL always does
 *
 * Context: any, as xnheap_free().
 * Bound: "agreed", and what @ckfn takes.
 * Return: as xnheap_free(), or what @ckfn returned if that is not 0: the block
 * is then still the caller's. In NMI, -EAGAIN if the lock was taken, also with
 * %XNHEAP_DEFER: @ckfn cannot be asked later.
 */
int xnheap_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block));

/**
 * xnheap_check_block - tell whether a block could be freed
 * @heap: the heap
 * @block: any pointer
 *
 * Context: any, as xnheap_free().
 * Bound: "check".
 * Return: what xnheap_free() would return, but -EFAULT for NULL, which is no
 * block. Nothing is changed.
 */
int xnheap_check_block(struct xnheap *heap, void *block);

/**
 * xnheap_zalloc - allocate a block of zeroes
 * @heap: the heap; not one made by xnheap_init_apart(), whose memory is never
 *	written
 * @size: bytes wanted, 1 or more; so many are zero
 *
 * Context: any, as xnheap_alloc(). Time grows with @size: the bytes are written
 * after the lock was released.
 * Return: as xnheap_alloc(); NULL also if @heap was made by xnheap_init_apart(),
 * which counts as no failure.
 */
void *xnheap_zalloc(struct xnheap *heap, size_t size) __malloc __alloc_size(2);

/**
 * xnheap_calloc - allocate an array of zeroes
 * @heap: as in xnheap_zalloc()
 * @n: elements, 1 or more
 * @size: bytes of one, 1 or more
 *
 * Context: as xnheap_zalloc().
 * Return: as xnheap_zalloc(). NULL also if @n times @size is more than a size_t
 * holds, which counts as a size that is refused.
 */
void *xnheap_calloc(struct xnheap *heap, size_t n, size_t size)
	__malloc __alloc_size(2, 3);

/**
 * xnheap_realloc - have a block hold more or fewer bytes
 * @heap: the heap
 * @block: the block; or NULL, for xnheap_alloc()
 * @size: bytes wanted, 1 or more; 0 is refused, and frees nothing
 *
 * The block stays where it is if it has room for @size bytes. So it does if it is of
 * whole pages, and the pages after it are free, as many as it lacks; those that it no
 * longer needs are given back at once. Where another block is larger than it need be,
 * it stays so. Else a new block is allocated, what is in the block is copied there,
 * and the block is freed. What comes after the bytes that were there is not zeroed.
 *
 * A new block is aligned as by xnheap_alloc(), whatever the block's alignment. In a
 * heap made by xnheap_init_apart() no block moves, as nothing may be copied.
 *
 * While the call runs the block is its own. To free it meanwhile, or to realloc it
 * elsewhere, is a mistake, which leaves the heap sound, but not what is in the block.
 *
 * On a debug heap the caller counts as who allocated the block.
 *
 * Context: any but NMI, where it returns NULL. Where a block moves, time grows with
 * the bytes that are copied; the lock is not held meanwhile.
 * Bound: of a block that stays, "resize". One that moves costs an
 * alloc, a free and the copy in addition.
 * Return: the block, or the new one. On error, NULL, and @block is the caller's as
 * before: if @size is 0, or none that is large enough is free, as xnheap_alloc()
 * counts it; if @block is not the start of an allocated block, which counts as a free
 * that was refused; if it would have to move in a heap made by xnheap_init_apart(),
 * or @heap is not initialised, neither of which counts.
 */
void *xnheap_realloc(struct xnheap *heap, void *block, size_t size)
	__must_check __realloc_size(3);

/**
 * xnheap_usable_size - bytes that a block takes
 * @heap: the heap
 * @block: any pointer
 *
 * To know what a request has cost, or whether xnheap_realloc() would leave the block
 * where it is. It is no leave to write after the bytes that were asked for: the
 * compiler, FORTIFY_SOURCE and KASAN hold callers to those, as with ksize(). Of a
 * debug heap, and on KASAN kernels where the block's memory has a shadow, it is the
 * bytes that were asked for.
 *
 * Context: any. In NMI, gives up where the heap's lock is taken.
 * Bound: "usable"; on KASAN kernels, time grows with the block.
 * Return: bytes; 0 if @block is not the start of an allocated block, or is a process's,
 * if @heap is not initialised, or in NMI if the lock was taken.
 */
size_t xnheap_usable_size(struct xnheap *heap, const void *block);

/**
 * xnheap_block_size - bytes that a request takes
 * @heap: the heap
 * @size: bytes of the request
 *
 * That is what xnheap_used_mem() rises by, with the red zone of a debug heap. It is
 * more only where there is neither a free block of that size nor a free page, or
 * with %XNHEAP_FINE too few of them, and a larger block is handed out, see
 * xnheap_alloc(). A request of xnheap_alloc_aligned() may take more.
 *
 * Context: any.
 * Bound: "takes"; it takes no lock.
 * Return: bytes; 0 if no such request can ever succeed, with the extents that there
 * are, see xnheap_max_contiguous(); or if @heap is not initialised.
 */
size_t xnheap_block_size(const struct xnheap *heap, size_t size);

/**
 * xnheap_alloc_bulk - allocate blocks of one size
 * @heap: the heap
 * @size: bytes of each, 1 or more
 * @nr: how many
 * @blocks: where they go, from the first place on
 *
 * The lock is held for one block at a time; or for up to 4, if they come from the
 * current run of that size, and leave some of it. With %XNHEAP_PERCPU, %XNHEAP_DEFER or
 * xnheap_set_growth(), and while somebody observes, it is as many calls of xnheap_alloc().
 *
 * Context: any, as xnheap_alloc(). Time grows with @nr.
 * Bound: of one hold of the lock, "bulk-alloc".
 * Return: how many there were: @nr; or fewer where xnheap_alloc() fails, which counts
 * one failure. They are the caller's. Nothing is written to the other places.
 */
size_t xnheap_alloc_bulk(struct xnheap *heap, size_t size, size_t nr,
			 void **blocks);

/**
 * xnheap_free_bulk - free blocks
 * @heap: the heap that the blocks came from
 * @nr: how many
 * @blocks: each as in xnheap_free(); of any sizes; those that are freed become NULL
 *
 * Each is tried, also after one that is refused. The lock is held for one block at a
 * time; or for up to 4, where these need no more than their runs.
 *
 * Context: any, as xnheap_free(). Time grows with @nr.
 * Bound: of one hold of the lock, "bulk-free".
 * Return: 0 if all were freed; or what xnheap_free() returned for the first that was
 * not. Those are still in @blocks: in NMI, after -EAGAIN, the same call can be made
 * again later. -EINVAL if @heap is not initialised.
 */
int xnheap_free_bulk(struct xnheap *heap, size_t nr, void **blocks);

/**
 * xnheap_reserve - set blocks aside for who has the handle
 * @heap: the heap
 * @size: bytes of each, 1 or more
 * @n: how many, 1 or more
 *
 * From now on xnheap_alloc_reserved() has @n blocks, whoever else uses the heap. They
 * take whole pages: as many as are cut into blocks of that size, see xnheap_block_size(),
 * or each block's own. What is not out of these pages is neither used nor free.
 *
 * There are up to %XNHEAP_MAX_RESERVATIONS at a time, with those that have ended, but
 * of which blocks are out.
 *
 * The handle is no address of anything. It is not used again for any of the next 255
 * reservations of the heap, and ends with the heap.
 *
 * Context: task; may sleep. Time grows with @n; the lock is held for one run of blocks at
 * a time, or one block of whole pages.
 * Bound: of one hold of the lock, "reserve".
 * Return: the handle; or ERR_PTR() of -EINVAL if @size is 0 or more than an extent may
 * have, @n is 0, or @heap is not initialised; -ENOSPC if there are as many reservations
 * as can be; -ENOMEM if there is no memory for tables, or too few pages are free, or none
 * are in a row as a block needs them, where with %XNHEAP_PERCPU xnheap_drain() may help;
 * -EOPNOTSUPP with %XNHEAP_DEFER. On error nothing stays reserved; but what was, for a
 * while, others may have missed.
 */
struct xnheap_reservation *xnheap_reserve(struct xnheap *heap, size_t size, size_t n);

/**
 * xnheap_alloc_reserved - allocate a block of a reservation
 * @reservation: the handle; or NULL, or an ERR_PTR(), which have none
 *
 * It cannot fail while fewer than @n blocks of the reservation are out. A block goes back
 * there when it is freed, by xnheap_free() or any other call that frees, and before
 * anything else. It is aligned as by xnheap_alloc(). xnheap_realloc() leaves it where it
 * is if it has room; else the block that it moves to is none of the reservation's. With
 * %XNHEAP_PERCPU such blocks are kept by no CPU: each call takes the lock.
 *
 * Context: any. In NMI, gives up where the heap's lock is taken: there it may fail.
 * Bound: "reserved".
 * Return: the block, for @size bytes; or NULL if @n are out, which is counted, as is a
 * handle that has ended.
 */
void *xnheap_alloc_reserved(struct xnheap_reservation *reservation) __malloc;

/**
 * xnheap_unreserve - give back what is reserved
 * @reservation: the handle; any other pointer is refused
 *
 * What is not out is free for all. Blocks that are out stay valid; what they take is
 * given back as they are freed, pages with such blocks when the last of them is.
 *
 * Context: task; may sleep. Time grows with @n; the lock is held for one run of blocks at
 * a time.
 * Bound: of one hold of the lock, "unreserve".
 * Return: 0; or -EINVAL if @reservation is no handle, or has ended, or its heap has.
 */
int xnheap_unreserve(struct xnheap_reservation *reservation);

#if KERNEL_VERSION(6, 5, 0) <= LINUX_VERSION_CODE
/**
 * struct xnheap_block - a block that is freed when its scope ends
 * @heap: the heap that it came from
 * @at: the block, or NULL
 *
 * For CLASS(): the block is freed on every way out of the scope, unless it is handed
 * on by no_free_ptr() or return_ptr()::
 *
 *	CLASS(xnheap_block, block)(heap, xnheap_alloc(heap, size));
 *
 *	if (!block.at)
 *		return NULL;
 *	if (fill(block.at, size))
 *		return NULL;
 *	return_ptr(block.at);
 */
struct xnheap_block {
	struct xnheap *heap;
	void *at;
};

DEFINE_CLASS(xnheap_block, struct xnheap_block, xnheap_free(_T.heap, _T.at),
	     ((struct xnheap_block){ heap, at }), struct xnheap *heap, void *at)
#endif

/**
 * xnheap_set_label - name a heap for people
 * @heap: the heap
 * @fmt: printf format of the label; more than %XNHEAP_LABEL_LEN - 1 characters
 *	are cut off
 *
 * The label names the heap's folder in debugfs, with a number after it if
 * another heap has the same one, and '_' for each '/'.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if the label is empty, or @heap is not initialised, or is shared with
 * processes, whose device has its name.
 */
__printf(2, 3)
int xnheap_set_label(struct xnheap *heap, const char *fmt, ...);

/**
 * xnheap_create_node - make a heap that gets its own memory
 * @name: its label
 * @extsize: bytes of an extent, as in xnheap_init()
 * @pagesize: bytes of a page, as in xnheap_init()
 * @flags: %XNHEAP_VMALLOC or %XNHEAP_PAGES; the latter is limited by the
 *	largest order of the page allocator; or'ed with those of
 *	xnheap_init_flags(), or with %XNHEAP_SHARED as in xnheap_create_shared()
 * @node: NUMA node to take memory from, or %NUMA_NO_NODE
 *
 * All @extsize bytes are usable; the page map lies elsewhere. All memory is
 * mapped and touched before this returns, so that no access to a block faults.
 * kmemleak scans the blocks of either kind.
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: the heap; or ERR_PTR() of -EINVAL for a bad argument, -ENOMEM if
 * there is not enough memory; no other process is killed for it. With %XNHEAP_SHARED also
 * as xnheap_create_shared().
 */
struct xnheap *xnheap_create_node(const char *name, size_t extsize,
				  size_t pagesize, unsigned int flags,
				  int node);

/**
 * xnheap_create - make a heap that gets its own memory, from any node
 * @name: its label
 * @extsize: as in xnheap_create_node()
 * @pagesize: as in xnheap_create_node()
 * @flags: as in xnheap_create_node()
 *
 * Context: as xnheap_create_node().
 * Return: as xnheap_create_node().
 */
static inline struct xnheap *xnheap_create(const char *name, size_t extsize,
					   size_t pagesize, unsigned int flags)
{
	return xnheap_create_node(name, extsize, pagesize, flags, NUMA_NO_NODE);
}

/**
 * xnheap_create_dma - make a heap of memory that is coherent with a device
 * @dev: the device, which must not go before the heap; with a mask of its own,
 *	see dma_set_coherent_mask()
 * @name: its label
 * @extsize: bytes of an extent, as in xnheap_init(), contiguous for the device
 * @pagesize: bytes of a page, as in xnheap_init()
 * @flags: as in xnheap_init_flags(), any of them, or 0
 *
 * The memory is that of dma_alloc_coherent(), all of it usable. The page map
 * lies elsewhere, in ordinary memory, where no device can write to it; so
 * %XNHEAP_PERCPU and %XNHEAP_DEFER may be given, and a device that writes past a block
 * harms other blocks at most. The cookie of an extent is the device's address of it:
 * see xnheap_dma_addr(). What blocks are aligned to, they are for the device, too,
 * up to %PAGE_SIZE.
 *
 * A debug heap, also by the module's debug=1, writes and reads red zones and
 * poison in blocks, as the processor may: a device that writes to a freed block
 * is found. KASAN looks at what the processor does. kmemleak does not scan the
 * blocks.
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: the heap; or ERR_PTR() of -EINVAL for a bad argument, or if @dev has
 * no mask; -ENOMEM if there is not enough memory that the device can reach, or
 * the kernel has no DMA.
 */
struct xnheap *xnheap_create_dma(struct device *dev, const char *name,
				 size_t extsize, size_t pagesize,
				 unsigned int flags);

/**
 * devm_xnheap_create - make a heap that goes with a device
 * @dev: the device; the heap is deleted when its driver is unbound or fails to
 *	probe, in the reverse order of all devm calls
 * @name: as in xnheap_create()
 * @extsize: as in xnheap_create()
 * @pagesize: as in xnheap_create()
 * @flags: as in xnheap_create()
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: as xnheap_create(); -EINVAL also if @dev is NULL. The heap is not for
 * xnheap_delete().
 */
struct xnheap *devm_xnheap_create(struct device *dev, const char *name,
				  size_t extsize, size_t pagesize,
				  unsigned int flags);

/**
 * devm_xnheap_create_dma - make a coherent heap that goes with its device
 * @dev: as in xnheap_create_dma() and devm_xnheap_create()
 * @name: as in xnheap_create_dma()
 * @extsize: as in xnheap_create_dma()
 * @pagesize: as in xnheap_create_dma()
 * @flags: as in xnheap_create_dma()
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: as xnheap_create_dma(). The heap is not for xnheap_delete().
 */
struct xnheap *devm_xnheap_create_dma(struct device *dev, const char *name,
				      size_t extsize, size_t pagesize,
				      unsigned int flags);

/**
 * xnheap_grow - add one more extent like the first
 * @heap: a heap made by xnheap_create() or another call that begins so
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: 0; -ENOMEM if there is not enough memory; -ENOSPC as of
 * xnheap_extend(), or if it would be more than xnheap_set_growth() allows, or
 * xnheap_create_shared();
 * -EINVAL if @heap is not such a heap.
 */
int xnheap_grow(struct xnheap *heap);

/**
 * xnheap_shrink - give back extents of which nothing is in use
 * @heap: a heap made by xnheap_create() or another call that begins so
 *
 * Of those that the heap got for itself, all but the first: blocks that are
 * allocated stay where they are. A heap with %XNHEAP_PERCPU is drained before, see
 * xnheap_drain(). The memory is released after a grace period of RCU, which is
 * waited for; that it is unmapped then interrupts other CPUs.
 *
 * For each extent the lock is held for a bounded number of instructions.
 *
 * Context: task; may sleep.
 * Return: how many extents were given back; -EINVAL if @heap is not such a heap, or is
 * shared with processes.
 */
int xnheap_shrink(struct xnheap *heap);

/**
 * xnheap_set_growth - have a heap grow before it runs dry
 * @heap: a heap made by xnheap_create() or another call that begins so
 * @low: bytes; while less is free, in whole pages, extents like the first are added;
 *	0: the heap grows no longer by itself, and the other arguments do not count
 * @high: bytes, @low or more; extents of which nothing is in use are given back as long
 *	as that much stays free, once it was so for about a second; 0: never
 * @max: bytes; the heap does not grow beyond, neither by itself nor by xnheap_grow();
 *	0: up to %XNHEAP_MAX_EXTENTS extents
 *
 * The call that finds less than @low free leaves a note, after it has released the lock:
 * one each time that the level falls below. A thread of the heap's own, woken
 * by a hard interrupt, adds the extents; see xnheap_set_priority(). What calls cost from
 * then on, with the note, has bounds of its own: "other" in tools/wcet/bounds.
 *
 * Free blocks in pages that have others in use do not count as free, nor does
 * what CPUs keep. With a load that takes at most R bytes a second, and a thread that needs
 * up to T seconds for an extent, @low of R * T never runs dry: the chapter Growth of
 * Documentation/xnheap.rst says how to measure both.
 *
 * To give memory back unmaps it, which interrupts other CPUs: so it is off
 * unless @high is given.
 *
 * Context: task; may sleep. Not in a function of xnheap_set_notify() of this heap.
 * Return: 0; -EINVAL if @heap is not such a heap, or @high is below @low, but not 0, or if
 * it is not 0 and the heap is shared with processes;
 * -EBUSY from within a function of xnheap_set_notify() of this heap; -ENOMEM or -EINTR if
 * there can be no thread: then the heap does not grow by itself.
 */
int xnheap_set_growth(struct xnheap *heap, size_t low, size_t high, size_t max);

/**
 * xnheap_set_priority - at which priority a heap grows
 * @heap: as in xnheap_set_growth(), before or after that
 * @priority: of its thread, under SCHED_FIFO, 1 to 99; 0: under SCHED_NORMAL
 *
 * It is 50 at first, as that of interrupt threads. The thread allocates memory from the
 * kernel, which may take long; what has a higher priority does not wait for it, and
 * what has a lower one does.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if an argument is none of the above; or what the scheduler
 * says to it.
 */
int xnheap_set_priority(struct xnheap *heap, int priority);

/**
 * enum xnheap_event - what a heap that grows by itself tells of
 * @XNHEAP_LOW: less than the low mark was free
 * @XNHEAP_FAILED: allocations found nothing, other than in NMI
 * @XNHEAP_GROWN: extents were added
 * @XNHEAP_SHRUNK: extents were given back
 */
enum xnheap_event {
	XNHEAP_LOW,
	XNHEAP_FAILED,
	XNHEAP_GROWN,
	XNHEAP_SHRUNK,
};

/**
 * xnheap_set_notify - have a function called when a heap's level changes
 * @heap: as in xnheap_set_growth(), before or after that
 * @notify: the function, or NULL; called by the heap's thread, which may sleep
 * @data: handed to it
 *
 * It is called for what the thread finds and does, so while xnheap_set_growth() is on;
 * also where @max leaves no more to be done than to tell. An event stands for one or
 * more of its kind, and each of the first two comes ten times a second at most; the thread has
 * grown the heap by then, if it could. The function may call what a task may, but must not
 * delete the heap. If those of two heaps end each other's growth, set each other's function,
 * or delete each other's heap, they wait for each other forever.
 *
 * When this returns, no function that was set before is running, but for one that made
 * this call.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if @heap is not such a heap.
 */
int xnheap_set_notify(struct xnheap *heap,
		      void (*notify)(struct xnheap *heap, enum xnheap_event event,
				     void *data),
		      void *data);

/*
 * Heaps that are shared with processes. A process opens /dev/xnheap/LABEL, maps it, and
 * allocates and frees by what stands in uapi/linux/xnheap.h, most easily with libxnheap.
 * Kernel and processes name a block by its offset. The file that is open for a process is
 * a peer: each live block is the kernel's, or one peer's. Documentation/sharing.rst has
 * all of it, and what a hostile process can do and cannot.
 */

/**
 * xnheap_create_shared - make a heap that processes can map
 * @name: its label, and the name of its device, /dev/xnheap/@name: up to
 *	%XNHEAP_LABEL_LEN - 1 printable characters, no space, '/' nor '!'; neither "." nor
 *	"..", nor in use by another shared heap
 * @extsize: bytes of an extent, as in xnheap_create_node(), in whole pages of the machine
 * @pagesize: as in xnheap_create_node()
 * @flags: %XNHEAP_VMALLOC or %XNHEAP_PAGES, or'ed with %XNHEAP_FINE and XNHEAP_ALIGN(), if
 *	at all; %XNHEAP_SHARED may be among them
 * @maxsize: bytes that it may ever have, for which processes map addresses; 0: as many as
 *	%XNHEAP_MAX_EXTENTS extents have, or as fit into %XNHEAP_MAX_EXTENT_SIZE
 *
 * xnheap_create() and its kin with %XNHEAP_SHARED do the same, with a @maxsize of 0.
 *
 * The memory is zeroed, and what knows of blocks lies elsewhere, so that whatever a
 * process writes harms nothing but what is in blocks. No block is smaller than 32 bytes.
 * The kernel and each peer free what is theirs; who tries others' is refused with -EPERM.
 * For a process, blocks are aligned up to the machine's page size. The heap grows by
 * xnheap_grow() and xnheap_set_growth(), and never shrinks; the caller cannot extend it,
 * nor change its label. It is no debug heap, also by the module's debug=1.
 *
 * When it is deleted, its device vanishes, and what processes have mapped stays until
 * they unmap it.
 *
 * Context: task; may sleep. Time grows with the number of pages.
 * Return: the heap; or ERR_PTR() of -EINVAL for a bad argument, -EEXIST if a shared heap
 * has that name, -ENOSPC if there are as many shared heaps as can be, -ENOMEM if there is
 * not enough memory.
 */
struct xnheap *xnheap_create_shared(const char *name, size_t extsize, size_t pagesize,
				    unsigned int flags, size_t maxsize);

/**
 * xnheap_share - say who may open the device of a shared heap
 * @heap: the heap
 * @mode: permission bits of the device, such as 0660
 *
 * It has those of the module's parameter share_mode at first, 0600; its user and group are
 * those of share_uid and share_gid. Who has opened it stays. The device goes and comes
 * again, as udev is told.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if @heap is not shared, or @mode has other bits; -ENOMEM.
 */
int xnheap_share(struct xnheap *heap, umode_t mode);

/**
 * xnheap_set_quota - say how many bytes processes may have of a shared heap
 * @heap: the heap
 * @each: bytes of blocks that may be one peer's; 0: a quarter of the heap's first extent
 * @all: bytes of blocks that may be all peers' when one of them allocates another; 0: half
 *	of that extent
 *
 * With what was lent to them, for which @each counts, not @all. If they have more by now,
 * they keep it. It is bytes that are limited, not pages: what the kernel must have it
 * reserves, see xnheap_reserve(). A process may open more than one file: what one user's
 * processes may have is for those to limit who say who may open the device.
 *
 * Context: task; may sleep.
 * Return: 0; -EINVAL if @heap is not shared.
 */
int xnheap_set_quota(struct xnheap *heap, size_t each, size_t all);

/**
 * xnheap_at - the kernel's block at an offset
 * @heap: a shared heap
 * @offset: as of xnheap_offset(); any number will do, also one from a process
 *
 * Context: any. In NMI, gives up where the heap's lock is taken.
 * Bound: "at".
 * Return: the block, if one that is live, and the kernel's, starts there; else NULL.
 */
void *xnheap_at(struct xnheap *heap, size_t offset);

struct xnheap_peer;

/**
 * xnheap_peer_get - the peer that a file is
 * @heap: a shared heap
 * @fd: a descriptor of its device, of the current process
 *
 * Context: task; may sleep.
 * Return: the peer, for xnheap_peer_put(), which may outlive the file; or ERR_PTR() of
 * -EBADF if @fd is none, -EINVAL if it is not of this heap's device, or @heap is not
 * shared.
 */
struct xnheap_peer *xnheap_peer_get(struct xnheap *heap, int fd);

/**
 * xnheap_peer_put - give a peer back
 * @peer: from xnheap_peer_get(); or NULL, or an ERR_PTR(), for which nothing is done
 *
 * The heap may have been deleted before.
 *
 * Context: task; may sleep.
 */
void xnheap_peer_put(struct xnheap_peer *peer);

/**
 * xnheap_adopt - make a process's block the kernel's
 * @heap: a shared heap
 * @offset: where it starts, as of xnheap_offset(); any number will do
 * @peer: whose it has to be; NULL: any peer's
 *
 * From then on, no process can free it; but all who have mapped the heap can write there
 * still. So copy what is in it, and check the copy.
 *
 * Context: any. In NMI, gives up where the heap's lock is taken.
 * Bound: "adopt".
 * Return: the block; or ERR_PTR() of -EINVAL if no live block starts at @offset, -EFAULT
 * if there is no page of the heap, -EPERM if the block is the kernel's or another peer's,
 * -EINVAL also if @heap is not shared, or @peer is not of it, -EAGAIN if it gave up.
 */
void *xnheap_adopt(struct xnheap *heap, size_t offset, struct xnheap_peer *peer);

/**
 * xnheap_lend - make a block of the kernel's a process's
 * @heap: a shared heap
 * @block: the block
 * @peer: whose it is to be
 *
 * Its process may free it then, or it is freed when its file is closed; the kernel cannot,
 * until it adopts it again.
 *
 * Context: any. In NMI, gives up where the heap's lock is taken.
 * Bound: "lend".
 * Return: 0; -ENODEV if the peer's file is closed; -EDQUOT if the peer would have more
 * than it may; -EPERM if the block is a peer's; -EINVAL and -EFAULT as
 * of xnheap_free(), -EINVAL also if @heap is not shared, or @peer is not of it; -EAGAIN if
 * it gave up. On error the block stays the kernel's.
 */
int xnheap_lend(struct xnheap *heap, void *block, struct xnheap_peer *peer);

/**
 * xnheap_post - tell processes of a block
 * @heap: a shared heap
 * @block: a block that was lent, of which its peer is told; or the kernel's own, of which
 *	each peer that listens is told
 *
 * They get its offset by read(), and one that waits is woken. A peer has room for
 * %XNHEAP_MAX_POSTS that it has not read yet.
 *
 * Context: any but NMI, and not with a lock of the scheduler's held.
 * Bound: "post", and what the kernel takes to wake up to
 * %XNHEAP_MAX_LISTENERS tasks.
 * Return: 0; -ENOSPC if some peer had no room, which is counted there; -ENODEV if the
 * block is the kernel's and nobody listens; -EINVAL and -EFAULT as of xnheap_free(),
 * -EINVAL also if @heap is not shared; -EAGAIN in NMI.
 */
int xnheap_post(struct xnheap *heap, const void *block);

/**
 * xnheap_delete - end a heap and release its memory
 * @heap: a heap made by xnheap_create() or another call that begins so, no
 *	longer in use; or NULL, or an ERR_PTR(), for which nothing is done
 *
 * The memory of extents that the caller added by xnheap_extend() stays the
 * caller's. A heap that grows by itself ends that first; so this is not for a function of
 * xnheap_set_notify(), where nothing is done.
 *
 * Context: task; may sleep.
 */
void xnheap_delete(struct xnheap *heap);

/*
 * Where a block is for others than the processor: devices, processes. These
 * calls take no lock, and never give up. They do not ask whether a block is
 * allocated, which the caller knows: any address in the heap's pages will do,
 * also one inside of a block.
 */

/**
 * xnheap_offset - how far a block lies in the area of its extent
 * @heap: the heap
 * @block: a block that the caller has, or an address in one
 * @offset: is set to bytes from the start of the area as it was handed in, which
 *	in heaps of xnheap_create() is page 0, and in shared heaps, of the window; or NULL
 * @cookie: is set to what was handed in with the area, see struct xnheap_area;
 *	%XNHEAP_NO_COOKIE if that was nothing; or NULL
 *
 * Context: any.
 * Bound: "offset", reached only while an extent is being added or taken out.
 * Return: 0; -EFAULT if @block lies in no page of the heap; -EINVAL if @heap is
 * not initialised. On error nothing is set.
 */
int xnheap_offset(const struct xnheap *heap, const void *block, size_t *offset,
		  u64 *cookie);

/**
 * xnheap_dma_addr - a block's address for a device
 * @heap: a heap made by xnheap_create_dma(), or whose areas came with their
 *	device's address as a cookie
 * @block: as in xnheap_offset()
 *
 * Context: any.
 * Bound: as xnheap_offset().
 * Return: the cookie and the offset that xnheap_offset() tells, in sum; or
 * %DMA_MAPPING_ERROR, for which dma_mapping_error() asks, if it fails or the
 * extent has no cookie.
 */
dma_addr_t xnheap_dma_addr(const struct xnheap *heap, const void *block);

/**
 * xnheap_phys - a block's physical address
 * @heap: a heap made with %XNHEAP_PAGES
 * @block: as in xnheap_offset()
 *
 * All of a block is contiguous there.
 *
 * Context: any.
 * Bound: as xnheap_offset().
 * Return: the address; %PHYS_ADDR_MAX if it is not known: of other heaps; of
 * extents that the caller added; if @block lies in no page of the heap, or @heap
 * is not initialised.
 */
phys_addr_t xnheap_phys(const struct xnheap *heap, const void *block);

/*
 * Facts of a heap. They take no longer if it is large.
 */

/**
 * xnheap_size - bytes of all areas that the heap was given
 * @heap: the heap
 *
 * Context: any but NMI.
 * Return: bytes; 0 if @heap is not initialised.
 */
size_t xnheap_size(const struct xnheap *heap);

/**
 * xnheap_page_size - bytes of a page
 * @heap: the heap
 *
 * Context: any but NMI.
 * Return: bytes; 0 if @heap is not initialised.
 */
size_t xnheap_page_size(const struct xnheap *heap);

/**
 * xnheap_page_count - pages that hold blocks, in all extents
 * @heap: the heap
 *
 * Context: any but NMI.
 * Return: pages; 0 if @heap is not initialised.
 */
size_t xnheap_page_count(const struct xnheap *heap);

/**
 * xnheap_usable_mem - bytes of those pages
 * @heap: the heap
 *
 * While the heap is extended, but not shrunk, they are no more than what xnheap_size()
 * tells if it is asked after this.
 *
 * Context: any but NMI.
 * Return: bytes; 0 if @heap is not initialised.
 */
size_t xnheap_usable_mem(const struct xnheap *heap);

/**
 * xnheap_used_mem - bytes in allocated blocks, rounded as they were
 * @heap: the heap
 *
 * Context: any but NMI.
 * Return: bytes; 0 if @heap is not initialised.
 */
size_t xnheap_used_mem(struct xnheap *heap);

/**
 * xnheap_max_contiguous - the largest request that can ever succeed
 * @heap: the heap
 *
 * That is, while nothing is allocated, nor kept by a CPU. Only a new extent can change
 * it: those that can be given back are no larger than the first.
 *
 * Context: any but NMI.
 * Return: bytes; 0 if @heap is not initialised.
 */
size_t xnheap_max_contiguous(const struct xnheap *heap);

/**
 * xnheap_largest_free - the largest request that would succeed now
 * @heap: the heap
 *
 * Not counting blocks that CPUs keep, see xnheap_init_flags().
 *
 * Context: any but NMI.
 * Return: bytes; 0 if @heap is not initialised.
 */
size_t xnheap_largest_free(struct xnheap *heap);

/*
 * Planning: how much of an area is usable. A heap made by xnheap_create() or
 * xnheap_init_apart() has all of it. What is told is true of the heap that
 * xnheap_init() would make now: of a debug heap, if the module was loaded with
 * debug=1.
 */

/**
 * xnheap_overhead_flags - bytes of an area that are in no page
 * @heapsize: bytes of the area, aligned to @pagesize
 * @pagesize: bytes of a page
 * @flags: as in xnheap_init_flags()
 *
 * They are the page map's: an entry for each page, and two more. An entry has
 * 24 bytes, 16 on 32-bit kernels, and words of bits to tell which blocks are
 * allocated, a bit for every 8 bytes of a page, or 32 with %XNHEAP_FINE, or else 16 with
 * %XNHEAP_PERCPU or %XNHEAP_DEFER, or for as many as XNHEAP_ALIGN() says; where there are
 * several words, it has one more. With %XNHEAP_PERCPU or %XNHEAP_DEFER it has a bit for
 * every 16 bytes again, in words of their own; with %XNHEAP_DEFER, 11 words more for each
 * of those words. Then there is a gap, as pages are aligned. The heap's tables are not in
 * the area, and not counted.
 *
 * Context: any but NMI.
 * Return: bytes; all of @heapsize if no heap can be made of such an area, as with
 * %XNHEAP_SHARED.
 */
size_t xnheap_overhead_flags(size_t heapsize, size_t pagesize,
			     unsigned int flags);

/**
 * xnheap_overhead - as xnheap_overhead_flags() without flags
 * @heapsize: bytes of the area, aligned to @pagesize
 * @pagesize: bytes of a page
 *
 * Context: any but NMI.
 * Return: as xnheap_overhead_flags().
 */
static inline size_t xnheap_overhead(size_t heapsize, size_t pagesize)
{
	return xnheap_overhead_flags(heapsize, pagesize, 0);
}

/**
 * xnheap_map_size - bytes that xnheap_init_apart() needs for the page map
 * @heapsize: bytes of the area, a multiple of @pagesize
 * @pagesize: bytes of a page
 * @flags: as in xnheap_init_apart()
 *
 * Context: any but NMI.
 * Return: bytes, at whatever address; 0 if no heap can be made of such an area.
 */
size_t xnheap_map_size(size_t heapsize, size_t pagesize, unsigned int flags);

/**
 * xnheap_rounded_size_flags - bytes of an area to ask for
 * @usable: bytes to be allocated, in one block or many that fill their pages
 * @pagesize: bytes of a page
 * @flags: as in xnheap_init_flags()
 *
 * Of a debug heap, the area has room for as many blocks, each with its red
 * zone, if they are of 32 bytes or more: smaller ones take 64 there.
 *
 * Context: any but NMI.
 * Return: bytes of an area, a multiple of @pagesize, that has room for such
 * blocks at whatever address it lies; 0 if no heap can be that large.
 */
size_t xnheap_rounded_size_flags(size_t usable, size_t pagesize,
				 unsigned int flags);

/**
 * xnheap_rounded_size - as xnheap_rounded_size_flags() without flags
 * @usable: bytes to be allocated
 * @pagesize: bytes of a page
 *
 * Context: any but NMI.
 * Return: as xnheap_rounded_size_flags().
 */
static inline size_t xnheap_rounded_size(size_t usable, size_t pagesize)
{
	return xnheap_rounded_size_flags(usable, pagesize, 0);
}

#endif
