// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of what went wrong, which no call prints by itself: it leaves the
 * report in the heap's slot for its kind, and an irq_work, which may be raised
 * in NMI, has a worker print it.
 */

#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/time64.h>

#include "heap.h"
#include "watch.h"

#define REPORT_INTERVAL	((s64)NSEC_PER_SEC)

/*
 * Leave a report, under the lock, unless there was one of its kind within the
 * interval. True if the worker must be called then.
 */
bool report_leave(struct xnheap_watch *watch, enum report_kind kind,
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
static void report_work(struct work_struct *work)
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

static void report_irq_work(struct irq_work *irq_work)
{
	schedule_work(&container_of(irq_work, struct xnheap_watch,
				    irq_work)->work);
}

void report_begin(struct xnheap_watch *watch)
{
	init_irq_work(&watch->irq_work, report_irq_work);
	INIT_WORK(&watch->work, report_work);
}

/* After this, what was left is printed. */
void report_end(struct xnheap_watch *watch)
{
	irq_work_sync(&watch->irq_work);
	flush_work(&watch->work);
}
