// SPDX-License-Identifier: GPL-2.0
/* Where a block is for others than the processor. */

#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/io.h>

#include "api.h"

static bool has_page(const struct xnheap_extent *ext, unsigned long address)
{
	/* Pairs with extent_publish(): who finds the span finds the rest */
	unsigned long span = smp_load_acquire(&ext->span);

	/* Before, it is 0, and the base may be being written */
	if (address - data_race(ext->base) >= span)
		return false;
	/* Pairs with extent_retire(): else the base may be that of another since */
	smp_rmb();
	return READ_ONCE(ext->span) == span;
}

/*
 * The extent that has a page at @address, or NULL; without the lock. An extent stays
 * where it is in its table, but the order by address changes when one is added or taken
 * out. Who meets with that looks at all of them, rather than wait. None is taken out in
 * which the caller has a block.
 */
static const struct xnheap_extent *find_unlocked(const struct xnheap *heap,
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

int xnheap_offset(const struct xnheap *heap, const void *block, size_t *offset,
		  u64 *cookie)
{
	unsigned long address = (unsigned long)block;
	const struct xnheap_extent *ext;

	if (!heap_is_valid(heap))
		return -EINVAL;
	ext = find_unlocked(heap, address);
	if (!ext)
		return -EFAULT;
	if (offset)
		*offset = address - ext->start;
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
	ext = find_unlocked(heap, (unsigned long)block);
	/* What the caller added may be of any kind */
	return ext && ext->memory ? virt_to_phys((void *)block) : PHYS_ADDR_MAX;
}
EXPORT_SYMBOL_GPL(xnheap_phys);
