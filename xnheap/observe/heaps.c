// SPDX-License-Identifier: GPL-2.0
/* What is told of heaps: they begin, get extents and labels, and end. */

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include "../api/level.h"
#include "folders.h"
#include "kasan.h"
#include "observe.h"
#include "trace.h"

#define LEAKS_LOGGED	5			/* callers, when a heap ends */

static bool debug;
module_param(debug, bool, 0444);
MODULE_PARM_DESC(debug, "make every heap a debug heap");

static unsigned int heap_flags(unsigned int flags)
{
	return debug ? flags | XNHEAP_DEBUG : flags;
}

static int begin(struct xnheap *heap)
{
	struct xnheap_observed *observed = kzalloc(sizeof(*observed),
						   GFP_KERNEL);

	if (!observed)
		return -ENOMEM;
	observed->heap = heap;
	observed->era = 1;
	smp_store_release(&heap->observed, observed);	/* see heaps_show() */
	log_begin(observed);
	folder_begin(heap);
	kasan_heap_begin(heap);
	if (heap_is_debug(heap))
		static_branch_inc(&xnheap_observe_key);
	return 0;
}

static void extent(struct xnheap *heap, struct xnheap_extent *ext)
{
	if (heap_is_debug(heap))
		tracking_format(heap, ext);
	kasan_heap_extent(heap, ext);
}

static void extended(struct xnheap *heap, size_t size, unsigned long caller)
{
	struct label label = label_of(heap);

	trace_xnheap_extend(label.text, caller, size,
			    READ_ONCE(heap->nr_sorted));
}

static void grown(struct xnheap *heap, int error, unsigned long caller)
{
	struct label label = label_of(heap);

	trace_xnheap_grow(label.text, caller, heap->extent_size, error);
}

static void shrunk(struct xnheap *heap, size_t size, unsigned long caller)
{
	struct label label = label_of(heap);

	trace_xnheap_shrink(label.text, caller, size, READ_ONCE(heap->nr_sorted));
}

static void level(struct xnheap *heap, enum xnheap_event event)
{
	struct label label = label_of(heap);

	trace_xnheap_level(label.text, event, (size_t)level_free(heap) << heap->page_shift,
			   xnheap_size(heap));
}

/* Of one heap in a second. All of them the file leaks has, as long as it lives. */
static void log_leaks(struct xnheap *heap)
{
	static DEFINE_RATELIMIT_STATE(limit, HZ, 1);
	struct leaks *leaks;
	unsigned int i;

	if (!__ratelimit(&limit))
		return;
	leaks = tracking_leaks(heap, NULL);
	if (IS_ERR(leaks))
		return;
	for (i = 0; i < min(leaks->nr, LEAKS_LOGGED + 0U); i++)
		pr_warn("xnheap: %s: %lu blocks, %lu bytes, allocated by %pS\n",
			heap->label, leaks->leak[i].blocks,
			leaks->leak[i].bytes, (void *)leaks->leak[i].caller);
	if (i < leaks->nr)
		pr_warn("xnheap: %s: and by %u more callers\n", heap->label,
			leaks->nr - i);
	kvfree(leaks);
}

/* It ends with @blocks blocks still allocated. What was left to log is. */
static void end(struct xnheap *heap, unsigned long blocks,
		unsigned long caller)
{
	struct xnheap_observed *observed = heap->observed;
	struct label label = label_of(heap);
	unsigned int i;

	trace_xnheap_destroy(label.text, caller, blocks, heap_used(heap));
	if (blocks && heap_is_debug(heap))
		log_leaks(heap);
	kasan_heap_end(heap);
	log_end(observed);
	if (heap_is_debug(heap))
		static_branch_dec(&xnheap_observe_key);
	for (i = 0; i < NR_OBSERVE_SWITCHES; i++)
		if (observed->on[i])
			static_branch_dec(&xnheap_observe_key);
	heap->observed = NULL;
	kfree(observed->maps);
	kfree(observed);
}

static const struct xnheap_observer observer = {
	.alloc = observe_alloc,
	.alloc_reserved = observe_alloc_reserved,
	.free = observe_free,
	.alloc_owned = observe_alloc_owned,
	.free_owned = observe_free_owned,
	.resize = observe_resize,
	.usable = observe_usable,
	.deferred = observe_deferred,
	.settle = observe_settle,
	.takes = tracking_size,
	.flags = heap_flags,
	.page_extra = tracking_page_extra,
	.planned = tracking_planned,
	.largest = tracking_largest,
	.begin = begin,
	.extent = extent,
	.named = folder_name,
	.unnamed = folder_remove,
	.end = end,
	.extended = extended,
	.grown = grown,
	.shrunk = shrunk,
	.released = kasan_heap_released,
	.level = level,
};

int observe_init(void)
{
	int ret;

	xnheap_observer = &observer;
	ret = kasan_heap_init();
	if (ret)
		return ret;
	if (IS_ENABLED(CONFIG_KASAN_GENERIC))
		static_branch_inc(&xnheap_observe_key);
	folders_init();
	return 0;
}

void observe_exit(void)
{
	folders_exit();
	kasan_heap_exit();
}
