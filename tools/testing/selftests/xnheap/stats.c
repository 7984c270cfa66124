// SPDX-License-Identifier: GPL-2.0
/* Heaps for run.sh to look at, and the view of them that it should find. */

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "selftest.h"

/* Blocks to allocate, and how many to free once all groups are allocated. */
struct group {
	u_long size;
	unsigned int nr;
	unsigned int freed;		/* the last one first */
};

static void *block[1000];

static void fill(xnheap_t *heap, const struct group *groups, unsigned int nr)
{
	void **end = block;
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < groups[i].nr; j++) {
			*end = xnheap_alloc(heap, groups[i].size);
			expect(!!*end, true);
			end++;
		}
	}
	for (i = nr; i-- > 0; end -= groups[i].nr)
		for (j = 1; j <= groups[i].freed; j++)
			expect(xnheap_free(heap, end[-(long)j]), 0);
}

static int refuse(void *block)
{
	return -EPERM;
}

/* Calls that fail, for each cause another number of them. */
static void fail(xnheap_t *heap, void *block)
{
	unsigned int i;

	expect(xnheap_alloc(heap, 0), NULL);
	expect(xnheap_alloc(heap, XNHEAP_MAX_EXTENT_SIZE + 1), NULL);
	for (i = 0; i < 3; i++)
		expect(xnheap_alloc(heap, xnheap_usable_mem(heap) + 1), NULL);
	for (i = 0; i < 7; i++)
		expect(xnheap_alloc_aligned(heap, 8, 3), NULL);
	for (i = 0; i < 4; i++)
		expect(xnheap_free(heap, heap), -EFAULT);
	for (i = 0; i < 5; i++)
		expect(xnheap_free(heap, block + 1), -EINVAL);
	for (i = 0; i < 6; i++)
		expect(xnheap_test_and_free(heap, block, refuse), -EPERM);
	/* To ask is no failure. */
	expect(xnheap_check_block(heap, heap), -EFAULT);
	expect(xnheap_check_block(heap, block + 1), -EINVAL);
}

/* A page of four blocks, of which one is out, and no more may be. */
static void reserve(xnheap_t *heap)
{
	struct xnheap_reservation *one = xnheap_reserve(heap, 100, 1);
	unsigned int i;

	expect(IS_ERR(one), false);
	expect(!!xnheap_alloc_reserved(one), true);
	for (i = 0; i < 8; i++)
		expect(xnheap_alloc_reserved(one), NULL);
}

/* Numbers that depend on how many pages an extent has. */
static void say_sizes(u_long given, u_long usable, u_long used, u_long reserved,
		      u_long peak)
{
	say("bytes_given %lu\n", given);
	say("bytes_usable %lu\n", usable);
	say("bytes_used %lu\n", used);
	say("bytes_free %lu\n", usable - used - reserved);
	say("bytes_reserved %lu\n", reserved);
	say("bytes_overhead %lu\n", given - usable);
	say("bytes_peak_used %lu\n", peak);
}

/* Each page holds one word of blocks at most. */
void make_small(void)
{
	static const struct group groups[] = {
		{ 1, 3, 0 },		/* 8 bytes each: 64 a page */
		{ 9, 33, 1 },		/* 16 bytes: 32 a page; page 2 empties */
		{ 32, 20, 0 },		/* 32 bytes: 16 a page */
		{ 64, 9, 3 },		/* 64 bytes: 8 a page; page 2 empties */
		{ 100, 4, 0 },		/* 128 bytes: 4 a page */
		{ 200, 5, 4 },		/* 256 bytes: 2 a page; 2, 3 empty */
		{ 512, 2, 1 },		/* a page each */
		{ 900, 1, 1 },		/* 2 pages */
		{ 5000, 1, 0 },		/* 10 pages; 25 in all, before frees */
	};
	xnheap_t *heap = keep_heap("small", SZ_64K, 512, XNHEAP_VMALLOC);
	u_long pages = xnheap_page_count(heap);

	if (!heap)
		return;
	fill(heap, groups, ARRAY_SIZE(groups));
	fail(heap, block[0]);
	reserve(heap);

	say("label small\n"
	    "page_size 512\n"
	    "pages %lu\n"
	    "extents 1\n", pages);
	say_sizes(SZ_64K, pages * 512, 7960 + 128, 384, 10728);
	say("largest_free_range %lu\n"
	    "allocs 79\n"
	    "alloc_failed_size 2\n"
	    "alloc_failed_align 7\n"
	    "alloc_failed_full 3\n"
	    "alloc_failed_reserved 8\n"
	    "alloc_failed_busy 0\n"
	    "frees 10\n"
	    "free_failed_outside 4\n"
	    "free_failed_invalid 5\n"
	    "free_failed_refused 6\n"
	    "free_failed_busy 0\n", (pages - 25) * 512);
	say("block_size pages used free\n"
	    "8 1 3 61\n"
	    "16 1 32 0\n"
	    "32 2 20 12\n"
	    "64 1 6 2\n"
	    "128 1 4 0\n"
	    "256 1 1 1\n"
	    "whole_pages 11 2 -\n");
}

