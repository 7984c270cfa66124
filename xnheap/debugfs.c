// SPDX-License-Identifier: GPL-2.0
/* What a person sees: a folder for each heap, named by its label. */

#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "heap.h"
#include "watch.h"

static DEFINE_MUTEX(names_lock);
static LIST_HEAD(named);		/* all heaps, under names_lock */
static struct dentry *root;

static void show(struct seq_file *m, const char *name, u_long value)
{
	seq_printf(m, "%-20s %lu\n", name, value);
}

static void show_bucket(struct seq_file *m, const struct bucket_stats *bucket)
{
	seq_printf(m, "%10lu %10lu %10lu %10lu\n", bucket->size, bucket->pages,
		   bucket->used, bucket->free);
}

/*
 * Each bucket is read by itself, so that the lock is never held for long: on a
 * heap at work, rows may be of different moments.
 */
static int stats_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct bucket_stats bucket;
	struct heap_stats stats;
	u_long allocs, frees;
	unsigned int i;

	heap_get_stats(heap, &stats);
	allocs = stats.page_block_allocs;
	frees = stats.page_block_frees;
	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		allocs += bucket.allocs;
		frees += bucket.frees;
	}

	seq_printf(m, "%-20s %s\n", "label", heap->label);
	show(m, "page_size", xnheap_page_size(heap));
	show(m, "pages", stats.pages);
	show(m, "extents", stats.extents);
	show(m, "bytes_given", stats.given);
	show(m, "bytes_usable", stats.usable);
	show(m, "bytes_used", stats.used);
	show(m, "bytes_free", stats.usable - stats.used);
	show(m, "bytes_overhead", stats.given - stats.usable);
	show(m, "bytes_peak_used", stats.peak);
	show(m, "largest_free_range", stats.largest);
	show(m, "allocs", allocs);
	show(m, "alloc_failed_size", stats.failed[XNHEAP_ALLOC_SIZE]);
	show(m, "alloc_failed_full", stats.failed[XNHEAP_ALLOC_FULL]);
	show(m, "alloc_failed_busy", stats.alloc_busy);
	show(m, "frees", frees);
	show(m, "free_failed_outside", stats.failed[XNHEAP_FREE_OUTSIDE]);
	show(m, "free_failed_invalid", stats.failed[XNHEAP_FREE_INVALID]);
	show(m, "free_failed_refused", stats.failed[XNHEAP_FREE_REFUSED]);
	show(m, "free_failed_busy", stats.free_busy);

	seq_puts(m, "\nblock_size      pages       used       free\n");
	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		show_bucket(m, &bucket);
	}
	seq_printf(m, "whole_pages %9lu %10lu          -\n",
		   stats.page_block_pages,
		   stats.page_block_allocs - stats.page_block_frees);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static bool name_taken(const char *name)
{
	struct xnheap *heap;

	list_for_each_entry(heap, &named, list)
		if (!strcmp(heap->name, name))
			return true;
	return false;
}

static void unname(struct xnheap *heap)
{
	debugfs_remove(heap->dir);
	list_del(&heap->list);
}

/* A label on one line of text. */
static void clean_label(char *label)
{
	for (; *label; label++)
		if (!isprint(*label))
			*label = '_';
}

/* Name a heap, anew if it is in the list already. Its folder may be missing. */
void heap_name(struct xnheap *heap, const char *label)
{
	char base[XNHEAP_LABEL_LEN];
	unsigned int n = 1;

	strscpy(base, label, sizeof(base));
	clean_label(base);

	mutex_lock(&names_lock);
	if (heap->name[0])
		unname(heap);
	heap_set_label(heap, base);
	strreplace(base, '/', '_');
	if (base[0] == '.')
		base[0] = '_';
	strscpy(heap->name, base, sizeof(heap->name));
	while (name_taken(heap->name))
		snprintf(heap->name, sizeof(heap->name), "%s#%u", base, ++n);
	list_add_tail(&heap->list, &named);
	heap->dir = debugfs_create_dir(heap->name, root);
	debugfs_create_file("stats", 0400, heap->dir, heap, &stats_fops);
	watch_debugfs(heap);
	mutex_unlock(&names_lock);
}

/* After this no reader of the heap's files is left. */
void heap_unname(struct xnheap *heap)
{
	mutex_lock(&names_lock);
	unname(heap);
	mutex_unlock(&names_lock);
}

void heap_debugfs_init(void)
{
	root = debugfs_create_dir("xnheap", NULL);
}

void heap_debugfs_exit(void)
{
	debugfs_remove(root);
}
