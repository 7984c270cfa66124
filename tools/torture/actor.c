// SPDX-License-Identifier: GPL-2.0
/* What is done in every context: allocate, fill, hand over, verify, free. */

#include <linux/err.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "torture.h"

#define EXTEND_ONCE_IN	32768	/* steps: heaps are to be full at times */

/* Of a block that can be handed over, its first bytes. */
struct header {
	u32 size : 24;
	u32 from : 8;
	u32 mark;
};

static u32 below(struct actor *actor, u32 limit)
{
	return prandom_u32_state(&actor->rnd) % limit;
}

void actor_init(struct actor *actor, enum context context, u64 seed)
{
	actor->context = context;
	prandom_seed_state(&actor->rnd, seed);
}

/* The header, as far as it fits, then the mark's lowest byte. */
static void held_fill(const struct held *held)
{
	struct header *header = (void *)held->at;
	u32 used = 0;

	if (held->size >= sizeof(*header)) {
		*header = (struct header) { held->size, held->from, held->mark };
		used = sizeof(*header);
	}
	memset(held->at + used, held->mark, held->size - used);
}

bool held_intact(const struct held *held)
{
	const struct header *header = (const void *)held->at;
	u32 used = 0;

	if (held->size >= sizeof(*header)) {
		if (header->size != held->size || header->from != held->from ||
		    header->mark != held->mark)
			return false;
		used = sizeof(*header);
	}
	return !memchr_inv(held->at + used, held->mark, held->size - used);
}

struct held slot_block(struct shared *of, u8 *at)
{
	const struct header *header = (const void *)at;
	struct held held = { of, at, header->size, header->from, header->mark };

	if (held.size < sizeof(*header) || held.size > 4 * page_bytes || held.from > RESERVED) {
		fault("a block on its way lost its header");
		held.at = NULL;
	}
	return held;
}

/* Whether a call upon a heap returned what it must. */
static bool returned(struct actor *actor, int ret, int must, const char *what)
{
	actor->tally.calls++;
	if (ret == must)
		return true;
	if (ret == -EAGAIN && actor->context == NMI)
		actor->tally.busy++;
	else
		fault(what);
	return false;
}

static void alloc_block(struct actor *actor, struct held *held)
{
	u32 limit = 1 << below(actor, ilog2(page_bytes) + 3);
	struct held block = {
		.of = &shared[below(actor, HEAPS)],
		.size = 1 + below(actor, limit),
		.mark = prandom_u32_state(&actor->rnd),
	};
	u_long align;

	if (below(actor, 8)) {
		block.at = xnheap_alloc(block.of->heap, block.size);
	} else {
		block.at = xnheap_zalloc(block.of->heap, block.size);
		if (block.at && memchr_inv(block.at, 0, block.size))
			fault("a zeroed block is not zero");
	}
	actor->tally.calls++;
	if (!block.at) {
		actor->tally.full++;
		return;
	}
	align = clamp(roundup_pow_of_two(block.size), XNHEAP_MIN_BLOCK, page_bytes);
	if (flags & ~XNHEAP_SHARED)
		align = XNHEAP_MIN_BLOCK;
	if (!IS_ALIGNED((u_long)block.at, align))
		fault("a block is not aligned");
	held_fill(&block);
	*held = block;
}

/* While fewer are out than were reserved, there is one; but in NMI, if the lock is taken. */
static void alloc_reserved(struct actor *actor, struct held *held)
{
	struct shared *of = &shared[below(actor, HEAPS)];
	u32 from = below(actor, RESERVED);
	struct reserved *reserved = &of->reserved[from];
	struct held block = {
		.of = of,
		.size = reserved->size,
		.from = from + 1,
		.mark = prandom_u32_state(&actor->rnd),
	};

	if (atomic_inc_return(&reserved->out) <= reserved->nr) {
		block.at = xnheap_alloc_reserved(reserved->handle);
		actor->tally.calls++;
		if (block.at) {
			actor->tally.reserved++;
			held_fill(&block);
			*held = block;
			return;
		}
		if (actor->context == NMI)
			actor->tally.busy++;
		else
			fault("a block that is reserved is not there");
	}
	atomic_dec(&reserved->out);
}

/* What was out of a reservation is back there. */
void held_freed(const struct held *held)
{
	if (held->from)
		atomic_dec(&held->of->reserved[held->from - 1].out);
}

#define FEW	4

