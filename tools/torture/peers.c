// SPDX-License-Identifier: GPL-2.0
/*
 * Peers of shared heaps, as far as the kernel can have them: files of the heaps' devices,
 * to which actors lend and post blocks. Peer 0 of each heap stays until all are parked;
 * the others are closed and opened anew meanwhile. All of this is for the leader.
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <uapi/linux/xnheap.h>

#include "api/validate.h"
#include "core/owner.h"
#include "torture.h"

#define READ_ROUND	16
#define MANY		10000	/* calls, of which some lend and adopt */
#define TURN_MS		20	/* that actors have at least before another is closed */

static u64 posts_read;
static u64 closed, freed;	/* files, in the midst; blocks that were freed by this */

/* By a descriptor, as a module gets it. */
static struct xnheap_peer *handle_of(struct xnheap *heap, struct file *file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct xnheap_peer *handle;

	if (fd < 0)
		return ERR_PTR(fd);
	fd_install(fd, get_file(file));
	handle = xnheap_peer_get(heap, fd);
	close_fd(fd);
	return handle;
}

static int peer_open(struct shared *of, struct peer *peer)
{
	bool listens = peer == of->peer;
	struct xnheap_peer *handle;
	struct file *file;
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/dev/xnheap/%s", of->heap->label);
	file = filp_open(path, O_RDWR | O_NONBLOCK, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	handle = handle_of(of->heap, file);
	ret = PTR_ERR_OR_ZERO(handle) ?:
	      file->f_op->unlocked_ioctl(file, XNHEAP_IOC_LISTEN, listens);
	if (ret) {
		xnheap_peer_put(handle);
		__fput_sync(file);
		return ret;
	}
	peer->file = file;
	rcu_assign_pointer(peer->handle, handle);
	return 0;
}

static struct owner *owner_of_peer(const struct peer *peer)
{
	return (struct owner *)rcu_dereference_protected(peer->handle, true);
}

/* Unless they are parked, actors lend to it until the end; in vain, once it is closed. */
static void peer_close(struct shared *of, struct peer *peer, bool parked)
{
	struct owner *owner = owner_of_peer(peer);
	struct xnheap_peer *handle = (struct xnheap_peer *)owner;
	void *block;

	if (!owner)
		return;
	__fput_sync(peer->file);
	block = xnheap_alloc(of->heap, 1);
	if (block && (xnheap_lend(of->heap, block, handle) != -ENODEV ||
		      xnheap_free(of->heap, block)))
		fault("a file that was closed was lent a block");
	if (owner->blocks || owner->bytes)
		fault("a file that was closed has blocks yet");
	rcu_assign_pointer(peer->handle, NULL);
	if (!parked)
		synchronize_rcu();
	xnheap_peer_put(handle);
	peer->file = NULL;
}

/* Is in a block that was lent what was there before? */
static void expect_intact(struct shared *of, u8 *block)
{
	struct held held = slot_block(of, block);

	if (held.at && !held_intact(&held))
		fault("a block that was lent was written to");
}

/* What was posted may be anyone's by now: take it, if it is the peer's. */
static void answer(struct shared *of, const struct peer *peer, u64 offset)
{
	struct xnheap_peer *handle = (struct xnheap_peer *)owner_of_peer(peer);
	u8 *block = xnheap_adopt(of->heap, offset, handle);

	if (IS_ERR(block)) {
		if (PTR_ERR(block) != -EINVAL && PTR_ERR(block) != -EPERM)
			fault("what was posted could not be adopted");
		return;
	}
	expect_intact(of, block);
	if (xnheap_free(of->heap, block))
		fault("a block that was posted could not be freed");
}

/* What peer 0 has is for actors alone to adopt. */
static void peer_read(struct shared *of, struct peer *peer)
{
	unsigned int rounds = XNHEAP_MAX_POSTS / READ_ROUND, i;
	u64 offset[READ_ROUND];
	ssize_t n = 0;
	loff_t at = 0;

	while (rounds--) {
		n = kernel_read(peer->file, offset, sizeof(offset), &at);
		if (n < 0)
			break;
		posts_read += n / sizeof(*offset);
		for (i = 0; i < n / sizeof(*offset); i++) {
			if (offset[i] >= xnheap_size(of->heap))
				fault("a post is of no block");
			else if (peer != of->peer)
				answer(of, peer, offset[i]);
		}
	}
	if (n < 0 && n != -EAGAIN)
		fault("what was posted could not be read");
}

int peers_open(void)
{
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < HEAPS * !!(flags & XNHEAP_SHARED); i++)
		for (j = 0; j < PEERS && !ret; j++)
			ret = peer_open(&shared[i], &shared[i].peer[j]);
	return ret;
}

