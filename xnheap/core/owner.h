/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owners of blocks, on heaps that are shared with processes.
 *
 * An entry of the page map of such a heap ends with numbers of owners: in that of a run's
 * first page, one for each block; in that of a page block, one. 0 is the kernel, and
 * stands wherever no block is live. Another is a file that is open for processes; it is
 * given to the next one only when no block has it any more.
 *
 * All of this is for who has the lock.
 */
#ifndef _XNHEAP_OWNER_H
#define _XNHEAP_OWNER_H

#include <linux/math.h>
#include <linux/minmax.h>

#include "heap.h"

#define OWNER_KERNEL		0

/* What a file has. */
struct owner {
	u16 nr;
	bool closed;			/* it gets no more blocks */
	const void *device;		/* as that of the heap that it is of */
	size_t bytes;			/* of its blocks */
	size_t blocks;

	/* what is shown: who opened it; and under a lock of its own, what is posted to it */
	int pid;
	char name[16];
	unsigned int posts;		/* that wait for it */
	u64 lost;			/* that it had no room for */
};

struct xnheap_sharing {
	struct owner *owner[XNHEAP_MAX_PEERS + 1];	/* by number */
	size_t bytes;			/* of blocks that are not the kernel's */
	size_t blocks;			/* how many these are */
	u64 passed;			/* how often one became so, or was so no longer */
	size_t each, all;		/* that an owner, and all of them, may have; 0: a share */
	size_t window;			/* bytes of offsets that there may ever be */
	void *device;			/* of user/ */
};

/* Bytes of the owners of a page's blocks. */
static inline size_t owners_size(size_t blocks)
{
	return round_up(blocks * sizeof(u16), sizeof(long));
}

/* The owner of a block, given by its first page. */
static inline u16 *owner_of(const struct xnheap *heap, struct block block)
{
	return (u16 *)((void *)block.page + heap->owner_offset) + (block.bucket ? block.nr : 0);
}

/* Bytes that may be an owner's, and all owners'. */
static inline size_t owner_limit(const struct xnheap *heap)
{
	return READ_ONCE(heap->sharing->each) ?: heap->extent_size / 4;
}

static inline size_t owners_limit(const struct xnheap *heap)
{
	return READ_ONCE(heap->sharing->all) ?: heap->extent_size / 2;
}

/* Bytes that an owner may allocate more than it has. */
static inline size_t owner_left(const struct xnheap *heap, const struct owner *owner)
{
	size_t each = owner_limit(heap), all = owners_limit(heap);

	each -= min(each, owner->bytes);
	all -= min(all, heap->sharing->bytes);
	return min(each, all);
}

/*
 * Find the live block that starts at @address, whosever it is. 0; -EFAULT outside of the
 * heap, -EINVAL if none starts there.
 */
int owner_find(struct xnheap *heap, unsigned long address, struct block *block);

/*
 * A block passes from the kernel to an owner: 0; -ENODEV if it is closed, -EDQUOT if it has
 * more than @limit then. And from an owner to the kernel.
 */
int owner_take(struct xnheap *heap, struct block block, struct owner *owner, size_t limit);
void owner_leave(struct xnheap *heap, struct block block);

/* As heap_alloc_aligned(), a block for an owner; or ERR_PTR(-EDQUOT). */
void *owner_alloc(struct xnheap *heap, size_t size, size_t align, struct owner *owner);

/* As xnheap_test_and_free(), an owner's block; -EPERM if it is another's. */
int owner_free(struct xnheap *heap, unsigned long address, u16 owner,
	       int (*ckfn)(void *block));

/* What owner_free() would return. */
int owner_check(struct xnheap *heap, unsigned long address, u16 owner);

/* How far a search for an owner's blocks has come; at first, all 0. */
struct owner_walk {
	u32 extent;
	u32 page;
	u32 block;			/* of the run that starts there */
	unsigned long found;		/* address of a block, or 0 */
};

/* Look at some more pages. False: there are no more. */
bool owner_walk(struct xnheap *heap, u16 owner, struct owner_walk *walk);

#endif
