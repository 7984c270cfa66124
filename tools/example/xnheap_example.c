// SPDX-License-Identifier: GPL-2.0
/*
 * A module that uses xnheap, to be copied: a hard interrupt sends messages to a
 * thread, which frees them. A timer stands for the interrupt of a device.
 */

#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/version.h>
#include <linux/xnheap.h>

struct message {
	struct llist_node node;
	u8 payload[100];
};

static xnheap_t *heap;
static struct kthread_worker *worker;
static struct hrtimer timer;
static LLIST_HEAD(messages);

/* To be read in /sys/module/xnheap_example/parameters */
static unsigned int received, lost;
module_param(received, uint, 0444);
module_param(lost, uint, 0444);

static void receive(struct kthread_work *work)
{
	struct message *message, *next;

	llist_for_each_entry_safe(message, next, llist_del_all(&messages), node) {
		received++;
		xnheap_free(heap, message);
	}
}

static DEFINE_KTHREAD_WORK(work, receive);

/* A hard interrupt, on PREEMPT_RT too: nothing here may sleep. */
static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	struct message *message = xnheap_alloc(heap, sizeof(*message));

	if (message) {
		llist_add(&message->node, &messages);
		kthread_queue_work(worker, &work);
	} else {
		lost++;
	}
	hrtimer_forward_now(timer, ms_to_ktime(1));
	return HRTIMER_RESTART;
}

static int __init example_init(void)
{
	heap = xnheap_create("example", SZ_64K, 1024, XNHEAP_VMALLOC);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
#if KERNEL_VERSION(6, 14, 0) > LINUX_VERSION_CODE
	worker = kthread_create_worker(0, "xnheap-example");
#else
	worker = kthread_run_worker(0, "xnheap-example");
#endif
	if (IS_ERR(worker)) {
		xnheap_delete(heap);
		return PTR_ERR(worker);
	}
#if KERNEL_VERSION(6, 13, 0) > LINUX_VERSION_CODE
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = interrupt;
#else
	hrtimer_setup(&timer, interrupt, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#endif
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	return 0;
}
module_init(example_init);

static void __exit example_exit(void)
{
	hrtimer_cancel(&timer);
	kthread_destroy_worker(worker);
	xnheap_delete(heap);
}
module_exit(example_exit);

MODULE_DESCRIPTION("An example of xnheap");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
