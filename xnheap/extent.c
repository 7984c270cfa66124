// SPDX-License-Identifier: GPL-2.0
/* Extents: laying them out and adding them to a heap. */

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "extent.h"
#include "kunit.h"

/* Bytes of an entry in the page map, which has @words words of bits. */
u_long extent_stride(unsigned int words)
{
	return sizeof(struct xnheap_page) +
	       (words > 1 ? 1 + words : 1) * sizeof(long);
}
EXPORT_SYMBOL_IF_KUNIT(extent_stride);

/* Bytes of an area that has @pages pages at whatever address it lies. */
u_long extent_size(u_long pages, const struct extent_shape *shape)
{
	return sizeof(long) + sizeof(struct xnheap_extent) + shape->header +
	       pages * shape->extra + (pages + 2) * shape->stride +
	       (pages + 1) * shape->page_size;
}
EXPORT_SYMBOL_IF_KUNIT(extent_size);

/*
 * Lay an extent out in @size bytes at @start. Nothing is written but @ext, and
 * its span is left 0: that is for extent_publish().
 */
int extent_layout(struct xnheap_extent *ext, u_long start, u_long size,
		  const struct extent_shape *shape)
{
	u_long page_size = shape->page_size, stride = shape->stride;
	u_long first = (u_long)extent_at(start);
	u_long end = ALIGN_DOWN(start + size, page_size);
	u_long fixed = sizeof(*ext) + shape->header + 2 * stride;
	u_long pages;

	if (!start || !size || size % page_size ||
	    size > XNHEAP_MAX_EXTENT_SIZE ||
	    start + size < start || end < first || end - first < fixed)
		return -EINVAL;

	pages = (end - first - fixed) / (page_size + stride + shape->extra);
	if (pages < 2)
		return -EINVAL;

	*ext = (struct xnheap_extent) {
		.start = start,
		.size = size,
		.base = end - (pages + 1) * page_size,
		.map = (void *)(first + fixed - 2 * stride +
				pages * shape->extra),
		.nr_pages = pages,
	};
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extent_layout);

/*
 * Write the extent's own header and an empty page map into the area, without
 * the lock: this is the work that grows with the extent.
 */
struct xnheap_extent *extent_format(const struct xnheap *heap,
				    const struct xnheap_extent *plan)
{
	struct xnheap_extent *ext = extent_at(plan->start);
	struct xnheap_page *page;
	u32 i;

	*ext = *plan;
	memset(ext->map, 0, (ext->nr_pages + 2) * heap->page_stride);
	for (i = 0; i < ext->nr_pages + 2; i++) {
		page = map_page(heap, ext->map, i);
		page->extent = ext->nr;
		if (i == 0 || i == ext->nr_pages + 1)
			page->kind = PAGE_BODY;
	}
	return ext;
}
EXPORT_SYMBOL_IF_KUNIT(extent_format);

/*
 * Take a place in the heap's table for the extent that is to be, under the
 * lock. Until it is published @plan stands there, with a span of 0: the area
 * is taken, and nothing is found in it.
 */
int extent_claim(struct xnheap *heap, struct xnheap_extent *plan)
{
	struct xnheap_place *place = heap->place;
	unsigned int i, n = heap->nr_extents;

	for (i = n; i > 0 && place[i - 1].extent->start > plan->start; i--)
		;
	if (i > 0 && plan->start - place[i - 1].extent->start <
		     place[i - 1].extent->size)
		return -EEXIST;
	if (i < n && place[i].extent->start - plan->start < plan->size)
		return -EEXIST;
	if (n == XNHEAP_MAX_EXTENTS)
		return -ENOSPC;

	memmove(&place[i + 1], &place[i], (n - i) * sizeof(*place));
	place[i] = (struct xnheap_place) {
		.key = plan->start - 1,
		.extent = plan,
	};
	plan->nr = n;
	heap->nr_extents = n + 1;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(extent_claim);

/* Put the extent itself where its plan stood, under the lock. */
void extent_publish(struct xnheap *heap, struct xnheap_extent *ext)
{
	struct xnheap_place *place = heap->place;

	while (place->extent->start != ext->start)
		place++;
	ext->span = (ext->nr_pages + 1UL) << heap->page_shift;
	place->base = ext->base;
	place->span = ext->span;
	place->map = ext->map;
	place->extent = ext;
	heap->extent[ext->nr] = ext;
	if (!ext->nr)
		heap->first = *ext;
}
EXPORT_SYMBOL_IF_KUNIT(extent_publish);
