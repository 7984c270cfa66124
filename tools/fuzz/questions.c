// SPDX-License-Identifier: GPL-2.0
/* What is told of sizes and of addresses. */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/math.h>

#include "model.h"

static size_t largest_span(void)
{
	size_t largest = 0;
	u32 e;

	for (e = 0; e < model.extents; e++)
		if (model.extent[e].span > largest)
			largest = model.extent[e].span;
	return largest;
}

/* The least power of two that holds @size bytes and may be a block */
static size_t power_for(size_t size)
{
	size_t power = model.spec.page_size / BITS_PER_LONG / BITS_PER_LONG;
	size_t least = model.spec.shared ? 32 :
		       model.spec.flags & (XNHEAP_PERCPU | XNHEAP_DEFER) ? 16 : 8;

	if (power < XNHEAP_ALIGN_OF(model.spec.flags))
		power = XNHEAP_ALIGN_OF(model.spec.flags);
	if (power < least)
		power = least;
	while (power < size)
		power *= 2;
	return power;
}

/* Of fine sizes, the least of a bucket whose runs an extent has room for; or 0 */
static size_t fine_for(size_t size)
{
	const struct xnheap_bucket *bucket = fuzz_heap.buckets;
	u32 b;

	for (b = 0; b < fuzz_heap.nr_buckets && bucket[b].size < size; b++)
		;
	return b < fuzz_heap.nr_buckets &&
	       bucket[b].pages * model.spec.page_size <= largest_span() ? bucket[b].size : 0;
}

/* What a request of so many bytes takes */
void model_ask_size(size_t size)
{
	size_t p = model.spec.page_size, expected = 0;

	if (size && size <= largest_span()) {
		expected = model.spec.flags & XNHEAP_FINE ? fine_for(size) :
			   size <= p ? power_for(size) : 0;
		expected = expected ?: round_up(size, p);
	}
	fuzz_call("block_size(%zu) = %zu\n", size, xnheap_block_size(&fuzz_heap, size));
	CHECK(xnheap_block_size(&fuzz_heap, size) == expected);
	CHECK(xnheap_max_contiguous(&fuzz_heap) == largest_span());
}

/* What lies at an address, which may be any, and where that is for a device */
void model_ask_address(unsigned long address)
{
	const void *at = (void *)address;
	size_t offset = 1, expected = 1;
	int i = model_live_at(address);
	u64 cookie = 2, expected_cookie = 2;
	dma_addr_t dma = DMA_MAPPING_ERROR;
	int ret, expected_ret = -EFAULT;
	u32 e;

	for (e = 0; e < model.extents; e++) {
		if (address - model.extent[e].base >= model.extent[e].span)
			continue;
		expected_ret = 0;
		expected = model_offset(address);
		expected_cookie = model.extent[e].cookie;
		if (expected_cookie != XNHEAP_NO_COOKIE)
			dma = expected_cookie + expected;
	}
	/* These take no lock */
	fuzz_lock_taken = true;
	fuzz_in_nmi = true;
	ret = xnheap_offset(&fuzz_heap, at, &offset, &cookie);
	CHECK(ret == xnheap_offset(&fuzz_heap, at, NULL, NULL));
	CHECK(xnheap_dma_addr(&fuzz_heap, at) == dma);
	CHECK(xnheap_phys(&fuzz_heap, at) == PHYS_ADDR_MAX);
	fuzz_lock_taken = false;
	fuzz_in_nmi = false;
	fuzz_call("offset(%s) = %d, %zu\n", model_words(address), ret, offset);
	CHECK(ret == expected_ret && offset == expected && cookie == expected_cookie);
	CHECK(xnheap_usable_size(&fuzz_heap, at) ==
	      (i < 0 || model_live[i].peer ? 0 : model_live[i].bytes));
	model_after_call();
}
