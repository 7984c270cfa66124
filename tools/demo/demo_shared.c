// SPDX-License-Identifier: GPL-2.0
/*
 * Messages from a hard interrupt to a process, without a copy: a shared heap at work.
 *
 * A timer stands for the interrupt of a device, as in demo.c. At each tick it sends a
 * message to the process that listens, peer.c: it fills a block, and posts it. The process
 * writes its answer in the same place. A thread here copies the answer out, checks the
 * copy, and frees the block.
 *
 * The blocks stay the kernel's, so the process may end at any moment, or never answer:
 * what it has left is freed, and the next process is served. While none listens, a message
 * goes nowhere, and is freed at once.
 *
 * Nothing that the process writes is believed: sizes and numbers are those kept here.
 */

#define pr_fmt(fmt) "xnheap-demo-shared: " fmt

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/swait.h>
#include <linux/timekeeping.h>
#include <linux/xnheap.h>

#include "../hrtimer.h"
#include "message.h"
#include "parameters.h"
#include "times.h"

#define HEAP_SIZE	SZ_1M
#define PAGE_BYTES	512		/* of the heap, not of the machine */
#define MAX_OUT		64U		/* messages that wait for an answer; a power of two */

/* A message as it was sent */
struct sent {
	struct message *msg;
	u32 seq;
	u32 size;
	u64 time;
};

static struct {
	struct xnheap *heap;
	struct task_struct *thread;
	struct swait_queue_head wait;
	ktime_t period;

	/* of the interrupt, but for what the thread reads */
	struct hrtimer timer;
	struct rnd_state sizes;
	struct sent out[MAX_OUT];	/* by number of message */
	u32 sent;			/* how many were; the next one's number */
	u32 left;			/* sent to a process that is gone: those before */
	bool listened;			/* a process did, when the last message was sent */
	bool ticked;			/* since the thread looked */
	u32 failed;			/* calls */

	/* of the thread */
	u32 ended;			/* how many messages have; the oldest one's number */
	u32 answered;
	u32 unanswered;
	u32 wrong;			/* answers */
	u32 unfreed;
	bool told_listened;
	/* from the interrupt until the process had it, and until the answer stood there, ns */
	struct times woke;
	struct times took;
	u8 copy[sizeof(struct message) + MAX_PAYLOAD] __aligned(8);
} shared;

/*
 * The interrupt
 */

/* Mostly small, some large. */
static u32 random_size(void)
{
	u32 random = prandom_u32_state(&shared.sizes);
	u32 size = random % MAX_PAYLOAD;

	return size >> (random >> 29);
}

static void send_message(void)
{
	u32 seq = shared.sent, size = random_size();
	struct message *msg;
	int ret;

	/* What the thread has done with is no longer read there */
	if (seq - smp_load_acquire(&shared.ended) == MAX_OUT)
		return;
	msg = xnheap_alloc(shared.heap, sizeof(*msg) + size);
	if (!msg) {
		shared.failed++;
		return;
	}
	msg->seq = seq;
	msg->size = size;
	memset(msg->payload, (u8)seq, size);
	msg->time = ktime_get_ns();
	msg->state = MESSAGE_SENT;
	shared.out[seq % MAX_OUT] = (struct sent){ msg, seq, size, msg->time };
	ret = xnheap_post(shared.heap, msg);
	WRITE_ONCE(shared.listened, ret != -ENODEV);
	if (ret == -ENODEV) {
		/* Nobody listens, nor will those answer who did */
		WRITE_ONCE(shared.left, seq);
		ret = xnheap_free(shared.heap, msg);
	} else {
		/* Where one of many that listen had no room, others have it */
		if (ret == -ENOSPC)
			ret = 0;
		/* The thread sees what was sent, once it sees this */
		smp_store_release(&shared.sent, seq + 1);
	}
	if (ret)
		shared.failed++;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	send_message();
	WRITE_ONCE(shared.ticked, true);
	swake_up_one(&shared.wait);
	hrtimer_forward_now(timer, shared.period);
	return HRTIMER_RESTART;
}

/*
 * The thread
 */

/* The process can write to the message at any time: so copy it, and check the copy. */
static bool answer_is_right(const struct sent *sent)
{
	const struct message *copy = (void *)shared.copy;

	memcpy(shared.copy, sent->msg, sizeof(*copy) + sent->size);
	if (copy->seq != sent->seq || copy->size != sent->size ||
	    memchr_inv(copy->payload, (u8)~sent->seq, sent->size) ||
	    copy->read < sent->time || copy->time < copy->read || copy->time > ktime_get_ns())
		return false;
	times_note(&shared.woke, copy->read - sent->time);
	times_note(&shared.took, copy->time - sent->time);
	return true;
}

