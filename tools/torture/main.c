// SPDX-License-Identifier: GPL-2.0
/*
 * Torture: every context of every CPU calls upon the same heaps, for as long
 * as was asked for. From time to time all are parked and each heap is checked;
 * now and then all blocks are freed and the heaps made anew.
 */

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "../../xnheap/api/validate.h"
#include "torture.h"

#define ROUND_MS	200	/* between checks */
#define LIFE		16	/* rounds that a heap lives */

static ulong seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the random numbers");

static uint seconds = 60;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "that it takes; 0: until the module is removed");

static uint report = 5;
module_param(report, uint, 0444);
MODULE_PARM_DESC(report, "seconds between the lines that say how far it is");

uint cpus;
module_param(cpus, uint, 0444);
MODULE_PARM_DESC(cpus, "that take part; 0: all");

uint threads = 2;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "on each CPU");

ulong page_bytes = 512;
module_param_named(page_size, page_bytes, ulong, 0444);
MODULE_PARM_DESC(page_size, "bytes of a page of the heaps");

ulong extent_bytes = SZ_64K;
module_param_named(extent_size, extent_bytes, ulong, 0444);
MODULE_PARM_DESC(extent_size, "bytes of an extent");

uint extents = 8;
module_param(extents, uint, 0444);
MODULE_PARM_DESC(extents, "that a heap grows to");

uint flags;
module_param(flags, uint, 0444);
MODULE_PARM_DESC(flags, "of the heaps, beside where their memory is from; 64: shared with processes");

bool growth;
module_param(growth, bool, 0444);
MODULE_PARM_DESC(growth, "have heaps grow and shrink by themselves, up to twice as many extents");

bool hotplug;
module_param(hotplug, bool, 0444);
MODULE_PARM_DESC(hotplug, "take the last CPU away and give it back, all the while");

struct shared shared[HEAPS];

static struct task_struct *leader;
static const char *first_fault;
static u64 rounds, heaps_made;
static u64 unplugged;
static u64 shrunk;			/* extents, at once */
static u64 lockless, small_allocs;	/* in heaps that were emptied */

void fault(const char *what)
{
	cmpxchg(&first_fault, NULL, what);
}

const char *fault_found(void)
{
	return READ_ONCE(first_fault);
}

/* Those that are shared with processes never do. */
static bool shrinks(void)
{
	return growth && !(flags & XNHEAP_SHARED);
}

static void heaps_end(void)
{
	unsigned int i, j;

	for (i = 0; i < HEAPS; i++) {
		xnheap_delete(shared[i].heap);
		for (j = 0; j < XNHEAP_MAX_EXTENTS; j++)
			vfree(shared[i].area[j]);
		memset(&shared[i], 0, sizeof(shared[i]));
	}
}

/*
 * Small blocks, and of several pages; few or none, where an extent is small, and none
 * where blocks may wait.
 */
static int reserve(xnheap_t *heap, struct reserved *reserved, unsigned int nr)
{
	reserved->size = nr ? 2 * page_bytes + 1 : page_bytes / 5;
	reserved->nr = flags & XNHEAP_DEFER ? 0 : nr ? extent_bytes / page_bytes / 32 + 1 : 20;
	for (; reserved->nr; reserved->nr /= 2) {
		reserved->handle = xnheap_reserve(heap, reserved->size, reserved->nr);
		if (PTR_ERR_OR_ZERO(reserved->handle) != -ENOMEM)
			return PTR_ERR_OR_ZERO(reserved->handle);
	}
	return 0;
}

static int heap_make(struct shared *of, unsigned int nr)
{
	unsigned int backing = nr % 2 ? XNHEAP_PAGES : XNHEAP_VMALLOC, i;
	const char *name = nr ? "torture-1" : "torture-0";
	xnheap_t *heap;
	int ret;

	heap = xnheap_create(name, extent_bytes, page_bytes, backing | flags);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	of->heap = heap;
	if (flags & XNHEAP_SHARED)
		xnheap_set_quota(heap, extent_bytes / 16, 0);
	/* So close that extents come and go all the while */
	if (growth && xnheap_set_growth(heap, 2 * extent_bytes,
					shrinks() ? 5 * extent_bytes / 2 : 0,
					2 * extents * extent_bytes))
		return -ENOMEM;
	for (i = 0; i < RESERVED; i++) {
		ret = reserve(heap, &of->reserved[i], i);
		if (ret)
			return ret;
	}
	for (i = 1; i < extents; i++) {
		of->area[i] = vmalloc(extent_bytes);
		if (!of->area[i])
			return -ENOMEM;
		of->spare[i] = of->area[i];
	}
	return 0;
}

