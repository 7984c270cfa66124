// SPDX-License-Identifier: GPL-2.0
/* What a process may ask of a shared heap: see include/uapi/linux/xnheap.h. */

#include <linux/err.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>
#include <uapi/linux/xnheap.h>

#include "window.h"

static long call_info(struct xnheap_peer *peer, struct xnheap_info __user *to)
{
	const struct window *window = peer->window;
	struct xnheap_info info = {
		.abi = XNHEAP_ABI,
		.window = window->size,
		.extent_size = window->extent_size,
		.used = READ_ONCE(peer->owner.bytes),
		.blocks = READ_ONCE(peer->owner.blocks),
	};
	struct xnheap *heap;

	BUILD_BUG_ON(sizeof(info.label) != sizeof(window->label));
	memcpy(info.label, window->label, sizeof(info.label));
	rcu_read_lock();
	heap = window_heap(window);
	if (heap) {
		info.page_size = xnheap_page_size(heap);
		info.size = xnheap_size(heap);
		info.limit = owner_limit(heap);
	}
	rcu_read_unlock();
	raw_spin_lock_irq(&peer->lock);
	info.lost = peer->owner.lost;
	raw_spin_unlock_irq(&peer->lock);
	if (!heap)
		return -ENODEV;
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : 0;
}

/* As of xnheap_free(): whatever is no live block's offset is no argument. */
static long free_at(struct xnheap_peer *peer, u64 offset)
{
	struct xnheap *heap;
	int ret = -ENODEV;

	if (offset > SIZE_MAX)
		return -EINVAL;
	rcu_read_lock();
	heap = window_heap(peer->window);
	if (heap)
		ret = sharing_free(heap, offset, &peer->owner);
	rcu_read_unlock();
	return ret == -EFAULT ? -EINVAL : ret;
}

static long alloc_for_peer(struct xnheap_peer *peer, struct xnheap_request *request)
{
	size_t size = min_t(u64, request->size, SIZE_MAX), align = request->align ?: 1;
	struct xnheap *heap;
	void *block;
	long ret;

	if (!size || request->align > XNHEAP_MAX_PAGE_SIZE || !is_power_of_2(align))
		return -EINVAL;
	rcu_read_lock();
	heap = window_heap(peer->window);
	if (!heap) {
		ret = -ENODEV;
	} else if (align > xnheap_page_size(heap)) {
		ret = -EINVAL;
	} else {
		block = sharing_alloc(heap, size, align, &peer->owner);
		ret = PTR_ERR_OR_ZERO(block);
		if (!ret)
			request->offset = sharing_offset(heap, block);
	}
	rcu_read_unlock();
	return ret;
}

static long call_alloc(struct xnheap_peer *peer, struct xnheap_request __user *at)
{
	struct xnheap_request request;
	long ret;

	if (copy_from_user(&request, at, sizeof(request)))
		return -EFAULT;
	ret = alloc_for_peer(peer, &request);
	if (ret)
		return ret;
	if (copy_to_user(at, &request, sizeof(request))) {
		/* Nobody knows of it */
		free_at(peer, request.offset);
		return -EFAULT;
	}
	return 0;
}

static long call_free(struct xnheap_peer *peer, u64 __user *at)
{
	u64 offset;

	if (copy_from_user(&offset, at, sizeof(offset)))
		return -EFAULT;
	return free_at(peer, offset);
}

static long call_check(struct xnheap_peer *peer, struct xnheap_query __user *at)
{
	struct xnheap_query query;
	struct xnheap *heap;
	long ret = -ENODEV;
	size_t bytes = 0;
	u16 owner = 0;

	if (copy_from_user(&query, at, sizeof(query)))
		return -EFAULT;
	if (query.offset > SIZE_MAX)
		return -EINVAL;
	rcu_read_lock();
	heap = window_heap(peer->window);
	if (heap)
		ret = sharing_query(heap, query.offset, &bytes, &owner);
	rcu_read_unlock();
	if (ret)
		return ret;
	query.size = bytes;
	query.owner = owner == OWNER_KERNEL ? XNHEAP_OWNER_KERNEL :
		      owner == peer->owner.nr ? XNHEAP_OWNER_SELF : XNHEAP_OWNER_OTHER;
	query.unused = 0;
	return copy_to_user(at, &query, sizeof(query)) ? -EFAULT : 0;
}

static long call_largest(struct xnheap_peer *peer, u64 __user *to)
{
	struct xnheap *heap;
	u64 bytes = 0;

	rcu_read_lock();
	heap = window_heap(peer->window);
	if (heap)
		bytes = sharing_largest(heap, &peer->owner);
	rcu_read_unlock();
	if (!heap)
		return -ENODEV;
	return copy_to_user(to, &bytes, sizeof(bytes)) ? -EFAULT : 0;
}

static long call_listen(struct xnheap_peer *peer, unsigned long on)
{
	if (on > 1)
		return -EINVAL;
	if (!rcu_access_pointer(peer->window->heap))
		return -ENODEV;
	return peer_listen(peer, on);
}

long peer_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct xnheap_peer *peer = file->private_data;
	bool writes = file->f_mode & FMODE_WRITE;
	void __user *at = (void __user *)arg;

	switch (cmd) {
	case XNHEAP_IOC_INFO:
		return call_info(peer, at);
	case XNHEAP_IOC_ALLOC:
		return writes ? call_alloc(peer, at) : -EBADF;
	case XNHEAP_IOC_FREE:
		return writes ? call_free(peer, at) : -EBADF;
	case XNHEAP_IOC_CHECK:
		return call_check(peer, at);
	case XNHEAP_IOC_LARGEST:
		return call_largest(peer, at);
	case XNHEAP_IOC_LISTEN:
		return call_listen(peer, arg);
	default:
		return -ENOTTY;
	}
}
