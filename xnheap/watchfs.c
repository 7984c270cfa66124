// SPDX-License-Identifier: GPL-2.0
/* The files in a heap's folder that are about the watched calls. */

#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "heap.h"
#include "record.h"
#include "watch.h"

static int latency_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	u64 count[NR_LATENCIES];
	struct xnheap_watch *watch;
	unsigned int i;
	bool on;

	heap_enter(heap);
	watch = heap->watch;
	on = watch && watch->on[WATCH_LATENCY];
	heap_leave(heap);

	seq_puts(m, "# xnheap latency 1\n# ns alloc free held\n");
	seq_printf(m, "# %s\n", on ? "on" : "off");
	seq_puts(m, "# read in slices: lines may be of different moments\n");
	for (i = 0; i < WATCH_LATENCIES; i++) {
		memset(count, 0, sizeof(count));
		heap_enter(heap);
		if (watch) {
			count[LATENCY_ALLOC] = watch->count[LATENCY_ALLOC][i];
			count[LATENCY_FREE] = watch->count[LATENCY_FREE][i];
			count[LATENCY_HELD] = watch->count[LATENCY_HELD][i];
		}
		heap_leave(heap);
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
	if (!ret)
		ret = watch_switch(m->private, WATCH_LATENCY, on);
	return ret ?: length;
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

static int verbose_get(void *heap, u64 *value)
{
	struct xnheap_watch *watch = READ_ONCE(((struct xnheap *)heap)->watch);

	*value = watch && READ_ONCE(watch->on[WATCH_VERBOSE]);
	return 0;
}

static int verbose_set(void *heap, u64 value)
{
	if (value > 1)
		return -EINVAL;
	return watch_switch(heap, WATCH_VERBOSE, value);
}
DEFINE_DEBUGFS_ATTRIBUTE(verbose_fops, verbose_get, verbose_set, "%llu\n");

static int leaks_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct leaks *leaks = record_leaks(heap);
	u_long overruns, stale;
	unsigned int i;

	if (!leaks)
		return -ENOMEM;
	heap_enter(heap);
	overruns = heap->watch->overruns;
	stale = heap->watch->stale;
	heap_leave(heap);

	seq_puts(m, "# xnheap leaks 1\n# blocks bytes caller\n");
	seq_printf(m, "# overruns %lu written_after_free %lu\n", overruns,
		   stale);
	seq_puts(m, "# read in slices: lines may be of different moments\n");
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

/* The files that are about this, in the heap's folder. */
void watch_debugfs(struct xnheap *heap)
{
	debugfs_create_file("latency", 0600, heap->dir, heap, &latency_fops);
	debugfs_create_file_unsafe("verbose", 0600, heap->dir, heap,
				   &verbose_fops);
	if (heap_is_debug(heap))
		debugfs_create_file("leaks", 0400, heap->dir, heap,
				    &leaks_fops);
}
