// SPDX-License-Identifier: GPL-2.0
/* Blocks that are freed later: nobody's from the call on, free once what they wait for is. */
#include <linux/array_size.h>
#include <linux/irq_work.h>
#include <linux/rcupdate.h>

#include "model.h"

/* At the end, all live blocks may come to those that wait already */
static struct waiting {
	struct live block;
	enum model_wait what;
} waiting[2 * MAX_LIVE];

bool model_defers(void)
{
	return model.spec.flags & XNHEAP_DEFER;
}

/* A block was left to be freed later. */
void model_defer(unsigned long start, enum model_wait what)
{
	CHECK(model.nr_waiting < ARRAY_SIZE(waiting));
	waiting[model.nr_waiting++] = (struct waiting) {
		model_disown(model_live_at(start)), what };
	if (what == MODEL_LOCK || (what == MODEL_NEXT && !model.grace_period))
		model.irq_work = true;
}

/* What will run is what the blocks need, no more and no less. */
void model_check_waiting(void)
{
	CHECK(model.irq_work == (irq_work_queued && irq_work_queued->pending));
	CHECK(model.grace_period == !!rcu_queued);
}

/* All that wait for @what are free now. */
static void free_waiting(enum model_wait what)
{
	u32 i, n = 0;

	for (i = 0; i < model.nr_waiting; i++) {
		if (waiting[i].what == what)
			model_release(&waiting[i].block);
		else
			waiting[n++] = waiting[i];
	}
	model.nr_waiting = n;
}

/* Those that waited for the next grace period do for this one, if there are any. */
static void begin_grace_period(void)
{
	u32 i;

	model.grace_period = false;
	for (i = 0; i < model.nr_waiting; i++) {
		if (waiting[i].what != MODEL_NEXT)
			continue;
		waiting[i].what = MODEL_READERS;
		model.grace_period = true;
	}
}

static void run_irq_work(void)
{
	fuzz_call("the irq_work%s\n", model.irq_work ? "" : ", which is not queued");
	if (!model.irq_work)
		return;
	irq_work_sync(irq_work_queued);
	model.irq_work = false;
	free_waiting(MODEL_LOCK);
	if (!model.grace_period)
		begin_grace_period();
}

static void end_grace_period(void)
{
	fuzz_call("the end of a grace period%s\n", model.grace_period ? "" : ", if any");
	if (!model.grace_period)
		return;
	rcu_barrier();
	free_waiting(MODEL_READERS);
	begin_grace_period();
}

/* Have what waits be freed: by its owner, by the irq_work, or by a grace period. */
void model_settle(u8 how)
{
	switch (how % 4) {
	case 0:
		fuzz_call("finalize()\n");
		CHECK(xnheap_finalize(&fuzz_heap) == 0);
		free_waiting(MODEL_OWNER);
		break;
	case 1:
		fuzz_call("finalize() in NMI\n");
		fuzz_in_nmi = true;
		CHECK(xnheap_finalize(&fuzz_heap) == -EAGAIN);
		fuzz_in_nmi = false;
		break;
	case 2:
		run_irq_work();
		break;
	case 3:
		end_grace_period();
		break;
	}
	model_after_call();
}

/* A heap that knows of no such blocks refuses, whatever the block. */
void model_ask_deferred(void)
{
	void *block = model.nr_live ? (void *)model_live[0].start : NULL;

	if (model_defers())
		return;
	CHECK(xnheap_free_deferred(&fuzz_heap, block) == -EINVAL);
	CHECK(xnheap_free_rcu(&fuzz_heap, block) == -EINVAL);
	CHECK(xnheap_finalize(&fuzz_heap) == -EINVAL);
}

/* The heap has ended: nothing waits, nor will run. */
void model_end_deferred(void)
{
	while (model.nr_waiting)
		model_release(&waiting[--model.nr_waiting].block);
	CHECK(!rcu_queued);
	if (!(model.spec.flags & XNHEAP_PERCPU))
		CHECK(fuzz_heap.free_pages == fuzz_heap.pages);
	irq_work_queued = NULL;
	model.irq_work = false;
	model.grace_period = false;
}
