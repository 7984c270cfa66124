/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the torture module share. */
#ifndef _XNHEAP_TORTURE_H
#define _XNHEAP_TORTURE_H

#include <linux/prandom.h>
#include <linux/xnheap.h>

#define PREFIX	"xnheap-torture: "	/* of what it says */

#define HEAPS	2
#define HELD	64		/* blocks that an actor holds at most */
#define SLOTS	64
#define RESERVED 2		/* reservations of a heap */
#define PEERS	4		/* of a heap, if it is shared with processes */
#define LENT	16		/* blocks of a peer's that others can find */

/* Blocks that are set aside, as long as the heap lives. */
struct reserved {
	struct xnheap_reservation *handle;
	u32 size, nr;
	atomic_t out;		/* that somebody holds, or is about to */
};

/* To whom blocks are lent. */
struct peer {
	struct xnheap_peer __rcu *handle;	/* NULL: it is not open */
	struct file *file;
	u_long lent[LENT];	/* where such blocks are, or were: offsets + 1; 0: none */
	atomic_t out;		/* what peer 0 has */
};

/* A heap that all share. */
struct shared {
	xnheap_t *heap;
	struct reserved reserved[RESERVED];
	u8 *slot[SLOTS];	/* blocks on their way to another actor */
	struct peer peer[PEERS];
	void *spare[XNHEAP_MAX_EXTENTS];	/* areas, till one extends by it */
	void *area[XNHEAP_MAX_EXTENTS];		/* the same, till the heap ends */
};

extern struct shared shared[HEAPS];

/* The module's parameters, fixed once it runs. */
extern unsigned int cpus, threads, extents;
extern unsigned long page_bytes, extent_bytes;
extern unsigned int flags;
extern bool growth, hotplug;

enum context { TASK, SOFTIRQ, HARDIRQ, IRQ_WORK, NMI, NR_CONTEXTS };

/* What happened in calls upon heaps. */
struct tally {
	u64 calls;
	u64 full;		/* allocations that got nothing */
	u64 busy;		/* calls that gave up in NMI */
	u64 refused;		/* bad pointers, as they should be */
	u64 handed;		/* blocks that came from another actor */
	u64 reserved;		/* blocks that were reserved */
	u64 deferred;		/* blocks that were left for later */
	u64 extended;
	u64 lent;
	u64 at_quota;		/* blocks that a peer was refused */
	u64 closed;		/* likewise, as its file was */
	u64 adopted;
	u64 posted;
};

/* A block, and what stands in it. */
struct held {
	struct shared *of;
	u8 *at;			/* NULL: none */
	u32 size;		/* asked for */
	u32 from;		/* of which reservation, + 1; 0: none */
	u32 mark;
};

/* Who calls upon heaps: one after the other, in one context, on one CPU. */
struct actor {
	enum context context;
	struct rnd_state rnd;
	struct tally tally;
	struct held held[HELD];
};

/* Note what must not happen; any context. Only the first is kept. */
void fault(const char *what);
const char *fault_found(void);

/* actor.c: what is done in every context */
void actor_init(struct actor *actor, enum context context, u64 seed);
void actor_step(struct actor *actor);
void actor_drop_all(struct actor *actor);
bool held_intact(const struct held *held);
void held_freed(const struct held *held);
/* The block in a slot as its own contents tell of it. */
struct held slot_block(struct shared *of, u8 *at);

/* contexts.c: getting into each context */
int contexts_start(u64 seed);
void contexts_park(void);	/* after it nobody calls upon a heap */
void contexts_unpark(void);
void contexts_stop(void);
unsigned int contexts_actors(void);
struct actor *contexts_actor(unsigned int nr);
bool context_exists(enum context context);

/* check.c: while all are parked */
int check_init(void);
void check_exit(void);
void check_heaps(void);

/* peers.c: of heaps that are shared with processes, if they are */
int peers_open(void);
int peers_turn(void);
void peers_check(struct shared *of);	/* while all are parked; closes them */
void peers_close(struct shared *of);
void peers_tell(bool ended);

#endif
