/* SPDX-License-Identifier: GPL-2.0 */
/* The events xnheap:*, for trace-cmd, perf and bpftrace. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xnheap

#if !defined(_XNHEAP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XNHEAP_TRACE_H

#include <linux/tracepoint.h>
#include <linux/version.h>

#ifndef _XNHEAP_TRACE_ONCE
#define _XNHEAP_TRACE_ONCE

/* Beside enum xnheap_failure: NMI found the lock taken */
#define TRACE_ALLOC_BUSY	XNHEAP_NR_FAILURES

int trace_observe_begin(void);
void trace_observe_end(void);

#if KERNEL_VERSION(6, 10, 0) <= LINUX_VERSION_CODE
#define trace_assign_label() __assign_str(label)
#else
#define trace_assign_label() __assign_str(label, label)
#endif

#endif

TRACE_DEFINE_ENUM(XNHEAP_ALLOC_SIZE);
TRACE_DEFINE_ENUM(XNHEAP_ALLOC_ALIGN);
TRACE_DEFINE_ENUM(XNHEAP_ALLOC_FULL);
TRACE_DEFINE_ENUM(XNHEAP_ALLOC_KEPT);
TRACE_DEFINE_ENUM(XNHEAP_ALLOC_RESERVED);
TRACE_DEFINE_ENUM(XNHEAP_ALLOC_QUOTA);
TRACE_DEFINE_ENUM(XNHEAP_NR_FAILURES);
TRACE_DEFINE_ENUM(XNHEAP_LOW);
TRACE_DEFINE_ENUM(XNHEAP_FAILED);
TRACE_DEFINE_ENUM(XNHEAP_GROWN);
TRACE_DEFINE_ENUM(XNHEAP_SHRUNK);

/* asked is 0 where a free does not know it: only debug heaps remember it. */
DECLARE_EVENT_CLASS(xnheap_block,
		    TP_PROTO(const char *label, unsigned long caller,
			     const void *block, unsigned long asked,
			     unsigned long given),
		    TP_ARGS(label, caller, block, asked, given),
		    TP_STRUCT__entry(__string(label, label)
				     __field(unsigned long, caller)
				     __field(const void *, block)
				     __field(unsigned long, asked)
				     __field(unsigned long, given)),
		    TP_fast_assign(trace_assign_label();
				   __entry->caller = caller;
				   __entry->block = block;
				   __entry->asked = asked;
				   __entry->given = given;),
		    TP_printk("heap=%s caller=%pS block=%p asked=%lu given=%lu",
			      __get_str(label), (void *)__entry->caller,
			      __entry->block, __entry->asked, __entry->given)
);

DEFINE_EVENT_FN(xnheap_block, xnheap_alloc,
		TP_PROTO(const char *label, unsigned long caller,
			 const void *block, unsigned long asked,
			 unsigned long given),
		TP_ARGS(label, caller, block, asked, given),
		trace_observe_begin, trace_observe_end
);

DEFINE_EVENT_FN(xnheap_block, xnheap_free,
		TP_PROTO(const char *label, unsigned long caller,
			 const void *block, unsigned long asked,
			 unsigned long given),
		TP_ARGS(label, caller, block, asked, given),
		trace_observe_begin, trace_observe_end
);

TRACE_EVENT_FN(xnheap_alloc_failed,
	       TP_PROTO(const char *label, unsigned long caller, unsigned long asked,
			int why, unsigned long used, unsigned long usable,
			unsigned long largest),
	       TP_ARGS(label, caller, asked, why, used, usable, largest),
	       TP_STRUCT__entry(__string(label, label)
				__field(unsigned long, caller)
				__field(unsigned long, asked)
				__field(int, why)
				__field(unsigned long, used)
				__field(unsigned long, usable)
				__field(unsigned long, largest)),
	       TP_fast_assign(trace_assign_label();
			      __entry->caller = caller;
			      __entry->asked = asked;
			      __entry->why = why;
			      __entry->used = used;
			      __entry->usable = usable;
			      __entry->largest = largest;),
	       TP_printk("heap=%s caller=%pS asked=%lu why=%s used=%lu usable=%lu largest=%lu",
			 __get_str(label), (void *)__entry->caller, __entry->asked,
			 __print_symbolic(__entry->why,
					  { XNHEAP_ALLOC_SIZE, "size" },
					  { XNHEAP_ALLOC_ALIGN, "align" },
					  { XNHEAP_ALLOC_FULL, "full" },
					  { XNHEAP_ALLOC_KEPT, "kept" },
					  { XNHEAP_ALLOC_RESERVED, "reserved" },
					  { XNHEAP_ALLOC_QUOTA, "quota" },
					  { TRACE_ALLOC_BUSY, "busy" }),
			 __entry->used, __entry->usable, __entry->largest),
	       trace_observe_begin, trace_observe_end
);

