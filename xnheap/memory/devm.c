// SPDX-License-Identifier: GPL-2.0
/* Heaps that go with a device. */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/xnheap.h>

static void delete(void *heap)
{
	xnheap_delete(heap);
}

/* Have a heap deleted when the driver leaves the device. */
static struct xnheap *go_with(struct device *dev, struct xnheap *heap)
{
	int ret;

	if (IS_ERR(heap))
		return heap;
	ret = devm_add_action_or_reset(dev, delete, heap);
	return ret ? ERR_PTR(ret) : heap;
}

struct xnheap *devm_xnheap_create(struct device *dev, const char *name,
				  size_t extsize, size_t pagesize,
				  unsigned int flags)
{
	if (!dev)
		return ERR_PTR(-EINVAL);
	return go_with(dev, xnheap_create(name, extsize, pagesize, flags));
}
EXPORT_SYMBOL_GPL(devm_xnheap_create);

struct xnheap *devm_xnheap_create_dma(struct device *dev, const char *name,
				      size_t extsize, size_t pagesize,
				      unsigned int flags)
{
	return go_with(dev, xnheap_create_dma(dev, name, extsize, pagesize,
					      flags));
}
EXPORT_SYMBOL_GPL(devm_xnheap_create_dma);
