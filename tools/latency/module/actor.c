// SPDX-License-Identifier: GPL-2.0
/*
 * Those who call: on each CPU a timer in hard interrupts and a thread. At each
 * step an actor takes a slot by chance and calls once: a free if the slot holds
 * a block, else an alloc. Then it calls nothing for as long, and records what
 * takes time even so.
 */

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "hrtimer.h"
#include "latency.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Every ns up to 64, then 32 bins to a doubling, up to 2^39. */
#define BIN_BITS	5
#define BINS		((40 - BIN_BITS) << BIN_BITS)

#define MAX_NOTHING_NS	10000

struct series {
	u64 samples, sum, worst, failed;
	u64 bin[BINS];
};

struct slot {
	void *block;
	u32 size;
};

struct actor {
	enum context context;
	unsigned int cpu;
	struct hrtimer timer;
	struct task_struct *thread;
	struct rnd_state rnd;
	struct slot slot[NR_ALLOCATORS][SLOTS];
	struct series calls[NR_ALLOCATORS][NR_CALLS];
	struct series nothing;
};

const char * const context_names[NR_CONTEXTS] = {
	[IN_IRQ] = "irq", [IN_THREAD] = "thread",
};

static struct plan plan;
static struct actor **actors;
static u32 nr_actors;		/* of them there are; started, up to the stop */
static atomic_t working;
static bool open;
static ktime_t began, due;
static atomic64_t ended;	/* when, before it was due; or 0 */
static int lost_cpu;		/* went offline, or -1 */

static struct {
	raw_spinlock_t lock;
	const struct actor *actor;
	enum call call;
	u32 size;
	u64 ns;
} worst = { .lock = __RAW_SPIN_LOCK_UNLOCKED(worst.lock) };

/*
 * Records
 */

static unsigned int bin_of(u64 ns)
{
	unsigned int shift = max(fls64(ns), BIN_BITS + 1) - BIN_BITS - 1;

	return min_t(u64, ((u64)shift << BIN_BITS) + (ns >> shift), BINS - 1);
}

/* The least that is in a bin; of the one after the last, what is in none. */
static u64 bin_start(unsigned int bin)
{
	unsigned int shift = max(bin >> BIN_BITS, 1U) - 1;

	return (u64)(bin - (shift << BIN_BITS)) << shift;
}

static void series_add(struct series *series, u64 ns)
{
	series->samples++;
	series->sum += ns;
	series->worst = max(series->worst, ns);
	series->bin[bin_of(ns)]++;
}

static void end_now(void)
{
	atomic64_cmpxchg(&ended, 0, ktime_get());
}

/* Under the lock, so that the last event is the worst call's. */
static void note_worst(const struct actor *actor, enum call call, u32 size, u64 ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&worst.lock, flags);
	if (ns > worst.ns) {
		worst.actor = actor;
		worst.call = call;
		worst.size = size;
		worst.ns = ns;
		trace_xnheap_latency_worst(actor->context == IN_THREAD,
					   call == FREE, size, ns);
	}
	raw_spin_unlock_irqrestore(&worst.lock, flags);
	if (plan.limit_ns && ns > plan.limit_ns)
		end_now();
}

/*
 * Steps
 */

/* Each halving of the largest size is as likely as another. */
static u32 random_size(struct actor *actor)
{
	u32 halvings = ilog2(plan.size_max / plan.size_min) + 1;
	u32 size = plan.size_max -
		   prandom_u32_state(&actor->rnd) % (plan.size_max - plan.size_min + 1);

	return max(size >> prandom_u32_state(&actor->rnd) % halvings, plan.size_min);
}

static u64 call(struct actor *actor, enum allocator which, u32 nr)
{
	struct slot *slot = &actor->slot[which][nr];
	enum call call = slot->block ? FREE : ALLOC;
	struct series *series = &actor->calls[which][call];
	bool failed = false;
	u64 ns;

	if (call == FREE) {
		ns = allocator_free(which, slot->size, slot->block, &failed);
		slot->block = NULL;
	} else {
		slot->size = random_size(actor);
		ns = allocator_alloc(which, slot->size, &slot->block);
		failed = !slot->block;
	}
	series_add(series, ns);
	series->failed += failed;
	if (which == XNHEAP && ns > READ_ONCE(worst.ns))
		note_worst(actor, call, slot->size, ns);
	return ns;
}