static int heaps_make(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < HEAPS; i++) {
		ret = heap_make(&shared[i], i);
		if (ret) {
			heaps_end();
			return ret;
		}
		heaps_made++;
	}
	return 0;
}

/* Free every block, while all are parked; and count how they were allocated. */
static void drop_all(void)
{
	unsigned int i, j;

	for (i = 0; i < HEAPS; i++)
		validate_count_lockless(shared[i].heap, &lockless, &small_allocs);
	for (i = 0; i < contexts_actors(); i++)
		actor_drop_all(contexts_actor(i));
	for (i = 0; i < HEAPS; i++) {
		for (j = 0; j < SLOTS; j++) {
			u8 *at = xchg(&shared[i].slot[j], NULL);
			struct held held;

			if (!at)
				continue;
			held = slot_block(&shared[i], at);
			if (xnheap_free(shared[i].heap, at))
				fault("a block on its way could not be freed");
			held_freed(&held);
		}
	}
}

static void tell(const char *what)
{
	static const char * const name[] = {
		[TASK] = "task", [SOFTIRQ] = "softirq", [HARDIRQ] = "hard IRQ",
		[IRQ_WORK] = "irq_work", [NMI] = "NMI",
	};
	u64 calls[NR_CONTEXTS] = {}, all = 0;
	struct tally sum = {};
	char text[160];
	unsigned int i, n = 0;

	for (i = 0; i < contexts_actors(); i++) {
		const struct actor *actor = contexts_actor(i);
		const struct tally *tally = &actor->tally;

		calls[actor->context] += tally->calls;
		sum.full += tally->full;
		sum.busy += tally->busy;
		sum.refused += tally->refused;
		sum.handed += tally->handed;
		sum.reserved += tally->reserved;
		sum.extended += tally->extended;
		sum.deferred += tally->deferred;
	}
	for (i = 0; i < NR_CONTEXTS; i++) {
		all += calls[i];
		n += scnprintf(text + n, sizeof(text) - n, "%s%llu in %s",
			       i ? ", " : "", calls[i], name[i]);
		if (*what && !calls[i] && context_exists(i))
			fault("no call was made in one of the contexts");
	}
	pr_info(PREFIX "%s%llu operations (%s), %llu refused, %llu without memory, %llu gave up, %llu handed over, %llu from reservations, %llu extents added, %llu heaps, %llu checks\n",
		what, all, text, sum.refused, sum.full, sum.busy, sum.handed,
		sum.reserved, sum.extended, heaps_made, rounds);
	if (flags & XNHEAP_SHARED)
		peers_tell(*what);
	if (flags & XNHEAP_DEFER) {
		pr_info(PREFIX "%llu blocks were left to be freed later\n", sum.deferred);
		if (*what && !sum.deferred)
			fault("no block was left to be freed later");
	}
}

/* While all call upon them. */
static void heaps_shrink(void)
{
	unsigned int i;
	int n;

	for (i = 0; i < HEAPS; i++) {
		n = xnheap_shrink(shared[i].heap);
		if (n < 0)
			fault("xnheap_shrink() failed");
		else
			shrunk += n;
	}
}

/* Returns 0, or why it must end at once. */
static int torture_round(void)
{
	int ret = 0;

	contexts_park();
	check_heaps();
	if (!(++rounds % LIFE) && !fault_found()) {
		drop_all();
		check_heaps();
		heaps_end();
		ret = heaps_make();
	}
	return ret ?: peers_open();
}

/* Take the last CPU away, or give it back. */
static int hotplug_turn(void)
{
	unsigned int cpu = cpumask_last(cpu_possible_mask);

	unplugged += cpu_online(cpu);
	return cpu_online(cpu) ? remove_cpu(cpu) : add_cpu(cpu);
}

/* Until the next check. */
static int pass_round(void)
{
	ktime_t end = ktime_add_ms(ktime_get(), ROUND_MS);
	int ret;

	if (!(flags & XNHEAP_SHARED)) {
		msleep(ROUND_MS);
		return 0;
	}
	do {
		ret = peers_turn();
	} while (!ret && ktime_before(ktime_get(), end));
	return ret;
}

