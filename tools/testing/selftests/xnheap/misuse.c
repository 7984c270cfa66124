// SPDX-License-Identifier: GPL-2.0
/* Calls that are wrong: each gets its error, and nothing else happens. */

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "selftest.h"

#define PAGE_BYTES	512UL

static xnheap_t heap, other;
static u8 area[SZ_64K], other_area[SZ_64K];

static void expect_unusable(xnheap_t *heap)
{
	expect(xnheap_alloc(heap, 8), NULL);
	expect(xnheap_free(heap, area), -EINVAL);
	expect(xnheap_test_and_free(heap, area, NULL), -EINVAL);
	expect(xnheap_check_block(heap, area), -EINVAL);
	expect(xnheap_extend(heap, area, sizeof(area)), -EINVAL);
	expect(xnheap_grow(heap), -EINVAL);
	expect(xnheap_set_label(heap, "label"), -EINVAL);
	expect(xnheap_size(heap), 0);
	expect(xnheap_page_size(heap), 0);
	expect(xnheap_page_count(heap), 0);
	expect(xnheap_usable_mem(heap), 0);
	expect(xnheap_used_mem(heap), 0);
	expect(xnheap_max_contiguous(heap), 0);
	expect(xnheap_destroy(heap, NULL, NULL), -EINVAL);
	xnheap_delete(heap);
}

void test_null_heap(void)
{
	expect_unusable(NULL);
}

void test_unused_heap(void)
{
	memset(&heap, 0x00, sizeof(heap));
	expect_unusable(&heap);
	memset(&heap, 0xff, sizeof(heap));
	expect_unusable(&heap);
}

void test_destroyed_heap(void)
{
	expect(xnheap_init(&heap, area, sizeof(area), PAGE_BYTES), 0);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
	expect_unusable(&heap);
}

/* For calls that got a wrong argument and would have used @heap. */
static void expect_refused(int ret)
{
	expect(ret, -EINVAL);
	expect(xnheap_alloc(&heap, 8), NULL);
}

void test_bad_init(void)
{
	memset(&heap, 0, sizeof(heap));
	expect(xnheap_init(NULL, area, sizeof(area), PAGE_BYTES), -EINVAL);
	expect_refused(xnheap_init(&heap, NULL, sizeof(area), PAGE_BYTES));
	expect_refused(xnheap_init(&heap, area, 0, PAGE_BYTES));
	expect_refused(xnheap_init(&heap, area, PAGE_BYTES, PAGE_BYTES));
	expect_refused(xnheap_init(&heap, area, sizeof(area) - 8, PAGE_BYTES));
	expect_refused(xnheap_init(&heap, area,
				   XNHEAP_MAX_EXTENT_SIZE + PAGE_BYTES,
				   PAGE_BYTES));
	expect_refused(xnheap_init(&heap, area, sizeof(area), 0));
	expect_refused(xnheap_init(&heap, area, sizeof(area),
				   XNHEAP_MIN_PAGE_SIZE / 2));
	expect_refused(xnheap_init(&heap, area, sizeof(area), 768));
	expect_refused(xnheap_init(&heap, area, sizeof(area),
				   XNHEAP_MAX_PAGE_SIZE * 2));
}

static long create_error(const char *name, u_long extsize, u_long pagesize,
			 unsigned int flags, int node)
{
	xnheap_t *heap = xnheap_create_node(name, extsize, pagesize, flags,
					    node);

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	xnheap_delete(heap);
	return 0;
}

void test_bad_create(void)
{
	const unsigned int both = XNHEAP_VMALLOC | XNHEAP_PAGES;
	const int any = NUMA_NO_NODE;

	expect(create_error(NULL, SZ_64K, 512, XNHEAP_PAGES, any), -EINVAL);
	expect(create_error("", SZ_64K, 512, XNHEAP_PAGES, any), -EINVAL);
	expect(create_error("a", 0, 512, XNHEAP_PAGES, any), -EINVAL);
	expect(create_error("a", SZ_64K + 8, 512, XNHEAP_PAGES, any), -EINVAL);
	expect(create_error("a", SZ_2G, 512, XNHEAP_VMALLOC, any), -EINVAL);
	expect(create_error("a", SZ_64K, 500, XNHEAP_PAGES, any), -EINVAL);
	expect(create_error("a", SZ_64K, 512, 0, any), -EINVAL);
	expect(create_error("a", SZ_64K, 512, both, any), -EINVAL);
	expect(create_error("a", SZ_64K, 512, XNHEAP_PAGES | 0x10, any), -EINVAL);
	expect(create_error("a", SZ_64K, 512, XNHEAP_PAGES, MAX_NUMNODES),
	       -EINVAL);
	/* More than the page allocator can give at once */
	expect(create_error("a", SZ_1G, 4096, XNHEAP_PAGES, any), -ENOMEM);
	expect(create_error("a", SZ_64K, 512, XNHEAP_PAGES, any), 0);
}

