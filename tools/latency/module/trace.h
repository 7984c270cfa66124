/* SPDX-License-Identifier: GPL-2.0 */
/* The event of a call that took longer than any before it. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xnheap_latency

#if !defined(_LATENCY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _LATENCY_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(xnheap_latency_worst,
	    TP_PROTO(bool thread, bool free, u32 size, u64 ns),
	    TP_ARGS(thread, free, size, ns),
	    TP_STRUCT__entry(__field(bool, thread)
			     __field(bool, free)
			     __field(u32, size)
			     __field(u64, ns)),
	    TP_fast_assign(__entry->thread = thread;
			   __entry->free = free;
			   __entry->size = size;
			   __entry->ns = ns;),
	    TP_printk("context=%s call=%s size=%u ns=%llu",
		      __entry->thread ? "thread" : "irq",
		      __entry->free ? "free" : "alloc", __entry->size,
		      __entry->ns)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