void peers_close(struct shared *of)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++) {
		peer_close(of, &of->peer[i], true);
		memset(&of->peer[i], 0, sizeof(of->peer[i]));
	}
}

static size_t blocks_of(const struct peer *peer)
{
	return READ_ONCE(owner_of_peer(peer)->blocks);
}

/* The one with the most blocks is closed and opened anew; others read. All act. */
int peers_turn(void)
{
	static unsigned int turn;
	struct shared *of = &shared[turn % HEAPS];
	struct peer *peer = &of->peer[1];
	unsigned int tries = 50, i;

	do {
		msleep(TURN_MS);
		for (i = 2; i < PEERS; i++)
			if (blocks_of(&of->peer[i]) > blocks_of(peer))
				peer = &of->peer[i];
	} while (!blocks_of(peer) && --tries);
	for (i = 0; i < PEERS; i++)
		if (&of->peer[i] != peer)
			peer_read(of, &of->peer[i]);
	turn++;
	closed++;
	freed += blocks_of(peer);
	peer_close(of, peer, false);
	return peer_open(of, peer);
}

/* Take a block that is known to be a peer's; then it is lent again, or freed. */
static void take_lent(struct shared *of, struct peer *peer, u_long offset, bool again)
{
	u8 *block;

	if (xnheap_at(of->heap, offset))
		fault("xnheap_at() has a block that is lent");
	block = xnheap_adopt(of->heap, offset, NULL);
	if (IS_ERR(block)) {
		fault("a block that is lent could not be adopted");
		return;
	}
	expect_intact(of, block);
	if (again ? xnheap_lend(of->heap, block, (struct xnheap_peer *)owner_of_peer(peer)) :
		    xnheap_free(of->heap, block))
		fault("a block that was adopted could not be lent again, or freed");
}

/* Is what peer 0 has just what was lent to it? Then all are closed, and nothing is lent. */
void peers_check(struct shared *of)
{
	struct xnheap_sharing *sharing = of->heap->sharing;
	struct peer *peer = of->peer;
	unsigned int i;
	const char *what;

	if (!sharing || !owner_of_peer(peer))
		return;
	what = validate_heap(of->heap);
	if (*what)
		fault(what);
	peer_read(of, peer);
	if (owner_of_peer(peer)->blocks != atomic_read(&peer->out))
		fault("a peer has more or fewer blocks than were lent to it");
	for (i = 0; i < LENT; i++)
		if (peer->lent[i])
			take_lent(of, peer, peer->lent[i] - 1, i % 2);
	peers_close(of);
	if (sharing->blocks || sharing->bytes)
		fault("blocks are lent to nobody");
}

/* In the end, each context must have lent and adopted, if it came to much at all. */
void peers_tell(bool ended)
{
	u64 calls[NR_CONTEXTS] = {}, lent[NR_CONTEXTS] = {}, adopted[NR_CONTEXTS] = {};
	struct tally sum = {};
	unsigned int i;

	for (i = 0; i < contexts_actors(); i++) {
		const struct actor *actor = contexts_actor(i);

		calls[actor->context] += actor->tally.calls;
		lent[actor->context] += actor->tally.lent;
		adopted[actor->context] += actor->tally.adopted;
		sum.lent += actor->tally.lent;
		sum.adopted += actor->tally.adopted;
		sum.posted += actor->tally.posted;
		sum.at_quota += actor->tally.at_quota;
		sum.closed += actor->tally.closed;
	}
	pr_info(PREFIX "%llu blocks were lent, %llu adopted; %llu would have been too much, %llu for a file that was closed; %llu posts, %llu read; %llu files were closed, that had %llu blocks\n",
		sum.lent, sum.adopted, sum.at_quota, sum.closed, sum.posted, posts_read,
		closed, freed);
	if (!ended)
		return;
	for (i = 0; i < NR_CONTEXTS; i++)
		if (calls[i] > MANY && (!lent[i] || !adopted[i]))
			fault("no block was lent or adopted in one of the contexts");
	if (!sum.lent || !sum.adopted)
		fault("no block was lent, or none was adopted");
	if (!sum.posted || !posts_read)
		fault("no block was posted, or no post was read");
	if (calls[TASK] > MANY && !sum.at_quota)
		fault("no file had as many blocks as it may");
	if (!freed)
		fault("no file was closed that had blocks");
}
