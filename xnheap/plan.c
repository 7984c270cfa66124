// SPDX-License-Identifier: GPL-2.0
/*
 * The sizes of blocks: powers of two, or finer.
 *
 * Finer ones are multiples of 8 bytes, 8 to 32 to a doubling, of which a run
 * holds up to 64 blocks in up to 8 pages. Where a page holds more than 64, a
 * run is one page, with as many words of bits as it takes.
 */

#include <linux/align.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/xnheap.h>

#include "bucket.h"
#include "kunit.h"
#include "plan.h"

#define RUN_MAX_PAGES	8
#define MAX_STEPS	32
#define MIN_STEPS	8

/* Page size over the smallest block: there is a bit for each in the page map. */
static u_long most_blocks(const struct bucket_plan *plan)
{
	return min_t(u_long, plan->words * BITS_PER_LONG,
		     plan->page_size / XNHEAP_MIN_BLOCK);
}

/*
 * The blocks of @size bytes in a run. Bits that no block has must not fill a
 * word, which would be searched in vain, so there are never just 64 blocks and
 * a rest.
 */
static u_long blocks_in(u_long bytes, u_long size)
{
	u_long blocks = bytes / size;

	return blocks - (blocks == BITS_PER_LONG && bytes % size);
}

/*
 * Fit a run to blocks of @size bytes or a little more: of the fewest pages that
 * leave little enough over, or else those that leave the least. What is left is
 * shared out among the blocks. A long run of few blocks would rather hold back
 * pages that others need than waste less, hence two measures of little.
 */
static void fit_run(const struct bucket_plan *plan, struct run_shape *shape,
		    u_long size)
{
	u_long unit = size < SZ_512 ? XNHEAP_MIN_BLOCK : 2 * XNHEAP_MIN_BLOCK;
	bool small = size <= plan->page_size / 8;
	unsigned int pages, most = small ? RUN_MAX_PAGES / 2 : RUN_MAX_PAGES;
	u_long bytes, blocks, left, little = small ? 4 : 30;
	u_long least = ULONG_MAX;

	for (pages = 1; pages <= most && least > little; pages++) {
		bytes = pages * plan->page_size;
		blocks = blocks_in(bytes, size);
		if (blocks < 2 || (pages > 1 && blocks > BITS_PER_LONG))
			continue;
		left = (bytes - blocks * size) * 1000 / bytes;
		if (left < least) {
			least = left;
			shape->pages = pages;
			shape->blocks = blocks;
		}
	}
	bytes = shape->pages * plan->page_size;
	shape->size = round_down(bytes / shape->blocks, unit);
}

static bool next_power(const struct bucket_plan *plan, struct run_shape *shape)
{
	shape->size = shape->size ? shape->size * 2 : XNHEAP_MIN_BLOCK;
	shape->blocks = plan->page_size / shape->size;
	shape->pages = 1;
	return shape->size < plan->page_size;
}

/*
 * Sizes end below two pages. They end before that where a size times the length
 * of a run is 2^32: up to there bucket_block() is exact, as each block adds no
 * more than the size to the lower half of its product.
 */
static bool next_fine(const struct bucket_plan *plan, struct run_shape *shape)
{
	u_long last = shape->size, step, most;

	if (!last) {
		fit_run(plan, shape, plan->page_size / most_blocks(plan));
		return true;
	}
	step = max(rounddown_pow_of_two(last) / plan->steps, XNHEAP_MIN_BLOCK);
	fit_run(plan, shape, round_down(last, step) + step);
	most = RUN_MAX_PAGES * plan->page_size + shape->size;
	return shape->size < 2 * plan->page_size &&
	       (u64)shape->size * most < 1ULL << 32;
}

/* Step from one size to the next larger, from 0 to the first. */
bool plan_next(const struct bucket_plan *plan, struct run_shape *shape)
{
	return plan->steps ? next_fine(plan, shape) : next_power(plan, shape);
}
EXPORT_SYMBOL_IF_KUNIT(plan_next);

u_long plan_class_bytes(const struct bucket_plan *plan)
{
	return ALIGN(plan->small_max / XNHEAP_MIN_BLOCK * sizeof(u16),
		     sizeof(long));
}

static void plan_steps(struct bucket_plan *plan, unsigned int steps)
{
	struct run_shape shape = { };

	plan->steps = steps;
	plan->nr = 0;
	plan->small_max = 0;
	while (plan_next(plan, &shape)) {
		plan->nr++;
		plan->small_max = shape.size;
	}
	plan->bytes = plan_class_bytes(plan) +
		      plan->nr * sizeof(struct xnheap_bucket);
}

/*
 * Plan the buckets of a heap in @area bytes. Steps are as fine as a 64th of the
 * area allows.
 */
void plan_buckets(struct bucket_plan *plan, u_long page_size,
		  unsigned int flags, u_long area)
{
	unsigned int steps;

	*plan = (struct bucket_plan) { .page_size = page_size };
	if (!(flags & XNHEAP_FINE)) {
		plan->words = max(page_size / XNHEAP_MIN_BLOCK / BITS_PER_LONG,
				  1UL);
		plan_steps(plan, 0);
		return;
	}
	plan->words = max(page_size / SZ_2K, 1UL);
	for (steps = MAX_STEPS; steps >= MIN_STEPS; steps /= 2) {
		plan_steps(plan, steps);
		if (plan->nr <= XNHEAP_INDEX_BITS && plan->bytes <= area / 64)
			return;
	}
}
EXPORT_SYMBOL_IF_KUNIT(plan_buckets);
