// SPDX-License-Identifier: GPL-2.0
/* The public calls: check, lock, account, hand to a bucket or to the ranges. */

#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/string.h>

#include "heap.h"
#include "kunit.h"
#include "range.h"
#include "record.h"
#include "watch.h"

#define HEAP_MAGIC	0x786e6870	/* "xnhp" */

/* Of the pages of a heap with fine classes, one in so many is kept back. */
#define FINE_RESERVE	32

static __always_inline bool heap_valid(const struct xnheap *heap)
{
	return likely(heap && heap->magic == HEAP_MAGIC);
}

bool heap_is_valid(const struct xnheap *heap)
{
	return heap_valid(heap);
}

/*
 * The lock's owner keeps its flags in the heap. Sparse cannot follow a lock
 * that is taken or not, and is told that nothing happened.
 */
static __always_inline void heap_locked(struct xnheap *heap,
					unsigned long flags)
{
	if (!IS_ENABLED(CONFIG_SMP)) {
		heap->owned = true;
		barrier();
	}
	heap->flags = flags;
	__release(&heap->lock);
}

static __always_inline void heap_lock(struct xnheap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->lock, flags);
	heap_locked(heap, flags);
}

static __always_inline void heap_unlock(struct xnheap *heap)
{
	unsigned long flags = heap->flags;

	__acquire(&heap->lock);
	if (!IS_ENABLED(CONFIG_SMP)) {
		barrier();
		heap->owned = false;
	}
	raw_spin_unlock_irqrestore(&heap->lock, flags);
}

/*
 * An NMI may have come upon the lock's owner: it must try, never spin. A lock
 * of a kernel for one processor cannot be tried, hence heap->owned.
 */
static noinline bool heap_lock_in_nmi(struct xnheap *heap)
{
	unsigned long flags;

	if (!IS_ENABLED(CONFIG_SMP) && heap->owned)
		return false;
	local_irq_save(flags);
	if (!raw_spin_trylock(&heap->lock)) {
		local_irq_restore(flags);
		return false;
	}
	heap_locked(heap, flags);
	return true;
}

static __always_inline bool heap_try_lock(struct xnheap *heap)
{
	if (unlikely(in_nmi()))
		return heap_lock_in_nmi(heap);
	heap_lock(heap);
	return true;
}

static __always_inline void heap_use(struct xnheap *heap, u_long bytes)
{
	heap->slack -= bytes;
	if (unlikely(heap->slack < 0)) {
		heap->peak -= READ_ONCE(heap->slack);
		heap->slack = 0;
	}
}

u_long heap_used(const struct xnheap *heap)
{
	return heap->peak - heap->slack;
}

/* Page blocks: whole pages, straight from the ranges. */
static noinline notrace void *page_block_take(struct xnheap *heap, u_long size)
{
	struct xnheap_page *page;
	unsigned long class;
	u_long pages;

	if (size - 1 >= XNHEAP_MAX_EXTENT_SIZE) {
		heap->failed[XNHEAP_ALLOC_SIZE]++;
		return NULL;
	}
	pages = ((size - 1) >> heap->page_shift) + 1;
	class = likely(pages < RANGE_EXACT) ? pages : range_class(pages);
	page = range_find(heap, pages, &class);
	if (!page) {
		heap->failed[XNHEAP_ALLOC_FULL]++;
		return NULL;
	}
	page = range_take(heap, page, pages, class);
	page_after(heap, page, pages - 1)->kind = PAGE_BODY;
	page->kind = PAGE_BLOCK;
	page->count = pages;
	heap->page_block_allocs++;
	heap->page_block_pages += pages;
	heap_use(heap, pages << heap->page_shift);
	return (void *)page_start(heap, page);
}

static __always_inline void page_block_put(struct xnheap *heap,
					   struct xnheap_page *page)
{
	u_long pages = page->count;

	heap->page_block_frees++;
	heap->page_block_pages -= pages;
	heap->slack += pages << heap->page_shift;
	range_put(heap, page, pages);
}

/* Take a block of @bucket, which has one at its word. */
static __always_inline void *take_from(struct xnheap *heap,
				       struct xnheap_bucket *bucket,
				       unsigned long room)
{
	void *block = bucket_take(bucket, room);

	heap_use(heap, bucket->size);
	bucket_taken(heap, bucket);
	return block;
}

