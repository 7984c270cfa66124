// SPDX-License-Identifier: GPL-2.0
/*
 * Getting into each context, on each CPU: threads, of which the first drives a
 * tasklet and an irq_work and has a timer in hard interrupts; and NMIs, which
 * any thread sends to any CPU.
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/version.h>

#include "torture.h"

#define BATCH	8		/* steps of an interrupt */

struct seat {
	struct actor actor[NR_CONTEXTS];	/* TASK's is not used */
	struct hrtimer timer;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	s64 spent;				/* ns in hard interrupts */
	int nmi_due;
};

struct thread {
	struct actor actor;
	struct task_struct *task;
	struct seat *driven;			/* NULL: by another thread */
};

static struct seat *seat;		/* one a CPU */
static struct thread *thread;		/* `threads` a CPU, and with hotplug as many that move */

static void act(struct actor *actor, unsigned int steps)
{
	while (steps--)
		actor_step(actor);
}

static void in_tasklet(struct tasklet_struct *tasklet)
{
	struct seat *of = container_of(tasklet, struct seat, tasklet);

	act(&of->actor[SOFTIRQ], 8 * BATCH);
}

static void in_irq_work(struct irq_work *irq_work)
{
	struct seat *of = container_of(irq_work, struct seat, irq_work);
	ktime_t start = ktime_get();

	act(&of->actor[IRQ_WORK], BATCH);
	of->spent += ktime_sub(ktime_get(), start);
}

static enum hrtimer_restart in_timer(struct hrtimer *timer)
{
	struct seat *of = container_of(timer, struct seat, timer);
	struct actor *actor = &of->actor[HARDIRQ];
	ktime_t start = ktime_get();
	s64 pause;

	act(actor, BATCH);
	irq_work_queue(&of->irq_work);
	/* Leave most of the time to the rest, however slow the machine is */
	of->spent += ktime_sub(ktime_get(), start);
	pause = 50000 + prandom_u32_state(&actor->rnd) % 200000 + 4 * of->spent;
	of->spent = 0;
	hrtimer_forward_now(timer, ns_to_ktime(pause));
	return HRTIMER_RESTART;
}

#ifdef CONFIG_X86_LOCAL_APIC

#include <asm/apic.h>
#include <asm/nmi.h>

#define HAVE_NMI	1

static int in_nmi_handler(unsigned int type, struct pt_regs *regs)
{
	unsigned int cpu = smp_processor_id();
	struct seat *of = &seat[cpu];

	if (cpu >= cpus || !READ_ONCE(of->nmi_due))
		return NMI_DONE;
	act(&of->actor[NMI], BATCH / 2);
	/* Pairs with nmi_wait(), which lets others read what the actor holds */
	smp_store_release(&of->nmi_due, 0);
	return NMI_HANDLED;
}

/* One at a time for each CPU: two that are pending would come as one. */
static void send_nmi(unsigned int cpu)
{
	if (!cmpxchg(&seat[cpu].nmi_due, 0, 1))
		apic->send_IPI(cpu, NMI_VECTOR);
}

static int nmi_begin(void)
{
	return register_nmi_handler(NMI_LOCAL, in_nmi_handler, 0, "xnheap_torture");
}

static void nmi_end(void)
{
	unregister_nmi_handler(NMI_LOCAL, "xnheap_torture");
}

#else

#define HAVE_NMI	0

static void send_nmi(unsigned int cpu) { }
static int nmi_begin(void) { return 0; }
static void nmi_end(void) { }

#endif

bool context_exists(enum context context)
{
	return context != NMI || HAVE_NMI;
}

static void interrupts_begin(struct seat *of)
{
	hrtimer_start(&of->timer, ns_to_ktime(100000), HRTIMER_MODE_REL_PINNED_HARD);
}

static void interrupts_end(struct seat *of)
{
	hrtimer_cancel(&of->timer);
	irq_work_sync(&of->irq_work);
	tasklet_kill(&of->tasklet);
}

