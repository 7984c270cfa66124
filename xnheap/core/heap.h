/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The allocator, for who holds the heap's lock; the door to all of this folder.
 *
 * A small request goes to a bucket, a large one to the ranges.
 */
#ifndef _XNHEAP_HEAP_H
#define _XNHEAP_HEAP_H

#include <linux/errno.h>

#include "block.h"
#include "kind.h"
#include "lock.h"
#include "range.h"
#include "reservation.h"
#include "wait.h"

notrace __noendbr
void *heap_refuse_align(struct xnheap *heap);
notrace __noendbr
int heap_free_any(struct xnheap *heap, unsigned long address);
notrace __noendbr
int heap_refuse_any(struct xnheap *heap, unsigned long address);
notrace __noendbr
int heap_free_in_page(struct xnheap *heap, unsigned long address, struct xnheap_page *page);
void heap_add_extent(struct xnheap *heap, struct xnheap_extent *ext);
bool heap_retire_extent(struct xnheap *heap, struct xnheap_extent *ext);

static __always_inline void *heap_alloc(struct xnheap *heap, size_t size)
{
	struct xnheap_bucket *bucket;
	unsigned long lowest_free;	/* a word whose lowest set bit counts; 0: none */

	/* Or 0, which wraps around */
	if (unlikely(size - 1 >= heap->small_max))
		return page_block_alloc(heap, size);
	bucket = bucket_of_size(heap, size);
	lowest_free = bucket_lowest_free(bucket);
	if (unlikely(!lowest_free))
		return bucket_alloc_slowpath(heap, bucket, size);
	return bucket_alloc(heap, bucket, lowest_free);
}

/* Each run starts with a page, so a block is aligned to what its size is a multiple of. */
static __always_inline void *heap_alloc_fine_aligned(struct xnheap *heap, size_t size,
						     size_t align)
{
	const struct xnheap_index *aligned = &heap->aligned[__ffs(align)];
	struct xnheap_bucket *bucket;
	unsigned long lowest_free, nr;

	path_mark(fine_aligned);
	if (unlikely(size - 1 >= heap->small_max))
		return page_block_alloc(heap, size);
	nr = index_find(aligned, bucket_of_size(heap, size)->nr);
	if (nr == heap->nr_buckets)
		return page_block_alloc(heap, size);
	bucket = &heap->buckets[nr];
	lowest_free = bucket_lowest_free(bucket);
	if (likely(lowest_free))
		return bucket_alloc(heap, bucket, lowest_free);
	return bucket_alloc_slowpath_aligned(heap, bucket, size, aligned);
}

static __always_inline bool heap_is_alignment(const struct xnheap *heap, size_t align)
{
	return likely(align - 1 <= heap->page_mask) && likely(!(align & (align - 1)));
}

/* Powers of two are aligned to themselves, page blocks to the page. */
static __always_inline void *heap_alloc_aligned(struct xnheap *heap, size_t size, size_t align)
{
	if (!heap_is_alignment(heap, align))
		return heap_refuse_align(heap);
	if (heap->aligned)
		return heap_alloc_fine_aligned(heap, size, align);
	if (size - 1 < align)
		size = align;
	return heap_alloc(heap, size);
}

static __always_inline int heap_refuse(struct xnheap *heap, enum xnheap_failure why, int error)
{
	path_mark_at(refused, error);
	heap->failed[why]++;
	return error;
}

/* Refuse to free what was found, which is no allocated block. */
static __always_inline int heap_refuse_found(struct xnheap *heap, struct block block)
{
	/* To free NULL is no mistake */
	if (block.where == BLOCK_OUTSIDE)
		return block.address ? heap_refuse(heap, XNHEAP_FREE_OUTSIDE, -EFAULT) : 0;
	return heap_refuse(heap, XNHEAP_FREE_INVALID, -EINVAL);
}

/* Free what was found in a run. */
static __always_inline int free_in_run(struct xnheap *heap, struct block block)
{
	const bool summary = block.type != PAGE_RUN_WORD;	/* the blocks' bits come after it */
	struct xnheap_page *run = block.page;

	if (block.where != BLOCK_START ||
	    unlikely(!__test_and_clear_bit(block.nr, run->bits + summary)))
		return heap_refuse(heap, XNHEAP_FREE_INVALID, -EINVAL);
	if (summary)
		__clear_bit(block.nr / BITS_PER_LONG, run->bits);
	return bucket_free(heap, block.bucket, run);
}