static __always_inline void *take_block(struct xnheap *heap, u_long size)
{
	struct xnheap_bucket *bucket;
	unsigned long room;

	if (unlikely(size - 1 >= heap->small_max))
		goto whole_pages;
	bucket = bucket_of_size(heap, size);
	room = bucket_room(bucket);
	if (unlikely(!room)) {
		bucket = bucket_refill(heap, bucket);
		if (!bucket)
			goto whole_pages;
		room = bucket_room(bucket);
	}
	return take_from(heap, bucket, room);

whole_pages:
	return page_block_take(heap, size);
}

/*
 * The bucket whose blocks hold @size bytes and are all aligned to @align; NULL
 * if none is. Each run starts with a page, so those blocks are aligned whose
 * size is. Powers of two below the page size have buckets of just that size.
 */
static struct xnheap_bucket *bucket_aligned(struct xnheap *heap, u_long size,
					    u_long align)
{
	struct xnheap_bucket *bucket;

	size = ALIGN(size, align);
	if (size > heap->small_max)
		return NULL;
	bucket = bucket_of_size(heap, size);
	if (IS_ALIGNED(bucket->size, align))
		return bucket;
	size = roundup_pow_of_two(size);
	if (size > min(heap->page_mask, heap->small_max))
		return NULL;
	return bucket_of_size(heap, size);
}

static noinline notrace void *take_aligned(struct xnheap *heap, u_long size,
					   u_long align)
{
	struct xnheap_bucket *bucket = NULL;

	if (!is_power_of_2(align) || align > heap->page_mask + 1) {
		heap->failed[XNHEAP_ALLOC_SIZE]++;
		return NULL;
	}
	if (size - 1 < heap->small_max)
		bucket = bucket_aligned(heap, size, align);
	if (bucket && !bucket_room(bucket))
		bucket = bucket_refill(heap, bucket);
	/* A larger one may have been found that is not aligned */
	if (bucket && IS_ALIGNED(bucket->size, align))
		return take_from(heap, bucket, bucket_room(bucket));
	return page_block_take(heap, size);
}

static __always_inline void *heap_alloc(struct xnheap *heap, u_long size,
					u_long align, bool aligned)
{
	void *block;

	if (watched())
		return watch_alloc(heap, size, align, _RET_IP_);
	if (!heap_valid(heap))
		return NULL;
	if (!heap_try_lock(heap)) {
		atomic_long_inc(&heap->alloc_busy);
		return NULL;
	}
	block = aligned ? take_aligned(heap, size, align) :
			  take_block(heap, size);
	heap_unlock(heap);
	return block;
}

void *xnheap_alloc(xnheap_t *heap, u_long size)
{
	return heap_alloc(heap, size, 1, false);
}
EXPORT_SYMBOL_GPL(xnheap_alloc);

void *xnheap_alloc_aligned(xnheap_t *heap, u_long size, u_long align)
{
	return heap_alloc(heap, size, align, true);
}
EXPORT_SYMBOL_GPL(xnheap_alloc_aligned);

/* What the caller of put_block() wants of the block. */
enum put { PUT_CHECK, PUT_FREE };

static __always_inline int put_refuse(struct xnheap *heap, enum put put,
				      enum xnheap_failure why, int error)
{
	if (put == PUT_FREE)
		heap->failed[why]++;
	return error;
}

static __always_inline int put_invalid(struct xnheap *heap, enum put put)
{
	return put_refuse(heap, put, XNHEAP_FREE_INVALID, -EINVAL);
}

/* Runs by what must be looked at to free one of their blocks. */
enum breadth {
	NARROW,			/* a word of bits */
	WIDE,			/* more words, full of bits that have a block */
	RAGGED,			/* more words, the last one not full */
};

/* Free the block @offset bytes behind the start of a run. */
static __always_inline int put_in_run(struct xnheap *heap, void *block,
				      enum put put, int (*ckfn)(void *block),
				      struct xnheap_page *run, u_long offset,
				      enum breadth breadth)
{
	const bool wide = breadth != NARROW;
	struct xnheap_bucket *bucket = bucket_of_kind(heap, run->kind);
	unsigned long *bits = run->bits + wide;
	u32 nr;
	int ret;