static int lead(void *unused)
{
	/* Not by jiffies: a machine that is too slow may lose some */
	time64_t begin = ktime_get_seconds(), next = begin + report;
	int ret = peers_open();
	unsigned int i;

	while (!ret && !kthread_should_stop() && !fault_found() &&
	       (!seconds || ktime_get_seconds() < begin + seconds)) {
		ret = pass_round() ?: torture_round();
		if (ret)
			break;
		if (ktime_get_seconds() >= next) {
			tell("");
			next = ktime_get_seconds() + report;
		}
		contexts_unpark();
		if (shrinks())
			heaps_shrink();
		if (hotplug)
			ret = hotplug_turn();
	}
	if (hotplug && !ret && num_online_cpus() < num_possible_cpus())
		ret = hotplug_turn();
	contexts_park();
	if (!ret) {
		check_heaps();
		drop_all();
		check_heaps();
	}
	for (i = 0; i < HEAPS; i++)
		peers_close(&shared[i]);
	tell("in all ");
	if (flags & XNHEAP_PERCPU) {
		pr_info(PREFIX "%llu of %llu allocations of small blocks took no lock\n",
			lockless, small_allocs);
		/* Each call on a debug heap does */
		if (lockless < small_allocs / 2 && !(flags & XNHEAP_DEBUG))
			fault("most calls took the lock");
	}
	if (shrinks()) {
		pr_info(PREFIX "%llu extents were given back\n", shrunk);
		if (!shrunk)
			fault("no extent was given back");
	}
	if (hotplug) {
		pr_info(PREFIX "the last CPU was taken away %llu times\n", unplugged);
		if (!unplugged)
			fault("no CPU was taken away");
	}
	if (fault_found())
		pr_err(PREFIX "verdict: FAILED: %s\n", fault_found());
	else if (ret)
		pr_err(PREFIX "verdict: FAILED: no heap, file or CPU to be had: error %d\n", ret);
	else
		pr_info(PREFIX "verdict: passed\n");

	/* Until the module is removed */
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

/* Whether a parameter is as it must be; says so if not. */
static bool valid(bool is, const char *name, ulong value, const char *must)
{
	if (!is)
		pr_err(PREFIX "%s=%lu: must be %s\n", name, value, must);
	return is;
}

static int __init torture_init(void)
{
	int ret;

	if (!valid(cpus <= num_online_cpus(), "cpus", cpus,
		   "no more than are online") ||
	    !valid(threads && threads <= 64, "threads", threads, "1 to 64") ||
	    !valid(extents && extents <= XNHEAP_MAX_EXTENTS, "extents", extents,
		   "1 to 64") ||
	    !valid(!growth || extents <= XNHEAP_MAX_EXTENTS / 2, "extents", extents,
		   "1 to 32 with growth=1") ||
	    !valid(seconds <= 1000000, "seconds", seconds, "0 to 1000000") ||
	    !valid(report && report <= 3600, "report", report, "1 to 3600") ||
	    !valid(xnheap_overhead(extent_bytes, page_bytes) != extent_bytes,
		   "extent_size", extent_bytes,
		   "a multiple of page_size, a power of two, with room for a few pages"))
		return -EINVAL;
	cpus = cpus ?: num_online_cpus() - hotplug;
	if (hotplug && (cpus == num_possible_cpus() || num_online_cpus() < num_possible_cpus())) {
		pr_err(PREFIX "hotplug=1: needs two CPUs or more, all online, and cpus=%u at most\n",
		       num_possible_cpus() - 1);
		return -EINVAL;
	}

	ret = heaps_make();
	if (ret) {
		pr_err(PREFIX "no heap can be made: error %d\n", ret);
		return ret;
	}
	ret = contexts_start(seed);
	if (ret)
		goto end_heaps;
	ret = check_init();
	if (ret)
		goto stop;
	leader = kthread_run(lead, NULL, "xnheap-torture");
	if (IS_ERR(leader)) {
		ret = PTR_ERR(leader);
		goto stop;
	}
	get_task_struct(leader);
	pr_info(PREFIX "seed %lu, %u CPUs with %u threads each, 2 heaps of up to %u extents\n",
		seed, cpus, threads, extents);
	return 0;

stop:
	contexts_park();
	drop_all();
	contexts_stop();
	check_exit();
end_heaps:
	heaps_end();
	return ret;
}
module_init(torture_init);

static void __exit torture_exit(void)
{
	kthread_stop(leader);
	put_task_struct(leader);
	contexts_stop();
	check_exit();
	heaps_end();
}
module_exit(torture_exit);

MODULE_DESCRIPTION("Torture of xnheap: every context calls upon the same heaps");
MODULE_LICENSE("GPL");
