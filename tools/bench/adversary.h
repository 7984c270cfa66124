/* SPDX-License-Identifier: GPL-2.0 */
/* What the adversary's files share: its victims, and measured calls upon them. */
#ifndef _ADVERSARY_H
#define _ADVERSARY_H

#include "bench.h"

/* Calls by what became of them. */
enum outcome {
	ALLOC, ALIGNED, FAIL, UNMET, FREE, AGREED, REFUSE, CHECK, GIVE, OFFSET, RESIZE, USABLE,
	BULK_ALLOC, BULK_FREE, RESERVED, DEFERRED, SETTLE, NMI_FREE, AT, ADOPT, LEND, POST,
	SHARED_ALLOC, SHARED_FREE, SHARED_CHECK, SHARED_INFO, SHARED_LARGEST,
	NR_OUTCOMES
};

extern const char * const outcome_name[NR_OUTCOMES];

/* The last call that was. */
struct measured {
	u64 nr;
	enum outcome outcome;
	u64 cost;
};

extern struct measured measured;

/* A heap; page[] is for all its pages as blocks of one page, by address. */
struct victim {
	struct xnheap *heap;
	void *memory;
	void *area;		/* in it, at the same offset in a page each time */
	void **page;
	u_long places;		/* of page[] */
	u_long nr_pages;
	u_long page_size;
	unsigned int flags;
	unsigned int nr_extents;
	bool busy;		/* this CPU's stacks are */
	bool bulk;		/* blocks come and go by the calls for many */
	bool defer;		/* they wait before they go, each for itself */
	bool process;		/* or by calls of a process */
};

/* Each is measured, and counts as what became of it. */
void *alloc_block(struct victim *v, u_long size);
void *alloc_aligned(struct victim *v, u_long size, u_long align);
int free_block(struct victim *v, void *block);
int check(struct victim *v, void *block);
int free_if_agreed(struct victim *v, void *block);
int free_if_denied(struct victim *v, void *block);

#endif
