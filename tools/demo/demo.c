// SPDX-License-Identifier: GPL-2.0
/*
 * Messages from a hard interrupt to a thread: xnheap at work.
 *
 * A timer stands for the interrupt of a device. It ticks in hard interrupt
 * context, on PREEMPT_RT too, and at each tick sends a message of another size.
 * A thread checks each message, keeps some for a while and frees them, or hands
 * them back for the interrupt to free. How many it keeps swells in bursts: the heap
 * grows in time, by itself, and gives back what it does not need after a burst.
 *
 * After the last second the kernel log holds the verdict, and the heap is left
 * to be looked at, empty, in /sys/kernel/debug/xnheap/demo/stats.
 */

#define pr_fmt(fmt) "xnheap-demo: " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/swait.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/xnheap.h>

#include "../hrtimer.h"
#include "parameters.h"
#include "times.h"

#define EXTENT_SIZE	SZ_256K
#define PAGE_BYTES	512		/* of the heap, not of the machine */
/*
 * The load takes 2 MiB a second, or ten times that at the highest rate; an extent comes
 * within some ms, or a hundred where the machine is emulated.
 */
#define LOW_MARK	(EXTENT_SIZE * max(rate_hz / 1000, 1U))
#define HIGH_MARK	(2 * LOW_MARK)
#define MAX_SIZE	(64 * EXTENT_SIZE)
#define GIVES_BACK	4		/* seconds until it has, at most */
#define MAX_PAYLOAD	SZ_8K
#define MAX_KEPT	512U

static bool count;
module_param(count, bool, 0444);
MODULE_PARM_DESC(count, "the cycle counter counts instructions: show these, not ns (0)");

static struct {
	xnheap_t *heap;
	struct task_struct *thread;
	struct swait_queue_head wait;
	struct llist_head to_thread;
	struct llist_head to_interrupt;
	atomic_t failed;		/* calls */

	/* of the interrupt */
	struct hrtimer timer;
	ktime_t period;
	struct rnd_state sizes;
	u32 sent;
	struct times calls;		/* ns, or instructions */

	/* of the thread */
	struct message *kept[MAX_KEPT];
	unsigned int keep;		/* how many of them to use */
	struct rnd_state slots;
	u32 received;
	u32 damaged;
	size_t largest;			/* bytes that the heap had */
} demo;

/*
 * Messages: it shows if anyone else writes to one.
 */

struct message {
	struct llist_node node;
	u32 seq;
	u32 size;			/* of the payload */
	u32 checksum;			/* of the two above */
	u8 payload[];
};

static u32 message_checksum(const struct message *msg)
{
	return jhash_2words(msg->seq, msg->size, 0);
}

static void message_write(struct message *msg, u32 seq, u32 size)
{
	msg->seq = seq;
	msg->size = size;
	msg->checksum = message_checksum(msg);
	memset(msg->payload, (u8)seq, size);
}

static bool message_intact(const struct message *msg)
{
	return msg->checksum == message_checksum(msg) &&
	       !memchr_inv(msg->payload, (u8)msg->seq, msg->size);
}

/*
 * The interrupt: nothing here may sleep, nor take a spinlock_t, which sleeps on
 * PREEMPT_RT. Calls are timed here because nothing preempts a hard interrupt,
 * so that the time is theirs.
 */

static u64 stamp(void)
{
	return count ? get_cycles() : ktime_get_mono_fast_ns();
}

/* Mostly small, some large. */
static u32 random_size(void)
{
	u32 random = prandom_u32_state(&demo.sizes);
	u32 size = random % MAX_PAYLOAD;

	return size >> (random >> 29);
}

static void send_message(void)
{
	u32 size = random_size();
	u64 start = stamp();
	struct message *msg = xnheap_alloc(demo.heap, sizeof(*msg) + size);

	times_note(&demo.calls, stamp() - start);
	if (!msg) {
		atomic_inc(&demo.failed);
		return;
	}
	message_write(msg, demo.sent++, size);
	llist_add(&msg->node, &demo.to_thread);
	/* Unlike wake_up() this takes no spinlock_t, but a raw one. */
	swake_up_one(&demo.wait);
}

static void free_message(void)
{
	struct llist_node *node = llist_del_first(&demo.to_interrupt);
	u64 start;
	int ret;

	if (!node)
		return;
	start = stamp();
	ret = xnheap_free(demo.heap, llist_entry(node, struct message, node));
	times_note(&demo.calls, stamp() - start);
	if (ret)
		atomic_inc(&demo.failed);
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	free_message();
	send_message();
	hrtimer_forward_now(timer, demo.period);
	return HRTIMER_RESTART;
}

/*
 * The thread
 */

static void drop_message(struct message *msg)
{
	if (xnheap_free(demo.heap, msg))
		atomic_inc(&demo.failed);
}

/* Done with a message: check it once more, and let either side free it. */
static void release_message(struct message *msg)
{
	if (!message_intact(msg))
		demo.damaged++;
	if (msg->seq % 2)
		llist_add(&msg->node, &demo.to_interrupt);
	else
		drop_message(msg);
}

/* Keep a message until chance puts another one in its slot. */
static void keep_message(struct message *msg)
{
	u32 slot = prandom_u32_state(&demo.slots) % MAX_KEPT;

	swap(demo.kept[slot], msg);
	if (msg)
		release_message(msg);
	if (slot >= demo.keep) {
		release_message(demo.kept[slot]);
		demo.kept[slot] = NULL;
	}
}

