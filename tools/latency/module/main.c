// SPDX-License-Identifier: GPL-2.0
/*
 * How long xnheap's calls take on this machine. Parameters say what to measure,
 * and may be changed up to the start: writing 1 to `run` starts, 0 stops; it
 * reads N when all is done. /sys/kernel/debug/xnheap-latency has the results.
 * xnheap-latency does all this and makes a report.
 */

#define pr_fmt(fmt) "xnheap-latency: " fmt

#include <linux/debugfs.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/xnheap.h>

#include "latency.h"

static char *cpus = "";
module_param(cpus, charp, 0644);
MODULE_PARM_DESC(cpus, "a list of CPUs, as 0-3,5; empty: all that are online");

static bool irq = true;
module_param(irq, bool, 0644);
MODULE_PARM_DESC(irq, "call from a timer in hard interrupts (1)");

static bool thread = true;
module_param(thread, bool, 0644);
MODULE_PARM_DESC(thread, "call from a thread, SCHED_FIFO 50 (1)");

static unsigned int size_min = 16;
module_param(size_min, uint, 0644);
MODULE_PARM_DESC(size_min, "smallest block, bytes, 1 or more (16)");

static unsigned int size_max = 4096;
module_param(size_max, uint, 0644);
MODULE_PARM_DESC(size_max, "largest block, bytes, up to 1048576 (4096)");

/* mm.h, which some processors' headers include, has a page_size() */
static unsigned int heap_page_size = 4096;
module_param_named(page_size, heap_page_size, uint, 0644);
MODULE_PARM_DESC(page_size, "of the heap, a power of two, 64 to 32768 (4096)");

static bool fine;
module_param(fine, bool, 0644);
MODULE_PARM_DESC(fine, "a heap with XNHEAP_FINE (0)");

static bool compare;
module_param(compare, bool, 0644);
MODULE_PARM_DESC(compare, "call kmalloc and gen_pool, too, where that is legal (0)");

static unsigned int interval_us = 100;
module_param(interval_us, uint, 0644);
MODULE_PARM_DESC(interval_us, "from one step to the next, 20 to 1000000 (100)");

static unsigned int seconds = 60;
module_param(seconds, uint, 0644);
MODULE_PARM_DESC(seconds, "how long to measure, 1 to 2592000 (60)");

static unsigned int limit_ns;
module_param(limit_ns, uint, 0644);
MODULE_PARM_DESC(limit_ns, "end at the first call of xnheap that takes longer; 0: do not (0)");

/* All of this, and what actors do in a task, is under kernel_param_lock(). */
static bool ready;
static struct plan plan;

static int check_number(const char *name, u32 value, u32 min, u32 max)
{
	if (value >= min && value <= max)
		return 0;
	pr_err("%s=%u: must be %u to %u\n", name, value, min, max);
	return -EINVAL;
}

static int check_numbers(void)
{
	int ret = check_number("size_max", size_max, 1, SZ_1M) ?:
		  check_number("size_min", size_min, 1, size_max) ?:
		  check_number("page_size", heap_page_size, XNHEAP_MIN_PAGE_SIZE,
			       XNHEAP_MAX_PAGE_SIZE) ?:
		  check_number("interval_us", interval_us, 20, USEC_PER_SEC) ?:
		  check_number("seconds", seconds, 1, 30 * 24 * 3600);

	if (!ret && !is_power_of_2(heap_page_size)) {
		pr_err("page_size=%u: must be a power of two\n", heap_page_size);
		ret = -EINVAL;
	}
	if (!ret && !irq && !thread) {
		pr_err("irq=0 thread=0: one of them must be 1\n");
		ret = -EINVAL;
	}
	return ret;
}

static int parse_cpus(struct cpumask *mask)
{
	const char *list = strim(cpus);
	int ret = 0;

	if (!*list)
		cpumask_copy(mask, cpu_online_mask);
	else
		ret = cpulist_parse(list, mask);
	if (ret && ret != -ERANGE) {
		pr_err("cpus=%s: must be a list, as 0-3,5\n", list);
		return -EINVAL;
	}
	if (ret || cpumask_empty(mask) || !cpumask_subset(mask, cpu_online_mask)) {
		pr_err("cpus=%s: online are %*pbl\n", list,
		       cpumask_pr_args(cpu_online_mask));
		return -ENODEV;
	}
	return 0;
}

