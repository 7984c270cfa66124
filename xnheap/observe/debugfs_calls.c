// SPDX-License-Identifier: GPL-2.0
/* The files in a heap's folder that are about the calls on blocks. */

#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "folders.h"
#include "walk.h"

static int latency_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct xnheap_observed *observed = heap->observed;
	u64 count[NR_LATENCIES];
	unsigned int i, what;

	seq_puts(m, "# xnheap latency 1\n# ns alloc free held\n");
	seq_printf(m, "# %s\n",
		   READ_ONCE(observed->on[OBSERVE_LATENCY]) ? "on" : "off");
	seq_puts(m, "# " IN_SLICES "\n");
	for (i = 0; i < LATENCY_SLOTS; i++) {
		heap_lock(heap);
		for (what = 0; what < NR_LATENCIES; what++)
			count[what] = observed->count[what][i];
		heap_unlock(heap);
		seq_printf(m, "%lu %llu %llu %llu\n", i ? BIT(i - 1) : 0,
			   count[LATENCY_ALLOC], count[LATENCY_FREE],
			   count[LATENCY_HELD]);
	}
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(latency);

static int verbose_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;

	seq_printf(m, "%d\n", READ_ONCE(heap->observed->on[OBSERVE_VERBOSE]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(verbose);

/* 0 or 1, or what else kstrtobool() knows, is written to a file. */
static ssize_t switch_write(struct file *file, const char __user *from,
			    size_t bytes, enum observe_switch nr)
{
	bool on;
	int ret = kstrtobool_from_user(from, bytes, &on);

	if (ret)
		return ret;
	observe_switch(file->private_data, nr, on);
	return bytes;
}

static ssize_t latency_switch_write(struct file *file, const char __user *from,
				    size_t bytes, loff_t *pos)
{
	return switch_write(file, from, bytes, OBSERVE_LATENCY);
}

static const struct file_operations latency_switch_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = latency_switch_write,
};

static ssize_t verbose_switch_write(struct file *file, const char __user *from,
				    size_t bytes, loff_t *pos)
{
	return switch_write(file, from, bytes, OBSERVE_VERBOSE);
}

static const struct file_operations verbose_switch_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = verbose_switch_write,
};

/* A heap that ends waits for nobody who reads on. */
static int folder_leaves(struct xnheap *heap)
{
	return READ_ONCE(heap->observed->leaving) ? -EIO : 0;
}

static int leaks_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct leaks *leaks = tracking_leaks(heap, folder_leaves);
	unsigned long overruns, stale;
	unsigned int i;

	if (IS_ERR(leaks))
		return PTR_ERR(leaks);
	heap_lock(heap);
	overruns = heap->observed->overruns;
	stale = heap->observed->stale;
	heap_unlock(heap);

	seq_puts(m, "# xnheap leaks 1\n# blocks bytes caller\n");
	seq_printf(m, "# overruns %lu written_after_free %lu\n", overruns,
		   stale);
	seq_puts(m, "# " IN_SLICES "\n");
	for (i = 0; i < leaks->nr; i++) {
		seq_printf(m, "%lu %lu ", leaks->leak[i].blocks,
			   leaks->leak[i].bytes);
		if (leaks->leak[i].caller)
			seq_printf(m, "%pS\n", (void *)leaks->leak[i].caller);
		else
			seq_puts(m, "others\n");
	}
	kvfree(leaks);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(leaks);

void folder_add_calls(struct dentry *dir, struct xnheap *heap)
{
	debugfs_create_file("latency", 0400, dir, heap, &latency_fops);
	debugfs_create_file("latency_switch", 0200, dir, heap, &latency_switch_fops);
	debugfs_create_file("verbose", 0400, dir, heap, &verbose_fops);
	debugfs_create_file("verbose_switch", 0200, dir, heap, &verbose_switch_fops);
	if (heap_is_debug(heap))
		debugfs_create_file("leaks", 0400, dir, heap, &leaks_fops);
}
