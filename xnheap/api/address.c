// SPDX-License-Identifier: GPL-2.0
/* Where a block is for others than the processor. */

#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/io.h>

#include "api.h"

/* Where an extent's area starts, as offsets are counted: in the window of a shared heap. */
static size_t window_offset(const struct xnheap *heap, const struct xnheap_extent *ext)
{
	if (!heap->sharing)
		return 0;
	path_mark(in_window);
	return ext->nr * heap->extent_size;
}

int xnheap_offset(const struct xnheap *heap, const void *block, size_t *offset,
		  u64 *cookie)
{
	unsigned long address = (unsigned long)block;
	const struct xnheap_extent *ext;

	if (!heap_is_valid(heap))
		return -EINVAL;
	ext = extent_find_unlocked(heap, address);
	if (!ext)
		return -EFAULT;
	if (offset)
		*offset = address - ext->start + window_offset(heap, ext);
	if (cookie)
		*cookie = ext->cookie;
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_offset);

dma_addr_t xnheap_dma_addr(const struct xnheap *heap, const void *block)
{
	size_t offset;
	u64 cookie;

	if (xnheap_offset(heap, block, &offset, &cookie) ||
	    cookie == XNHEAP_NO_COOKIE)
		return DMA_MAPPING_ERROR;
	return cookie + offset;
}
EXPORT_SYMBOL_GPL(xnheap_dma_addr);

phys_addr_t xnheap_phys(const struct xnheap *heap, const void *block)
{
	const struct xnheap_extent *ext;

	if (!heap_is_valid(heap) || heap->backing != XNHEAP_PAGES)
		return PHYS_ADDR_MAX;
	ext = extent_find_unlocked(heap, (unsigned long)block);
	/* What the caller added may be of any kind */
	return ext && ext->memory ? virt_to_phys((void *)block) : PHYS_ADDR_MAX;
}
EXPORT_SYMBOL_GPL(xnheap_phys);
