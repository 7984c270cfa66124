// SPDX-License-Identifier: GPL-2.0
/*
 * The calls while somebody looks on: events, latency, debug heaps, reports.
 *
 * They do what the plain calls do, by the same parts, and more.
 */

#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "heap.h"
#include "kunit.h"
#include "record.h"
#include "shadow.h"
#include "trace.h"
#include "watch.h"

#define LEAKS_LOGGED	20			/* callers, when a heap ends */

DEFINE_STATIC_KEY_FALSE(watch_key);
EXPORT_SYMBOL_IF_KUNIT(watch_key);

static bool debug;
module_param(debug, bool, 0444);
MODULE_PARM_DESC(debug, "make every heap a debug heap");

static DEFINE_MUTEX(switches);	/* what is switched on, of every heap */

static void latency_count(struct xnheap_watch *watch, enum latency what,
			  u64 start, u64 end)
{
	s64 ns = end - start;

	/* Clocks of two CPUs may differ by a little */
	watch->count[what][min(fls64(max(ns, 0LL)), WATCH_LATENCIES - 1)]++;
}

static void latency_note(struct xnheap_watch *watch, enum latency what,
			 u64 called, u64 locked)
{
	u64 now;

	if (!watch || !watch->on[WATCH_LATENCY])
		return;
	now = local_clock();
	latency_count(watch, what, called, now);
	latency_count(watch, LATENCY_HELD, locked, now);
}

/* An allocation failed; under the lock. True if it is to be reported. */
static bool alloc_failed(struct xnheap *heap, u_long size, u_long largest,
			 u_long caller)
{
	struct report report = {
		.caller = caller,
		.size = size,
		.largest = largest,
	};
	struct xnheap_watch *watch = heap->watch;

	return watch && watch->on[WATCH_VERBOSE] &&
	       report_leave(watch, REPORT_FAILED, &report);
}

/* A debug heap's block is handed out; under the lock. True: to be reported. */
static bool alloc_record(struct xnheap *heap, void *block, u_long size,
			 u_long given, u_long caller)
{
	struct xnheap_watch *watch = heap->watch;
	struct report report = {
		.caller = caller,
		.block = block,
	};

	if (!record_take(heap, watch->era, block, size, given, caller,
			 &report.record))
		return false;
	watch->stale++;
	return report_leave(watch, REPORT_STALE, &report);
}

static void trace_failed(struct xnheap *heap, u_long size, u_long caller,
			 enum trace_failure why, u_long used, u_long largest)
{
	struct label label;

	if (!trace_xnheap_alloc_failed_enabled())
		return;
	label = label_of(heap);
	trace_xnheap_alloc_failed(label.text, caller, size, why, used,
				  xnheap_usable_mem(heap), largest);
}

void *watch_alloc(struct xnheap *heap, u_long size, u_long align,
		  u_long caller)
{
	u_long used, given, largest = 0;
	u64 called, locked;
	struct label label;
	bool report;
	void *block;

	if (!heap_is_valid(heap))
		return NULL;
	called = local_clock();
	if (!heap_enter(heap)) {
		atomic_long_inc(&heap->alloc_busy);
		trace_failed(heap, size, caller, TRACE_FAILED_BUSY, 0, 0);
		return NULL;
	}
	locked = local_clock();
	used = heap_used(heap);
	block = heap_take(heap, record_size(heap, size), align);
	given = heap_used(heap) - used;
	if (!block) {
		largest = record_room(heap, heap_largest(heap));
		report = alloc_failed(heap, size, largest, caller);
	} else {
		shadow_give(block, given, given);
		report = heap_is_debug(heap) &&
			 alloc_record(heap, block, size, given, caller);
		shadow_give(block, size, given);
	}
	latency_note(heap->watch, LATENCY_ALLOC, called, locked);
	label = label_of(heap);
	heap_leave(heap);

	if (block)
		trace_xnheap_alloc(label.text, caller, block, size, given);
	else
		trace_failed(heap, size, caller,
			     size - 1 >= XNHEAP_MAX_EXTENT_SIZE ?
			     TRACE_FAILED_SIZE : TRACE_FAILED_FULL,
			     used, largest);
	if (report)
		irq_work_queue(&heap->watch->irq_work);
	return block;
}

/* A free was refused; under the lock. True if it is to be reported. */
static bool free_refused(struct xnheap *heap, void *block, int error,
			 u_long caller)
{
	struct xnheap_watch *watch = heap->watch;
	struct report report = {
		.caller = caller,
		.block = block,
		.error = error,
	};

	return watch && watch->on[WATCH_VERBOSE] &&
	       report_leave(watch, REPORT_REFUSED, &report);
}

/* A debug heap's block was freed; under the lock. True: to be reported. */
static bool free_record(struct xnheap *heap, void *block, u_long given,
			u_long caller, u_long *size)
{
	struct xnheap_watch *watch = heap->watch;
	struct report report = {
		.caller = caller,
		.block = block,
	};
	bool overrun;

	overrun = record_put(heap, &watch->era, block, given, caller,
			     &report.record);
	*size = report.record.size;
	if (!overrun)
		return false;
	watch->overruns++;
	return report_leave(watch, REPORT_OVERRUN, &report);
}