static void receive_messages(void)
{
	struct llist_node *list = llist_del_all(&demo.to_thread);
	struct message *msg, *next;

	list = llist_reverse_order(list);
	llist_for_each_entry_safe(msg, next, list, node) {
		if (msg->seq != demo.received || !message_intact(msg))
			demo.damaged++;
		demo.received++;
		keep_message(msg);
	}
}

static bool work_waits(void)
{
	return !llist_empty(&demo.to_thread) || kthread_should_stop();
}

static void run_second(unsigned long end)
{
	long left;

	while (!kthread_should_stop()) {
		left = end - jiffies;
		if (left <= 0)
			break;
		swait_event_idle_timeout_exclusive(demo.wait, work_waits(),
						   left);
		receive_messages();
		demo.largest = max(demo.largest, xnheap_size(demo.heap));
	}
}

static void report(unsigned int second, u32 messages)
{
	pr_info("%4u s %6u messages  used %4zu of %4zu KiB  largest free %4zu KiB  failed %d\n",
		second, messages, xnheap_used_mem(demo.heap) / SZ_1K,
		xnheap_usable_mem(demo.heap) / SZ_1K,
		xnheap_largest_free(demo.heap) / SZ_1K,
		atomic_read(&demo.failed));
}

/* Free all there is; the timer must have stopped. */
static void drain(void)
{
	struct message *msg, *next;
	unsigned int i;

	receive_messages();
	for (i = 0; i < MAX_KEPT; i++) {
		if (demo.kept[i])
			release_message(demo.kept[i]);
		demo.kept[i] = NULL;
	}
	llist_for_each_entry_safe(msg, next, llist_del_all(&demo.to_interrupt),
				  node)
		drop_message(msg);
}

/* Whether it has as much as an empty heap keeps, or gets there soon. */
static bool gave_back(void)
{
	unsigned long end = jiffies + GIVES_BACK * HZ;
	const size_t keeps = HIGH_MARK + EXTENT_SIZE;

	while (xnheap_size(demo.heap) > keeps && time_before(jiffies, end))
		schedule_timeout_idle(HZ / 10);
	return xnheap_size(demo.heap) <= keeps;
}

static void judge(void)
{
	int failed = atomic_read(&demo.failed);
	u32 lost = demo.sent - demo.received;
	u_long leaked = xnheap_used_mem(demo.heap);
	bool passed = gave_back() && demo.sent && !demo.damaged && !lost && !failed && !leaked;

	pr_info("memory: the heap grew to %zu KiB, and has %zu at the end\n",
		demo.largest / SZ_1K, xnheap_size(demo.heap) / SZ_1K);

	pr_info("calls: half took up to %u %s, 99.9 %% up to %u, the worst %u\n",
		times_quantile(&demo.calls, 500), count ? "instructions" : "ns",
		times_quantile(&demo.calls, 999), demo.calls.worst);
	pr_info("verdict: %s: %u messages, %u damaged, %u lost, %d failed calls, %lu bytes leaked\n",
		passed ? "passed" : "FAILED", demo.sent, demo.damaged, lost,
		failed, leaked);
}

static int run(void *unused)
{
	unsigned long start = jiffies;
	unsigned int second = 0;

	sched_set_fifo_low(current);
	hrtimer_start(&demo.timer, demo.period, HRTIMER_MODE_REL_PINNED_HARD);
	while (second < seconds && !kthread_should_stop()) {
		u32 before = demo.received;

		/* The population swells for four seconds, then collapses. */
		demo.keep = MAX_KEPT / 4 * (second % 4 + 1);
		second++;
		run_second(start + second * HZ);
		report(second, demo.received - before);
	}
	hrtimer_cancel(&demo.timer);
	drain();
	judge();
	swait_event_idle_exclusive(demo.wait, kthread_should_stop());
	return 0;
}

/*
 * Load and unload
 */

static int __init demo_init(void)
{
	int ret;

	ret = check_parameters();
	if (ret)
		return ret;

	demo.period = NSEC_PER_SEC / rate_hz;
	prandom_seed_state(&demo.sizes, 1);
	prandom_seed_state(&demo.slots, 2);
	init_swait_queue_head(&demo.wait);
	init_llist_head(&demo.to_thread);
	init_llist_head(&demo.to_interrupt);
	/* Without _HARD the timer would tick in a thread on PREEMPT_RT. */
	hrtimer_setup(&demo.timer, tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);

	demo.heap = xnheap_create("demo", EXTENT_SIZE, PAGE_BYTES,
				  XNHEAP_VMALLOC);
	if (IS_ERR(demo.heap))
		return PTR_ERR(demo.heap);

	ret = xnheap_set_growth(demo.heap, LOW_MARK, HIGH_MARK, MAX_SIZE);
	if (ret)
		goto delete;
	demo.thread = kthread_run(run, NULL, "xnheap-demo");
	if (IS_ERR(demo.thread)) {
		ret = PTR_ERR(demo.thread);
		goto delete;
	}
	return 0;

delete:
	xnheap_delete(demo.heap);
	return ret;
}
module_init(demo_init);

static void __exit demo_exit(void)
{
	kthread_stop(demo.thread);
	xnheap_delete(demo.heap);
}
module_exit(demo_exit);

MODULE_DESCRIPTION("Messages from a hard interrupt to a thread, by xnheap");
MODULE_LICENSE("GPL");
