/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What lies in a heap, page by page, for people who look on.
 *
 * A walk goes through the page maps from one range, page block or run to the
 * next, a few steps each time it takes the lock, so that looking on holds
 * nobody up. What it tells is exact as long as nobody allocates or frees
 * meanwhile.
 */
#ifndef _XNHEAP_WALK_H
#define _XNHEAP_WALK_H

#include "observe.h"

/*
 * Entries of a page map looked at before the lock is let go: as many as take
 * less time than the most expensive call, so that onlookers do not show in the
 * bound.
 */
#define WALK_STEPS	3

/* What a file says that is made by looking several times. */
#define IN_SLICES	"read in slices: lines may be of different moments"

/* Pages that belong together, or what is left of them from here on. */
struct walk_part {
	u32 pages;
	/* of a run: */
	u32 blocks, free;
	u32 size;		/* of a block */
	/* PAGE_FREE, PAGE_BLOCK; PAGE_LAST: block begun before; a run's */
	u8 type;
};

struct walk {
	struct xnheap *heap;

	/* the extent */
	int nr;
	u32 pages;
	size_t size;

	/* private: */
	unsigned long base;	/* of the extent, to tell it from one that took its number */
	u32 page;		/* the next to look at */
	u32 unsure;		/* pages before it, not told yet */
	u8 parts, told;
	struct walk_part part[WALK_STEPS + 2];
};

void walk_begin(struct walk *walk, struct xnheap *heap);
bool walk_extent(struct walk *walk);
int walk_next(struct walk *walk, struct walk_part *part);
void walk_slice(struct walk *walk);

#endif
