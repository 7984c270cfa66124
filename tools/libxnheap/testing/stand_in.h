/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * The device of a shared heap, without a kernel that has it: the calls to the C library
 * that libxnheap makes end here, those on other files go on to the kernel. Its memory is
 * a memfd, whose end is the heap's, beyond which an access gets SIGBUS.
 */
#ifndef STAND_IN_H
#define STAND_IN_H

#include <stddef.h>
#include <stdint.h>
#include <linux/xnheap.h>

#define WINDOW		0x100000
#define EXTENT		0x10000
#define NR_BLOCKS	16

enum call {
	OPEN, FCNTL, MMAP, MADVISE, READ, READ_NOW, PPOLL,
	INFO, ALLOC, FREE, CHECK, LARGEST, LISTEN,
	NR_CALLS
};

struct stand_in {
	struct xnheap_info info;
	struct xnheap_query blocks[NR_BLOCKS];	/* the live ones; of size 0 is none */
	uint64_t posts[256];
	unsigned int nr_posts;
	int error[NR_CALLS];		/* of the next one of these; if negative, of all */
	int listens;
	int no_advice;			/* madvise() succeeds, and does nothing */

	/* What the last calls were handed */
	char path[64];
	int access;
	size_t length;			/* of the mapping */
	int protection, map_flags;
	int advice;
	struct xnheap_request request;
	int64_t timeout;		/* of ppoll() in ns; -1: none */
	unsigned int calls[NR_CALLS];
	size_t unmapped;
	unsigned int closed;

	int64_t now;			/* what time it is */
	int (*sleep)(int64_t ns);	/* instead of ppoll(), if there is nothing to read */
};

extern struct stand_in device;

/* As at first: one extent, no blocks */
void stand_in_reset(void);
void stand_in_grow(uint64_t size);
uint64_t stand_in_block(uint64_t offset, uint64_t size, uint32_t owner);
void stand_in_post(uint64_t offset);

#endif
