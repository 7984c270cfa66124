/* SPDX-License-Identifier: GPL-2.0 */
/* Floor 2: which sizes of block a heap has, and the shape of their runs. */
#ifndef _XNHEAP_PLAN_H
#define _XNHEAP_PLAN_H

#include <linux/types.h>

struct bucket_plan {
	u_long page_size;
	unsigned int steps;		/* to a doubling; 0: powers of two */
	unsigned int words;		/* of bits in an entry of the page map */
	unsigned int nr;		/* buckets */
	u_long small_max;		/* bytes of the largest block */
	u_long bytes;			/* of the class table and the buckets */
};

/* The run that blocks of one size are cut from. */
struct run_shape {
	u_long size;
	u_long blocks;
	unsigned int pages;
};

void plan_buckets(struct bucket_plan *plan, u_long page_size,
		  unsigned int flags, u_long area);
bool plan_next(const struct bucket_plan *plan, struct run_shape *shape);
u_long plan_class_bytes(const struct bucket_plan *plan);

#endif
