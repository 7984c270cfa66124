// SPDX-License-Identifier: GPL-2.0
/* Asking a heap, and planning one. */

#include <linux/align.h>
#include <linux/export.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "../core/owner.h"
#include "api.h"

size_t xnheap_size(const struct xnheap *heap)
{
	return heap_is_valid(heap) ? READ_ONCE(heap->size) : 0;
}
EXPORT_SYMBOL_GPL(xnheap_size);

size_t xnheap_page_size(const struct xnheap *heap)
{
	return heap_is_valid(heap) ? heap->page_mask + 1UL : 0;
}
EXPORT_SYMBOL_GPL(xnheap_page_size);

size_t xnheap_page_count(const struct xnheap *heap)
{
	/* Before the size, if that is asked for next: see heap_add_extent() */
	return heap_is_valid(heap) ? smp_load_acquire(&heap->pages) : 0;
}
EXPORT_SYMBOL_GPL(xnheap_page_count);

size_t xnheap_usable_mem(const struct xnheap *heap)
{
	return xnheap_page_count(heap) * xnheap_page_size(heap);
}
EXPORT_SYMBOL_GPL(xnheap_usable_mem);

size_t xnheap_used_mem(struct xnheap *heap)
{
	size_t bytes;

	if (!heap_is_valid(heap))
		return 0;
	heap_lock(heap);
	bytes = heap_used(heap);
	heap_unlock(heap);
	return bytes;
}
EXPORT_SYMBOL_GPL(xnheap_used_mem);

/* The largest request that the allocator can serve now, under the lock. */
size_t heap_largest(const struct xnheap *heap)
{
	long nr = index_last(&heap->bucket_index, heap->nr_buckets);
	size_t block = nr < 0 ? 0 : heap->buckets[nr].size;

	return max_t(size_t, block,
		     (size_t)range_largest(heap) << heap->page_shift);
}

/* What can be asked for, if @bytes can be allocated in one block. */
static size_t largest_request(const struct xnheap *heap, size_t bytes)
{
	return xnheap_observer ? xnheap_observer->largest(heap, bytes) : bytes;
}

size_t xnheap_max_contiguous(const struct xnheap *heap)
{
	if (!heap_is_valid(heap))
		return 0;
	return largest_request(heap, READ_ONCE(heap->largest_span));
}
EXPORT_SYMBOL_GPL(xnheap_max_contiguous);

size_t xnheap_largest_free(struct xnheap *heap)
{
	size_t bytes;

	if (!heap_is_valid(heap))
		return 0;
	heap_lock(heap);
	bytes = heap_largest(heap);
	heap_unlock(heap);
	return largest_request(heap, bytes);
}
EXPORT_SYMBOL_GPL(xnheap_largest_free);

size_t xnheap_overhead_flags(size_t heapsize, size_t pagesize,
			     unsigned int flags)
{
	struct extent_area area = {
		.start = XNHEAP_MAX_PAGE_SIZE,
		.size = heapsize,
	};
	struct xnheap_extent ext;
	struct heap_plan plan;

	if (flags & XNHEAP_SHARED ||
	    !heap_plan(&plan, heapsize, pagesize, observed_flags(flags)) ||
	    extent_layout(&ext, &area, &plan.shape))
		return heapsize;
	return heapsize - ext.nr_pages * pagesize;
}
EXPORT_SYMBOL_GPL(xnheap_overhead_flags);

size_t xnheap_map_size(size_t heapsize, size_t pagesize, unsigned int flags)
{
	struct heap_plan plan;

	if (heapsize > XNHEAP_MAX_EXTENT_SIZE ||
	    !heap_plan(&plan, heapsize, pagesize, flags) ||
	    heapsize % pagesize || heapsize < 2 * pagesize)
		return 0;
	return extent_map_size(heapsize / pagesize, &plan.shape);
}
EXPORT_SYMBOL_GPL(xnheap_map_size);

size_t xnheap_rounded_size_flags(size_t usable, size_t pagesize,
				 unsigned int flags)
{
	struct heap_plan plan;
	size_t pages, size;

	if (usable > XNHEAP_MAX_EXTENT_SIZE || flags & XNHEAP_SHARED ||
	    !heap_plan(&plan, usable, pagesize, observed_flags(flags)))
		return 0;
	if (xnheap_observer)
		usable = xnheap_observer->planned(plan.flags, usable);
	if (usable > XNHEAP_MAX_EXTENT_SIZE)
		return 0;
	pages = max_t(size_t, DIV_ROUND_UP(usable, pagesize), 2);
	size = extent_map_size(pages, &plan.shape) + (pages + 1) * pagesize;
	size = ALIGN(size, pagesize);
	return size <= XNHEAP_MAX_EXTENT_SIZE ? size : 0;
}
EXPORT_SYMBOL_GPL(xnheap_rounded_size_flags);

