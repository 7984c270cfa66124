// SPDX-License-Identifier: GPL-2.0
/* What a heap is made of: its size classes and its tables. */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/log2.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "../core/owner.h"
#include "api.h"

/*
 * An alloc and a free from the current run of a bucket touch two lines of the
 * heap: what they write, and what they read. The lock grows where it is
 * debugged.
 */
#ifndef CONFIG_DEBUG_SPINLOCK
static_assert(offsetofend(struct xnheap, free_pages) <=
	      offsetof(struct xnheap, lock) + 64);
static_assert(offsetofend(struct xnheap, page_shift) <=
	      offsetof(struct xnheap, magic) + 64);
static_assert(sizeof(struct xnheap) <= SZ_1K);
#endif

/* NULL, as an entry of a list, is NULL as a page; places of buckets are u16 */
static_assert(!offsetof(struct xnheap_page, list));
static_assert((MAX_CLASSES + XNHEAP_MAX_RESERVATIONS) * sizeof(struct xnheap_bucket) <= U16_MAX);
static_assert(sizeof(struct xnheap_bucket) <= CLASS_BYTES);

/* Bytes of an entry in the page map, which has @words words of bits. */
static size_t entry_size(unsigned int words)
{
	return sizeof(struct xnheap_page) +
	       (words > 1 ? 1 + words : 1) * sizeof(long);
}

/* Bytes of a page's live bits. */
static size_t live_size(size_t page_size, unsigned int flags)
{
	return flags & (XNHEAP_PERCPU | XNHEAP_DEFER) ?
	       BITS_TO_LONGS(page_size / PERCPU_MIN_BLOCK) * sizeof(long) : 0;
}

/* Bytes of a page's words of blocks that wait. */
static size_t waiting_size(size_t page_size, unsigned int flags)
{
	return flags & XNHEAP_DEFER ? wait_size(page_size) : 0;
}

/* Bytes of the owners of a page's blocks. */
static size_t sharing_size(const struct size_classes *classes, unsigned int flags)
{
	size_t blocks = classes->steps ? classes->words * BITS_PER_LONG :
					 max_t(size_t, classes->page_size / classes->least, 1);

	return flags & XNHEAP_SHARED ? owners_size(blocks) : 0;
}

/* Powers of two up to the page size, of a heap that looks an alignment up. */
static unsigned int nr_alignments(const struct heap_plan *plan)
{
	return plan->flags & XNHEAP_FINE ? ilog2(plan->shape.page_size) + 1 : 0;
}

/*
 * Plan a heap whose first extent has @area bytes; false if the page size or a
 * flag is none.
 */
bool heap_plan(struct heap_plan *plan, size_t area, size_t page_size,
	       unsigned int flags)
{
	if (!is_power_of_2(page_size) || page_size < XNHEAP_MIN_PAGE_SIZE ||
	    page_size > XNHEAP_MAX_PAGE_SIZE ||
	    flags & ~(XNHEAP_FINE | XNHEAP_DEBUG | XNHEAP_PERCPU | XNHEAP_DEFER |
		      XNHEAP_SHARED | XNHEAP_ALIGN_MASK) ||
	    (flags & XNHEAP_SHARED && flags & (XNHEAP_DEBUG | XNHEAP_PERCPU | XNHEAP_DEFER)) ||
	    XNHEAP_ALIGN_OF(flags) > page_size ||
	    (flags & XNHEAP_FINE && flags & XNHEAP_PERCPU) ||
	    (flags & XNHEAP_DEBUG && !xnheap_observer))
		return false;
	size_classes_plan(&plan->classes, page_size, flags, area);
	plan->shape = (struct extent_shape) {
		.page_size = page_size,
		.stride = entry_size(plan->classes.words) + live_size(page_size, flags) +
			  waiting_size(page_size, flags) + sharing_size(&plan->classes, flags),
		.extra = xnheap_observer ?
			 xnheap_observer->page_extra(flags, page_size) : 0,
	};
	plan->flags = flags;
	plan->nr_bins = range_bin(XNHEAP_MAX_EXTENT_SIZE / page_size) + 1;
	plan->tables_size =
		XNHEAP_MAX_EXTENTS * sizeof(struct xnheap_extent) +
		XNHEAP_MAX_EXTENTS * sizeof(struct xnheap_by_address) +
		(plan->nr_bins + 1) * sizeof(struct xnheap_page) +
		(plan->classes.nr + XNHEAP_MAX_RESERVATIONS) * sizeof(struct xnheap_bucket) +
		nr_alignments(plan) * sizeof(struct xnheap_index) +
		plan->classes.largest / XNHEAP_MIN_BLOCK * sizeof(u16);
	return true;
}

