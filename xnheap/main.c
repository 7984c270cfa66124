// SPDX-License-Identifier: GPL-2.0
/* Module load and unload. */

#include <linux/module.h>
#include <linux/xnheap.h>

#include "api/api.h"
#include "memory/memory.h"
#include "user/user.h"

#ifdef XNHEAP_OBSERVE
#include "observe/observe.h"
#else
static inline int observe_init(void) { return 0; }
static inline void observe_exit(void) { }
#endif

static int __init xnheap_module_init(void)
{
	int ret = heaps_init();

	if (ret)
		return ret;
	ret = observe_init();
	if (ret)
		goto heaps;
	ret = user_init();
	if (ret)
		goto observe;
	ret = system_heap_init();
	if (ret)
		goto user;
	return 0;

user:
	user_exit();
observe:
	observe_exit();
heaps:
	heaps_exit();
	return ret;
}

/* Built into the kernel, before anybody makes a heap */
postcore_initcall(xnheap_module_init);

static void __exit xnheap_module_exit(void)
{
	system_heap_exit();
	user_exit();
	observe_exit();
	heaps_exit();
}
module_exit(xnheap_module_exit);

MODULE_DESCRIPTION("Memory allocation from any context, in bounded time");
MODULE_LICENSE("GPL");
MODULE_VERSION(XNHEAP_VERSION);
