// SPDX-License-Identifier: GPL-2.0
/* The allocator, for who holds the heap's lock: what is not inline. */

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "heap.h"

/* Of the pages of a heap with fine classes, one in so many is kept back. */
#define FINE_RESERVE	32

struct xnheap_page block_outside = { .type = PAGE_OUTSIDE };
struct xnheap_page block_no_page = { .type = PAGE_TAIL };

/* Page blocks: whole pages, straight from the ranges. */
notrace __noendbr
void *heap_alloc_pages(struct xnheap *heap, size_t size)
{
	struct xnheap_page *page;
	unsigned long bin;
	size_t pages;

	if (size - 1 >= XNHEAP_MAX_EXTENT_SIZE) {
		heap->failed[XNHEAP_ALLOC_SIZE]++;
		return NULL;
	}
	pages = ((size - 1) >> heap->page_shift) + 1;
	bin = likely(pages < RANGE_EXACT) ? pages : range_bin(pages);
	page = range_find(heap, pages, &bin);
	if (!page) {
		heap->failed[XNHEAP_ALLOC_FULL]++;
		return NULL;
	}
	page = range_alloc(heap, page, pages, bin);
	page_after(heap, page, pages - 1)->type = PAGE_TAIL;
	page->type = PAGE_BLOCK;
	page->count = pages;
	heap->page_block_allocs++;
	heap->page_block_pages += pages;
	account_alloc(heap, pages << heap->page_shift);
	return (void *)page_start(heap, page);
}

/*
 * The bucket whose blocks hold @size bytes and are all aligned to @align; NULL
 * if none is. Each run starts with a page, so those blocks are aligned whose
 * size is. Powers of two below the page size have buckets of just that size.
 */
static struct xnheap_bucket *bucket_aligned(struct xnheap *heap, size_t size, size_t align)
{
	struct xnheap_bucket *bucket;

	size = ALIGN(size, align);
	if (size > heap->small_max)
		return NULL;
	bucket = bucket_of_size(heap, size);
	if (IS_ALIGNED(bucket->size, align))
		return bucket;
	size = roundup_pow_of_two(size);
	if (size > min_t(size_t, heap->page_mask, heap->small_max))
		return NULL;
	return bucket_of_size(heap, size);
}

notrace __noendbr
void *heap_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	struct xnheap_bucket *bucket = NULL;

	if (!is_power_of_2(align) || align > heap->page_mask + 1UL) {
		heap->failed[XNHEAP_ALLOC_SIZE]++;
		return NULL;
	}
	if (size - 1 < heap->small_max)
		bucket = bucket_aligned(heap, size, align);
	if (bucket && !bucket_free_bits(bucket))
		bucket = bucket_refill(heap, bucket);
	/* A larger one may have been found that is not aligned */
	if (bucket && IS_ALIGNED(bucket->size, align))
		return bucket_alloc(heap, bucket, bucket_free_bits(bucket));
	return heap_alloc_pages(heap, size);
}

notrace __noendbr
int heap_free_in_page(struct xnheap *heap, unsigned long address, struct xnheap_page *page)
{
	return block_at(heap, page, address, free_found, NULL);
}

notrace __noendbr
int heap_free_elsewhere(struct xnheap *heap, unsigned long address)
{
	return block_at(heap, block_page(heap, address), address, free_found, NULL);
}

static __always_inline int keep(struct xnheap *heap, struct block block, void *what)
{
	*(struct block *)what = block;
	return 0;
}

/* What lies at @address. Of a page block, the first page alone tells. */
struct block block_find(struct xnheap *heap, const void *address)
{
	unsigned long at = (unsigned long)address;
	struct block block;

	block_at(heap, block_page(heap, at), at, keep, &block);
	if (block.bucket && block.nr >= block.bucket->blocks)
		block.where = BLOCK_RUN_REST;
	return block;
}

/* Let blocks come from an extent that is claimed and formatted. */
void heap_add_extent(struct xnheap *heap, struct xnheap_extent *ext)
{
	extent_publish(heap, ext);
	heap->size += ext->size;
	heap->pages += ext->nr_pages;
	if (heap->flags & XNHEAP_FINE)
		heap->reserve = heap->pages / FINE_RESERVE;
	range_free(heap, ext->map, ext->nr_pages);
}