/* The longest between two readings of the clock, of as many as fit. */
static u64 time_nothing(u64 ns)
{
	u64 start = stamp(), last = start, now, gap = 0;

	do {
		now = stamp();
		gap = max(gap, now - last);
		last = now;
	} while (now - start < ns);
	return gap;
}

/* No allocator is always the first, whose caches are the coldest. */
static void step(struct actor *actor)
{
	u32 random = prandom_u32_state(&actor->rnd);
	u32 nr = random % SLOTS, first = (random >> 16) % NR_ALLOCATORS, i;
	u64 ns = 0, took;

	for (i = 0; i < NR_ALLOCATORS; i++) {
		enum allocator which = (first + i) % NR_ALLOCATORS;

		if (!allocator_serves(which, actor->context, plan.compare))
			continue;
		took = call(actor, which, nr);
		if (which == XNHEAP)
			ns = took;
	}
	series_add(&actor->nothing, time_nothing(min_t(u64, ns, MAX_NOTHING_NS)));
}

static ktime_t interval(void)
{
	return ktime_add_us(0, plan.interval_us);
}

/* A CPU that goes offline leaves its timer and its thread to another one. */
static bool is_over(const struct actor *actor)
{
	if (raw_smp_processor_id() != actor->cpu) {
		WRITE_ONCE(lost_cpu, actor->cpu);
		end_now();
	}
	return atomic64_read(&ended) || ktime_compare(ktime_get(), due) >= 0;
}

/* The interval begins where a step ends, so that a slow one stops no CPU. */
static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct actor *actor = container_of(timer, struct actor, timer);

	if (is_over(actor)) {
		atomic_dec(&working);
		return HRTIMER_NORESTART;
	}
	step(actor);
	hrtimer_set_expires(timer, ktime_add(ktime_get(), interval()));
	return HRTIMER_RESTART;
}

static int run_thread(void *data)
{
	ktime_t sleep = interval();

	sched_set_fifo(current);
	while (!is_over(data)) {
		step(data);
		set_current_state(TASK_IDLE);
		schedule_hrtimeout(&sleep, HRTIMER_MODE_REL);
	}
	atomic_dec(&working);
	return 0;
}

/*
 * Start and stop
 */

