/* SPDX-License-Identifier: GPL-2.0 */
/* The exported calls, and what memory/ and observe/ have of them. */
#ifndef _XNHEAP_API_H
#define _XNHEAP_API_H

#include <linux/hardirq.h>
#include <linux/jump_label.h>
#include <linux/limits.h>
#include <linux/mutex.h>

#include "../core/heap.h"
#include "../cpu/cpu.h"

struct owner;

/*
 * Who observes heaps registers this while the module is loaded, before any heap
 * is made. While the key is on, its alloc and free run instead of those in
 * blocks.c; the key counts the reasons to observe.
 */
struct xnheap_observer {
	void *(*alloc)(struct xnheap *heap, size_t size, size_t align,
		       unsigned long caller);
	int (*free)(struct xnheap *heap, void *block,
		    int (*ckfn)(void *block), unsigned long caller);
	/* likewise, instead of that in reserve.c, */
	void *(*alloc_reserved)(struct xnheap *heap, unsigned long handle,
				unsigned long caller);
	/* of sharing_alloc() and sharing_free(), */
	void *(*alloc_owned)(struct xnheap *heap, size_t size, size_t align,
			     struct owner *owner, unsigned long caller);
	int (*free_owned)(struct xnheap *heap, void *block, const struct owner *owner,
			  unsigned long caller);
	/* and of those in realloc.c and sized.c */
	int (*resize)(struct xnheap *heap, void *block, size_t size,
		      size_t *had, unsigned long caller);
	size_t (*usable)(struct xnheap *heap, const void *block);
	/* a block is about to wait; free one that waits in a set, if any does */
	void (*deferred)(struct xnheap *heap, void *block, unsigned long caller);
	bool (*settle)(struct xnheap *heap, unsigned int set);

	/* a heap that is to be made: its flags, and extra bytes for each page */
	unsigned int (*flags)(unsigned int flags);
	size_t (*page_extra)(unsigned int flags, size_t page_size);
	/* bytes of pages that blocks of @bytes in all take of it */
	size_t (*planned)(unsigned int flags, size_t bytes);
	/* bytes that a request of @size asks the allocator for */
	size_t (*takes)(const struct xnheap *heap, size_t size);
	/* bytes that can be asked for, if the largest free block has @bytes */
	size_t (*largest)(const struct xnheap *heap, size_t bytes);
	/* it is set up, without an extent yet; an extent is to be published */
	int (*begin)(struct xnheap *heap);
	void (*extent)(struct xnheap *heap, struct xnheap_extent *ext);
	/* it has a label: when it comes into the list, and whenever it changes */
	void (*named)(struct xnheap *heap);
	/* it has left the list; this is the last of it */
	void (*unnamed)(struct xnheap *heap);
	void (*end)(struct xnheap *heap, unsigned long blocks,
		    unsigned long caller);
	/* an extent was taken out; its memory is about to be released */
	void (*shrunk)(struct xnheap *heap, size_t size, unsigned long caller);
	void (*released)(struct xnheap *heap, unsigned long start, size_t size);
	/* it grows by itself, and its level changed */
	void (*level)(struct xnheap *heap, enum xnheap_event event);
	/* it was extended, or tried to grow */
	void (*extended)(struct xnheap *heap, size_t size,
			 unsigned long caller);
	void (*grown)(struct xnheap *heap, int error, unsigned long caller);
};

DECLARE_STATIC_KEY_FALSE(xnheap_observe_key);
extern const struct xnheap_observer *xnheap_observer;	/* NULL: nobody */

#define observe(event, ...) do {					\
	if (xnheap_observer)						\
		xnheap_observer->event(__VA_ARGS__);			\
} while (0)

/* The flags of a heap that is made with @flags, where an observer may add some. */
static inline unsigned int observed_flags(unsigned int flags)
{
	return xnheap_observer ? xnheap_observer->flags(flags) : flags;
}

bool heap_trylock_nmi(struct xnheap *heap);	/* enter.c */
void *alloc_busy(struct xnheap *heap);
int free_busy(struct xnheap *heap, const void *block);

/*
 * Take the lock. False in NMI alone, if it is taken: the NMI may have interrupted
 * its owner, and must never spin. Both are the same heap: @heap is in the register of the
 * caller's argument, where the lock's function wants it; @h may be the caller's copy_of(),
 * in a register that the function leaves as it is: see blocks.c.
 */
static __always_inline bool heap_enter(struct xnheap *heap, struct xnheap *h)
{
	unsigned long irq_flags;

	if (unlikely(in_nmi()))
		return heap_trylock_nmi(heap);
	raw_spin_lock_irqsave(&heap->lock, irq_flags);
	heap_lock_taken(h, irq_flags);
	return true;
}

/* The calls for blocks, for calls that are built on them: @caller called those. */
static inline void *alloc_for(struct xnheap *heap, size_t size, unsigned long caller)
{
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc(heap, size, 1, caller);
	return xnheap_alloc(heap, size);
}

static inline int free_for(struct xnheap *heap, void *block, unsigned long caller)
{
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free(heap, block, NULL, caller);
	return xnheap_free(heap, block);
}

