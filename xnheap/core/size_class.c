// SPDX-License-Identifier: GPL-2.0
/*
 * The sizes of blocks: powers of two, or finer.
 *
 * Finer ones are multiples of 8 bytes, 8 to 64 to a doubling, of which a run
 * holds up to 64 blocks in up to 8 pages. Where a page holds more than 64, a
 * run is one page, with as many words of bits as it takes. From an eighth of a
 * page on, there are up to 16 to a doubling: a heap has few of such blocks, and
 * the runs of more sizes would stand half empty.
 */

#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/xnheap.h>

#include "size_class.h"

#define RUN_MAX_PAGES	8
#define PAGE_COST	10	/* of a run, in thousandths */
#define MAX_STEPS	64
#define MAX_LARGE_STEPS	16
#define MIN_STEPS	8

/*
 * Fit a run to blocks of @size bytes or a little more. What would be left over is
 * shared out among the blocks. A long run holds back pages that others need, so
 * each page more has to save so much of the run.
 */
static void fit_run(const struct size_classes *classes, struct size_class *class, size_t size)
{
	size_t unit = max_t(size_t, (size < SZ_1K ? 1 : 2) * XNHEAP_MIN_BLOCK, classes->least);
	size_t bytes, blocks, cost, least = SIZE_MAX;
	unsigned int pages;

	for (pages = 1; pages <= RUN_MAX_PAGES; pages++) {
		bytes = pages * classes->page_size;
		blocks = bytes / size;
		if (blocks < 2 || (pages > 1 && blocks > BITS_PER_LONG))
			continue;
		cost = (bytes - blocks * size) * 1000 / bytes + pages * PAGE_COST;
		if (cost < least) {
			least = cost;
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
	size_t least = max(classes->least, classes->page_size / BITS_PER_LONG / BITS_PER_LONG);

	class->size = class->size ? class->size * 2 : least;
	class->blocks = classes->page_size / class->size;
	class->pages = 1;
	return class->size < classes->page_size;
}

/* Sizes end below two pages. */
static bool next_fine(const struct size_classes *classes, struct size_class *class)
{
	size_t last = class->size, step, most;
	unsigned int steps = classes->steps;

	if (!last) {
		/* There is a bit in the page map for each of the smallest */
		most = min_t(size_t, classes->words * BITS_PER_LONG,
			     classes->page_size / classes->least);
		fit_run(classes, class, classes->page_size / most);
		return true;
	}
	if (last >= classes->page_size / 8)
		steps = min_t(unsigned int, steps, MAX_LARGE_STEPS);
	step = max_t(size_t, rounddown_pow_of_two(last) / steps, classes->least);
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
	size_t own = flags & XNHEAP_SHARED ? SHARED_MIN_BLOCK :
		     flags & (XNHEAP_PERCPU | XNHEAP_DEFER) ? PERCPU_MIN_BLOCK : XNHEAP_MIN_BLOCK;
	size_t least = max_t(size_t, own, XNHEAP_ALIGN_OF(flags));
	unsigned int steps;

	*classes = (struct size_classes) { .page_size = page_size, .least = least };
	if (!(flags & XNHEAP_FINE)) {
		classes->words = max_t(size_t, page_size / least / BITS_PER_LONG, 1);
		plan_steps(classes, 0);
		return;
	}
	classes->words = max_t(size_t, page_size / max_t(size_t, least, 32) / BITS_PER_LONG, 1);
	for (steps = MAX_STEPS; steps >= MIN_STEPS; steps /= 2) {
		plan_steps(classes, steps);
		if (classes->nr * CLASS_BYTES +
		    classes->largest / XNHEAP_MIN_BLOCK * 2 <= area / 48)
			return;
	}
}
