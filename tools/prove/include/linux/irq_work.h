/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_IRQ_WORK_H
#define _PROVE_LINUX_IRQ_WORK_H

#include <linux/types.h>

/* Run by who has something to prove of it */
struct irq_work {
	void (*func)(struct irq_work *work);
	bool pending;
};

#define IRQ_WORK_INIT_HARD(function)	((struct irq_work){ .func = (function) })

/* The one that is queued, if any is */
__attribute__((weak)) struct irq_work *irq_work_queued;

static inline bool irq_work_queue(struct irq_work *work)
{
	bool was = work->pending;

	work->pending = true;
	irq_work_queued = work;
	return !was;
}

static inline void irq_work_sync(struct irq_work *work)
{
	while (work->pending) {
		work->pending = false;
		work->func(work);
	}
}

#endif
