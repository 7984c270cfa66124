// SPDX-License-Identifier: GPL-2.0
/*
 * The sizes of blocks: powers of two, or finer.
 *
 * Finer ones are multiples of 8 bytes, 8 to 32 to a doubling, of which a run
 * holds up to 64 blocks in up to 8 pages. Where a page holds more than 64, a
 * run is one page, with as many words of bits as it takes.
 */

#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/xnheap.h>

#include "size_class.h"

#define RUN_MAX_PAGES	8
#define MAX_STEPS	32
#define MIN_STEPS	8

/*
 * The blocks of @size bytes in a run. Bits that no block has must not fill a
 * word, which would be searched in vain, so there are never just 64 blocks and
 * a rest.
 */
static size_t blocks_in(size_t bytes, size_t size)
{
	size_t blocks = bytes / size;

	return blocks - (blocks == BITS_PER_LONG && bytes % size);
}

/*
 * Fit a run to blocks of @size bytes or a little more: of the fewest pages that
 * leave little enough over, or else those that leave the least. What is left is
 * shared out among the blocks. A long run of few blocks holds back pages that
 * others need, which is worse than wasting a little, hence two measures of it.
 */
static void fit_run(const struct size_classes *classes, struct size_class *class, size_t size)
{
	size_t unit = size < SZ_512 ? XNHEAP_MIN_BLOCK : 2 * XNHEAP_MIN_BLOCK;
	bool small = size <= classes->page_size / 8;
	unsigned int pages, most = small ? RUN_MAX_PAGES / 2 : RUN_MAX_PAGES;
	size_t bytes, blocks, left, little = small ? 4 : 30;
	size_t least = SIZE_MAX;

	for (pages = 1; pages <= most && least > little; pages++) {
		bytes = pages * classes->page_size;
		blocks = blocks_in(bytes, size);
		if (blocks < 2 || (pages > 1 && blocks > BITS_PER_LONG))
			continue;
		left = (bytes - blocks * size) * 1000 / bytes;
		if (left < least) {
			least = left;
			class->pages = pages;
			class->blocks = blocks;
		}
	}
	bytes = class->pages * classes->page_size;
	class->size = round_down(bytes / class->blocks, unit);
}

static bool next_power(const struct size_classes *classes, struct size_class *class)
{
	/* A word tells which words of bits are full: there are no more of them */
	size_t least = max(XNHEAP_MIN_BLOCK, classes->page_size / BITS_PER_LONG / BITS_PER_LONG);

	class->size = class->size ? class->size * 2 : least;
	class->blocks = classes->page_size / class->size;
	class->pages = 1;
	return class->size < classes->page_size;
}

/* Sizes end below two pages. */
static bool next_fine(const struct size_classes *classes, struct size_class *class)
{
	size_t last = class->size, step, most;

	if (!last) {
		/* There is a bit in the page map for each of the smallest */
		most = min_t(size_t, classes->words * BITS_PER_LONG,
			     classes->page_size / XNHEAP_MIN_BLOCK);
		fit_run(classes, class, classes->page_size / most);
		return true;
	}
	step = max_t(size_t, rounddown_pow_of_two(last) / classes->steps, XNHEAP_MIN_BLOCK);
	fit_run(classes, class, round_down(last, step) + step);
	return class->size < 2 * classes->page_size;
}

/* Step from one size to the next larger, from 0 to the first. */
bool size_class_next(const struct size_classes *classes, struct size_class *class)
{
	return classes->steps ? next_fine(classes, class) :
				next_power(classes, class);
}

static void plan_steps(struct size_classes *classes, unsigned int steps)
{
	struct size_class class = { };

	classes->steps = steps;
	classes->nr = 0;
	classes->largest = 0;
	while (size_class_next(classes, &class)) {
		classes->nr++;
		classes->largest = class.size;
	}
}

/*
 * Plan the size classes of a heap in @area bytes. Steps are as fine as possible
 * where the tables of the classes take a 48th of that, and never less fine than
 * 8 to a doubling.
 */
void size_classes_plan(struct size_classes *classes, size_t page_size,
		       unsigned int flags, size_t area)
{
	size_t bits = page_size / XNHEAP_MIN_BLOCK;
	unsigned int steps;

	*classes = (struct size_classes) { .page_size = page_size };
	if (!(flags & XNHEAP_FINE)) {
		classes->words = max_t(size_t, bits / BITS_PER_LONG, 1);
		plan_steps(classes, 0);
		return;
	}
	classes->words = max_t(size_t, bits / 4 / BITS_PER_LONG, 1);
	for (steps = MAX_STEPS; steps >= MIN_STEPS; steps /= 2) {
		plan_steps(classes, steps);
		if (classes->nr <= MAX_CLASSES &&
		    classes->nr * CLASS_BYTES +
		    classes->largest / XNHEAP_MIN_BLOCK * 2 <= area / 48)
			return;
	}
}