/* sized.c: find what is at an address, under the lock; whether it is a live block */
bool live_find(struct xnheap *heap, const void *at, struct block *block);

/* realloc.c: whether a live block can hold @size bytes where it is; then it does */
bool live_resize(struct xnheap *heap, struct block block, size_t size);

static inline void busy_inc(struct xnheap_busy_count *count)
{
	if (!(atomic_inc_return(&count->low) & S32_MAX))
		atomic_inc(&count->halves);
}

static inline u64 busy_read(const struct xnheap_busy_count *count)
{
	u32 halves = atomic_read_acquire(&count->halves);
	u32 low = atomic_read(&count->low);

	/* The top bit may have changed since, or it is to be told yet */
	halves += (halves ^ low >> 31) & 1;
	return (u64)halves << 31 | (low & S32_MAX);
}

/* setup.c: what a heap is made of */
struct heap_plan {
	struct size_classes classes;
	struct extent_shape shape;
	unsigned int flags;
	u32 nr_bins;
	size_t tables_size;
};

static inline struct extent_shape extent_shape(const struct xnheap *heap)
{
	return (struct extent_shape) {
		.page_size = heap->page_mask + 1,
		.stride = heap->page_stride,
		.extra = heap->page_extra,
	};
}

bool heap_plan(struct heap_plan *plan, size_t area, size_t page_size,
	       unsigned int flags);
void heap_setup(struct xnheap *heap, const struct heap_plan *plan,
		void *tables);

/* heaps.c: live heaps, and making and ending one */
extern struct mutex heaps_lock;		/* held to read the list */
extern struct list_head heaps;

struct heap_spec {
	struct extent_area area;
	size_t page_size;
	unsigned int flags;
	void *memory;			/* as in struct xnheap_extent */
	unsigned int backing;		/* where more of it is from; 0: nowhere */
	bool apart;
	size_t window;			/* with XNHEAP_SHARED: of struct xnheap_sharing */
	const char *label;		/* NULL: "heap" */
};

int heap_begin(struct xnheap *heap, const struct heap_spec *spec);
void heap_leave(struct xnheap *heap);
void heap_end(struct xnheap *heap, unsigned long caller);
int heap_extend(struct xnheap *heap, const struct extent_area *area,
		void *memory);
void *heap_take_extent(struct xnheap *heap, unsigned int nr, u32 keep);
void heap_forget_extent(struct xnheap *heap, unsigned int nr);
void heap_become_other(struct xnheap *heap);	/* task; may sleep */
void heap_free_tables(struct xnheap *heap);

int heaps_init(void);
void heaps_exit(void);

/* ask.c: what a heap holds */
struct bucket_stats {
	size_t size;
	unsigned long run_pages;	/* of each */
	unsigned long run_blocks;
	unsigned long runs;
	unsigned long used;		/* blocks */
	unsigned long kept;		/* by CPUs; not used, nor free */
	unsigned long free;
	u64 allocs;			/* since the heap began */
	u64 frees;
};

struct reservation_stats {
	size_t size;			/* asked for */
	size_t blocks;			/* that may be out; 0: it has ended, but some are */
	size_t out;
	size_t lowest;			/* that were left at any time */
	size_t block_size;
	unsigned long pages;		/* 0: there is none */
};

struct heap_stats {
	size_t size;
	size_t usable;
	size_t used;
	size_t peers_used;		/* of these bytes, processes' */
	size_t peers_blocks;
	size_t kept;			/* by CPUs; not used */
	size_t reserved;		/* neither used nor free, either */
	size_t peak;
	size_t largest;			/* free range */
	unsigned long pages;
	unsigned long extents;
	u64 page_block_allocs;
	u64 page_block_frees;
	unsigned long page_block_pages;
	u64 failed[XNHEAP_NR_FAILURES];
	u64 alloc_busy;
	u64 free_busy;
	unsigned long deferred;		/* blocks; used, but no caller's */
};

/* Pages of the longest range that range_find() would find. */
static inline u32 range_largest(const struct xnheap *heap)
{
	long bin = index_last(&heap->range_index, heap->nr_bins);

	return bin < 0 ? 0 : list_first(&heap->bins[bin].list)->count;
}

/* Bytes that callers have. */
static inline size_t heap_used(const struct xnheap *heap)
{
	return account_used(heap) - cpu_kept_bytes(heap);
}

size_t heap_largest(const struct xnheap *heap);
void heap_get_stats(struct xnheap *heap, struct heap_stats *stats);
void heap_get_bucket(struct xnheap *heap, unsigned int nr,
		     struct bucket_stats *stats);
/* Calls that succeeded. */
void heap_count_calls(struct xnheap *heap, const struct heap_stats *stats,
		      u64 *allocs, u64 *frees);
unsigned long heap_live_blocks(struct xnheap *heap);
void heap_get_reservation(struct xnheap *heap, unsigned int nr,
			  struct reservation_stats *stats);
/* A copy of what one has who is not the kernel; false: nobody has that number. */
bool heap_get_owner(struct xnheap *heap, unsigned int nr, struct owner *owner);
void heap_reset_peak(struct xnheap *heap);

#endif
