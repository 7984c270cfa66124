// SPDX-License-Identifier: GPL-2.0
/* Blocks that the kernel tells processes of: queues of offsets, and who waits for them. */

#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/poll.h>
#include <linux/uio.h>

#include "window.h"

/* That leave a queue in one hold of its lock */
#define READ_ROUND	16

static void wake_pollers(struct irq_work *work)
{
	struct xnheap_peer *peer = container_of(work, struct xnheap_peer, poll_work);

	wake_up_interruptible_poll(&peer->pollers, EPOLLIN | EPOLLRDNORM);
}

void peer_post_init(struct xnheap_peer *peer)
{
	raw_spin_lock_init(&peer->lock);
	init_swait_queue_head(&peer->readers);
	init_waitqueue_head(&peer->pollers);
	init_irq_work(&peer->poll_work, wake_pollers);
}

/* The heap has ended: all who wait go. */
void peer_post_wake(struct xnheap_peer *peer)
{
	swake_up_all(&peer->readers);
	wake_up_all(&peer->pollers);
}

static bool has_ended(const struct xnheap_peer *peer)
{
	return !rcu_access_pointer(peer->window->heap);
}

/* Leave an offset in a peer's queue, and wake who waits for it; -ENOSPC: it is full. */
static int give(struct xnheap_peer *peer, u64 offset)
{
	unsigned long flags;
	int ret = -ENOSPC;

	raw_spin_lock_irqsave(&peer->lock, flags);
	if (peer->owner.posts < XNHEAP_MAX_POSTS) {
		peer->post[(peer->first + peer->owner.posts) % XNHEAP_MAX_POSTS] = offset;
		/* Readers look at it without the lock */
		WRITE_ONCE(peer->owner.posts, peer->owner.posts + 1);
		ret = 0;
	} else {
		peer->owner.lost++;
	}
	raw_spin_unlock_irqrestore(&peer->lock, flags);
	if (ret)
		return ret;
	swake_up_one(&peer->readers);
	if (wq_has_sleeper(&peer->pollers))
		irq_work_queue(&peer->poll_work);
	return 0;
}

static int give_listeners(const struct window *window, u64 offset)
{
	struct xnheap_peer *peer;
	int ret = -ENODEV, given;
	unsigned int i;

	for (i = 0; i < XNHEAP_MAX_LISTENERS; i++) {
		peer = rcu_dereference(window->listener[i]);
		if (!peer)
			continue;
		given = give(peer, offset);
		if (ret != -ENOSPC)
			ret = given;
	}
	return ret;
}

int xnheap_post(struct xnheap *heap, const void *block)
{
	struct owner *owner;
	size_t offset;
	int ret;

	if (in_nmi())
		return -EAGAIN;
	/* A peer that is found stays as long */
	rcu_read_lock();
	ret = sharing_locate(heap, block, &offset, &owner);
	if (!ret)
		ret = owner ? give((struct xnheap_peer *)owner, offset) :
			      give_listeners(heap->sharing->device, offset);
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_post);

int peer_listen(struct xnheap_peer *peer, bool on)
{
	struct window *window = peer->window;
	struct xnheap_peer *listener;
	int i, place = -1;

	mutex_lock(&window->lock);
	for (i = 0; i < XNHEAP_MAX_LISTENERS; i++) {
		listener = rcu_dereference_protected(window->listener[i],
						     lockdep_is_held(&window->lock));
		if (listener == peer || (!listener && place < 0))
			place = i;
		if (listener == peer)
			break;
	}
	if (on && place >= 0)
		rcu_assign_pointer(window->listener[place], peer);
	if (!on && i < XNHEAP_MAX_LISTENERS)
		RCU_INIT_POINTER(window->listener[place], NULL);
	mutex_unlock(&window->lock);
	return on && place < 0 ? -EBUSY : 0;
}

/* Take up to @nr offsets out of the queue; how many. */
static unsigned int take(struct xnheap_peer *peer, u64 *offset, unsigned int nr)
{
	unsigned int n = 0;

	raw_spin_lock_irq(&peer->lock);
	while (n < nr && peer->owner.posts) {
		offset[n++] = peer->post[peer->first];
		peer->first = (peer->first + 1) % XNHEAP_MAX_POSTS;
		WRITE_ONCE(peer->owner.posts, peer->owner.posts - 1);
	}
	raw_spin_unlock_irq(&peer->lock);
	return n;
}

/* Those that cannot be written to the reader are lost. */
static int read_some(struct xnheap_peer *peer, struct iov_iter *to, size_t nr)
{
	u64 offset[READ_ROUND];
	unsigned int n = take(peer, offset, min_t(size_t, nr, READ_ROUND));

	if (copy_to_iter(offset, n * sizeof(*offset), to) == n * sizeof(*offset))
		return n;
	raw_spin_lock_irq(&peer->lock);
	peer->owner.lost += n;
	raw_spin_unlock_irq(&peer->lock);
	return -EFAULT;
}

static ssize_t wait_for_post(struct xnheap_peer *peer)
{
	return swait_event_interruptible_exclusive(peer->readers,
						   READ_ONCE(peer->owner.posts) || has_ended(peer));
}

ssize_t peer_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct xnheap_peer *peer = iocb->ki_filp->private_data;
	const bool waits = !(iocb->ki_filp->f_flags & O_NONBLOCK || iocb->ki_flags & IOCB_NOWAIT);
	size_t nr = iov_iter_count(to) / sizeof(u64), got = 0;
	ssize_t ret;
	int n;

	if (!nr)
		return -EINVAL;
	for (;;) {
		if (has_ended(peer))
			return got ? got * sizeof(u64) : -ENODEV;
		n = read_some(peer, to, nr - got);
		if (n < 0)
			return got ? got * sizeof(u64) : n;
		got += n;
		if (got == nr || (got && !n))
			return got * sizeof(u64);
		if (n)
			continue;
		if (!waits)
			return -EAGAIN;
		ret = wait_for_post(peer);
		if (ret)
			return ret;
	}
}

__poll_t peer_poll(struct file *file, struct poll_table_struct *table)
{
	struct xnheap_peer *peer = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &peer->pollers, table);
	/* Pairs with wq_has_sleeper(), on kernels where poll_wait() does not */
	smp_mb();
	if (has_ended(peer))
		events |= EPOLLHUP | EPOLLERR;
	if (READ_ONCE(peer->owner.posts))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}
