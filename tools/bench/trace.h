/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recorded traces: text, a call a line, in the order they were made.
 *
 *	# comment
 *	a ID SIZE	allocate SIZE bytes; the block is called ID until freed
 *	f ID		free it
 *
 * IDs are small numbers, used again once they are free.
 */
#ifndef _BENCH_TRACE_H
#define _BENCH_TRACE_H

#include <linux/types.h>

struct trace_step {
	u32 id;
	u32 size;		/* 0: free */
};

struct trace {
	struct trace_step *step;
	u32 steps;
	u32 ids;
	u32 largest;		/* bytes of the largest block */
	u32 most;		/* blocks that live at once */
	u64 peak;		/* bytes of them */
};

int trace_read(struct trace *trace, const char *path);
void trace_forget(struct trace *trace);

#endif
