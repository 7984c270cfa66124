/* SPDX-License-Identifier: GPL-2.0 */
/* Which sizes of block a heap has, and of how many pages their runs are. */
#ifndef _XNHEAP_SIZE_CLASS_H
#define _XNHEAP_SIZE_CLASS_H

#include <linux/types.h>

/* Of a heap, at most: their numbers have 8 bits, and so have two after them. */
#define MAX_CLASSES	254

/* That a size class takes in the heap's tables, and more for each 8 bytes of it */
#define CLASS_BYTES	96

/* The smallest block with XNHEAP_PERCPU and XNHEAP_DEFER, where each has bits more */
#define PERCPU_MIN_BLOCK	16
/* Likewise with XNHEAP_SHARED, where each has an owner */
#define SHARED_MIN_BLOCK	32

/* A size of block, and the run that such blocks are cut from. */
struct size_class {
	size_t size;
	size_t blocks;
	unsigned int pages;
};

/* All that a heap has. */
struct size_classes {
	size_t page_size;
	size_t least;			/* bytes of a block; sizes are multiples of it */
	unsigned int steps;		/* to a doubling; 0: powers of two */
	unsigned int words;		/* of bits in an entry of the page map */
	unsigned int nr;
	size_t largest;			/* bytes of a block */
};

void size_classes_plan(struct size_classes *classes, size_t page_size,
		       unsigned int flags, size_t area);
bool size_class_next(const struct size_classes *classes, struct size_class *class);

#endif
