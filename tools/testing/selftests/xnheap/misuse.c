// SPDX-License-Identifier: GPL-2.0
/* Calls that are wrong: each gets its error, and nothing else happens. */

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/sizes.h>

#include "selftest.h"

#define PAGE_BYTES	512UL

static xnheap_t heap, other;
static u8 area[SZ_64K], other_area[SZ_64K];

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
	expect_no_block(ERR_PTR(-ENOMEM), -EFAULT);

	expect(xnheap_free(&heap, NULL), 0);
	expect(xnheap_free(&heap, small), 0);
	expect(xnheap_free(&heap, large), 0);
	expect_no_block(large, -EINVAL);
	expect(xnheap_free(&other, foreign), 0);
	expect(xnheap_destroy(&heap, NULL, NULL), 0);
	expect(xnheap_destroy(&other, NULL, NULL), 0);
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