/* Without actors there are no results. */
static int start(void)
{
	int ret = check_numbers() ?: parse_cpus(&plan.cpus);

	plan.actors = 0;
	if (ret)
		return ret;
	plan.in[IN_IRQ] = irq;
	plan.in[IN_THREAD] = thread;
	plan.fine = fine;
	plan.compare = compare;
	plan.size_min = size_min;
	plan.size_max = size_max;
	plan.page_size = heap_page_size;
	plan.interval_us = interval_us;
	plan.seconds = seconds;
	plan.limit_ns = limit_ns;
	plan.actors = cpumask_weight(&plan.cpus) * (irq + thread);
	if (allocators_bytes(&plan) > XNHEAP_MAX_EXTENT_SIZE) {
		pr_err("size_max=%u: on %u CPUs that needs a heap of more than 1 GiB\n",
		       size_max, cpumask_weight(&plan.cpus));
		return -EINVAL;
	}
	ret = actors_start(&plan);
	if (ret)
		plan.actors = 0;
	return ret;
}

static int run_set(const char *value, const struct kernel_param *param)
{
	bool on;
	int ret = kstrtobool(value, &on);

	if (ret)
		return ret;
	/* At load the other parameters may not be there yet. */
	if (!ready)
		return -EAGAIN;
	if (!on) {
		actors_stop();
		return 0;
	}
	return actors_work() ? -EBUSY : start();
}

static int run_get(char *buffer, const struct kernel_param *param)
{
	return scnprintf(buffer, PAGE_SIZE, "%c\n", actors_work() ? 'Y' : 'N');
}

static const struct kernel_param_ops run_ops = { .set = run_set, .get = run_get };
module_param_cb(run, &run_ops, NULL, 0644);
MODULE_PARM_DESC(run, "1 starts, once the module is loaded; 0 stops");

/*
 * Results: a head, then one actor after the other.
 */

static void *results_at(loff_t *pos)
{
	return plan.actors && *pos <= plan.actors ? pos : NULL;
}

static void *results_start(struct seq_file *out, loff_t *pos)
{
	kernel_param_lock(THIS_MODULE);
	return results_at(pos);
}

static void *results_next(struct seq_file *out, void *at, loff_t *pos)
{
	++*pos;
	return results_at(pos);
}

static void results_stop(struct seq_file *out, void *at)
{
	kernel_param_unlock(THIS_MODULE);
}

static int results_show(struct seq_file *out, void *at)
{
	loff_t pos = *(loff_t *)at;

	if (pos) {
		actor_show(out, pos - 1);
		return 0;
	}
	seq_puts(out, "# xnheap latency 1\n");
	seq_printf(out, "fact cpus %*pbl\n", cpumask_pr_args(&plan.cpus));
	seq_printf(out, "fact heap %s\n", plan.fine ? "fine" : "powers");
	seq_printf(out, "fact heap_bytes %llu\n", allocators_bytes(&plan));
	seq_printf(out, "fact page_size %u\n", plan.page_size);
	seq_printf(out, "fact sizes %u-%u\n", plan.size_min, plan.size_max);
	seq_printf(out, "fact interval_us %u\n", plan.interval_us);
	seq_printf(out, "fact limit_ns %u\n", plan.limit_ns);
	seq_printf(out, "fact elapsed_ms %lld\n", actors_elapsed_ms());
	if (actors_lost_cpu() >= 0)
		seq_printf(out, "fact ended_early CPU %d went offline\n",
			   actors_lost_cpu());
	worst_show(out);
	return 0;
}

static const struct seq_operations results_sops = {
	.start = results_start,
	.next = results_next,
	.stop = results_stop,
	.show = results_show,
};

DEFINE_SEQ_ATTRIBUTE(results);

static struct dentry *file;

static int __init latency_init(void)
{
	file = debugfs_create_file("xnheap-latency", 0400, NULL, NULL, &results_fops);
	if (IS_ERR(file)) {
		pr_err("the kernel has no debugfs, where results would be\n");
		return PTR_ERR(file);
	}
	kernel_param_lock(THIS_MODULE);
	ready = true;
	kernel_param_unlock(THIS_MODULE);
	return 0;
}
module_init(latency_init);

static void __exit latency_exit(void)
{
	debugfs_remove(file);
	kernel_param_lock(THIS_MODULE);
	ready = false;
	actors_forget();
	kernel_param_unlock(THIS_MODULE);
}
module_exit(latency_exit);

MODULE_DESCRIPTION("How long xnheap's calls take on this machine");
MODULE_LICENSE("GPL");
MODULE_VERSION(XNHEAP_VERSION);