/* Reserve some for a moment; half of them outlive their reservation. In a task. */
static void reserve_some(struct actor *actor)
{
	struct shared *of = &shared[below(actor, HEAPS)];
	u32 size = 1 + below(actor, 3 * page_bytes), nr = 1 + below(actor, FEW), i;
	struct xnheap_reservation *handle = xnheap_reserve(of->heap, size, nr);
	struct held few[FEW];

	actor->tally.calls++;
	if (IS_ERR(handle)) {
		actor->tally.full++;
		if (PTR_ERR(handle) != -ENOMEM && PTR_ERR(handle) != -ENOSPC &&
		    !(PTR_ERR(handle) == -EOPNOTSUPP && flags & XNHEAP_DEFER))
			fault("xnheap_reserve() failed");
		return;
	}
	for (i = 0; i < nr; i++) {
		few[i] = (struct held) { of, xnheap_alloc_reserved(handle), size, 0, i };
		if (few[i].at)
			held_fill(&few[i]);
		else
			fault("a block that was just reserved is not there");
	}
	if (xnheap_alloc_reserved(handle))
		fault("there are more blocks than were reserved");
	for (i = 0; i < nr; i++) {
		if (i == nr / 2)
			returned(actor, xnheap_unreserve(handle), 0, "xnheap_unreserve() failed");
		if (few[i].at && !held_intact(&few[i]))
			fault("a block that was reserved was written to");
		returned(actor, xnheap_free(of->heap, few[i].at), 0,
			 "a block that was reserved could not be freed");
	}
}

static int agree(void *block)
{
	return 0;
}

static int disagree(void *block)
{
	return -EPERM;
}

/* Leave a block to whoever finalizes, or to a grace period; it is nobody's then. */
static void defer_block(struct actor *actor, struct held *held)
{
	xnheap_t *heap = held->of->heap;
	int ret = below(actor, 2) ? xnheap_free_deferred(heap, held->at) :
				    xnheap_free_rcu(heap, held->at);

	actor->tally.calls++;
	actor->tally.deferred++;
	if (ret)
		fault("a block could not be left to be freed later");
	held->at = NULL;
}

/* Others may be at it, and may have let blocks wait just now. */
static void finalize(struct actor *actor)
{
	int ret = xnheap_finalize(shared[below(actor, HEAPS)].heap);

	actor->tally.calls++;
	/* What an actor holds in NMI is dropped in a task, in the end */
	if (in_nmi() ? ret != -EAGAIN : ret && ret != -EBUSY)
		fault("what was left for later could not be freed");
}

static void free_block(struct actor *actor, struct held *held)
{
	xnheap_t *heap = held->of->heap;
	int ret;

	if (!held_intact(held))
		fault("a block was written to by another than its owner");
	if (flags & XNHEAP_DEFER && !below(actor, 3)) {
		defer_block(actor, held);
		if (!below(actor, 64))
			finalize(actor);
		return;
	}
	if (below(actor, 4)) {
		ret = xnheap_free(heap, held->at);
		if (ret == -EAGAIN && flags & XNHEAP_DEFER)
			fault("a free gave up that should leave the block for later");
	} else {
		ret = xnheap_test_and_free(heap, held->at, agree);
	}
	if (returned(actor, ret, 0, "a block could not be freed")) {
		held_freed(held);
		held->at = NULL;
	}
}

/* Give a block another size; what was in it must still be there. */
static void resize_block(struct actor *actor, struct held *held)
{
	u32 size = 1 + below(actor, 1 << below(actor, ilog2(page_bytes) + 3));
	struct held block = *held;

	if (!held_intact(held))
		fault("a block was written to by another than its owner");
	block.at = xnheap_realloc(held->of->heap, held->at, size);
	actor->tally.calls++;
	if (!block.at) {
		actor->tally.full++;
		return;
	}
	block.size = size;
	if (block.at != held->at) {
		held_freed(held);
		block.from = 0;
	}
	/* As far as both have it; the header tells the size that it had */
	if (held->size >= sizeof(struct header) && size >= sizeof(struct header)) {
		if (slot_block(held->of, block.at).size != held->size)
			fault("a block that got another size lost its header");
	} else if (held->size < sizeof(struct header) &&
		   memchr_inv(block.at, held->mark, min(size, held->size))) {
		fault("a block that got another size lost what was in it");
	}
	if (xnheap_usable_size(held->of->heap, block.at) < size)
		fault("a block has less room than was asked for");
	held_fill(&block);
	*held = block;
}

#define BULK	12

/* Some blocks at a time, for a moment; not in NMI, which could not be sure to free them. */
static void bulk(struct actor *actor)
{
	xnheap_t *heap = shared[below(actor, HEAPS)].heap;
	u32 size = 1 + below(actor, 2 * page_bytes), i, n;
	void *blocks[BULK];

	n = xnheap_alloc_bulk(heap, size, BULK, blocks);
	actor->tally.calls++;
	actor->tally.full += n < BULK;
	for (i = 0; i < n; i++)
		memset(blocks[i], i, size);
	for (i = 0; i < n; i++)
		if (memchr_inv(blocks[i], i, size))
			fault("blocks of one call overlap");
	returned(actor, xnheap_free_bulk(heap, n, blocks), 0,
		 "blocks of one call could not be freed");
}

