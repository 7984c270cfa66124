// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks, each held against what the header says of it. */
#include "model.h"

/*
 * What an allocation ought to give: the bytes of the block, 0 for NULL
 */

static unsigned long free_blocks(u32 b)
{
	struct bucket_stats stats;

	heap_get_bucket(&fuzz_heap, b, &stats);
	return stats.free;
}

/* The first bucket from @b on whose blocks hold @size bytes at multiples of @align. */
static u32 bucket_for(u32 b, size_t size, size_t align)
{
	const struct xnheap_bucket *bucket = fuzz_heap.buckets;

	while (b < fuzz_heap.nr_buckets && (bucket[b].size < size || bucket[b].size % align))
		b++;
	return b;
}

static u32 bucket_with_free(u32 b, size_t size, size_t align)
{
	for (b = bucket_for(b, size, align); b < fuzz_heap.nr_buckets;
	     b = bucket_for(b + 1, size, align))
		if (free_blocks(b))
			break;
	return b;
}

/* The longest free range, by looking at all pages. */
static u32 longest_free(void)
{
	const struct xnheap_page *page;
	u32 e, p, n, longest = 0;

	for (e = 0; e < model.extents; e++) {
		for (p = 0; p < fuzz_heap.extent[e].nr_pages; p += n) {
			page = page_after(&fuzz_heap, fuzz_heap.extent[e].map, p);
			n = page->type <= PAGE_BLOCK ? page->count :
			    bucket_of_run(&fuzz_heap, page)->pages;
			if (page->type == PAGE_FREE && n > longest)
				longest = n;
		}
	}
	return longest;
}

/*
 * From the buckets, if it is for them: a free block; a new run, unless there is
 * a larger free block and pages are short; else the least free block.
 */
static size_t expect_small(size_t size, size_t align)
{
	u32 b = bucket_for(0, size, align), larger;
	const struct xnheap_bucket *bucket = &fuzz_heap.buckets[b];
	bool run;

	if (b == fuzz_heap.nr_buckets)
		return 0;
	if (free_blocks(b))
		return bucket->size;
	larger = bucket_with_free(b, size, align);
	run = range_largest(&fuzz_heap) >= bucket->pages;
	if (larger == fuzz_heap.nr_buckets)
		return run ? bucket->size : 0;
	if (run && fuzz_heap.free_pages >= fuzz_heap.reserve)
		return bucket->size;
	return fuzz_heap.buckets[larger].size;
}

/* Of ranges, the one at the head of the last bin is found, others perhaps. */
static size_t expect_pages_for(size_t size, bool *perhaps)
{
	size_t pages = (size - 1) / model.spec.page_size + 1;

	if (pages <= range_largest(&fuzz_heap))
		return pages * model.spec.page_size;
	*perhaps = true;
	return pages <= longest_free() ? pages * model.spec.page_size : 0;
}

static void allocated(void *block, size_t size, size_t align, size_t expected, bool perhaps)
{
	unsigned long start = (unsigned long)block;
	bool fine = model.spec.flags & XNHEAP_FINE, pages;
	struct heap_stats now;
	size_t bytes;

	heap_get_stats(&fuzz_heap, &now);
	bytes = now.used - model.want.used;
	fuzz_call(" = %s%zu bytes\n", block ? "" : "NULL, ", bytes);
	if (!block) {
		CHECK(!bytes);
		CHECK(perhaps || !expected);
		model.want.failed[!align ? XNHEAP_ALLOC_ALIGN :
				  size && size <= XNHEAP_MAX_EXTENT_SIZE ?
				  XNHEAP_ALLOC_FULL : XNHEAP_ALLOC_SIZE]++;
		model_after_call();
		return;
	}
	CHECK(bytes >= size && size);
	if (align == 1 ? bytes != expected :
			 expected && bytes > expected)
		fuzz_fail("a block of %zu bytes, expected %zu", bytes, expected);
	CHECK(align && start % align == 0);
	pages = now.page_block_allocs != model.want.page_block_allocs;
	if (pages)
		CHECK(bytes % model.spec.page_size == 0 && start % model.spec.page_size == 0);
	else if (!fine)
		CHECK(start % bytes == 0);
	else
		CHECK(start % (bytes > 1024 ? 16 : 8) == 0);
	model.want.used = now.used;
	if (model.want.used > model.want.peak)
		model.want.peak = model.want.used;
	model.want.page_block_allocs += pages;
	model.want.page_block_pages += pages ? bytes / model.spec.page_size : 0;
	model_add(start, bytes, pages);
	model_after_call();
}

