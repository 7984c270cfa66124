// SPDX-License-Identifier: GPL-2.0
/* Devices of shared heaps: they come with a heap, and go with it. */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "user.h"
#include "window.h"

static ushort share_mode = 0600;
module_param(share_mode, ushort, 0444);
MODULE_PARM_DESC(share_mode, "Permissions of the devices of shared heaps, such as 0660");
static uint share_uid;
module_param(share_uid, uint, 0444);
MODULE_PARM_DESC(share_uid, "User of these devices, a number");
static uint share_gid;
module_param(share_gid, uint, 0444);
MODULE_PARM_DESC(share_gid, "Group of these devices, a number");

static dev_t first_devt;
static struct cdev cdev;
static struct class xnheap_class = { .name = "xnheap" };

#if KERNEL_VERSION(6, 3, 0) <= LINUX_VERSION_CODE
static char *devnode(const struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
#else
static char *devnode(struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
#endif
{
	const struct window *window = dev_get_drvdata(dev);

	/* With a type: without any bit, it would be taken for none that is asked for */
	if (mode)
		*mode = S_IFCHR | window->mode;
	if (uid)
		*uid = make_kuid(&init_user_ns, share_uid);
	if (gid)
		*gid = make_kgid(&init_user_ns, share_gid);
	return NULL;
}

static const struct device_type window_type = {
	.name = "xnheap",
	.devnode = devnode,
};

static void device_release(struct device *dev)
{
	window_put(dev_get_drvdata(dev));
	kfree(dev);
	/* Who holds a device does not know that its end is here */
	module_put(THIS_MODULE);
}

/* The device appears, with the window's mode. */
static int add_device(struct window *window)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int ret;

	if (!dev)
		return -ENOMEM;
	__module_get(THIS_MODULE);
	device_initialize(dev);
	dev->class = &xnheap_class;
	dev->type = &window_type;
	dev->devt = first_devt + window->minor;
	dev->release = device_release;
	kref_get(&window->holds);
	dev_set_drvdata(dev, window);
	/* In a name of a device, '!' stands for '/' */
	ret = dev_set_name(dev, "xnheap!%s", window->label) ?: device_add(dev);
	if (ret) {
		put_device(dev);
		return ret;
	}
	window->device = dev;
	return 0;
}

static void remove_device(struct window *window)
{
	if (window->device)
		device_unregister(window->device);
	window->device = NULL;
}

static void extent(struct xnheap *heap, unsigned int nr, struct memory *memory)
{
	struct window *window = heap->sharing->device;

	memory_hold(memory);
	/* Who finds it finds its pages */
	smp_store_release(&window->memory[nr], memory);
}

/* Whoever has opened the window is in no call of its heap from now on, nor waits for one. */
static void end_calls(struct window *window)
{
	struct xnheap_peer *peer;

	RCU_INIT_POINTER(window->heap, NULL);
	synchronize_rcu();
	mutex_lock(&window->lock);
	list_for_each_entry(peer, &window->peers, list)
		peer_post_wake(peer);
	mutex_unlock(&window->lock);
}

static int begin(struct xnheap *heap, struct memory *memory)
{
	struct window *window;
	int ret;

	window = window_make(heap);
	if (!window)
		return -ENOMEM;
	window->mode = share_mode;
	extent(heap, 0, memory);

	mutex_lock(&windows_lock);
	ret = window_claim(window);
	if (!ret) {
		ret = add_device(window);
		if (ret)
			window_leave(window);
	}
	mutex_unlock(&windows_lock);
	if (ret) {
		end_calls(window);
		window_put(window);
	}
	return ret;
}

static void end(struct xnheap *heap)
{
	struct window *window = heap->sharing->device;

	mutex_lock(&windows_lock);
	window_leave(window);
	remove_device(window);
	mutex_unlock(&windows_lock);
	end_calls(window);
	window_put(window);
}

int xnheap_share(struct xnheap *heap, umode_t mode)
{
	struct window *window;
	umode_t was;
	int ret;

	if (!heap_is_valid(heap) || !heap->sharing || mode & ~0777)
		return -EINVAL;
	window = heap->sharing->device;
	mutex_lock(&windows_lock);
	was = window->mode;
	window->mode = mode;
	remove_device(window);
	ret = add_device(window);
	if (ret) {
		/* Rather than none at all */
		window->mode = was;
		add_device(window);
	}
	mutex_unlock(&windows_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_share);

static const struct sharer ops = {
	.begin = begin,
	.extent = extent,
	.end = end,
};

static int check_parameters(void)
{
	if (share_mode & ~0777)
		pr_err("xnheap: share_mode=0%o: must be permission bits, such as 0660\n",
		       share_mode);
	else if (!uid_valid(make_kuid(&init_user_ns, share_uid)))
		pr_err("xnheap: share_uid=%u: is no user\n", share_uid);
	else if (!gid_valid(make_kgid(&init_user_ns, share_gid)))
		pr_err("xnheap: share_gid=%u: is no group\n", share_gid);
	else
		return 0;
	return -EINVAL;
}

int user_init(void)
{
	int ret;

	ret = check_parameters() ?: alloc_chrdev_region(&first_devt, 0, MAX_WINDOWS, "xnheap");
	if (ret)
		return ret;
	ret = class_register(&xnheap_class);
	if (ret)
		goto region;
	cdev_init(&cdev, &peer_fops);
	cdev.owner = THIS_MODULE;
	ret = cdev_add(&cdev, first_devt, MAX_WINDOWS);
	if (ret)
		goto class;
	sharer = &ops;
	return 0;

class:
	class_unregister(&xnheap_class);
region:
	unregister_chrdev_region(first_devt, MAX_WINDOWS);
	return ret;
}

void user_exit(void)
{
	cdev_del(&cdev);
	class_unregister(&xnheap_class);
	unregister_chrdev_region(first_devt, MAX_WINDOWS);
	/* Whoever put the module in device_release() has returned from it */
	synchronize_rcu_tasks();
}
