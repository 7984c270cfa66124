// SPDX-License-Identifier: GPL-2.0
/* The files in a heap's folder that are about the calls on blocks. */

#include <linux/bitops.h>
#include <linux/debugfs.h>
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

static ssize_t latency_write(struct file *file, const char __user *buffer,
			     size_t length, loff_t *at)
{
	struct seq_file *m = file->private_data;
	bool on;
	int ret;

	ret = kstrtobool_from_user(buffer, length, &on);
	if (ret)
		return ret;
	observe_switch(m->private, OBSERVE_LATENCY, on);
	return length;
}

static int latency_open(struct inode *inode, struct file *file)
{
	return single_open(file, latency_show, inode->i_private);
}

static const struct file_operations latency_fops = {
	.owner = THIS_MODULE,
	.open = latency_open,
	.read = seq_read,
	.write = latency_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int verbose_get(void *data, u64 *value)
{
	struct xnheap *heap = data;

	*value = READ_ONCE(heap->observed->on[OBSERVE_VERBOSE]);
	return 0;
}

static int verbose_set(void *heap, u64 value)
{
	if (value > 1)
		return -EINVAL;
	observe_switch(heap, OBSERVE_VERBOSE, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(verbose_fops, verbose_get, verbose_set, "%llu\n");

static int leaks_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct leaks *leaks = tracking_leaks(heap);
	unsigned long overruns, stale;
	unsigned int i;

	if (!leaks)
		return -ENOMEM;
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
	debugfs_create_file("latency", 0600, dir, heap, &latency_fops);
	debugfs_create_file_unsafe("verbose", 0600, dir, heap, &verbose_fops);
	if (heap_is_debug(heap))
		debugfs_create_file("leaks", 0400, dir, heap, &leaks_fops);
}
