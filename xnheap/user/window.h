/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heaps with XNHEAP_SHARED, as processes have them.
 *
 * A window is what they map of a heap: a place for each extent that it may ever have. It
 * keeps the extents' memory, and stays until nobody has it open, though the heap may have
 * ended: what is mapped stays valid. A peer is a file that is open for processes.
 *
 * Calls of processes find the heap in an RCU read section, and end in it: the heap waits
 * for them when it ends, and for no other lock of theirs.
 */
#ifndef _XNHEAP_WINDOW_H
#define _XNHEAP_WINDOW_H

#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/irq_work.h>
#include <linux/kdev_t.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/swait.h>
#include <linux/wait.h>

#include "../api/sharing.h"
#include "../memory/memory.h"

struct window {
	struct xnheap __rcu *heap;	/* NULL: it has ended */
	struct kref holds;		/* the heap's, each peer's, the device's */
	struct rcu_head rcu;
	size_t size;
	size_t extent_size;
	struct memory *memory[XNHEAP_MAX_EXTENTS];	/* by number; they come, and stay */
	struct xnheap_peer __rcu *listener[XNHEAP_MAX_LISTENERS];
	struct ida numbers;		/* of peers */
	struct mutex lock;		/* peers and listeners come and go */
	struct list_head peers;
	struct device *device;		/* NULL: there was no memory for another mode's */
	int minor;
	umode_t mode;
	char label[XNHEAP_LABEL_LEN];
};

struct xnheap_peer {
	struct owner owner;		/* first: by this, api/ knows a peer */
	struct window *window;
	refcount_t holds;		/* the file's, and each of xnheap_peer_get() */
	struct list_head list;

	/* what was posted to it, and not read yet */
	raw_spinlock_t lock;
	u64 post[XNHEAP_MAX_POSTS];
	unsigned int first;		/* of as many as the owner's posts */
	struct swait_queue_head readers;
	struct wait_queue_head pollers;
	struct irq_work poll_work;	/* wakes them: their lock may sleep */
};

static_assert(!offsetof(struct xnheap_peer, owner));

/* Call @fn with the heap, which stays until it returns, and @what. -ENODEV: it has ended. */
static __always_inline long
peer_call(struct xnheap_peer *peer,
	  long (*fn)(struct xnheap *heap, struct xnheap_peer *peer, void *what), void *what)
{
	struct xnheap *heap;
	long ret = -ENODEV;

	rcu_read_lock();
	heap = rcu_dereference(peer->window->heap);
	if (heap)
		ret = fn(heap, peer, what);
	rcu_read_unlock();
	return ret;
}

/* window.c */
#define MAX_WINDOWS	(MINORMASK + 1)

extern struct mutex windows_lock;	/* they come and go */

struct window *window_make(struct xnheap *heap);
struct window *window_get(int minor);
void window_put(struct window *window);
int window_claim(struct window *window);
void window_leave(struct window *window);

/* peer.c */
extern const struct file_operations peer_fops;

/* call.c */
long peer_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* post.c */
void peer_post_init(struct xnheap_peer *peer);
void peer_post_wake(struct xnheap_peer *peer);
int peer_listen(struct xnheap_peer *peer, bool on);
ssize_t peer_read(struct kiocb *iocb, struct iov_iter *to);
__poll_t peer_poll(struct file *file, struct poll_table_struct *table);

/* map.c */
int peer_mmap(struct file *file, struct vm_area_struct *vma);

#endif