void heap_get_stats(struct xnheap *heap, struct heap_stats *stats)
{
	size_t kept;
	unsigned int i;

	heap_lock(heap);
	kept = cpu_kept_bytes(heap);
	*stats = (struct heap_stats) {
		.size = heap->size,
		.usable = heap->pages << heap->page_shift,
		.used = account_used(heap) - kept,
		.kept = kept,
		.reserved = reservations_bytes(heap),
		.peak = heap->peak,
		.largest = (size_t)range_largest(heap) << heap->page_shift,
		.pages = heap->pages,
		.extents = heap->nr_sorted,
		.page_block_allocs = heap->page_block_allocs,
		.page_block_frees = heap->page_block_frees,
		.page_block_pages = heap->page_block_pages,
		.alloc_busy = busy_read(&heap->alloc_busy),
		.free_busy = busy_read(&heap->free_busy),
		.deferred = wait_blocks(heap),
	};
	if (heap->sharing) {
		stats->peers_used = heap->sharing->bytes;
		stats->peers_blocks = heap->sharing->blocks;
	}
	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		stats->failed[i] = heap->failed[i];
	heap_unlock(heap);
}

void heap_get_bucket(struct xnheap *heap, unsigned int nr,
		     struct bucket_stats *stats)
{
	const struct xnheap_bucket *bucket = &heap->buckets[nr];
	struct cpu_kept kept;
	u64 allocs;

	heap_lock(heap);
	kept = cpu_kept(heap, bucket);
	/* The bucket counts blocks that leave its runs */
	allocs = bucket->allocs - kept.filled + kept.popped;
	*stats = (struct bucket_stats) {
		.size = bucket->size,
		.run_pages = bucket_run_pages(heap, bucket),
		.run_blocks = bucket->blocks,
		.runs = bucket->runs,
		.used = bucket->allocs - bucket->frees - kept.blocks,
		.kept = kept.blocks,
		.free = (unsigned long)bucket->runs * bucket->blocks -
			(bucket->allocs - bucket->frees),
		.allocs = allocs,
		.frees = allocs - (bucket->allocs - bucket->frees - kept.blocks),
	};
	heap_unlock(heap);
}

void heap_count_calls(struct xnheap *heap, const struct heap_stats *stats,
		      u64 *allocs, u64 *frees)
{
	struct bucket_stats bucket;
	unsigned int i;

	*allocs = stats->page_block_allocs;
	*frees = stats->page_block_frees;
	for (i = 0; i < heap_all_buckets(heap); i++) {
		heap_get_bucket(heap, i, &bucket);
		*allocs += bucket.allocs;
		*frees += bucket.frees;
	}
}

unsigned long heap_live_blocks(struct xnheap *heap)
{
	unsigned long blocks = heap->page_block_allocs - heap->page_block_frees -
			       wait_blocks(heap);
	struct bucket_stats bucket;
	unsigned int i;

	for (i = 0; i < heap_all_buckets(heap); i++) {
		heap_get_bucket(heap, i, &bucket);
		blocks += bucket.used;
	}
	return blocks;
}

void heap_get_reservation(struct xnheap *heap, unsigned int nr,
			  struct reservation_stats *stats)
{
	const struct xnheap_bucket *bucket = &heap->buckets[heap->nr_buckets + nr];
	const struct reservation *r;

	*stats = (struct reservation_stats) { };
	heap_lock(heap);
	if (heap->reservations) {
		r = &heap->reservations->of[nr];
		*stats = (struct reservation_stats) {
			.size = r->size,
			.blocks = r->blocks,
			.out = reservation_out(heap, r),
			.lowest = r->lowest,
			.block_size = bucket->size,
			.pages = bucket->runs * bucket_run_pages(heap, bucket),
		};
	}
	heap_unlock(heap);
}

bool heap_get_owner(struct xnheap *heap, unsigned int nr, struct owner *owner)
{
	const struct owner *found;

	heap_lock(heap);
	found = heap->sharing->owner[nr];
	if (found)
		data_race(*owner = *found);	/* posts are counted under another lock */
	heap_unlock(heap);
	return found;
}

void heap_reset_peak(struct xnheap *heap)
{
	heap_lock(heap);
	heap->peak -= heap->below_peak;
	heap->below_peak = 0;
	heap_unlock(heap);
}
