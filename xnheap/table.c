// SPDX-License-Identifier: GPL-2.0
/*
 * What a person reads about a heap in figures.
 *
 * Each figure, or line of a table, is read by itself, so that the lock is
 * never held for long: on a heap at work they may be of different moments.
 * The formats are documented in Documentation/ABI/testing/debugfs-xnheap.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>

#include "range.h"
#include "survey.h"

static void show(struct seq_file *m, const char *name, u_long value)
{
	seq_printf(m, "%-20s %lu\n", name, value);
}

/* Calls that succeeded. */
static void count_calls(struct xnheap *heap, const struct heap_stats *stats,
			u_long *allocs, u_long *frees)
{
	struct bucket_stats bucket;
	unsigned int i;

	*allocs = stats->page_block_allocs;
	*frees = stats->page_block_frees;
	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		*allocs += bucket.allocs;
		*frees += bucket.frees;
	}
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct bucket_stats bucket;
	struct heap_stats stats;
	u_long allocs, frees;
	unsigned int i;

	heap_get_stats(heap, &stats);
	count_calls(heap, &stats, &allocs, &frees);

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
		seq_printf(m, "%10lu %10lu %10lu %10lu\n", bucket.size,
			   bucket.runs * bucket.run_pages, bucket.used,
			   bucket.free);
	}
	seq_printf(m, "whole_pages %9lu %10lu          -\n",
		   stats.page_block_pages,
		   stats.page_block_allocs - stats.page_block_frees);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* How each table begins. */
static void show_header(struct seq_file *m, const char *table,
			const char *columns)
{
	seq_printf(m, "# xnheap %s 1\n# %s\n# " IN_SLICES "\n", table, columns);
}

void heap_show_titles(struct seq_file *m)
{
	show_header(m, "heaps",
		    "name page_size classes extents given usable used peak largest allocs frees failed refused");
}

/* In the table of all heaps. A line that begins with # is for people. */
void heap_show_line(struct seq_file *m, struct xnheap *heap)
{
	const char *escaped = heap->name[0] == '#' ? " \t\n\\#" : " \t\n\\";
	struct heap_stats stats;
	u_long allocs, frees;

	heap_get_stats(heap, &stats);
	count_calls(heap, &stats, &allocs, &frees);
	seq_escape(m, heap->name, escaped);
	seq_printf(m, " %lu %s %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu\n",
		   xnheap_page_size(heap),
		   heap->options & XNHEAP_FINE ? "fine" : "powers",
		   stats.extents, stats.given, stats.usable, stats.used, stats.peak,
		   stats.largest, allocs, frees,
		   stats.failed[XNHEAP_ALLOC_SIZE] +
		   stats.failed[XNHEAP_ALLOC_FULL] + stats.alloc_busy,
		   stats.failed[XNHEAP_FREE_OUTSIDE] +
		   stats.failed[XNHEAP_FREE_INVALID] +
		   stats.failed[XNHEAP_FREE_REFUSED] + stats.free_busy);
}

static int buckets_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct bucket_stats bucket;
	struct heap_stats stats;
	unsigned int i;

	show_header(m, "buckets",
		    "size pages_per_run blocks_per_run runs used free allocs frees");
	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		seq_printf(m, "%lu %lu %lu %lu %lu %lu %lu %lu\n", bucket.size,
			   bucket.run_pages, bucket.run_blocks, bucket.runs,
			   bucket.used, bucket.free, bucket.allocs,
			   bucket.frees);
	}
	heap_get_stats(heap, &stats);
	seq_printf(m, "pages 1 1 %lu %lu 0 %lu %lu\n", stats.page_block_pages,
		   stats.page_block_allocs - stats.page_block_frees,
		   stats.page_block_allocs, stats.page_block_frees);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buckets);

static int extents_show(struct seq_file *m, void *unused)
{
	struct survey_part part;
	struct survey survey;
	u32 free;
	int ret;

	show_header(m, "extents", "nr size pages free_pages");
	survey_begin(&survey, m->private);
	while (survey_extent(&survey)) {
		free = 0;
		while ((ret = survey_next(&survey, &part)) > 0)
			if (part.kind == PAGE_FREE)
				free += part.pages;
		if (ret)
			return ret;
		seq_printf(m, "%d %lu %u %u\n", survey.nr, survey.size,
			   survey.pages, free);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extents);

/* The free ranges of all extents. */
struct ranges {
	u32 longest;
	struct {
		u_long nr;
		u_long pages;
	} of[XNHEAP_INDEX_BITS];	/* a class */
};

static int ranges_count(struct xnheap *heap, struct ranges *ranges)
{
	struct survey_part part;
	struct survey survey;
	unsigned long class;
	int ret;

	survey_begin(&survey, heap);
	while (survey_extent(&survey)) {
		while ((ret = survey_next(&survey, &part)) > 0) {
			if (part.kind != PAGE_FREE)
				continue;
			class = range_class(part.pages);
			ranges->of[class].nr++;
			ranges->of[class].pages += part.pages;
			ranges->longest = max(ranges->longest, part.pages);
		}
		if (ret)
			return ret;
	}
	return 0;
}

static int ranges_show(struct seq_file *m, void *unused)
{
	struct ranges *ranges = kzalloc(sizeof(*ranges), GFP_KERNEL);
	unsigned long class;
	u32 from, to;
	int ret;

	if (!ranges)
		return -ENOMEM;
	ret = ranges_count(m->private, ranges);
	if (ret)
		goto out;

	show_header(m, "ranges", "from to ranges pages");
	for (class = 1; class < XNHEAP_INDEX_BITS; class++) {
		if (!ranges->of[class].nr)
			continue;
		range_class_lengths(class, &from, &to);
		seq_printf(m, "%u %u %lu %lu\n", from, to,
			   ranges->of[class].nr, ranges->of[class].pages);
	}
	seq_printf(m, "largest %u\n", ranges->longest);
out:
	kfree(ranges);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(ranges);

static int peak_show(struct seq_file *m, void *unused)
{
	struct heap_stats stats;

	heap_get_stats(m->private, &stats);
	seq_printf(m, "%lu\n", stats.peak);
	return 0;
}

static int peak_open(struct inode *inode, struct file *file)
{
	return single_open(file, peak_show, inode->i_private);
}

/* Whatever is written: from now on. */
static ssize_t peak_write(struct file *file, const char __user *from,
			  size_t bytes, loff_t *pos)
{
	struct seq_file *m = file->private_data;

	heap_reset_peak(m->private);
	return bytes;
}

static const struct file_operations peak_fops = {
	.owner = THIS_MODULE,
	.open = peak_open,
	.read = seq_read,
	.write = peak_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void heap_add_tables(struct xnheap *heap)
{
	debugfs_create_file("stats", 0400, heap->dir, heap, &stats_fops);
	debugfs_create_file("buckets", 0400, heap->dir, heap, &buckets_fops);
	debugfs_create_file("extents", 0400, heap->dir, heap, &extents_fops);
	debugfs_create_file("ranges", 0400, heap->dir, heap, &ranges_fops);
	debugfs_create_file("peak", 0600, heap->dir, heap, &peak_fops);
}