	if (!bucket_block(bucket, offset, &nr))
		return put_invalid(heap, put);
	if (breadth == RAGGED && nr >= bucket->blocks)
		return put_invalid(heap, put);
	if (put == PUT_CHECK || ckfn) {
		if (!test_bit(nr, bits))
			return put_invalid(heap, put);
		if (put == PUT_CHECK)
			return 0;
		ret = ckfn(block);
		if (ret)
			return put_refuse(heap, put, XNHEAP_FREE_REFUSED, ret);
	}
	if (unlikely(!__test_and_clear_bit(nr, bits)))
		return put_invalid(heap, put);
	if (wide)
		__clear_bit(nr / BITS_PER_LONG, run->bits);
	heap->slack += bucket->size;
	bucket_put(heap, bucket, run);
	return 0;
}

static __always_inline int put_page_block(struct xnheap *heap, void *block,
					  enum put put,
					  int (*ckfn)(void *block),
					  struct xnheap_page *page,
					  u_long offset)
{
	int ret;

	if (offset)
		return put_invalid(heap, put);
	if (put == PUT_CHECK)
		return 0;
	if (ckfn) {
		ret = ckfn(block);
		if (ret)
			return put_refuse(heap, put, XNHEAP_FREE_REFUSED, ret);
	}
	page_block_put(heap, page);
	return 0;
}

/*
 * Free the block that starts at @block, in a page behind a run's first. Such
 * runs are narrow.
 */
static noinline notrace int
put_in_next_page(struct xnheap *heap, void *block, enum put put,
		 int (*ckfn)(void *block), struct xnheap_page *page)
{
	struct xnheap_page *run = page_before(heap, page, page->offset);
	u_long offset = ((u_long)block & heap->page_mask) +
			((u_long)page->offset << heap->page_shift);

	if (run->kind < heap->narrow ||
	    page->offset >= bucket_of_kind(heap, run->kind)->pages)
		return put_invalid(heap, put);
	return put_in_run(heap, block, put, ckfn, run, offset, NARROW);
}

/* Refuse what is not in a page of @ext that has a block, or not even in @ext. */
static noinline notrace int put_in_no_page(struct xnheap *heap, void *block,
					   enum put put,
					   const struct xnheap_extent *ext)
{
	if (ext->span && (u_long)block - ext->start < ext->size)
		return put_invalid(heap, put);
	return put_refuse(heap, put, XNHEAP_FREE_OUTSIDE, -EFAULT);
}

/* Free the block that starts at @block, not in the first page of a narrow run. */
static __always_inline int put_in_page(struct xnheap *heap, void *block,
				       enum put put, int (*ckfn)(void *block),
				       struct xnheap_page *page)
{
	u_long offset = (u_long)block & heap->page_mask;

	if (page->kind >= heap->wide)
		return put_in_run(heap, block, put, ckfn, page, offset, WIDE);
	if (page->kind == PAGE_BLOCK)
		return put_page_block(heap, block, put, ckfn, page, offset);
	if (page->kind < PAGE_NEXT)
		return put_in_no_page(heap, block, put,
				      extent_find(heap, (u_long)block)->extent);
	if (page->kind == PAGE_NEXT)
		return put_in_next_page(heap, block, put, ckfn, page);
	return put_in_run(heap, block, put, ckfn, page, offset, RAGGED);
}

/*
 * Free the block that starts at @block, wherever that is, or only tell
 * whether there is one.
 */
static __always_inline int put_block(struct xnheap *heap, void *block,
				     enum put put, int (*ckfn)(void *block))
{
	const struct xnheap_place *place = extent_find(heap, (u_long)block);
	u_long offset = (u_long)block - place->base;
	struct xnheap_page *page;

	if (unlikely(offset >= place->span))
		return put_in_no_page(heap, block, put, place->extent);
	page = map_page(heap, place->map, offset >> heap->page_shift);
	if (page->kind >= heap->narrow)
		return put_in_run(heap, block, put, ckfn, page,
				  (u_long)block & heap->page_mask, NARROW);
	return put_in_page(heap, block, put, ckfn, page);
}

static noinline notrace int free_elsewhere(struct xnheap *heap, void *block)
{
	return put_block(heap, block, PUT_FREE, NULL);
}

static noinline notrace int free_in_page(struct xnheap *heap, void *block,
					 struct xnheap_page *page)
{
	return put_in_page(heap, block, PUT_FREE, NULL, page);
}

static __always_inline int heap_put(struct xnheap *heap, void *block,
				    enum put put, int (*ckfn)(void *block))
{
	int ret;