int watch_free(struct xnheap *heap, void *block, int (*ckfn)(void *block),
	       u_long caller)
{
	u_long used, given, size = 0;
	bool report = false;
	u64 called, locked;
	struct label label;
	int ret;

	if (!heap_is_valid(heap))
		return -EINVAL;
	called = local_clock();
	if (!heap_enter(heap)) {
		atomic_long_inc(&heap->free_busy);
		ret = -EAGAIN;
		label = label_of(heap);
		goto out;
	}
	locked = local_clock();
	used = heap_used(heap);
	ret = heap_give(heap, block, ckfn);
	given = used - heap_used(heap);
	if (ret) {
		report = free_refused(heap, block, ret, caller);
	} else {
		shadow_give(block, given, given);
		report = heap_is_debug(heap) &&
			 free_record(heap, block, given, caller, &size);
		shadow_take(block, given);
	}
	latency_note(heap->watch, LATENCY_FREE, called, locked);
	label = label_of(heap);
	heap_leave(heap);

	if (report)
		irq_work_queue(&heap->watch->irq_work);
out:
	if (ret)
		trace_xnheap_bad_free(label.text, caller, block, ret);
	else
		trace_xnheap_free(label.text, caller, block, size, given);
	return ret;
}

/* The flags of a heap that is to be made with @flags. */
unsigned int watch_flags(unsigned int flags)
{
	return debug ? flags | XNHEAP_DEBUG : flags;
}

/* The heap's struct xnheap_watch, made if there is none; under switches. */
static struct xnheap_watch *watch_get(struct xnheap *heap)
{
	struct xnheap_watch *watch = heap->watch;

	if (watch)
		return watch;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return NULL;
	watch->heap = heap;
	watch->era = 1;
	report_begin(watch);
	heap_enter(heap);
	WRITE_ONCE(heap->watch, watch);
	heap_leave(heap);
	return watch;
}

/* A heap begins, of which heap->options are known. */
int watch_begin(struct xnheap *heap)
{
	struct xnheap_watch *watch;

	shadow_begin(heap);
	if (!heap_is_debug(heap))
		return 0;
	mutex_lock(&switches);
	watch = watch_get(heap);
	mutex_unlock(&switches);
	if (!watch) {
		shadow_end(heap);
		return -ENOMEM;
	}
	static_branch_inc(&watch_key);
	return 0;
}

/* An extent is formatted, but not published yet. */
void watch_extent(struct xnheap *heap, struct xnheap_extent *ext)
{
	if (heap_is_debug(heap))
		record_format(heap, ext);
	shadow_extent(heap, ext);
}

void watch_extended(struct xnheap *heap, u_long size, u_long caller)
{
	struct label label = label_of(heap);

	trace_xnheap_extend(label.text, caller, size,
			    READ_ONCE(heap->nr_extents));
}

void watch_grown(struct xnheap *heap, int error, u_long caller)
{
	struct label label = label_of(heap);

	trace_xnheap_grow(label.text, caller, heap->extent_size, error);
}

static void log_leaks(struct xnheap *heap)
{
	struct leaks *leaks = record_leaks(heap);
	unsigned int i;

	for (i = 0; leaks && i < min(leaks->nr, LEAKS_LOGGED + 0U); i++)
		pr_warn("xnheap: %s: %lu blocks, %lu bytes, allocated by %pS\n",
			heap->label, leaks->leak[i].blocks,
			leaks->leak[i].bytes, (void *)leaks->leak[i].caller);
	if (leaks && i < leaks->nr)
		pr_warn("xnheap: %s: and by %u more callers\n", heap->label,
			leaks->nr - i);
	kvfree(leaks);
}

/* A heap that is no longer in use ends with @blocks blocks still out. */
void watch_destroyed(struct xnheap *heap, u_long blocks, u_long caller)
{
	struct label label = label_of(heap);

	trace_xnheap_destroy(label.text, caller, blocks, heap_used(heap));
	if (blocks && heap_is_debug(heap))
		log_leaks(heap);
}

/* The last of a heap. What was left to be printed is. */
void watch_end(struct xnheap *heap)
{
	struct xnheap_watch *watch = heap->watch;
	unsigned int i;

	shadow_end(heap);
	if (!watch)
		return;
	report_end(watch);
	if (heap_is_debug(heap))
		static_branch_dec(&watch_key);
	for (i = 0; i < NR_WATCH_SWITCHES; i++)
		if (watch->on[i])
			static_branch_dec(&watch_key);
	heap->watch = NULL;
	kfree(watch);
}

/* Turn a switch of a heap. The latencies begin anew when theirs is turned on. */
int watch_switch(struct xnheap *heap, enum watch_switch nr, bool on)
{
	struct xnheap_watch *watch;
	bool was;

	mutex_lock(&switches);
	watch = watch_get(heap);
	if (!watch) {
		mutex_unlock(&switches);
		return -ENOMEM;
	}
	was = watch->on[nr];
	if (on && !was)
		static_branch_inc(&watch_key);
	heap_enter(heap);
	if (on && nr == WATCH_LATENCY)
		memset(watch->count, 0, sizeof(watch->count));
	WRITE_ONCE(watch->on[nr], on);
	heap_leave(heap);
	if (!on && was)
		static_branch_dec(&watch_key);
	mutex_unlock(&switches);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(watch_switch);
