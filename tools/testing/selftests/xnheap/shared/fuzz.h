/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the fuzzer share. */
#ifndef _XNHEAP_SHARED_FUZZ_H
#define _XNHEAP_SHARED_FUZZ_H

#include "test.h"

#define HEAPS		4
#define MAX_WORKERS	32

/* In memory that all processes share. */
struct board {
	struct {
		pid_t pid;
		u64 steps;		/* that it and those before it in its place made */
		unsigned int step;	/* what it does now */
	} worker[MAX_WORKERS];
	unsigned int nr;
	int socket[2];			/* for descriptors on their way, or -1 */
};

extern struct board *board;

/* fuzz_worker.c: use heaps in every way a process can, at random, until killed */
__noreturn void work(unsigned int nr, u64 seed);

/* fuzz_kernel.c: have the kernel do something at random, also make and end heaps */
void kernel_step(void);
void make_one(unsigned int heap);
void heap_name(unsigned int heap, char *name);	/* of 16 bytes */

/* Each process has numbers of its own. */
void seed_random(u64 seed);
u64 any(void);				/* number */
unsigned int below(unsigned int n);	/* of 0 to n - 1 */
u64 any_offset(void);			/* often one where a block may be */

#endif