/* Put a block into a slot, and have what was there. */
static void hand_over(struct actor *actor, struct held *held)
{
	u8 **slot = &held->of->slot[below(actor, SLOTS)];
	u8 *other;

	if (held->size < sizeof(struct header))
		return;
	other = xchg(slot, held->at);
	held->at = NULL;
	if (!other)
		return;
	actor->tally.handed++;
	*held = slot_block(held->of, other);
}

/*
 * To peer 0, which is not closed meanwhile; and nobody else knows of the block before it
 * is posted: so it is certain what each call returns.
 */
static void misuse_lent(struct actor *actor, const struct held *held, size_t offset,
			struct xnheap_peer *peer)
{
	struct xnheap_peer *other = rcu_dereference(held->of->peer[1].handle);
	xnheap_t *heap = held->of->heap;

	if (xnheap_at(heap, offset))
		fault("xnheap_at() has a block that is lent");
	returned(actor, xnheap_free(heap, held->at), -EPERM, "a block that is lent was freed");
	returned(actor, xnheap_lend(heap, held->at, peer), -EPERM, "a block was lent twice");
	if (other)
		returned(actor, PTR_ERR_OR_ZERO(xnheap_adopt(heap, offset, other)), -EPERM,
			 "a block was adopted of another than has it");
}

/* @known: it is a block, and peer 0 listens, or has it. */
static void post(struct actor *actor, const struct held *held, bool known)
{
	int ret = xnheap_post(held->of->heap, held->at);

	actor->tally.calls++;
	actor->tally.posted += !ret;
	if (actor->context == NMI ? ret != -EAGAIN :
	    ret && ret != -ENOSPC && (known || (ret != -ENODEV && ret != -EINVAL)))
		fault("xnheap_post() failed");
}

/* Whether it is the peer's now. */
static bool lend(struct actor *actor, const struct held *held, size_t offset,
		 struct xnheap_peer *peer, bool stays)
{
	int ret;

	if (stays && !below(actor, 4))
		post(actor, held, true);
	ret = xnheap_lend(held->of->heap, held->at, peer);
	actor->tally.at_quota += ret == -EDQUOT;
	actor->tally.closed += ret == -ENODEV;
	if (ret == -EDQUOT || (ret == -ENODEV && !stays) ||
	    !returned(actor, ret, 0, "a block could not be lent"))
		return false;
	actor->tally.lent++;
	if (stays && !below(actor, 4))
		misuse_lent(actor, held, offset, peer);
	post(actor, held, stays);
	return true;
}

/* One that was closed since it was noted has no such block, nor need have the next. */
static bool adopt(struct actor *actor, struct shared *of, size_t offset,
		  struct xnheap_peer *peer, bool stays, struct held *held)
{
	u8 *block = xnheap_adopt(of->heap, offset, peer);
	int ret = PTR_ERR_OR_ZERO(block);

	if ((!stays && (ret == -EINVAL || ret == -EPERM)) ||
	    !returned(actor, ret, 0, "a block that is lent could not be adopted"))
		return false;
	actor->tally.adopted++;
	*held = slot_block(of, block);
	return true;
}

/* Lend a block, and have one that was lent before. */
static void lend_block(struct actor *actor, struct held *held)
{
	struct shared *of = held->of;
	struct peer *peer = &of->peer[below(actor, PEERS)];
	bool stays = peer == of->peer;
	struct xnheap_peer *handle;
	size_t offset = 0;
	u_long other;

	/* What is of reservations is counted */
	if (held->size < sizeof(struct header) || held->from)
		return;
	xnheap_offset(of->heap, held->at, &offset, NULL);
	rcu_read_lock();
	handle = rcu_dereference(peer->handle);
	if (handle && lend(actor, held, offset, handle, stays)) {
		atomic_inc(&peer->out);
		held->at = NULL;
		other = xchg(&peer->lent[below(actor, LENT)], offset + 1);
		if (other && adopt(actor, of, other - 1, handle, stays, held))
			atomic_dec(&peer->out);
	}
	rcu_read_unlock();
}

/* A block has an offset of its own there, from which it can be found. */
static void ask_at(struct actor *actor, const struct held *held, size_t offset)
{
	xnheap_t *heap = held->of->heap;
	void *at = xnheap_at(heap, offset);

	actor->tally.calls++;
	if (at != held->at && (at || actor->context != NMI))
		fault("xnheap_at() does not find a block");
	if (xnheap_at(heap, offset + 1 + below(actor, XNHEAP_MIN_BLOCK - 1)) ||
	    xnheap_at(heap, SIZE_MAX))
		fault("xnheap_at() finds what is no block");
}

