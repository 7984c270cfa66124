// SPDX-License-Identifier: GPL-2.0
/* Module load and unload. */

#include <linux/module.h>

#include "heap.h"
#include "shadow.h"

static int __init xnheap_module_init(void)
{
	int ret = shadow_init();

	if (ret)
		return ret;
	heap_debugfs_init();
	return 0;
}
module_init(xnheap_module_init);

static void __exit xnheap_module_exit(void)
{
	heap_debugfs_exit();
	shadow_exit();
}
module_exit(xnheap_module_exit);

MODULE_DESCRIPTION("Memory allocation from any context, in bounded time");
MODULE_LICENSE("GPL");
