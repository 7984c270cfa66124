/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 3: what lies in a heap, page by page, for people who look on.
 *
 * A survey walks through the page maps from head to head, a few steps each
 * time it takes the lock, so that looking on holds nobody up. What it tells is
 * exact as long as nobody allocates or frees meanwhile.
 */
#ifndef _XNHEAP_SURVEY_H
#define _XNHEAP_SURVEY_H

#include "heap.h"

/*
 * Entries of a page map looked at before the lock is let go: as many as take
 * less time than the dearest call, so that onlookers do not show in the bound.
 */
#define SURVEY_STEPS	3

/* What a file says that is made by looking several times. */
#define IN_SLICES	"read in slices: lines may be of different moments"

/* Pages that belong together, or what is left of them from here on. */
struct survey_part {
	u32 pages;
	u32 free;		/* blocks of a run */
	/* PAGE_FREE, PAGE_BLOCK, a run's; PAGE_BODY: block begun before */
	u16 kind;
};

struct survey {
	struct xnheap *heap;

	/* the extent */
	int nr;
	u32 pages;
	u_long size;

	/* private: */
	u32 page;		/* the next to look at */
	u32 unsure;		/* pages before it, not told yet */
	u8 parts, told;
	struct survey_part part[SURVEY_STEPS + 2];
};

void survey_begin(struct survey *survey, struct xnheap *heap);
bool survey_extent(struct survey *survey);
int survey_next(struct survey *survey, struct survey_part *part);
void survey_slice(struct xnheap *heap, void *what);

#endif