	if (!heap_valid(heap))
		return -EINVAL;
	if (!heap_try_lock(heap)) {
		if (put == PUT_FREE)
			atomic_long_inc(&heap->free_busy);
		return -EAGAIN;
	}
	ret = put_block(heap, block, put, ckfn);
	heap_unlock(heap);
	return ret;
}

/* As heap_put(), but most blocks are in a narrow run of the first extent. */
int xnheap_free(xnheap_t *heap, void *block)
{
	struct xnheap_page *page;
	u_long offset;
	int ret;

	if (watched())
		return watch_free(heap, block, NULL, _RET_IP_);
	if (!heap_valid(heap))
		return -EINVAL;
	if (!heap_try_lock(heap)) {
		atomic_long_inc(&heap->free_busy);
		return -EAGAIN;
	}
	offset = (u_long)block - heap->first.base;
	if (unlikely(offset >= heap->first.span)) {
		ret = free_elsewhere(heap, block);
		goto out;
	}
	page = map_page(heap, heap->first.map, offset >> heap->page_shift);
	if (likely(page->kind >= heap->narrow))
		ret = put_in_run(heap, block, PUT_FREE, NULL, page,
				 (u_long)block & heap->page_mask, NARROW);
	else
		ret = free_in_page(heap, block, page);
out:
	heap_unlock(heap);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_free);

int xnheap_test_and_free(xnheap_t *heap, void *block, int (*ckfn)(void *block))
{
	if (watched())
		return watch_free(heap, block, ckfn, _RET_IP_);
	return heap_put(heap, block, PUT_FREE, ckfn);
}
EXPORT_SYMBOL_GPL(xnheap_test_and_free);

int xnheap_check_block(xnheap_t *heap, void *block)
{
	return heap_put(heap, block, PUT_CHECK, NULL);
}
EXPORT_SYMBOL_GPL(xnheap_check_block);

/*
 * The same calls by their parts, for watch.c: lock, and false if that cannot be
 * had; take or put under the lock; unlock.
 */
bool heap_enter(struct xnheap *heap)
{
	return heap_try_lock(heap);
}

void *heap_take(struct xnheap *heap, u_long size, u_long align)
{
	return align == 1 ? take_block(heap, size) :
			    take_aligned(heap, size, align);
}

int heap_give(struct xnheap *heap, void *block, int (*ckfn)(void *block))
{
	return put_block(heap, block, PUT_FREE, ckfn);
}

void heap_leave(struct xnheap *heap)
{
	heap_unlock(heap);
}

/* Readers may copy a label at any moment: it is written under the lock. */
void heap_set_label(struct xnheap *heap, const char *label)
{
	heap_lock(heap);
	strscpy(heap->label, label, sizeof(heap->label));
	heap_unlock(heap);
}

/* Add an extent as laid out in @plan. */
static int heap_add(struct xnheap *heap, struct xnheap_extent *plan)
{
	struct xnheap_extent *ext;
	int ret;

	heap_lock(heap);
	ret = extent_claim(heap, plan);
	heap_unlock(heap);
	if (ret)
		return ret;

	ext = extent_format(heap, plan);
	watch_extent(heap, ext);

	heap_lock(heap);
	extent_publish(heap, ext);
	heap->given += ext->size;
	heap->pages += ext->nr_pages;
	if (heap->options & XNHEAP_FINE)
		heap->reserve = heap->pages / FINE_RESERVE;
	range_put(heap, map_page(heap, ext->map, 1), ext->nr_pages);
	heap_unlock(heap);
	return 0;
}

/* Plan a heap in an area of @size bytes, if there is such a kind. */
static bool heap_plan(u_long size, u_long page_size, unsigned int flags,
		      struct bucket_plan *buckets, struct extent_shape *shape)
{
	if (!is_power_of_2(page_size) || page_size < XNHEAP_MIN_PAGE_SIZE ||
	    page_size > XNHEAP_MAX_PAGE_SIZE ||
	    flags & ~(XNHEAP_FINE | XNHEAP_DEBUG))
		return false;
	plan_buckets(buckets, page_size, flags, size);
	*shape = (struct extent_shape) {
		.page_size = page_size,
		.stride = extent_stride(buckets->words),
		.header = buckets->bytes,
		.extra = record_bytes(flags, page_size),
	};
	return true;
}