static int thread_run(void *data)
{
	struct thread *self = data;
	struct seat *driven = self->driven;

	if (driven)
		interrupts_begin(driven);
	while (!kthread_should_stop()) {
		if (kthread_should_park()) {
			if (driven)
				interrupts_end(driven);
			kthread_parkme();
			if (driven && !kthread_should_stop())
				interrupts_begin(driven);
			continue;
		}
		act(&self->actor, 16 * BATCH);
		if (driven)
			tasklet_schedule(&driven->tasklet);
		send_nmi(prandom_u32_state(&self->actor.rnd) % cpus);
		cond_resched();
	}
	if (driven)
		interrupts_end(driven);
	return 0;
}

static void seat_init(struct seat *of, u64 seed)
{
	unsigned int i;

	for (i = 0; i < NR_CONTEXTS; i++)
		actor_init(&of->actor[i], i, seed + i);
	tasklet_setup(&of->tasklet, in_tasklet);
	of->irq_work = IRQ_WORK_INIT_HARD(in_irq_work);
#if KERNEL_VERSION(6, 13, 0) <= LINUX_VERSION_CODE
	hrtimer_setup(&of->timer, in_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(&of->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	of->timer.function = in_timer;
#endif
}

static unsigned int nr_threads(void)
{
	return (cpus + hotplug) * threads;
}

int contexts_start(u64 seed)
{
	unsigned int i;
	int ret;

	seat = kvcalloc(cpus, sizeof(*seat), GFP_KERNEL);
	thread = kvcalloc(nr_threads(), sizeof(*thread), GFP_KERNEL);
	if (!seat || !thread) {
		ret = -ENOMEM;
		goto no_memory;
	}
	for (i = 0; i < cpus; i++)
		seat_init(&seat[i], seed + i * NR_CONTEXTS);
	ret = nmi_begin();
	if (ret)
		goto no_memory;
	for (i = 0; i < nr_threads(); i++) {
		struct thread *new = &thread[i];

		actor_init(&new->actor, TASK, ~seed - i);
		if (i < cpus)
			new->driven = &seat[i];
		new->task = kthread_create(thread_run, new, "xnheap-torture-%u", i);
		if (IS_ERR(new->task)) {
			ret = PTR_ERR(new->task);
			new->task = NULL;
			contexts_stop();
			return ret;
		}
		if (i < cpus * threads)
			kthread_bind(new->task, i % cpus);
	}
	for (i = 0; i < nr_threads(); i++)
		wake_up_process(thread[i].task);
	return 0;

no_memory:
	kvfree(seat);
	kvfree(thread);
	return ret;
}

static void nmi_wait(struct seat *of)
{
	unsigned int tries = 100;

	/* Pairs with in_nmi_handler() */
	while (smp_load_acquire(&of->nmi_due) && --tries)
		msleep(20);
	if (!tries)
		fault("an NMI got lost");
}

void contexts_park(void)
{
	unsigned int i;

	for (i = 0; i < nr_threads(); i++)
		kthread_park(thread[i].task);
	for (i = 0; i < cpus; i++)
		nmi_wait(&seat[i]);
}

void contexts_unpark(void)
{
	unsigned int i;

	for (i = 0; i < nr_threads(); i++)
		kthread_unpark(thread[i].task);
}

/* Parked, or not quite started. */
void contexts_stop(void)
{
	unsigned int i;

	for (i = 0; i < nr_threads(); i++)
		if (thread[i].task)
			kthread_stop(thread[i].task);
	nmi_end();
	kvfree(seat);
	kvfree(thread);
}

unsigned int contexts_actors(void)
{
	return nr_threads() + cpus * (NR_CONTEXTS - 1);
}

struct actor *contexts_actor(unsigned int nr)
{
	if (nr < nr_threads())
		return &thread[nr].actor;
	nr -= nr_threads();
	return &seat[nr / (NR_CONTEXTS - 1)].actor[1 + nr % (NR_CONTEXTS - 1)];
}