static int actor_create(enum context context, unsigned int cpu)
{
	struct actor *actor = vzalloc_node(sizeof(*actor), cpu_to_node(cpu));

	if (!actor)
		return -ENOMEM;
	actors[nr_actors++] = actor;
	actor->context = context;
	actor->cpu = cpu;
	prandom_seed_state(&actor->rnd, nr_actors);
	/* Without _HARD it would tick in a thread on PREEMPT_RT. */
	hrtimer_setup(&actor->timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	if (context == IN_IRQ)
		return 0;

	actor->thread = kthread_create_on_node(run_thread, actor, cpu_to_node(cpu),
					       "xnheap-lat/%u", cpu);
	if (IS_ERR(actor->thread)) {
		int ret = PTR_ERR(actor->thread);

		actor->thread = NULL;
		return ret;
	}
	get_task_struct(actor->thread);	/* it may end by itself */
	kthread_bind(actor->thread, cpu);
	return 0;
}

static void start_timer(void *data)
{
	struct actor *actor = data;

	hrtimer_start(&actor->timer, interval(), HRTIMER_MODE_REL_PINNED_HARD);
}

static int actor_start(struct actor *actor)
{
	atomic_inc(&working);
	if (actor->context == IN_IRQ)
		return smp_call_function_single(actor->cpu, start_timer, actor, 1);
	wake_up_process(actor->thread);
	return 0;
}

static int actors_create(void)
{
	unsigned int cpu, context;
	int ret;

	actors = vcalloc(plan.actors, sizeof(*actors));
	ret = actors ? allocators_open(&plan) : -ENOMEM;
	if (ret)
		return ret;
	open = true;
	for_each_cpu(cpu, &plan.cpus)
		for (context = 0; context < NR_CONTEXTS; context++) {
			ret = plan.in[context] ? actor_create(context, cpu) : 0;
			if (ret)
				return ret;
		}
	return 0;
}

int actors_start(const struct plan *wanted)
{
	u32 i;
	int ret;

	actors_forget();
	plan = *wanted;
	lost_cpu = -1;
	ret = actors_create();
	began = ktime_get();
	due = ktime_add(began, ktime_set(plan.seconds, 0));
	atomic64_set(&ended, 0);
	for (i = 0; !ret && i < nr_actors; i++)
		ret = actor_start(actors[i]);
	if (ret)
		actors_forget();
	return ret;
}

static void actor_drain(struct actor *actor)
{
	struct slot *slot;
	unsigned int i;
	bool failed;

	for (i = 0; i < NR_ALLOCATORS * SLOTS; i++) {
		slot = &actor->slot[i / SLOTS][i % SLOTS];
		if (slot->block)
			allocator_free(i / SLOTS, slot->size, slot->block, &failed);
		slot->block = NULL;
	}
}

/* What was recorded stays to be read. */
void actors_stop(void)
{
	u32 i;

	end_now();
	for (i = 0; i < nr_actors; i++) {
		struct actor *actor = actors[i];

		hrtimer_cancel(&actor->timer);
		if (actor->thread) {
			kthread_stop(actor->thread);
			put_task_struct(actor->thread);
			actor->thread = NULL;
		}
		actor_drain(actor);
	}
	atomic_set(&working, 0);
	if (open)
		allocators_close();
	open = false;
}

void actors_forget(void)
{
	actors_stop();
	while (nr_actors)
		vfree(actors[--nr_actors]);
	vfree(actors);
	actors = NULL;
	worst.actor = NULL;
	worst.ns = 0;
}

bool actors_work(void)
{
	return atomic_read(&working);
}

/*
 * What is found, also while it is recorded
 */

s64 actors_elapsed_ms(void)
{
	ktime_t end = atomic64_read(&ended) ?: ktime_get();

	return ktime_ms_delta(min(end, due), began);
}

int actors_lost_cpu(void)
{
	return READ_ONCE(lost_cpu);
}

static void series_show(struct seq_file *out, const struct actor *actor,
			const char *allocator, const char *call,
			const struct series *series)
{
	unsigned int i;

	seq_printf(out, "series %s %u %s %s %llu %llu %llu %llu\n",
		   context_names[actor->context], actor->cpu, allocator, call,
		   series->samples, series->failed, series->sum, series->worst);
	for (i = 0; i < BINS; i++)
		if (series->bin[i])
			seq_printf(out, "bin %llu %llu %llu\n", bin_start(i),
				   bin_start(i + 1) - 1, series->bin[i]);
}

void actor_show(struct seq_file *out, u32 nr)
{
	const struct actor *actor;
	unsigned int which, call;

	if (nr >= nr_actors)
		return;
	actor = actors[nr];
	for (which = 0; which < NR_ALLOCATORS; which++)
		for (call = 0; call < NR_CALLS; call++)
			if (allocator_serves(which, actor->context, plan.compare))
				series_show(out, actor, allocator_names[which],
					    call_names[call],
					    &actor->calls[which][call]);
	series_show(out, actor, "nothing", "-", &actor->nothing);
}

void worst_show(struct seq_file *out)
{
	const struct actor *actor;
	unsigned long flags;
	enum call call;
	u32 size;
	u64 ns;

	raw_spin_lock_irqsave(&worst.lock, flags);
	actor = worst.actor;
	call = worst.call;
	size = worst.size;
	ns = worst.ns;
	raw_spin_unlock_irqrestore(&worst.lock, flags);
	if (actor)
		seq_printf(out, "worst %s %u %s %u %llu\n",
			   context_names[actor->context], actor->cpu,
			   call_names[call], size, ns);
}
