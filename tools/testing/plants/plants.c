// SPDX-License-Identifier: GPL-2.0
/*
 * Faults, planted so that what is to find them shows that it does. Writing a
 * name to the parameter `plant` does what is wrong. For kernels that are
 * thrown away afterwards.
 */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static DEFINE_RAW_SPINLOCK(raw_lock);
static DEFINE_MUTEX(mutex);

/* Nothing wrong, for comparison. */
static int nothing(void)
{
	kfree(kmalloc(64, GFP_KERNEL));
	return 0;
}

static int kmalloc_under_raw_lock(void)
{
	unsigned long flags;
	void *block;

	raw_spin_lock_irqsave(&raw_lock, flags);
	block = kmalloc(64, GFP_ATOMIC);
	raw_spin_unlock_irqrestore(&raw_lock, flags);
	kfree(block);
	return 0;
}

static int sleep_in_atomic(void)
{
	preempt_disable();
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	preempt_enable();
	return 0;
}

/* What the compiler must not see through. */
static u8 *hidden(void *address)
{
	OPTIMIZER_HIDE_VAR(address);
	return address;
}

static int overrun_kmalloc(void)
{
	u8 *block = hidden(kmalloc(60, GFP_KERNEL));

	if (!block)
		return -ENOMEM;
	block[60] = 1;
	kfree(block);
	return 0;
}

static int overrun_vmalloc(void)
{
	u8 *area = hidden(vmalloc(1000));

	if (!area)
		return -ENOMEM;
	area[1000] = 1;
	vfree(area);
	return 0;
}

static int use_after_free(void)
{
	u8 *block = hidden(kmalloc(60, GFP_KERNEL));

	if (!block)
		return -ENOMEM;
	kfree(block);
	*hidden(block) = 1;
	return 0;
}

static int shift_too_far(void)
{
	static int sum;
	int by = 40;

	OPTIMIZER_HIDE_VAR(by);
	WRITE_ONCE(sum, 1 << by);
	return 0;
}

static int index_too_far(void)
{
	static int array[4], after[4];
	int nr = 5;

	OPTIMIZER_HIDE_VAR(nr);
	WRITE_ONCE(after[0], READ_ONCE(array[nr]));
	return 0;
}

static int delete_twice(void)
{
	static LIST_HEAD(list);
	static struct list_head entry;

	list_add(&entry, &list);
	list_del(&entry);
	list_del(&entry);
	return 0;
}

static int forget_block(void)
{
	u8 *block = kmalloc(4000, GFP_KERNEL);

	return block ? 0 : -ENOMEM;
}

static u_long raced;

static int race(void *done)
{
	u_long end = jiffies + 2 * HZ;

	while (time_before(jiffies, end)) {
		raced++;
		barrier();
		cond_resched();
	}
	kthread_complete_and_exit(done, 0);
}

static int race_for_a_word(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		task = kthread_create(race, &done, "xnheap-race-%u", i);
		if (IS_ERR(task))
			break;
		kthread_bind(task, i % num_online_cpus());
		wake_up_process(task);
	}
	while (i--)
		wait_for_completion(&done);
	return PTR_ERR_OR_ZERO(task);
}

#define PLANT(function) { #function, function }

static const struct {
	const char *name;
	int (*run)(void);
} plants[] = {
	PLANT(nothing),
	PLANT(kmalloc_under_raw_lock),
	PLANT(sleep_in_atomic),
	PLANT(overrun_kmalloc),
	PLANT(overrun_vmalloc),
	PLANT(use_after_free),
	PLANT(shift_too_far),
	PLANT(index_too_far),
	PLANT(delete_twice),
	PLANT(forget_block),
	PLANT(race_for_a_word),
};

static int plant_set(const char *name, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plants); i++)
		if (sysfs_streq(name, plants[i].name))
			return plants[i].run();
	return -EINVAL;
}

static const struct kernel_param_ops plant_ops = {
	.set = plant_set,
};
module_param_cb(plant, &plant_ops, NULL, 0200);
MODULE_PARM_DESC(plant, "write: what is to be done wrong");

MODULE_DESCRIPTION("Planted faults for what is to find them");
MODULE_LICENSE("GPL");
