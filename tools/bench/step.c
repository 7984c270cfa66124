// SPDX-License-Identifier: GPL-2.0
/*
 * For how many instructions in a row a call has interrupts off: the processor
 * traps after each instruction, and the trap tells whether they were on.
 */

#include <linux/hardirq.h>
#include <linux/kdebug.h>
#include <linux/minmax.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>
#include <linux/version.h>

#include "bench.h"

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#if KERNEL_VERSION(7, 2, 0) <= LINUX_VERSION_CODE
#define timer_irqs() this_cpu_read(irq_stat.counts[IRQ_COUNT_APIC_TIMER])
#else
#define timer_irqs() this_cpu_read(irq_stat.apic_timer_irqs)
#endif

static u64 row, longest;
static bool stepping;
static u32 timers;		/* that fired before */

static int step(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct die_args *args = data;

	if (event != DIE_DEBUG || !stepping)
		return NOTIFY_DONE;
	row = args->regs->flags & X86_EFLAGS_IF ? 0 : row + 1;
	longest = max(longest, row);
	return NOTIFY_STOP;
}

static struct notifier_block steps = { .notifier_call = step };

int step_init(void)
{
	return register_die_notifier(&steps);
}

void step_exit(void)
{
	unregister_die_notifier(&steps);
}

void step_begin(void)
{
	row = 0;
	longest = 0;
	timers = timer_irqs();
	stepping = true;
}

u64 step_end(void)
{
	stepping = false;
	/* If one fired meanwhile, its own handler was counted */
	return timers == timer_irqs() ? longest : 0;
}
#else
int step_init(void)
{
	return -EOPNOTSUPP;
}

void step_exit(void)
{
}

void step_begin(void)
{
}

u64 step_end(void)
{
	return 0;
}
#endif