int xnheap_init_flags(xnheap_t *heap, void *heapaddr, u_long heapsize,
		      u_long pagesize, unsigned int flags)
{
	struct extent_shape shape;
	struct bucket_plan buckets;
	struct xnheap_extent plan;
	unsigned int i;
	int ret;

	flags = watch_flags(flags);
	if (!heap || !heap_plan(heapsize, pagesize, flags, &buckets, &shape))
		return -EINVAL;
	ret = extent_layout(&plan, (u_long)heapaddr, heapsize, &shape);
	if (ret)
		return ret;

	memset(heap, 0, sizeof(*heap));
	for (i = 0; i < XNHEAP_MAX_EXTENTS; i++)
		heap->place[i].key = ULONG_MAX;
	raw_spin_lock_init(&heap->lock);
	heap->options = flags;
	heap->page_shift = ilog2(pagesize);
	heap->page_mask = pagesize - 1;
	heap->page_stride = shape.stride;
	heap->page_reciprocal = DIV_ROUND_UP_ULL(1ULL << 32,
						 heap->page_stride);
	index_init(&heap->bucket_index);
	index_init(&heap->range_index);
	bucket_layout(heap, &buckets, (u_long)plan.map - buckets.bytes);
	ret = watch_begin(heap);
	if (ret)
		return ret;
	ret = heap_add(heap, &plan);
	if (ret) {
		watch_end(heap);
		return ret;
	}

	heap->magic = HEAP_MAGIC;
	heap_name(heap, "heap");
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_init_flags);

int xnheap_init(xnheap_t *heap, void *heapaddr, u_long heapsize,
		u_long pagesize)
{
	return xnheap_init_flags(heap, heapaddr, heapsize, pagesize, 0);
}
EXPORT_SYMBOL_GPL(xnheap_init);

int xnheap_extend(xnheap_t *heap, void *extaddr, u_long extsize)
{
	struct extent_shape shape;
	struct xnheap_extent plan;
	int ret;

	if (!heap_valid(heap))
		return -EINVAL;
	shape = (struct extent_shape) {
		.page_size = heap->page_mask + 1,
		.stride = heap->page_stride,
		.extra = record_bytes(heap->options, heap->page_mask + 1),
	};
	if (extent_layout(&plan, (u_long)extaddr, extsize, &shape))
		return -EINVAL;
	ret = heap_add(heap, &plan);
	if (!ret)
		watch_extended(heap, extsize, _RET_IP_);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_extend);

int xnheap_destroy(xnheap_t *heap,
		   void (*flushfn)(xnheap_t *heap, void *extaddr,
				   u_long extsize, void *cookie),
		   void *cookie)
{
	struct bucket_stats bucket;
	u_long blocks, start, size;
	unsigned int i;

	if (!heap_valid(heap))
		return -EINVAL;
	heap_unname(heap);

	blocks = heap->page_block_allocs - heap->page_block_frees;
	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		blocks += bucket.used;
	}
	heap_lock(heap);
	heap->magic = 0;
	heap_unlock(heap);

	if (blocks)
		heap_warn(heap, "destroyed with %lu blocks, %lu bytes, still allocated\n",
			  blocks, heap_used(heap));
	watch_destroyed(heap, blocks, _RET_IP_);
	watch_end(heap);
	for (i = 0; flushfn && i < heap->nr_extents; i++) {
		start = heap->extent[i]->start;
		size = heap->extent[i]->size;
		flushfn(heap, (void *)start, size, cookie);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_destroy);

int xnheap_set_label(xnheap_t *heap, const char *fmt, ...)
{
	char label[XNHEAP_LABEL_LEN];
	va_list args;
	int len;

	if (!heap_valid(heap) || !fmt)
		return -EINVAL;
	va_start(args, fmt);
	len = vscnprintf(label, sizeof(label), fmt, args);
	va_end(args);
	if (!len)
		return -EINVAL;
	heap_name(heap, label);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_set_label);

u_long xnheap_size(const xnheap_t *heap)
{
	return heap_valid(heap) ? READ_ONCE(heap->given) : 0;
}
EXPORT_SYMBOL_GPL(xnheap_size);

u_long xnheap_page_size(const xnheap_t *heap)
{
	return heap_valid(heap) ? heap->page_mask + 1 : 0;
}
EXPORT_SYMBOL_GPL(xnheap_page_size);

u_long xnheap_page_count(const xnheap_t *heap)
{
	return heap_valid(heap) ? READ_ONCE(heap->pages) : 0;
}
EXPORT_SYMBOL_GPL(xnheap_page_count);

u_long xnheap_usable_mem(const xnheap_t *heap)
{
	return xnheap_page_count(heap) * xnheap_page_size(heap);
}
EXPORT_SYMBOL_GPL(xnheap_usable_mem);