bool model_alloc(size_t size)
{
	bool perhaps = false;
	size_t expected = 0;
	void *block;

	if (model.nr_live == MAX_LIVE)
		return false;
	if (size && size <= XNHEAP_MAX_EXTENT_SIZE) {
		expected = expect_small(size, 1);
		if (!expected)
			expected = expect_pages_for(size, &perhaps);
	}
	fuzz_call("b%u = alloc(%zu)", model.calls + 1, size);
	block = xnheap_alloc(&fuzz_heap, size);
	allocated(block, size, 1, expected, perhaps);
	return block;
}

bool model_alloc_aligned(size_t size, size_t align)
{
	bool perhaps = false;
	bool sound = align && !(align & (align - 1)) && align <= model.spec.page_size;
	size_t expected = 0;
	void *block;

	if (model.nr_live == MAX_LIVE)
		return false;
	if (sound && size && size <= XNHEAP_MAX_EXTENT_SIZE) {
		expected = expect_small(size, align);
		if (!expected)
			expected = expect_pages_for(size, &perhaps);
	}
	fuzz_call("b%u = alloc_aligned(%zu, %zu)", model.calls + 1, size, align);
	block = xnheap_alloc_aligned(&fuzz_heap, size, align);
	allocated(block, size, sound ? align : 0, expected, perhaps);
	return block;
}

/* In NMI, the lock is taken. */
void model_alloc_busy(void)
{
	fuzz_in_nmi = true;
	fuzz_lock_taken = true;
	fuzz_call("alloc(1) in NMI, the lock is taken\n");
	CHECK(!xnheap_alloc(&fuzz_heap, 1));
	CHECK(!xnheap_alloc_aligned(&fuzz_heap, 1, 1));
	fuzz_in_nmi = false;
	fuzz_lock_taken = false;
	model.want.alloc_busy += 2;
	model_after_call();
}

/*
 * Freeing: a live block, or whatever
 */

static void *asked;
static int answer;

static int ask(void *block)
{
	CHECK(!asked);
	asked = block;
	return answer;
}

static void freed(unsigned long address, int ret, int expected)
{
	int i = model_live_at(address);

	CHECK(ret == expected);
	if (ret == -EFAULT)
		model.want.failed[XNHEAP_FREE_OUTSIDE]++;
	else if (ret == -EINVAL)
		model.want.failed[XNHEAP_FREE_INVALID]++;
	else if (ret == -EAGAIN)
		model.want.free_busy++;
	else if (ret)
		model.want.failed[XNHEAP_FREE_REFUSED]++;
	if (!ret && address) {
		model.want.used -= model_live[i].bytes;
		model.want.page_block_frees += model_live[i].pages;
		if (model_live[i].pages)
			model.want.page_block_pages -= model_live[i].bytes / model.spec.page_size;
		model_remove(i);
	}
	model_after_call();
}

/* What freeing @address returns. */
static int expect_free(unsigned long address)
{
	u32 e;

	if (!address || model_live_at(address) >= 0)
		return 0;
	for (e = 0; e < model.extents; e++)
		if (address - model.extent[e].start < model.extent[e].size)
			return -EINVAL;
	return -EFAULT;
}

void model_free(unsigned long address, u8 how)
{
	int expected = expect_free(address), ret;
	void *block = (void *)address;

	switch (how % 8) {
	case 0:
		fuzz_call("check_block(%s)", model_words(address));
		ret = xnheap_check_block(&fuzz_heap, block);
		fuzz_call(" = %d\n", ret);
		CHECK(ret == (address ? expected : -EFAULT));
		model_after_call();
		return;
	case 1:
		fuzz_call("test_and_free(%s, NULL)", model_words(address));
		ret = xnheap_test_and_free(&fuzz_heap, block, NULL);
		break;
	case 2:
	case 3:
		asked = NULL;
		answer = how & 1 ? 5 : 0;
		fuzz_call("test_and_free(%s, %d)", model_words(address), answer);
		ret = xnheap_test_and_free(&fuzz_heap, block, ask);
		CHECK(asked == (expected ? NULL : block));
		if (!expected && address)
			expected = answer;
		break;
	case 4:
		fuzz_in_nmi = true;
		fuzz_lock_taken = true;
		fuzz_call("free(%s) in NMI, the lock is taken", model_words(address));
		ret = xnheap_free(&fuzz_heap, block);
		CHECK(xnheap_check_block(&fuzz_heap, block) == (address ? -EAGAIN : -EFAULT));
		fuzz_in_nmi = false;
		fuzz_lock_taken = false;
		expected = address ? -EAGAIN : 0;
		break;
	default:
		fuzz_call("free(%s)", model_words(address));
		ret = xnheap_free(&fuzz_heap, block);
	}
	fuzz_call(" = %d\n", ret);
	freed(address, ret, expected);
}