/* Free what was found. */
static __always_inline int free_found(struct xnheap *heap, struct block block, void *unused)
{
	if (block.type >= PAGE_RUN_PARTIAL)
		return free_in_run(heap, block);
	if (block.where != BLOCK_START)
		return heap_refuse_found(heap, block);
	return page_block_free(heap, block.page);
}

/* Most blocks are in the first extent, in runs with one word of bits. */
static __always_inline int heap_free(struct xnheap *heap, void *block)
{
	unsigned long address = (unsigned long)block;
	unsigned long offset = address - heap->first_base;
	struct xnheap_page *page;

	if (unlikely(offset >= heap->first_span))
		return block_at(heap, address, free_found, NULL);
	page = page_after(heap, heap->first_map, offset >> heap->page_shift);
	if (unlikely(page->type != PAGE_RUN_WORD))
		return heap_free_in_page(heap, address, page);
	return free_in_run(heap, block_in_run(heap, page, address, 0, PAGE_RUN_WORD));
}

/* Blocks in one hold of the lock, at most, of which none takes more than a bit. */
#define BULK_QUICK	4

/*
 * For many blocks in one hold of the lock: up to @nr that take no more than the
 * cursor's word. Returns how many; the next needs heap_alloc().
 */
static __always_inline size_t heap_alloc_quick(struct xnheap *heap, size_t size,
					       void **blocks, size_t nr)
{
	struct xnheap_bucket *bucket;
	unsigned long lowest_free;
	size_t n;

	if (size - 1 >= heap->small_max)
		return 0;
	bucket = bucket_of_size(heap, size);
	for (n = 0; n < nr; n++) {
		lowest_free = bucket_lowest_free(bucket);
		/* With the last one the run is full, and another is next */
		if (!lowest_free || !bucket->run->count)
			break;
		path_mark(quick_alloc);
		blocks[n] = bucket_alloc_at_cursor(heap, bucket, lowest_free);
		bucket->run->count--;
	}
	return n;
}

/* Likewise, free a block if that takes no more than a bit; else it needs heap_free(). */
static __always_inline bool heap_free_quick(struct xnheap *heap, void *at)
{
	unsigned long address = (unsigned long)at;
	unsigned long offset = address - heap->first_base;
	struct xnheap_page *run;
	struct block block;

	if (offset >= heap->first_span)
		return false;
	run = page_after(heap, heap->first_map, offset >> heap->page_shift);
	if (run->type != PAGE_RUN_WORD)
		return false;
	block = block_in_run(heap, run, address, 0, PAGE_RUN_WORD);
	if (block.where != BLOCK_START || (u32)run->count >= block.bucket->count_one_out ||
	    !__test_and_clear_bit(block.nr, run->bits))
		return false;
	path_mark(quick_free);
	account_free(heap, block.bucket->size);
	block.bucket->frees++;
	run->count++;
	return true;
}

static __always_inline int check_found(struct xnheap *heap, struct block block, void *unused)
{
	if (block.where == BLOCK_START && block_is_live(block))
		return 0;
	return block.where == BLOCK_OUTSIDE ? -EFAULT : -EINVAL;
}

/* What freeing a block would return. */
static __always_inline int heap_check(struct xnheap *heap, void *block)
{
	unsigned long address = (unsigned long)block;

	return block_at(heap, address, check_found, NULL);
}

static __always_inline int ask_and_free(struct xnheap *heap, struct block block, void *ckfn)
{
	int ret;

	if (block.where != BLOCK_START || !block_is_live(block))
		return heap_refuse_found(heap, block);
	ret = ((int (*)(void *))ckfn)((void *)block.address);
	path_mark_at(asked, ret);
	if (ret) {
		path_mark(disagreed);
		return heap_refuse(heap, XNHEAP_FREE_REFUSED, ret);
	}
	return free_found(heap, block, NULL);
}

static __always_inline int heap_test_and_free(struct xnheap *heap, void *block,
					      int (*ckfn)(void *block))
{
	unsigned long address = (unsigned long)block;

	if (!ckfn)
		return heap_free_any(heap, address);
	return block_at(heap, address, ask_and_free, ckfn);
}

#endif
