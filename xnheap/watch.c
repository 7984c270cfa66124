// SPDX-License-Identifier: GPL-2.0
/*
 * The calls while somebody looks on: events, latency, debug heaps, reports.
 *
 * They do what the plain calls do, by the same parts, and more. Nothing is
 * printed here: a report is left in the heap's slot for it, and an irq_work,
 * which may be raised in NMI, has a worker print it.
 */

#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "heap.h"
#include "kunit.h"
#include "record.h"
#include "shadow.h"
#include "trace.h"
#include "watch.h"

#define REPORT_INTERVAL	((s64)NSEC_PER_SEC)
#define LEAKS_LOGGED	20			/* callers, when a heap ends */

DEFINE_STATIC_KEY_FALSE(watch_key);
EXPORT_SYMBOL_IF_KUNIT(watch_key);

static bool debug;
module_param(debug, bool, 0444);
MODULE_PARM_DESC(debug, "make every heap a debug heap");

static DEFINE_MUTEX(switches);	/* what is switched on, of every heap */

/* A label that stays as it is, for events, which come without the lock. */
struct label {
	char text[XNHEAP_LABEL_LEN];
};

static struct label label_of(const struct xnheap *heap)
{
	struct label label;

	/* In NMI the lock may not be had: cut in two, but a string */
	data_race(memcpy(label.text, heap->label, sizeof(label.text)));
	label.text[sizeof(label.text) - 1] = '\0';
	return label;
}

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

/*
 * Leave a report, under the lock, unless there was one of its kind within the
 * interval. True if the worker must be called then.
 */
static bool report_leave(struct xnheap_watch *watch, enum report_kind kind,
			 const struct report *report)
{
	struct report *slot = &watch->report[kind];
	u64 now = local_clock();
	unsigned int missed = slot->missed;

	if (slot->used && (s64)(now - slot->time) < REPORT_INTERVAL) {
		slot->missed++;
		return false;
	}
	*slot = *report;
	slot->time = now;
	slot->missed = missed;
	slot->pending = true;
	slot->used = true;
	return true;
}

static void report_print(const char *label, enum report_kind kind,
			 const struct report *report)
{
	const struct xnheap_record *record = &report->record;
	u64 ago = div_u64(report->time - record->time, NSEC_PER_USEC);
	void *caller = (void *)report->caller;
	void *before = (void *)record->caller;

	switch (kind) {
	case REPORT_FAILED:
		pr_warn("xnheap: %s: no block of %lu bytes for %pS, the largest free is of %lu\n",
			label, report->size, caller, report->largest);
		break;
	case REPORT_REFUSED:
		pr_warn("xnheap: %s: did not free %p for %pS: error %d, %s\n",
			label, report->block, caller, report->error,
			report->error == -EFAULT ? "no address of this heap" :
			report->error == -EINVAL ? "no allocated block" :
			"its owner refused");
		break;
	case REPORT_OVERRUN:
		pr_warn("xnheap: %s: block %p of %u bytes was written to behind its end; allocated by %pS on CPU %u %llu us ago, freed by %pS\n",
			label, report->block, record->size, before,
			record->cpu, ago, caller);
		break;
	default:
		pr_warn("xnheap: %s: block %p of %u bytes was written to after it was freed by %pS on CPU %u %llu us ago; now allocated by %pS\n",
			label, report->block, record->size, before,
			record->cpu, ago, caller);
	}
	if (report->missed)
		pr_warn("xnheap: %s: and %u more since the last such line\n",
			label, report->missed);
}

/* Print what was left. */
static void watch_work(struct work_struct *work)
{
	struct xnheap_watch *watch = container_of(work, struct xnheap_watch,
						  work);
	struct report report;
	struct label label;
	unsigned int kind;

	for (kind = 0; kind < NR_REPORTS; kind++) {
		heap_enter(watch->heap);
		label = label_of(watch->heap);
		report = watch->report[kind];
		watch->report[kind].pending = false;
		if (report.pending)
			watch->report[kind].missed = 0;
		heap_leave(watch->heap);
		if (report.pending)
			report_print(label.text, kind, &report);
	}
}