TRACE_EVENT_FN(xnheap_bad_free,
	       TP_PROTO(const char *label, unsigned long caller, const void *block,
			int error),
	       TP_ARGS(label, caller, block, error),
	       TP_STRUCT__entry(__string(label, label)
				__field(unsigned long, caller)
				__field(const void *, block)
				__field(int, error)),
	       TP_fast_assign(trace_assign_label();
			      __entry->caller = caller;
			      __entry->block = block;
			      __entry->error = error;),
	       TP_printk("heap=%s caller=%pS block=%p error=%d", __get_str(label),
			 (void *)__entry->caller, __entry->block, __entry->error),
	       trace_observe_begin, trace_observe_end
);

DECLARE_EVENT_CLASS(xnheap_extents,
		    TP_PROTO(const char *label, unsigned long caller, unsigned long size,
			     unsigned long extents),
		    TP_ARGS(label, caller, size, extents),
		    TP_STRUCT__entry(__string(label, label)
				     __field(unsigned long, caller)
				     __field(unsigned long, size)
				     __field(unsigned long, extents)),
		    TP_fast_assign(trace_assign_label();
				   __entry->caller = caller;
				   __entry->size = size;
				   __entry->extents = extents;),
		    TP_printk("heap=%s caller=%pS size=%lu extents=%lu", __get_str(label),
			      (void *)__entry->caller, __entry->size, __entry->extents)
);

DEFINE_EVENT(xnheap_extents, xnheap_extend,
	     TP_PROTO(const char *label, unsigned long caller, unsigned long size,
		      unsigned long extents),
	     TP_ARGS(label, caller, size, extents)
);

DEFINE_EVENT(xnheap_extents, xnheap_shrink,
	     TP_PROTO(const char *label, unsigned long caller, unsigned long size,
		      unsigned long extents),
	     TP_ARGS(label, caller, size, extents)
);

TRACE_EVENT(xnheap_level,
	    TP_PROTO(const char *label, int event, unsigned long free, unsigned long size),
	    TP_ARGS(label, event, free, size),
	    TP_STRUCT__entry(__string(label, label)
			     __field(int, event)
			     __field(unsigned long, free)
			     __field(unsigned long, size)),
	    TP_fast_assign(trace_assign_label();
			   __entry->event = event;
			   __entry->free = free;
			   __entry->size = size;),
	    TP_printk("heap=%s event=%s free=%lu size=%lu", __get_str(label),
		      __print_symbolic(__entry->event,
				       { XNHEAP_LOW, "low" },
				       { XNHEAP_FAILED, "failed" },
				       { XNHEAP_GROWN, "grown" },
				       { XNHEAP_SHRUNK, "shrunk" }),
		      __entry->free, __entry->size)
);

TRACE_EVENT(xnheap_grow,
	    TP_PROTO(const char *label, unsigned long caller, unsigned long size,
		     int error),
	    TP_ARGS(label, caller, size, error),
	    TP_STRUCT__entry(__string(label, label)
			     __field(unsigned long, caller)
			     __field(unsigned long, size)
			     __field(int, error)),
	    TP_fast_assign(trace_assign_label();
			   __entry->caller = caller;
			   __entry->size = size;
			   __entry->error = error;),
	    TP_printk("heap=%s caller=%pS size=%lu error=%d", __get_str(label),
		      (void *)__entry->caller, __entry->size, __entry->error)
);

TRACE_EVENT(xnheap_destroy,
	    TP_PROTO(const char *label, unsigned long caller, unsigned long blocks,
		     unsigned long used),
	    TP_ARGS(label, caller, blocks, used),
	    TP_STRUCT__entry(__string(label, label)
			     __field(unsigned long, caller)
			     __field(unsigned long, blocks)
			     __field(unsigned long, used)),
	    TP_fast_assign(trace_assign_label();
			   __entry->caller = caller;
			   __entry->blocks = blocks;
			   __entry->used = used;),
	    TP_printk("heap=%s caller=%pS blocks=%lu used=%lu", __get_str(label),
		      (void *)__entry->caller, __entry->blocks, __entry->used)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
