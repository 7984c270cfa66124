// SPDX-License-Identifier: GPL-2.0
/* Files of shared heaps: opened, and closed, when what is still theirs is freed. */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "window.h"

static void put(struct xnheap_peer *peer)
{
	if (!refcount_dec_and_test(&peer->holds))
		return;
	window_put(peer->window);
	kfree(peer);
}

/* A peer of a number that no block has. */
static struct xnheap_peer *make_peer(struct window *window)
{
	struct xnheap_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL_ACCOUNT);
	int nr;

	if (!peer)
		return ERR_PTR(-ENOMEM);
	nr = ida_alloc_range(&window->numbers, OWNER_KERNEL + 1, XNHEAP_MAX_PEERS, GFP_KERNEL);
	if (nr < 0) {
		kfree(peer);
		return ERR_PTR(nr == -ENOSPC ? -EUSERS : nr);
	}
	peer->owner.nr = nr;
	peer->owner.device = window;
	peer->owner.pid = task_tgid_nr(current);
	get_task_comm(peer->owner.name, current);
	peer->window = window;
	refcount_set(&peer->holds, 1);
	peer_post_init(peer);
	return peer;
}

static long open(struct xnheap *heap, struct xnheap_peer *peer, void *unused)
{
	sharing_open(heap, &peer->owner);
	return 0;
}

static long close(struct xnheap *heap, struct xnheap_peer *peer, void *unused)
{
	sharing_close(heap, &peer->owner);
	return 0;
}

/* Free what is still its own, a bit at a time; 0: there is no more. */
static long free_some(struct xnheap *heap, struct xnheap_peer *peer, void *walk)
{
	return sharing_free_some(heap, &peer->owner, walk);
}

static long forget(struct xnheap *heap, struct xnheap_peer *peer, void *unused)
{
	sharing_forget(heap, &peer->owner);
	return 0;
}

/* The heap knows of it from now on, if it lives. */
static int begin(struct xnheap_peer *peer)
{
	struct window *window = peer->window;
	int ret;

	/* Who ends the heap wakes those that are in the list before it does */
	mutex_lock(&window->lock);
	ret = peer_call(peer, open, NULL);
	if (!ret)
		list_add_tail(&peer->list, &window->peers);
	mutex_unlock(&window->lock);
	return ret;
}

static int peer_open(struct inode *inode, struct file *file)
{
	struct window *window = window_get(iminor(inode));
	struct xnheap_peer *peer;
	int ret;

	if (!window)
		return -ENODEV;
	peer = make_peer(window);
	if (IS_ERR(peer)) {
		window_put(window);
		return PTR_ERR(peer);
	}
	ret = begin(peer);
	if (ret) {
		ida_free(&window->numbers, peer->owner.nr);
		put(peer);
		return ret;
	}
	file->private_data = peer;
	/* preadv2() with RWF_NOWAIT */
	file->f_mode |= FMODE_NOWAIT;
	return nonseekable_open(inode, file);
}

static int peer_release(struct inode *inode, struct file *file)
{
	struct xnheap_peer *peer = file->private_data;
	struct window *window = peer->window;
	struct owner_walk walk = { };

	/* If it has ended, its blocks have with it */
	peer_call(peer, close, NULL);
	while (peer_call(peer, free_some, &walk) > 0)
		cond_resched();

	peer_listen(peer, false);
	mutex_lock(&window->lock);
	list_del(&peer->list);
	mutex_unlock(&window->lock);
	peer_call(peer, forget, NULL);
	ida_free(&window->numbers, peer->owner.nr);
	/* Who posts may have found it */
	synchronize_rcu();
	irq_work_sync(&peer->poll_work);
	put(peer);
	return 0;
}

struct xnheap_peer *xnheap_peer_get(struct xnheap *heap, int fd)
{
	struct xnheap_peer *peer = ERR_PTR(-EINVAL);
	struct file *file;

	if (!heap_is_valid(heap) || !heap->sharing)
		return ERR_PTR(-EINVAL);
	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &peer_fops) {
		peer = file->private_data;
		if (peer->window == heap->sharing->device)
			refcount_inc(&peer->holds);
		else
			peer = ERR_PTR(-EINVAL);
	}
	fput(file);
	return peer;
}
EXPORT_SYMBOL_GPL(xnheap_peer_get);

void xnheap_peer_put(struct xnheap_peer *peer)
{
	if (!IS_ERR_OR_NULL(peer))
		put(peer);
}
EXPORT_SYMBOL_GPL(xnheap_peer_put);

const struct file_operations peer_fops = {
	.owner = THIS_MODULE,
	.open = peer_open,
	.release = peer_release,
	.read_iter = peer_read,
	.poll = peer_poll,
	.mmap = peer_mmap,
	.unlocked_ioctl = peer_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
