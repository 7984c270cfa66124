/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_IRQ_WORK_H
#define _PROVE_LINUX_IRQ_WORK_H

struct irq_work {
	int pending;
};

#endif
