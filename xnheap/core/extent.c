// SPDX-License-Identifier: GPL-2.0
/* Extents: laying them out and adding them to a heap. */

#include <linux/align.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "extent.h"

/* Bytes of page map and extra of @pages pages, at whatever address. */
size_t extent_map_size(size_t pages, const struct extent_shape *shape)
{
	return sizeof(u64) + pages * shape->extra + (pages + 2) * shape->stride;
}

/* How many pages there are, and where page 0 is. */
static size_t layout_pages(const struct extent_area *area, const struct extent_shape *shape,
			   unsigned long *first)
{
	unsigned long end = ALIGN_DOWN(area->start + area->size, shape->page_size);
	unsigned long from = ALIGN(area->start, shape->page_size);
	size_t each = shape->page_size, pages;

	if (!area->map) {
		from = ALIGN(area->start, sizeof(u64)) + 2 * shape->stride;
		each += shape->stride + shape->extra;
	}
	if (from < area->start || end < from)
		return 0;
	pages = (end - from) / each;
	if (area->map && extent_map_size(pages, shape) > area->map_size)
		return 0;
	*first = end - pages * shape->page_size;
	return pages;
}

/*
 * Lay an extent out. Nothing is written but @ext, and its span is left 0: that
 * is for extent_publish().
 */
int extent_layout(struct xnheap_extent *ext, const struct extent_area *area,
		  const struct extent_shape *shape)
{
	unsigned long first, extra;
	size_t pages;

	if (!area->start || !area->size || area->size % shape->page_size ||
	    area->size > XNHEAP_MAX_EXTENT_SIZE ||
	    area->start + area->size < area->start ||
	    area->map + area->map_size < area->map)
		return -EINVAL;
	pages = layout_pages(area, shape, &first);
	if (pages < 2)
		return -EINVAL;

	extra = ALIGN(area->map ?: area->start, sizeof(u64));
	*ext = (struct xnheap_extent) {
		.start = area->start,
		.size = area->size,
		.base = first,
		.map = (void *)(extra + pages * shape->extra + shape->stride),
		.cookie = area->cookie,
		.nr_pages = pages,
	};
	return 0;
}

/* One that no extent has, and that nobody can mistake for the extent that had it; or NULL. */
static struct xnheap_extent *find_number(const struct xnheap *heap)
{
	struct xnheap_extent *ext, *end = heap->extent + XNHEAP_MAX_EXTENTS;

	for (ext = heap->extent; ext < end; ext++)
		if (!ext->size && !ext->retired)
			return ext;
	return NULL;
}

/*
 * Take a place in the heap's tables for the extent that is to be, under the
 * lock. Until it is published it has a span of 0: the area is taken, and
 * nothing is found in it.
 */
struct xnheap_extent *extent_claim(struct xnheap *heap, const struct xnheap_extent *plan)
{
	struct xnheap_by_address *at = heap->by_address;
	unsigned int i, n = heap->nr_sorted;
	struct xnheap_extent *ext;

	for (i = n; i > 0 && at[i - 1].extent->start > plan->start; i--)
		;
	if (i > 0 && plan->start - at[i - 1].extent->start < at[i - 1].extent->size)
		return ERR_PTR(-EEXIST);
	if (i < n && at[i].extent->start - plan->start < plan->size)
		return ERR_PTR(-EEXIST);
	if (n == XNHEAP_MAX_EXTENTS)
		return ERR_PTR(-ENOSPC);

	ext = find_number(heap);
	if (!ext)
		return ERR_PTR(-ENOSPC);
	raw_write_seqcount_begin(&heap->extents_seq);
	*ext = *plan;
	ext->nr = ext - heap->extent;
	memmove(&at[i + 1], &at[i], (n - i) * sizeof(*at));
	at[i] = (struct xnheap_by_address) {
		.key = plan->start - 1,
		.extent = ext,
	};
	heap->nr_sorted = n + 1;
	heap->nr_extents = max(heap->nr_extents, ext->nr + 1U);
	raw_write_seqcount_end(&heap->extents_seq);
	return ext;
}

/*
 * Write an empty page map, without the lock: this is the work that grows with
 * the extent.
 */
void extent_format(const struct xnheap *heap, struct xnheap_extent *ext)
{
	struct xnheap_page *page = page_before(heap, ext->map, 1);
	u32 i;

	memset(page, 0, (ext->nr_pages + 2UL) * heap->page_stride);
	for (i = 0; i < ext->nr_pages + 2; i++) {
		page->extent = ext->nr;
		page->type = PAGE_LAST;
		page = page_after(heap, page, 1);
	}
}

/* Let addresses be found in the extent, under the lock. */
void extent_publish(struct xnheap *heap, struct xnheap_extent *ext)
{
	/* Whoever finds it without the lock finds all of its map */
	smp_store_release(&ext->span, (unsigned long)ext->nr_pages << heap->page_shift);
	if (ext->nr)
		return;
	heap->first_base = ext->base;
	heap->first_span = ext->span;
	heap->first_map = ext->map;
}

/*
 * Take an extent out that nothing leads to any more, under the lock. Who found it without
 * the lock may read its entry and its map for a while: after that, its number can be used
 * again.
 */
void extent_retire(struct xnheap *heap, struct xnheap_extent *ext)
{
	struct xnheap_by_address *at = heap->by_address;
	unsigned int i, n = heap->nr_sorted - 1;

	for (i = 0; at[i].extent != ext; i++)
		;
	raw_write_seqcount_begin(&heap->extents_seq);
	WRITE_ONCE(ext->span, 0);
	memmove(&at[i], &at[i + 1], (n - i) * sizeof(*at));
	at[n] = (struct xnheap_by_address) {
		.key = ULONG_MAX,
		.extent = heap->extent,
	};
	heap->nr_sorted = n;
	heap->retired++;
	raw_write_seqcount_end(&heap->extents_seq);
	ext->size = 0;
	ext->memory = NULL;
	ext->retired = true;
}

static bool has_page(const struct xnheap_extent *ext, unsigned long address)
{
	/* Pairs with extent_publish(): who finds the span finds the rest */
	unsigned long span = smp_load_acquire(&ext->span);

	/* Before, it is 0, and the base may be being written */
	return address - data_race(ext->base) < span;
}

/*
 * An extent stays where it is in its table, but the order by address changes when one is
 * added or taken out. Who meets with that looks at all of them, rather than wait. None is
 * taken out in which the caller has a block.
 */
notrace __noendbr
const struct xnheap_extent *extent_find_unlocked(const struct xnheap *heap,
						 unsigned long address)
{
	unsigned int seq = raw_read_seqcount(&heap->extents_seq);
	const struct xnheap_extent *ext, *end;

	if (likely(!(seq & 1))) {
		ext = extent_find(heap, address);
		if (likely(!read_seqcount_retry(&heap->extents_seq, seq)))
			return has_page(ext, address) ? ext : NULL;
	}
	end = heap->extent + READ_ONCE(heap->nr_extents);
	for (ext = heap->extent; ext < end; ext++)
		if (has_page(ext, address))
			return ext;
	return NULL;
}
