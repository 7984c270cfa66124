// SPDX-License-Identifier: GPL-2.0
/*
 * For tests of shared heaps from user space: what a driver does there, each call of it by
 * an ioctl, see shared/shared.h.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "shared_test.h"

struct slot slots[SHARED_HEAPS];
struct peer peers[SHARED_PEERS];
DECLARE_RWSEM(peers_sem);
DEFINE_RAW_SPINLOCK(peers_lock);

static int create(struct slot *slot, const struct shared_call *call)
{
	struct xnheap *heap;

	if (slot->heap)
		return -EBADSLT;
	if (call->flags & XNHEAP_SHARED && !call->max)
		heap = xnheap_create(call->name, call->size, call->page, call->flags);
	else if (call->flags & SHARED_PLAIN)
		heap = xnheap_create(call->name, call->size, call->page,
				     call->flags & ~SHARED_PLAIN);
	else
		heap = xnheap_create_shared(call->name, call->size, call->page, call->flags,
					    call->max);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	slot->heap = heap;
	return 0;
}

static int delete(struct slot *slot)
{
	struct xnheap *heap = slot->heap;

	storm_set(slot, 0);
	slot->heap = NULL;
	xa_destroy(&slot->pages);
	xnheap_delete(heap);
	return 0;
}

static int peer_get(struct slot *slot, const struct shared_call *call)
{
	struct peer new = { .heap = slot->heap };

	if (call->peer >= SHARED_PEERS)
		return -EBADSLT;
	new.handle = xnheap_peer_get(slot->heap, call->flags);
	if (IS_ERR(new.handle))
		return PTR_ERR(new.handle);

	down_write(&peers_sem);
	raw_spin_lock_irq(&peers_lock);
	swap(peers[call->peer], new);
	raw_spin_unlock_irq(&peers_lock);
	up_write(&peers_sem);
	xnheap_peer_put(new.handle);
	return 0;
}

static int peer_put(const struct shared_call *call)
{
	struct peer none = {};

	if (call->peer >= SHARED_PEERS)
		return -EBADSLT;
	down_write(&peers_sem);
	raw_spin_lock_irq(&peers_lock);
	swap(peers[call->peer], none);
	raw_spin_unlock_irq(&peers_lock);
	up_write(&peers_sem);
	/* Nothing is done for none */
	xnheap_peer_put(none.handle);
	return 0;
}

static void reset(void)
{
	struct shared_call call = {};
	unsigned int i;

	for (i = 0; i < SHARED_HEAPS; i++) {
		down_write(&slots[i].sem);
		if (slots[i].heap)
			delete(&slots[i]);
		up_write(&slots[i].sem);
	}
	for (call.peer = 0; call.peer < SHARED_PEERS; call.peer++)
		peer_put(&call);
}

static int extend(struct xnheap *heap)
{
	static u8 area[SZ_64K];

	return xnheap_extend(heap, area, sizeof(area));
}

static int ask(struct slot *slot, struct shared_call *call)
{
	struct xnheap *heap = slot->heap;

	switch (call->op) {
	case OP_GROW:
		return xnheap_grow(heap);
	case OP_SET_GROWTH:
		return xnheap_set_growth(heap, call->size, 0, call->max);
	case OP_SHARE:
		return xnheap_share(heap, call->flags);
	case OP_SET_QUOTA:
		return xnheap_set_quota(heap, call->size, call->max);
	case OP_PEER_GET:
		return peer_get(slot, call);
	case OP_USED:
		call->size = xnheap_used_mem(heap);
		return 0;
	case OP_SIZE:
		call->size = xnheap_size(heap);
		return 0;
	case OP_FILL:
	case OP_LOOK:
		return blocks_look(slot, call);
	case OP_DROP:
		return blocks_drop(slot, call);
	case OP_SHRINK:
		return xnheap_shrink(heap);
	case OP_SET_LABEL:
		return xnheap_set_label(heap, "%s", call->name);
	case OP_EXTEND:
		return extend(heap);
	case OP_STORM:
		storm_set(slot, call->size);
		return 0;
	case OP_ALLOC ... OP_POST:
		return blocks_call(slot, call);
	}
	return -ENOTTY;
}

/* What the call returned is its result; other errors are the module's own. */
static int run(struct shared_call *call)
{
	struct slot *slot;
	int ret = -EBADSLT;

	if (call->op == OP_RESET) {
		reset();
		return 0;
	}
	if (call->op == OP_PEER_PUT)
		return peer_put(call);
	if (call->heap >= SHARED_HEAPS)
		return -EBADSLT;
	slot = &slots[call->heap];
	switch (call->op) {
	case OP_CREATE:
	case OP_DELETE:
	case OP_STORM:
		down_write(&slot->sem);
		if (call->op == OP_CREATE)
			ret = create(slot, call);
		else if (!slot->heap)
			ret = -EBADSLT;
		else if (call->op == OP_STORM)
			ret = ask(slot, call);
		else
			ret = delete(slot);
		up_write(&slot->sem);
		return ret;
	}
	down_read(&slot->sem);
	if (slot->heap)
		ret = ask(slot, call);
	up_read(&slot->sem);
	return ret;
}

static long shared_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct shared_call call;

	if (cmd != SHARED_CALL)
		return -ENOTTY;
	if (copy_from_user(&call, user, sizeof(call)))
		return -EFAULT;
	call.name[sizeof(call.name) - 1] = '\0';
	call.result = run(&call);
	return copy_to_user(user, &call, sizeof(call)) ? -EFAULT : 0;
}

static const struct file_operations shared_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = shared_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice shared_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = SHARED_DEVICE,
	.fops = &shared_fops,
	.mode = 0600,
};

static int __init shared_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < SHARED_HEAPS; i++) {
		init_rwsem(&slots[i].sem);
		xa_init(&slots[i].pages);
		storm_init(&slots[i]);
	}
	ret = blocks_init();
	if (ret)
		return ret;
	ret = misc_register(&shared_device);
	if (ret)
		blocks_exit();
	return ret;
}
module_init(shared_init);

static void __exit shared_exit(void)
{
	misc_deregister(&shared_device);
	reset();
	blocks_exit();
}
module_exit(shared_exit);

MODULE_DESCRIPTION("Calls on shared heaps, for tests from user space");
MODULE_LICENSE("GPL");
