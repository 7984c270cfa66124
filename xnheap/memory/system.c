// SPDX-License-Identifier: GPL-2.0
/* The system heap: made and ended with the module, if it is asked for. */

#include <linux/err.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/xnheap_classic.h>

#include "memory.h"

static ulong system_size;
module_param(system_size, ulong, 0444);
MODULE_PARM_DESC(system_size, "bytes of the system heap, for xnmalloc(); 0: none (0)");

static ulong system_page = XNHEAP_PAGE_SIZE;
module_param(system_page, ulong, 0444);
MODULE_PARM_DESC(system_page, "bytes of a page of it, a power of two, 64 to 32768 (512)");

static bool system_defer;
module_param(system_defer, bool, 0444);
MODULE_PARM_DESC(system_defer, "have its blocks be freed later, too, by xnheap_schedule_free() (N)");

static unsigned int system_flags(void)
{
	return system_defer ? XNHEAP_DEFER : 0;
}

static bool parameters_valid(void)
{
	if (!is_power_of_2(system_page) || system_page < XNHEAP_MIN_PAGE_SIZE ||
	    system_page > XNHEAP_MAX_PAGE_SIZE) {
		pr_err("xnheap: system_page=%lu: must be a power of two, %lu to %lu\n",
		       system_page, XNHEAP_MIN_PAGE_SIZE, XNHEAP_MAX_PAGE_SIZE);
		return false;
	}
	if (system_size && !xnheap_map_size(system_size, system_page, system_flags())) {
		pr_err("xnheap: system_size=%lu: must be 0, or a multiple of system_page=%lu, %lu to %lu\n",
		       system_size, system_page, 2 * system_page, XNHEAP_MAX_EXTENT_SIZE + 0UL);
		return false;
	}
	return true;
}

int system_heap_init(void)
{
	struct xnheap *heap;

	if (!parameters_valid())
		return -EINVAL;
	if (!system_size)
		return 0;
	heap = xnheap_create("system", system_size, system_page,
			     XNHEAP_VMALLOC | system_flags());
	if (IS_ERR(heap)) {
		pr_err("xnheap: system_size=%lu: no system heap: error %ld\n",
		       system_size, PTR_ERR(heap));
		return PTR_ERR(heap);
	}
	/* It ends when the module does, and is not to keep it, as others do */
	module_put(THIS_MODULE);
	xnheap_system = heap;
	return 0;
}

void system_heap_exit(void)
{
	struct xnheap *heap = xnheap_system;

	xnheap_system = NULL;
	if (!heap)
		return;
	/* What xnheap_delete() gives back */
	__module_get(THIS_MODULE);
	xnheap_delete(heap);
}
