// SPDX-License-Identifier: GPL-2.0
/* The one place where the events are made. */

#include <linux/module.h>

#include "observe.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Called when an event of the calls is enabled, and when it no longer is. */
int trace_observe_begin(void)
{
	static_branch_inc(&xnheap_observe_key);
	return 0;
}

void trace_observe_end(void)
{
	static_branch_dec(&xnheap_observe_key);
}

/* So that other modules can hang their own probes on them */
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_alloc);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_free);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_alloc_failed);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_bad_free);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_extend);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_grow);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_shrink);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_level);
EXPORT_TRACEPOINT_SYMBOL_GPL(xnheap_destroy);
