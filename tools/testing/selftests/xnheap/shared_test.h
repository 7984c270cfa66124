/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of xnheap_shared_test.ko share. */
#ifndef _XNHEAP_SHARED_TEST_H
#define _XNHEAP_SHARED_TEST_H

#include <linux/hrtimer.h>
#include <linux/prandom.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>
#include <linux/xnheap.h>

#include "shared/shared.h"

#define STORM_BLOCKS	32

/* What happens by itself, in hard interrupts, to a heap. */
struct storm {
	struct hrtimer timer;
	struct rnd_state rnd;
	u64 pause;			/* ns; 0: none */
	void *own[STORM_BLOCKS];	/* blocks of the kernel's */
	size_t lent[STORM_BLOCKS];	/* where others are, or were */
};

struct slot {
	struct rw_semaphore sem;	/* for writing: it comes or goes */
	struct xnheap *heap;
	struct xarray pages;		/* addresses of machine pages, as far as they are known */
	struct storm storm;
};

extern struct slot slots[SHARED_HEAPS];

/* A peer is put with both held; for interrupts, the lock suffices. */
extern struct rw_semaphore peers_sem;
extern raw_spinlock_t peers_lock;

struct peer {
	struct xnheap_peer *handle;
	const struct xnheap *heap;
};

extern struct peer peers[SHARED_PEERS];

/* shared_blocks.c: calls on blocks, each in the context asked for */
int blocks_init(void);
void blocks_exit(void);
int blocks_call(struct slot *slot, struct shared_call *call);
int blocks_drop(struct slot *slot, struct shared_call *call);
int blocks_look(struct slot *slot, struct shared_call *call);

/* shared_storm.c */
void storm_init(struct slot *slot);
void storm_set(struct slot *slot, u64 us);

#endif