u_long xnheap_used_mem(xnheap_t *heap)
{
	u_long bytes;

	if (!heap_valid(heap))
		return 0;
	heap_lock(heap);
	bytes = heap_used(heap);
	heap_unlock(heap);
	return bytes;
}
EXPORT_SYMBOL_GPL(xnheap_used_mem);

u_long heap_largest(const struct xnheap *heap)
{
	int nr = index_last(&heap->bucket_index);
	u_long block = nr < 0 ? 0 : bucket_of_kind(heap, bucket_kind(nr))->size;

	return max(block, (u_long)range_largest(heap) << heap->page_shift);
}

u_long xnheap_max_contiguous(xnheap_t *heap)
{
	u_long bytes;

	if (!heap_valid(heap))
		return 0;
	heap_lock(heap);
	bytes = heap_largest(heap);
	heap_unlock(heap);
	return record_room(heap, bytes);
}
EXPORT_SYMBOL_GPL(xnheap_max_contiguous);

u_long xnheap_overhead_flags(u_long heapsize, u_long pagesize,
			     unsigned int flags)
{
	struct extent_shape shape;
	struct bucket_plan buckets;
	struct xnheap_extent plan;

	if (!heap_plan(heapsize, pagesize, flags, &buckets, &shape) ||
	    extent_layout(&plan, XNHEAP_MAX_PAGE_SIZE, heapsize, &shape))
		return heapsize;
	return heapsize - plan.nr_pages * pagesize;
}
EXPORT_SYMBOL_GPL(xnheap_overhead_flags);

/* A larger area may have finer steps, which take more of it. */
u_long xnheap_rounded_size_flags(u_long usable, u_long pagesize,
				 unsigned int flags)
{
	struct extent_shape shape;
	struct bucket_plan buckets;
	u_long pages, size = usable, area;

	do {
		area = size;
		if (area > XNHEAP_MAX_EXTENT_SIZE ||
		    !heap_plan(area, pagesize, flags, &buckets, &shape))
			return 0;
		pages = max(DIV_ROUND_UP(usable, pagesize), 2UL);
		size = ALIGN(extent_size(pages, &shape), pagesize);
	} while (size > area);
	return size;
}
EXPORT_SYMBOL_GPL(xnheap_rounded_size_flags);

void heap_get_stats(struct xnheap *heap, struct heap_stats *stats)
{
	heap_lock(heap);
	*stats = (struct heap_stats) {
		.given = heap->given,
		.usable = heap->pages << heap->page_shift,
		.used = heap_used(heap),
		.peak = heap->peak,
		.largest = (u_long)range_largest(heap) << heap->page_shift,
		.pages = heap->pages,
		.extents = heap->nr_extents,
		.page_block_allocs = heap->page_block_allocs,
		.page_block_frees = heap->page_block_frees,
		.page_block_pages = heap->page_block_pages,
		.alloc_busy = atomic_long_read(&heap->alloc_busy),
		.free_busy = atomic_long_read(&heap->free_busy),
	};
	memcpy(stats->failed, heap->failed, sizeof(stats->failed));
	heap_unlock(heap);
}

void heap_get_bucket(struct xnheap *heap, unsigned int nr,
		     struct bucket_stats *stats)
{
	const struct xnheap_bucket *bucket = bucket_of_kind(heap, bucket_kind(nr));

	heap_lock(heap);
	*stats = (struct bucket_stats) {
		.size = bucket->size,
		.run_pages = bucket->pages,
		.run_blocks = bucket->blocks,
		.runs = bucket->runs,
		.used = bucket->allocs - bucket->frees,
		.free = (u_long)bucket->runs * bucket->blocks -
			(bucket->allocs - bucket->frees),
		.allocs = bucket->allocs,
		.frees = bucket->frees,
	};
	heap_unlock(heap);
}

void heap_reset_peak(struct xnheap *heap)
{
	heap_lock(heap);
	heap->peak -= heap->slack;
	heap->slack = 0;
	heap_unlock(heap);
}

/* Call @look, which must be short, with the lock held. */
void heap_look(struct xnheap *heap,
	       void (*look)(struct xnheap *heap, void *what), void *what)
{
	heap_lock(heap);
	look(heap, what);
	heap_unlock(heap);
}
EXPORT_SYMBOL_IF_KUNIT(heap_look);
