/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a program asks of xnheap_shared_test.ko: each call of the kernel's on shared heaps,
 * by an ioctl of /dev/xnheap-shared-test. A heap is named by the number of a slot, so is a
 * peer, and a block by its offset.
 */
#ifndef _XNHEAP_SHARED_H
#define _XNHEAP_SHARED_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SHARED_HEAPS	8
#define SHARED_PEERS	32

enum shared_op {
	/* Make and end */
	OP_CREATE,		/* name, size of an extent, page, flags, max */
	OP_DELETE,
	OP_RESET,		/* put all peers, delete all heaps */
	OP_GROW,
	OP_SET_GROWTH,		/* size: low, max */
	OP_SHARE,		/* flags: mode */
	OP_SET_QUOTA,		/* size: each, max: all */
	OP_PEER_GET,		/* peer: the slot, flags: the descriptor */
	OP_PEER_PUT,		/* peer */
	/* On blocks: in each context */
	OP_ALLOC,		/* size; offset is set */
	OP_FREE,
	OP_TEST_AND_FREE,
	OP_CHECK,
	OP_AT,			/* 1 if there is one, or 0 */
	OP_ADOPT,		/* peer; so do the last three */
	OP_LEND,		/* peer */
	OP_POST,
	/* Ask, and look */
	OP_USED,		/* sizes are set */
	OP_SIZE,
	OP_FILL,		/* size: so many bytes at offset; flags: with this one */
	OP_LOOK,		/* likewise, compare: 0, or -EILSEQ */
	OP_DROP,		/* free each of the kernel's blocks; size: how many */
	/* What shared heaps refuse */
	OP_SHRINK,
	OP_SET_LABEL,		/* name */
	OP_EXTEND,
	/* From a timer in hard interrupts, in the kernel: alloc, free, lend, adopt, post */
	OP_STORM,		/* size: us between; 0: no more */
	OP_COUNT
};

enum shared_context {
	IN_TASK,
	IN_RAW_LOCK,
	IN_HARD_IRQ,
	IN_NMI,
	IN_NMI_BUSY,		/* the heap's lock is held by whom it interrupts */
	IN_COUNT
};

/* Offsets that stand for addresses which are of no shared heap */
#define BLOCK_NULL		(~0ULL)
#define BLOCK_STRAY	(~1ULL)

#define NO_PEER		(~0U)

/* A flag of OP_CREATE: not shared */
#define SHARED_PLAIN	0x80000000U

/* From user space, the same for 32 and for 64 bits. */
struct shared_call {
	__u32 op;
	__u32 heap;
	__u32 context;
	__u32 peer;
	__u64 offset;
	__u64 size;
	__u64 max;
	__u32 page;
	__u32 flags;
	__s32 result;		/* what the call returned */
	__u32 unused;
	char name[64];
};

/*
 * Fails with EBADSLT where a slot is empty, or taken; ENXIO if the module does not know
 * where the block lies; EOPNOTSUPP if there is no such context.
 */
#define SHARED_CALL	_IOWR('x', 0x70, struct shared_call)

#define SHARED_DEVICE	"xnheap-shared-test"

#endif
