/* SPDX-License-Identifier: GPL-2.0 */
/* Who is told of a note has no part in it. */
#ifndef _PROVE_IRQ_WORK_H
#define _PROVE_IRQ_WORK_H

struct irq_work {
	int queued;
};

#define irq_work_queue(work)	((work)->queued++)

#endif