/* A page holds up to eight words of blocks; and there are two extents. */
void make_grown(void)
{
	static const struct group groups[] = {
		{ 8, 600, 0 },		/* 512 a page */
		{ 16, 300, 50 },	/* 256 a page; page 2 empties */
		{ 64, 64, 0 },		/* 64 a page */
		{ 2000, 3, 0 },		/* 2048 bytes each: 2 a page */
		{ 4096, 1, 0 },		/* a page */
		{ 4097, 1, 0 },		/* 2 pages */
	};
	xnheap_t *heap = keep_heap("grown", SZ_256K, 4096, XNHEAP_PAGES);
	u_long first = xnheap_page_count(heap);
	u_long pages;

	if (!heap)
		return;
	fill(heap, groups, ARRAY_SIZE(groups));
	expect(xnheap_grow(heap), 0);
	pages = xnheap_page_count(heap);

	say("label grown\n"
	    "page_size 4096\n"
	    "pages %lu\n"
	    "extents 2\n", pages);
	say_sizes(2 * SZ_256K, pages * 4096, 31328, 0, 32128);
	say("largest_free_range %lu\n"
	    "allocs 969\n"
	    "alloc_failed_size 0\n"
	    "alloc_failed_align 0\n"
	    "alloc_failed_full 0\n"
	    "alloc_failed_reserved 0\n"
	    "alloc_failed_busy 0\n"
	    "frees 50\n"
	    "free_failed_outside 0\n"
	    "free_failed_invalid 0\n"
	    "free_failed_refused 0\n"
	    "free_failed_busy 0\n", (pages - first) * 4096);
	say("block_size pages used free\n"
	    "8 2 600 424\n"
	    "16 1 250 6\n"
	    "32 0 0 0\n"
	    "64 1 64 0\n"
	    "128 0 0 0\n"
	    "256 0 0 0\n"
	    "512 0 0 0\n"
	    "1024 0 0 0\n"
	    "2048 2 3 1\n"
	    "whole_pages 3 2 -\n");
}

/* It may not grow, so that all is certain. */
void make_growing(void)
{
	static const struct group groups[] = {
		{ 1024, 59, 3 },	/* 2 pages each: 10 were free, 16 are */
	};
	xnheap_t *heap = keep_heap("growing", SZ_64K, 512, XNHEAP_VMALLOC);

	if (!heap)
		return;
	expect(xnheap_set_growth(heap, 4096, 5000, SZ_64K), 0);
	fill(heap, groups, ARRAY_SIZE(groups));

	say("label growing\n"
	    "page_size 512\n"
	    "pages 128\n"
	    "extents 1\n");
	say_sizes(SZ_64K, SZ_64K, 57344, 0, 60416);
	say("largest_free_range 8192\n"
	    "level_free 8192\n"
	    "level_lowest 5120\n"
	    "level_low 4096\n"
	    "level_high 5000\n"
	    "level_max 65536\n"
	    "longest_wait_ns 0\n"
	    "extents_grown 0\n"
	    "extents_given_back 0\n"
	    "allocs 59\n"
	    "alloc_failed_size 0\n"
	    "alloc_failed_align 0\n"
	    "alloc_failed_full 0\n"
	    "alloc_failed_reserved 0\n"
	    "alloc_failed_busy 0\n"
	    "frees 3\n"
	    "free_failed_outside 0\n"
	    "free_failed_invalid 0\n"
	    "free_failed_refused 0\n"
	    "free_failed_busy 0\n");
	say("block_size pages used free\n"
	    "8 0 0 0\n"
	    "16 0 0 0\n"
	    "32 0 0 0\n"
	    "64 0 0 0\n"
	    "128 0 0 0\n"
	    "256 0 0 0\n"
	    "whole_pages 112 56 -\n");
}

void make_twins(void)
{
	keep_heap("twin", SZ_64K, 512, XNHEAP_VMALLOC);
	keep_heap("twin", SZ_64K, 512, XNHEAP_VMALLOC);
}

void make_slash(void)
{
	keep_heap("drive/0", SZ_64K, 512, XNHEAP_VMALLOC);
}

/* A heap that this module forgets. */
void make_leak(void)
{
	expect(!IS_ERR(xnheap_create("leaked", SZ_64K, 512, XNHEAP_VMALLOC)),
	       true);
}