/* Look at the oldest message that is out. False: it has to wait on. */
static bool receive_answer(bool give_up)
{
	const struct sent *sent = &shared.out[shared.ended % MAX_OUT];

	/* The process wrote the answer before */
	if (smp_load_acquire(&sent->msg->state) == MESSAGE_ANSWERED) {
		shared.answered++;
		if (!answer_is_right(sent))
			shared.wrong++;
	} else if (give_up || (s32)(READ_ONCE(shared.left) - sent->seq) > 0) {
		shared.unanswered++;
	} else {
		return false;
	}
	if (xnheap_free(shared.heap, sent->msg))
		shared.unfreed++;
	/* The interrupt may use its place in out[] again, once it sees this */
	smp_store_release(&shared.ended, shared.ended + 1);
	return true;
}

static void receive_answers(bool give_up)
{
	bool listened = READ_ONCE(shared.listened);
	u32 unanswered = shared.unanswered;

	/* See what the interrupt wrote before */
	while (shared.ended != smp_load_acquire(&shared.sent) && receive_answer(give_up))
		;
	if (listened != shared.told_listened)
		pr_info("%s\n", listened ? "a process listens" : "the process is gone");
	shared.told_listened = listened;
	if (shared.unanswered != unanswered)
		pr_info("%u messages stay without an answer\n", shared.unanswered - unanswered);
}

static void run_second(unsigned long end)
{
	long left;

	while (!kthread_should_stop()) {
		left = end - jiffies;
		if (left <= 0)
			break;
		swait_event_idle_timeout_exclusive(shared.wait, READ_ONCE(shared.ticked) ||
						   kthread_should_stop(), left);
		WRITE_ONCE(shared.ticked, false);
		receive_answers(false);
	}
}

/* The timer has stopped: wait for what is still to be answered, but not for long. */
static void drain(void)
{
	unsigned long end = jiffies + HZ;

	while (shared.ended != shared.sent && time_before(jiffies, end)) {
		schedule_timeout_idle(1);
		receive_answers(false);
	}
	receive_answers(true);
}

static void judge(void)
{
	u32 failed = shared.failed + shared.unfreed;
	u_long leaked = xnheap_used_mem(shared.heap);
	bool passed = !shared.wrong && !failed && !leaked;

	if (!shared.sent)
		pr_info("round trip: no process listened\n");
	else
		pr_info("round trip: half took up to %u ns, 99.9 %% up to %u, the worst %u; of these, until it had the message, up to %u, %u and %u\n",
			times_quantile(&shared.took, 500), times_quantile(&shared.took, 999),
			shared.took.worst, times_quantile(&shared.woke, 500),
			times_quantile(&shared.woke, 999), shared.woke.worst);
	pr_info("verdict: %s: %u messages to a process, %u answered, %u wrong, %u unanswered, %u failed calls, %lu bytes leaked\n",
		passed ? "passed" : "FAILED", shared.sent, shared.answered, shared.wrong,
		shared.unanswered, failed, leaked);
}

static int run(void *unused)
{
	unsigned long start = jiffies;
	unsigned int second = 0;

	sched_set_fifo_low(current);
	hrtimer_start(&shared.timer, shared.period, HRTIMER_MODE_REL_PINNED_HARD);
	while (second < seconds && !kthread_should_stop()) {
		u32 before = shared.answered;

		second++;
		run_second(start + second * HZ);
		pr_info("%4u s %6u answers from the process, %u wrong\n", second,
			shared.answered - before, shared.wrong);
	}
	hrtimer_cancel(&shared.timer);
	drain();
	judge();
	swait_event_idle_exclusive(shared.wait, kthread_should_stop());
	return 0;
}

/*
 * Load and unload
 */

static int __init demo_init(void)
{
	int ret = check_parameters();

	if (ret)
		return ret;

	shared.period = NSEC_PER_SEC / rate_hz;
	prandom_seed_state(&shared.sizes, 3);
	init_swait_queue_head(&shared.wait);
	/* Without _HARD the timer would tick in a thread on PREEMPT_RT. */
	hrtimer_setup(&shared.timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);

	/* It never grows: there are never more than MAX_OUT messages */
	shared.heap = xnheap_create_shared(DEMO_LABEL, HEAP_SIZE, PAGE_BYTES, XNHEAP_VMALLOC,
					   HEAP_SIZE);
	if (IS_ERR(shared.heap))
		return PTR_ERR(shared.heap);
	shared.thread = kthread_run(run, NULL, "xnheap-demo-sh");
	if (IS_ERR(shared.thread)) {
		xnheap_delete(shared.heap);
		return PTR_ERR(shared.thread);
	}
	return 0;
}
module_init(demo_init);

static void __exit demo_exit(void)
{
	kthread_stop(shared.thread);
	xnheap_delete(shared.heap);
}
module_exit(demo_exit);

MODULE_DESCRIPTION("Messages from a hard interrupt to a process, by xnheap");
MODULE_LICENSE("GPL");