/* Which buckets have blocks that are all aligned to 2^0, 2^1 ... bytes. */
static void setup_alignments(struct xnheap *heap, unsigned int nr)
{
	unsigned int i, order;

	for (order = 0; order < nr; order++) {
		index_init(&heap->aligned[order], heap->nr_buckets);
		for (i = 0; i < heap->nr_buckets; i++)
			if (IS_ALIGNED(heap->buckets[i].size, 1UL << order))
				index_set(&heap->aligned[order], i);
	}
}

static void setup_buckets(struct xnheap *heap,
			  const struct size_classes *classes)
{
	struct size_class class = { };
	struct xnheap_bucket *bucket = heap->buckets;
	size_t i = 0;

	heap->small_max = classes->largest;
	heap->nr_buckets = classes->nr;
	while (size_class_next(classes, &class)) {
		bucket_setup(bucket, bucket - heap->buckets, &class,
			     classes->steps != 0);
		for (; i < class.size / XNHEAP_MIN_BLOCK; i++)
			heap->bucket_place[i] = bucket->place;
		bucket++;
	}
}

/* Set a heap up that has no extent yet; it and its tables are zeroed memory. */
void heap_setup(struct xnheap *heap, const struct heap_plan *plan, void *tables)
{
	unsigned int i;

	raw_spin_lock_init(&heap->lock);
	heap->flags = plan->flags;
	heap->page_shift = ilog2(plan->shape.page_size);
	heap->page_mask = plan->shape.page_size - 1;
	heap->page_stride = plan->shape.stride;
	heap->live_offset = entry_size(plan->classes.words);
	heap->wait_offset = heap->live_offset + live_size(plan->shape.page_size, plan->flags);
	heap->owner_offset = heap->wait_offset + waiting_size(plan->shape.page_size, plan->flags);
	seqcount_init(&heap->extents_seq);
	heap->page_reciprocal = DIV_ROUND_UP_ULL(1ULL << 32,
						 heap->page_stride);
	heap->page_extra = plan->shape.extra;
	heap->nr_bins = plan->nr_bins;

	heap->tables = tables;
	heap->extent = tables;
	heap->by_address = (void *)(heap->extent + XNHEAP_MAX_EXTENTS);
	heap->bins = (void *)(heap->by_address + XNHEAP_MAX_EXTENTS);
	heap->buckets = (void *)(heap->bins + plan->nr_bins + 1);
	heap->aligned = (void *)(heap->buckets + plan->classes.nr + XNHEAP_MAX_RESERVATIONS);
	heap->bucket_place = (void *)(heap->aligned + nr_alignments(plan));
	if (!nr_alignments(plan))
		heap->aligned = NULL;
	for (i = 0; i < XNHEAP_MAX_EXTENTS; i++) {
		heap->by_address[i].key = ULONG_MAX;
		heap->by_address[i].extent = heap->extent;
	}
	/* The head after the last bin stays zero: there range_find() finds NULL */
	for (i = 0; i < plan->nr_bins; i++)
		INIT_LIST_HEAD(&heap->bins[i].list);
	index_init(&heap->range_index, plan->nr_bins);
	index_init(&heap->bucket_index, plan->classes.nr);
	setup_buckets(heap, &plan->classes);
	setup_alignments(heap, nr_alignments(plan));
}
