// SPDX-License-Identifier: GPL-2.0
/*
 * The log of what went wrong. No call prints by itself: it leaves an entry in
 * the heap, one for each kind, and an irq_work, which may be raised in NMI, has
 * a worker print it.
 */

#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/time64.h>

#include "observe.h"

#define LOG_INTERVAL	((s64)NSEC_PER_SEC)

/*
 * Leave an entry, under the lock, unless there was one of its kind within the
 * interval. True if the worker must be called then.
 */
bool log_leave(struct xnheap_observed *observed, enum log_kind kind,
	       const struct log_entry *entry)
{
	struct log_entry *slot = &observed->log[kind];
	u64 now = local_clock();
	unsigned int missed = slot->missed;

	if (slot->used && (s64)(now - slot->time) < LOG_INTERVAL) {
		slot->missed++;
		return false;
	}
	*slot = *entry;
	slot->time = now;
	slot->missed = missed;
	slot->pending = true;
	slot->used = true;
	return true;
}

static void log_failed(const char *label, const struct log_entry *entry)
{
	void *caller = (void *)entry->caller;

	switch (entry->why) {
	case XNHEAP_ALLOC_SIZE:
		pr_warn("xnheap: %s: no block of %zu bytes for %pS, no heap has any\n",
			label, entry->size, caller);
		break;
	case XNHEAP_ALLOC_ALIGN:
		pr_warn("xnheap: %s: no block at a multiple of %zu bytes for %pS, it must be a power of two up to the page size\n",
			label, entry->align, caller);
		break;
	case XNHEAP_ALLOC_QUOTA:
		pr_warn("xnheap: %s: no block of %zu bytes for %pS, its process would have more than it may\n",
			label, entry->size, caller);
		break;
	default:
		pr_warn("xnheap: %s: no block of %zu bytes for %pS, the largest free is of %zu\n",
			label, entry->size, caller, entry->largest);
	}
}

static void log_print(const char *label, enum log_kind kind,
		      const struct log_entry *entry)
{
	const struct track *track = &entry->track;
	u64 ago = div_u64(entry->time - track->time, NSEC_PER_USEC);
	void *caller = (void *)entry->caller;
	void *before = (void *)track->caller;

	switch (kind) {
	case LOG_FAILED:
		log_failed(label, entry);
		break;
	case LOG_REFUSED:
		pr_warn("xnheap: %s: did not free %p for %pS: error %d, %s\n",
			label, entry->block, caller, entry->error,
			entry->error == -EFAULT ? "no address of this heap" :
			entry->error == -EINVAL ? "no allocated block" :
			entry->error == -EPERM ? "it is another's" :
			"its owner refused");
		break;
	case LOG_OVERRUN:
		pr_warn("xnheap: %s: block %p of %u bytes was written to behind its end; allocated by %pS on CPU %u %llu us ago, freed by %pS\n",
			label, entry->block, track->size, before, track->cpu,
			ago, caller);
		break;
	default:
		pr_warn("xnheap: %s: block %p of %u bytes was written to after it was freed by %pS on CPU %u %llu us ago; now allocated by %pS\n",
			label, entry->block, track->size, before, track->cpu,
			ago, caller);
	}
	if (entry->missed)
		pr_warn("xnheap: %s: and %u more since the last such line\n",
			label, entry->missed);
}

/* Print what was left. */
static void log_work(struct work_struct *work)
{
	struct xnheap_observed *observed =
		container_of(work, struct xnheap_observed, work);
	struct log_entry entry;
	struct label label;
	unsigned int kind;

	for (kind = 0; kind < NR_LOG_KINDS; kind++) {
		heap_lock(observed->heap);
		label = label_of(observed->heap);
		entry = observed->log[kind];
		observed->log[kind].pending = false;
		if (entry.pending)
			observed->log[kind].missed = 0;
		heap_unlock(observed->heap);
		if (entry.pending)
			log_print(label.text, kind, &entry);
	}
}

static void log_irq_work(struct irq_work *irq_work)
{
	schedule_work(&container_of(irq_work, struct xnheap_observed,
				    irq_work)->work);
}

void log_begin(struct xnheap_observed *observed)
{
	init_irq_work(&observed->irq_work, log_irq_work);
	INIT_WORK(&observed->work, log_work);
}

/* After this, what was left is printed. */
void log_end(struct xnheap_observed *observed)
{
	irq_work_sync(&observed->irq_work);
	flush_work(&observed->work);
}
