// SPDX-License-Identifier: GPL-2.0
/* The file in a heap's folder that is for people: a line for each figure. */

#include <linux/debugfs.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>

#include "../api/level.h"
#include "../core/owner.h"
#include "folders.h"
#include "observe.h"

static void show(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%-20s %llu\n", name, value);
}

/* Of a heap that was made to grow by itself. */
static void show_level(struct seq_file *m, const struct xnheap *heap)
{
	const struct xnheap_level *level = heap->level;
	u32 lowest = READ_ONCE(level->lowest), now = level_free(heap);

	show(m, "level_free", (u64)now << heap->page_shift);
	show(m, "level_lowest", (u64)min(lowest, now) << heap->page_shift);
	show(m, "level_low", (u64)READ_ONCE(level->low_pages) << heap->page_shift);
	show(m, "level_high", READ_ONCE(level->high));
	show(m, "level_max", READ_ONCE(level->max));
	show(m, "longest_wait_ns", READ_ONCE(level->longest_wait));
	show(m, "extents_grown", READ_ONCE(level->grown));
	show(m, "extents_given_back", READ_ONCE(level->given_back));
}

/* Of a heap that processes have, too. */
static void show_sharing(struct seq_file *m, const struct xnheap *heap,
			 const struct heap_stats *stats)
{
	show(m, "bytes_of_processes", stats->peers_used);
	show(m, "blocks_of_processes", stats->peers_blocks);
	show(m, "bytes_of_window", heap->sharing->window);
	show(m, "quota_each", owner_limit(heap));
	show(m, "quota_all", owners_limit(heap));
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct label label = label_of(heap);
	struct bucket_stats bucket;
	struct heap_stats stats;
	u64 allocs, frees;
	unsigned int i;

	heap_get_stats(heap, &stats);
	heap_count_calls(heap, &stats, &allocs, &frees);

	seq_printf(m, "%-20s %s\n", "label", label.text);
	show(m, "page_size", xnheap_page_size(heap));
	show(m, "pages", stats.pages);
	show(m, "extents", stats.extents);
	show(m, "bytes_given", stats.size);
	show(m, "bytes_usable", stats.usable);
	show(m, "bytes_used", stats.used);
	show(m, "bytes_free", stats.usable - stats.used - stats.kept - stats.reserved);
	if (heap->cpu)
		show(m, "bytes_kept", stats.kept);
	if (heap->waiting)
		show(m, "blocks_deferred", stats.deferred);
	show(m, "bytes_reserved", stats.reserved);
	show(m, "bytes_overhead", stats.size - stats.usable);
	show(m, "bytes_peak_used", stats.peak);
	show(m, "largest_free_range", stats.largest);
	if (READ_ONCE(heap->level))
		show_level(m, heap);
	if (heap->sharing)
		show_sharing(m, heap, &stats);
	show(m, "allocs", allocs);
	show(m, "alloc_failed_size", stats.failed[XNHEAP_ALLOC_SIZE]);
	show(m, "alloc_failed_align", stats.failed[XNHEAP_ALLOC_ALIGN]);
	show(m, "alloc_failed_full", stats.failed[XNHEAP_ALLOC_FULL]);
	if (heap->cpu)
		show(m, "alloc_failed_kept", stats.failed[XNHEAP_ALLOC_KEPT]);
	show(m, "alloc_failed_reserved", stats.failed[XNHEAP_ALLOC_RESERVED]);
	if (heap->sharing)
		show(m, "alloc_failed_quota", stats.failed[XNHEAP_ALLOC_QUOTA]);
	show(m, "alloc_failed_busy", stats.alloc_busy);
	show(m, "frees", frees);
	show(m, "free_failed_outside", stats.failed[XNHEAP_FREE_OUTSIDE]);
	show(m, "free_failed_invalid", stats.failed[XNHEAP_FREE_INVALID]);
	show(m, "free_failed_refused", stats.failed[XNHEAP_FREE_REFUSED]);
	if (heap->sharing)
		show(m, "free_failed_foreign", stats.failed[XNHEAP_FREE_FOREIGN]);
	show(m, "free_failed_busy", stats.free_busy);

	seq_puts(m, "\nblock_size      pages       used       free\n");
	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		seq_printf(m, "%10zu %10lu %10lu %10lu\n", bucket.size,
			   bucket.runs * bucket.run_pages, bucket.used,
			   bucket.free);
	}
	seq_printf(m, "whole_pages %9lu %10llu          -\n",
		   stats.page_block_pages,
		   stats.page_block_allocs - stats.page_block_frees);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

void folder_add_stats(struct dentry *dir, struct xnheap *heap)
{
	debugfs_create_file("stats", 0400, dir, heap, &stats_fops);
}