static void watch_irq_work(struct irq_work *irq_work)
{
	schedule_work(&container_of(irq_work, struct xnheap_watch,
				    irq_work)->work);
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

void *watch_alloc(struct xnheap *heap, u_long size, u_long caller)
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
	block = heap_take(heap, record_size(heap, size));
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
	init_irq_work(&watch->irq_work, watch_irq_work);
	INIT_WORK(&watch->work, watch_work);
	heap_enter(heap);
	heap->watch = watch;
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
	irq_work_sync(&watch->irq_work);
	flush_work(&watch->work);
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
	watch->on[nr] = on;
	heap_leave(heap);
	if (!on && was)
		static_branch_dec(&watch_key);
	mutex_unlock(&switches);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(watch_switch);

static int latency_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	u64 count[NR_LATENCIES];
	struct xnheap_watch *watch;
	unsigned int i;
	bool on;

	heap_enter(heap);
	watch = heap->watch;
	on = watch && watch->on[WATCH_LATENCY];
	heap_leave(heap);

	seq_puts(m, "# xnheap latency 1\n# ns alloc free held\n");
	seq_printf(m, "# %s\n", on ? "on" : "off");
	seq_puts(m, "# read in slices: lines may be of different moments\n");
	for (i = 0; i < WATCH_LATENCIES; i++) {
		memset(count, 0, sizeof(count));
		heap_enter(heap);
		if (watch) {
			count[LATENCY_ALLOC] = watch->count[LATENCY_ALLOC][i];
			count[LATENCY_FREE] = watch->count[LATENCY_FREE][i];
			count[LATENCY_HELD] = watch->count[LATENCY_HELD][i];
		}
		heap_leave(heap);
		seq_printf(m, "%lu %llu %llu %llu\n", i ? BIT(i - 1) : 0,
			   count[LATENCY_ALLOC], count[LATENCY_FREE],
			   count[LATENCY_HELD]);
	}
	return 0;
}

static ssize_t latency_write(struct file *file, const char __user *buffer,
			     size_t length, loff_t *at)
{
	struct seq_file *m = file->private_data;
	bool on;
	int ret;

	ret = kstrtobool_from_user(buffer, length, &on);
	if (!ret)
		ret = watch_switch(m->private, WATCH_LATENCY, on);
	return ret ?: length;
}

static int latency_open(struct inode *inode, struct file *file)
{
	return single_open(file, latency_show, inode->i_private);
}

static const struct file_operations latency_fops = {
	.owner = THIS_MODULE,
	.open = latency_open,
	.read = seq_read,
	.write = latency_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int verbose_get(void *heap, u64 *value)
{
	struct xnheap_watch *watch = READ_ONCE(((struct xnheap *)heap)->watch);

	*value = watch && READ_ONCE(watch->on[WATCH_VERBOSE]);
	return 0;
}

static int verbose_set(void *heap, u64 value)
{
	if (value > 1)
		return -EINVAL;
	return watch_switch(heap, WATCH_VERBOSE, value);
}
DEFINE_DEBUGFS_ATTRIBUTE(verbose_fops, verbose_get, verbose_set, "%llu\n");

static int leaks_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct leaks *leaks = record_leaks(heap);
	u_long overruns, stale;
	unsigned int i;

	if (!leaks)
		return -ENOMEM;
	heap_enter(heap);
	overruns = heap->watch->overruns;
	stale = heap->watch->stale;
	heap_leave(heap);

	seq_puts(m, "# xnheap leaks 1\n# blocks bytes caller\n");
	seq_printf(m, "# overruns %lu written_after_free %lu\n", overruns,
		   stale);
	seq_puts(m, "# read in slices: lines may be of different moments\n");
	for (i = 0; i < leaks->nr; i++) {
		seq_printf(m, "%lu %lu ", leaks->leak[i].blocks,
			   leaks->leak[i].bytes);
		if (leaks->leak[i].caller)
			seq_printf(m, "%pS\n", (void *)leaks->leak[i].caller);
		else
			seq_puts(m, "others\n");
	}
	kvfree(leaks);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(leaks);

/* The files that are about this, in the heap's folder. */
void watch_debugfs(struct xnheap *heap)
{
	debugfs_create_file("latency", 0600, heap->dir, heap, &latency_fops);
	debugfs_create_file_unsafe("verbose", 0600, heap->dir, heap,
				   &verbose_fops);
	if (heap_is_debug(heap))
		debugfs_create_file("leaks", 0400, heap->dir, heap,
				    &leaks_fops);
}
