/* SPDX-License-Identifier: GPL-2.0 */
/* What the measurements in user space share. */
#ifndef _THREADS_H
#define _THREADS_H

#include <stdio.h>
#include <stdlib.h>

#include <linux/array_size.h>
#include <linux/cpumask.h>
#include <linux/sizes.h>

#include "api/api.h"

#define HEAP_BYTES	(16 * SZ_1M)
#define PAGE_BYTES	4096
#define MAX_SIZE	512
#define RING_SLOTS	256

#define die(fmt, ...) do {						\
	fprintf(stderr, "error: " fmt "\n", ##__VA_ARGS__);		\
	exit(1);							\
} while (0)

#define CHECK(condition) do {						\
	if (unlikely(!(condition)))					\
		die("%s: not so: %s", __func__, #condition);		\
} while (0)

extern __thread unsigned int this_cpu;
extern __thread unsigned long locks_taken;

static __always_inline u32 draw(u64 *rnd, u32 n)
{
	*rnd = *rnd * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*rnd >> 32) * n >> 32;
}

/* A heap in HEAP_BYTES, one at a time. It ends as it began, sound, and so many calls failed. */
struct xnheap *heap_open(unsigned long flags);
void heap_close(struct xnheap *heap, u64 failed);

/* turns.c */
void play_in_turns(void);

#endif
