// SPDX-License-Identifier: GPL-2.0
/* What a process may ask of a shared heap: see include/uapi/linux/xnheap.h. */

#include <linux/err.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>
#include <uapi/linux/xnheap.h>

#include "window.h"

static noinline long fill_info(struct xnheap *heap, struct xnheap_peer *peer, void *what)
{
	const struct window *window = peer->window;
	struct xnheap_info *info = what;

	*info = (struct xnheap_info) {
		.abi = XNHEAP_ABI,
		.page_size = xnheap_page_size(heap),
		.window = window->size,
		.extent_size = window->extent_size,
		.size = xnheap_size(heap),
		.used = READ_ONCE(peer->owner.bytes),
		.blocks = READ_ONCE(peer->owner.blocks),
		.limit = owner_limit(heap),
	};
	BUILD_BUG_ON(sizeof(info->label) != sizeof(window->label));
	memcpy(info->label, window->label, sizeof(info->label));
	raw_spin_lock_irq(&peer->lock);
	info->lost = peer->owner.lost;
	raw_spin_unlock_irq(&peer->lock);
	return 0;
}

static long call_info(struct xnheap_peer *peer, struct xnheap_info __user *to)
{
	struct xnheap_info info;
	long ret = peer_call(peer, fill_info, &info);

	if (ret)
		return ret;
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : 0;
}

/* As of xnheap_free(): whatever is no live block's offset is no argument. */
static long free_block(struct xnheap *heap, struct xnheap_peer *peer, void *what)
{
	const u64 *offset = what;
	int ret;

	if (*offset > SIZE_MAX)
		return -EINVAL;
	ret = sharing_free(heap, *offset, &peer->owner);
	return ret == -EFAULT ? -EINVAL : ret;
}

static long alloc_block(struct xnheap *heap, struct xnheap_peer *peer, void *what)
{
	struct xnheap_request *request = what;
	size_t size = min_t(u64, request->size, SIZE_MAX), align = request->align ?: 1;
	size_t offset;
	int ret;

	if (!size || request->align > xnheap_page_size(heap) || !is_power_of_2(align))
		return -EINVAL;
	ret = sharing_alloc(heap, size, align, &peer->owner, &offset);
	if (!ret)
		request->offset = offset;
	return ret;
}

static long call_alloc(struct xnheap_peer *peer, struct xnheap_request __user *at)
{
	struct xnheap_request request;
	long ret;

	if (copy_from_user(&request, at, sizeof(request)))
		return -EFAULT;
	ret = peer_call(peer, alloc_block, &request);
	if (ret)
		return ret;
	if (copy_to_user(at, &request, sizeof(request))) {
		/* Nobody knows of it */
		peer_call(peer, free_block, &request.offset);
		return -EFAULT;
	}
	return 0;
}

static long call_free(struct xnheap_peer *peer, u64 __user *at)
{
	u64 offset;

	if (copy_from_user(&offset, at, sizeof(offset)))
		return -EFAULT;
	return peer_call(peer, free_block, &offset);
}

static long check_block(struct xnheap *heap, struct xnheap_peer *peer, void *what)
{
	struct xnheap_query *query = what;
	size_t bytes;
	u16 owner;

	if (query->offset > SIZE_MAX || sharing_query(heap, query->offset, &bytes, &owner))
		return -EINVAL;
	query->size = bytes;
	query->owner = owner == OWNER_KERNEL ? XNHEAP_OWNER_KERNEL :
		       owner == peer->owner.nr ? XNHEAP_OWNER_SELF : XNHEAP_OWNER_OTHER;
	query->unused = 0;
	return 0;
}

static long call_check(struct xnheap_peer *peer, struct xnheap_query __user *at)
{
	struct xnheap_query query;
	long ret;

	if (copy_from_user(&query, at, sizeof(query)))
		return -EFAULT;
	ret = peer_call(peer, check_block, &query);
	if (ret)
		return ret;
	return copy_to_user(at, &query, sizeof(query)) ? -EFAULT : 0;
}

static long get_largest(struct xnheap *heap, struct xnheap_peer *peer, void *what)
{
	*(u64 *)what = sharing_largest(heap, &peer->owner);
	return 0;
}

static long call_largest(struct xnheap_peer *peer, u64 __user *to)
{
	u64 bytes;
	long ret = peer_call(peer, get_largest, &bytes);

	if (ret)
		return ret;
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