void test_bad_extend(void)
{
	const u_long eighth = sizeof(other_area) / 8;

	expect(xnheap_init(&heap, area, sizeof(area), PAGE_BYTES), 0);
	expect(xnheap_extend(&heap, other_area + eighth, eighth), 0);
	expect(xnheap_extend(&heap, NULL, eighth), -EINVAL);
	expect(xnheap_extend(&heap, other_area, 0), -EINVAL);
	expect(xnheap_extend(&heap, other_area, eighth - 8), -EINVAL);
	expect(xnheap_extend(&heap, area, sizeof(area)), -EEXIST);
	expect(xnheap_extend(&heap, area + eighth, eighth), -EEXIST);
	expect(xnheap_extend(&heap, other_area, 2 * eighth), -EEXIST);
	expect(xnheap_extend(&heap, other_area, sizeof(other_area)), -EEXIST);
	expect(xnheap_grow(&heap), -EINVAL);
	expect(xnheap_set_label(&heap, "%s", ""), -EINVAL);
	expect(xnheap_size(&heap), sizeof(area) + eighth);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
}

/* Each call that takes a block gives @error, and frees nothing. */
static void expect_no_block(void *block, int error)
{
	u_long used = xnheap_used_mem(&heap);

	expect(xnheap_free(&heap, block), error);
	expect(xnheap_test_and_free(&heap, block, NULL), error);
	expect(xnheap_check_block(&heap, block), error);
	expect(xnheap_used_mem(&heap), used);
}

void test_bad_free(void)
{
	void *small, *large, *freed, *foreign;

	expect(xnheap_init(&heap, area, sizeof(area), PAGE_BYTES), 0);
	expect(xnheap_init(&other, other_area, sizeof(other_area), PAGE_BYTES),
	       0);
	small = xnheap_alloc(&heap, 64);
	large = xnheap_alloc(&heap, 3 * PAGE_BYTES);
	freed = xnheap_alloc(&heap, 64);
	foreign = xnheap_alloc(&other, 64);
	expect(small && large && freed && foreign, true);
	expect(xnheap_free(&heap, freed), 0);

	expect_no_block(freed, -EINVAL);
	expect_no_block(small + 1, -EINVAL);
	expect_no_block(small + 8, -EINVAL);
	expect_no_block(small - 64, -EINVAL);
	expect_no_block(large + 1, -EINVAL);
	expect_no_block(large + PAGE_BYTES, -EINVAL);
	expect_no_block(area, -EINVAL);
	expect_no_block(area + sizeof(area) - 1, -EINVAL);
	expect_no_block(area - 1, -EFAULT);
	expect_no_block(area + sizeof(area), -EFAULT);
	expect_no_block(foreign, -EFAULT);
	expect_no_block(&heap, -EFAULT);
	expect_no_block(&foreign, -EFAULT);
	expect_no_block(NULL, -EFAULT);
	expect_no_block(ERR_PTR(-ENOMEM), -EFAULT);

	expect(xnheap_free(&heap, small), 0);
	expect(xnheap_free(&heap, large), 0);
	expect_no_block(large, -EINVAL);
	expect(xnheap_free(&other, foreign), 0);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
	expect(xnheap_destroy(&other, NULL, NULL), 0);
}

void test_bad_delete(void)
{
	void *block;

	xnheap_delete(ERR_PTR(-ENOMEM));
	expect(xnheap_init(&heap, area, sizeof(area), PAGE_BYTES), 0);
	block = xnheap_alloc(&heap, 64);
	xnheap_delete(&heap);
	expect(xnheap_free(&heap, block), 0);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
}

/* Destroy a heap with live blocks; say what the kernel's log should hold. */
void make_abandoned(void)
{
	expect(xnheap_init(&heap, area, sizeof(area), PAGE_BYTES), 0);
	expect(xnheap_set_label(&heap, "left/%d", 3), 0);
	expect(!!xnheap_alloc(&heap, 60), true);
	expect(!!xnheap_alloc(&heap, 200), true);
	expect(!!xnheap_alloc(&heap, 600), true);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
	say("xnheap: left/3: destroyed with 3 blocks, 1344 bytes, still allocated\n");
}