/* Any byte of a block has the offset of its area, also while extents are added. */
static void ask_offset(struct actor *actor, const struct held *held)
{
	u32 at = below(actor, held->size);
	size_t first = 0, offset = 0;
	u64 cookie = 0;

	returned(actor, xnheap_offset(held->of->heap, held->at, &first, NULL), 0,
		 "xnheap_offset() disowns a block");
	returned(actor, xnheap_offset(held->of->heap, held->at + at, &offset, &cookie), 0,
		 "xnheap_offset() disowns a byte of a block");
	if (flags & XNHEAP_SHARED)
		ask_at(actor, held, first);
	else if (first >= extent_bytes)
		fault("xnheap_offset() tells the offset of another area");
	if (offset != first + at || cookie != XNHEAP_NO_COOKIE)
		fault("xnheap_offset() tells another offset or cookie");
	returned(actor, xnheap_offset(held->of->heap, held->of->heap, NULL, NULL), -EFAULT,
		 "xnheap_offset() owns what is no block");
}

static void ask(struct actor *actor, const struct held *held)
{
	xnheap_t *heap = held->of->heap;

	ask_offset(actor, held);
	returned(actor, xnheap_check_block(heap, held->at), 0,
		 "xnheap_check_block() disowns a block");
	returned(actor, xnheap_test_and_free(heap, held->at, disagree), -EPERM,
		 "xnheap_test_and_free() does not heed its function");
}

/* What is not the start of a block, around one that nobody else can free. */
static void misuse(struct actor *actor, const struct held *held)
{
	struct shared *other = &shared[held->of == shared];
	xnheap_t *heap = held->of->heap;
	u_long at = (u_long)held->at;
	int must = -EINVAL;

	switch (below(actor, 6)) {
	case 0:
		at += 1 + below(actor, XNHEAP_MIN_BLOCK - 1);
		break;
	case 1:
		if (held->size <= XNHEAP_MIN_BLOCK)
			return;
		at += XNHEAP_MIN_BLOCK *
		      (1 + below(actor, (held->size - 1) / XNHEAP_MIN_BLOCK));
		break;
	case 2:
		at = (u_long)heap->first_map;
		must = -EFAULT;
		break;
	case 3:
		heap = other->heap;
		must = -EFAULT;
		break;
	case 4:
		at = (u_long)heap;
		must = -EFAULT;
		break;
	default:
		at = 0;
		must = 0;
		break;
	}
	if (returned(actor, xnheap_free(heap, (void *)at), must,
		     "NULL or a bad pointer was not answered as it should be"))
		actor->tally.refused += at != 0;
}

/* By an area that lies ready, or in a task by one that the heap gets itself. */
static void extend(struct actor *actor)
{
	struct shared *of = &shared[below(actor, HEAPS)];
	u32 nr = below(actor, extents);
	void *area;
	int ret;

	if (actor->context == NMI)
		return;
	if (nr % 2 && !(flags & XNHEAP_SHARED)) {
		area = xchg(&of->spare[nr], NULL);
		if (!area)
			return;
		returned(actor, xnheap_extend(of->heap, area, extent_bytes), 0,
			 "xnheap_extend() failed");
		actor->tally.extended++;
	} else if (actor->context == TASK && xchg(&of->spare[nr], NULL)) {
		ret = xnheap_grow(of->heap);
		/* It may have as many extents as it may by itself */
		if (!growth || ret != -ENOSPC)
			returned(actor, ret, 0, "xnheap_grow() failed");
		actor->tally.extended++;
	}
}

void actor_step(struct actor *actor)
{
	u32 dice = prandom_u32_state(&actor->rnd);
	struct held *held = &actor->held[dice % HELD];

	dice /= HELD;
	if (!(dice % EXTEND_ONCE_IN))
		extend(actor);
	if (!held->at) {
		if (dice % 16 > 1)
			alloc_block(actor, held);
		else if (dice % 16)
			alloc_reserved(actor, held);
		else if (actor->context == TASK && dice % 64 == 0)
			reserve_some(actor);
		else if (actor->context != NMI)
			bulk(actor);
		return;
	}
	switch (dice % 16) {
	case 0:
	case 1:
		hand_over(actor, held);
		break;
	case 2:
		ask(actor, held);
		break;
	case 3:
		misuse(actor, held);
		break;
	case 4:
	case 5:
		if (actor->context != NMI)
			resize_block(actor, held);
		break;
	case 6:
	case 7:
		if (flags & XNHEAP_SHARED) {
			lend_block(actor, held);
			break;
		}
		fallthrough;
	default:
		free_block(actor, held);
		break;
	}
}

/* Free all that is held. */
void actor_drop_all(struct actor *actor)
{
	unsigned int i;

	for (i = 0; i < HELD; i++)
		if (actor->held[i].at)
			free_block(actor, &actor->held[i]);
}
