// SPDX-License-Identifier: GPL-2.0
/*
 * The files in a heap's folder that are tables.
 *
 * Each line is read by itself, so that the lock is never held for long: on a heap
 * at work they may be of different moments.
 */

#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>

#include "../core/owner.h"
#include "folders.h"
#include "walk.h"

/* How each table begins. */
static void show_header(struct seq_file *m, const char *table,
			const char *columns)
{
	seq_printf(m, "# xnheap %s 1\n# %s\n# " IN_SLICES "\n", table, columns);
}

void heaps_show_titles(struct seq_file *m)
{
	show_header(m, "heaps",
		    "name page_size classes extents given usable used peak largest allocs frees failed refused");
}

static const char *heap_kind(const struct xnheap *heap)
{
	if (heap->cpu)
		return "percpu";
	return heap->flags & XNHEAP_FINE ? "fine" : "powers";
}

/* A line that begins with # is for people. */
void heaps_show_line(struct seq_file *m, struct xnheap *heap)
{
	const char *name = heap->observed->name;
	struct heap_stats stats;
	u64 allocs, frees;

	heap_get_stats(heap, &stats);
	heap_count_calls(heap, &stats, &allocs, &frees);
	seq_escape(m, name, name[0] == '#' ? " \t\n\\#" : " \t\n\\");
	seq_printf(m, " %zu %s %lu %zu %zu %zu %zu %zu %llu %llu %llu %llu\n",
		   xnheap_page_size(heap), heap_kind(heap), stats.extents, stats.size, stats.usable,
		   stats.used, stats.peak, stats.largest, allocs, frees,
		   stats.failed[XNHEAP_ALLOC_SIZE] +
		   stats.failed[XNHEAP_ALLOC_ALIGN] +
		   stats.failed[XNHEAP_ALLOC_FULL] + stats.failed[XNHEAP_ALLOC_KEPT] +
		   stats.failed[XNHEAP_ALLOC_RESERVED] +
		   stats.failed[XNHEAP_ALLOC_QUOTA] + stats.alloc_busy,
		   stats.failed[XNHEAP_FREE_OUTSIDE] +
		   stats.failed[XNHEAP_FREE_INVALID] +
		   stats.failed[XNHEAP_FREE_REFUSED] +
		   stats.failed[XNHEAP_FREE_FOREIGN] + stats.free_busy);
}

static int buckets_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct bucket_stats bucket;
	struct heap_stats stats;
	unsigned int i;

	show_header(m, "buckets", heap->cpu ?
		    "size pages_per_run blocks_per_run runs used free allocs frees kept" :
		    "size pages_per_run blocks_per_run runs used free allocs frees");
	for (i = 0; i < heap->nr_buckets; i++) {
		heap_get_bucket(heap, i, &bucket);
		seq_printf(m, "%zu %lu %lu %lu %lu %lu %llu %llu", bucket.size,
			   bucket.run_pages, bucket.run_blocks, bucket.runs,
			   bucket.used, bucket.free, bucket.allocs,
			   bucket.frees);
		if (heap->cpu)
			seq_printf(m, " %lu", bucket.kept);
		seq_putc(m, '\n');
	}
	heap_get_stats(heap, &stats);
	seq_printf(m, "pages 1 1 %lu %llu 0 %llu %llu%s\n", stats.page_block_pages,
		   stats.page_block_allocs - stats.page_block_frees,
		   stats.page_block_allocs, stats.page_block_frees,
		   heap->cpu ? " 0" : "");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buckets);

/* A line for each reservation; and for each that has ended, while blocks of it are out. */
static int reservations_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct reservation_stats stats;
	unsigned int i;

	show_header(m, "reservations", "size blocks out lowest block_size pages");
	for (i = 0; i < XNHEAP_MAX_RESERVATIONS; i++) {
		heap_get_reservation(heap, i, &stats);
		if (stats.pages)
			seq_printf(m, "%zu %zu %zu %zu %zu %lu\n", stats.size, stats.blocks,
				   stats.out, stats.lowest, stats.block_size, stats.pages);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(reservations);

/* Position 0 is that of the header, any other that of a CPU, from 1. */
static void *cpus_start(struct seq_file *m, loff_t *pos)
{
	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos > CPU_DEPOT + 1)
		return NULL;
	*pos = 1 + cpumask_next(*pos - 2, cpu_possible_mask);
	return pos;
}

static void *cpus_next(struct seq_file *m, void *at, loff_t *pos)
{
	++*pos;
	return cpus_start(m, pos);
}

static void cpus_stop(struct seq_file *m, void *at)
{
}

/*
 * A line for each CPU, then for the depot, where there is anything to tell. There is no
 * lock to be taken.
 */
static int cpus_show(struct seq_file *m, void *at)
{
	const struct xnheap *heap = m->private;
	const struct xnheap_bucket *bucket = heap->buckets;
	struct cpu_kept kept;
	unsigned int nr;

	if (at == SEQ_START_TOKEN) {
		show_header(m, "cpus", "cpu size kept bytes popped filled flushed");
		return 0;
	}
	nr = *(loff_t *)at - 1;
	for (; bucket < heap->buckets + heap->nr_buckets; bucket++) {
		kept = cpu_kept_by(heap, bucket, nr);
		if (!(kept.blocks | kept.popped | kept.filled | kept.flushed))
			continue;
		if (nr == CPU_DEPOT)
			seq_puts(m, "depot");
		else
			seq_printf(m, "%u", nr);
		seq_printf(m, " %u %lu %lu %llu %llu %llu\n", bucket->size, kept.blocks,
			   kept.blocks * bucket->size, kept.popped, kept.filled,
			   kept.flushed);
	}
	return 0;
}

static const struct seq_operations cpus_sops = {
	.start = cpus_start,
	.next = cpus_next,
	.stop = cpus_stop,
	.show = cpus_show,
};
DEFINE_SEQ_ATTRIBUTE(cpus);

/* Position 0 is that of the header and of the kernel's line, any other a peer's number. */
static void *peers_start(struct seq_file *m, loff_t *pos)
{
	const struct xnheap *heap = m->private;

	if (!*pos)
		return SEQ_START_TOKEN;
	while (*pos <= XNHEAP_MAX_PEERS && !READ_ONCE(heap->sharing->owner[*pos]))
		++*pos;
	return *pos <= XNHEAP_MAX_PEERS ? pos : NULL;
}

static void *peers_next(struct seq_file *m, void *at, loff_t *pos)
{
	++*pos;
	return peers_start(m, pos);
}

static void peers_stop(struct seq_file *m, void *at)
{
}

static void show_kernel(struct seq_file *m, struct xnheap *heap)
{
	size_t blocks = heap_live_blocks(heap);
	struct heap_stats stats;

	heap_get_stats(heap, &stats);
	/* Of a heap at work they are of different moments */
	blocks -= min(blocks, stats.peers_blocks);
	seq_printf(m, "0 0 kernel %zu %zu 0 open 0 0\n", blocks,
		   stats.used - stats.peers_used);
}

static void show_peer(struct seq_file *m, const struct owner *owner, size_t limit)
{
	seq_printf(m, "%u %d ", owner->nr, owner->pid);
	/* Any bytes, or none, which is shown as the one that ends it */
	seq_escape_mem(m, owner->name, strlen(owner->name) ?: 1,
		       ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, " \\");
	seq_printf(m, " %zu %zu %zu %s %u %llu\n", owner->blocks, owner->bytes, limit,
		   owner->closed ? "closing" : "open", owner->posts, owner->lost);
}

static int peers_show(struct seq_file *m, void *at)
{
	struct xnheap *heap = m->private;
	struct owner owner;

	if (at == SEQ_START_TOKEN) {
		show_header(m, "peers", "nr pid name blocks bytes limit state posts lost");
		show_kernel(m, heap);
	} else if (heap_get_owner(heap, *(loff_t *)at, &owner)) {
		show_peer(m, &owner, owner_limit(heap));
	}
	return 0;
}

static const struct seq_operations peers_sops = {
	.start = peers_start,
	.next = peers_next,
	.stop = peers_stop,
	.show = peers_show,
};
DEFINE_SEQ_ATTRIBUTE(peers);

static int extents_show(struct seq_file *m, void *unused)
{
	struct walk_part part;
	struct walk walk;
	u32 free;
	int ret;

	show_header(m, "extents", "nr size pages free_pages");
	walk_begin(&walk, m->private);
	while (walk_extent(&walk)) {
		free = 0;
		while ((ret = walk_next(&walk, &part)) > 0)
			if (part.type == PAGE_FREE)
				free += part.pages;
		if (ret)
			return ret;
		seq_printf(m, "%d %zu %u %u\n", walk.nr, walk.size, walk.pages,
			   free);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extents);

/* The free ranges of all extents. */
struct ranges {
	u32 longest;
	struct {
		unsigned long nr;
		unsigned long pages;
	} of[XNHEAP_INDEX_BITS];	/* a bin */
};

static int ranges_count(struct xnheap *heap, struct ranges *ranges)
{
	struct walk_part part;
	struct walk walk;
	unsigned long bin;
	int ret;

	walk_begin(&walk, heap);
	while (walk_extent(&walk)) {
		while ((ret = walk_next(&walk, &part)) > 0) {
			if (part.type != PAGE_FREE)
				continue;
			bin = range_bin(part.pages);
			ranges->of[bin].nr++;
			ranges->of[bin].pages += part.pages;
			ranges->longest = max(ranges->longest, part.pages);
		}
		if (ret)
			return ret;
	}
	return 0;
}

/* The first length of a bin is where that of the one before ends. */
static u32 bin_start(unsigned long bin)
{
	unsigned long shift = bin < 16 ? 0 : bin / 16 - 1;

	return (bin - shift * 16) << shift;
}

static int ranges_show(struct seq_file *m, void *unused)
{
	struct ranges *ranges = kzalloc(sizeof(*ranges), GFP_KERNEL);
	unsigned long bin;
	int ret;

	if (!ranges)
		return -ENOMEM;
	ret = ranges_count(m->private, ranges);
	if (ret)
		goto out;

	show_header(m, "ranges", "from to ranges pages");
	for (bin = 1; bin < XNHEAP_INDEX_BITS; bin++)
		if (ranges->of[bin].nr)
			seq_printf(m, "%u %u %lu %lu\n", bin_start(bin),
				   bin_start(bin + 1) - 1, ranges->of[bin].nr,
				   ranges->of[bin].pages);
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
	seq_printf(m, "%zu\n", stats.peak);
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(peak);

/* Whatever is written: from now on. */
static ssize_t peak_reset_write(struct file *file, const char __user *from,
				size_t bytes, loff_t *pos)
{
	heap_reset_peak(file->private_data);
	return bytes;
}

static const struct file_operations peak_reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = peak_reset_write,
};

void folder_add_tables(struct dentry *dir, struct xnheap *heap)
{
	debugfs_create_file("buckets", 0400, dir, heap, &buckets_fops);
	debugfs_create_file("reservations", 0400, dir, heap, &reservations_fops);
	if (heap->cpu)
		debugfs_create_file("cpus", 0400, dir, heap, &cpus_fops);
	if (heap->sharing)
		debugfs_create_file("peers", 0400, dir, heap, &peers_fops);
	debugfs_create_file("extents", 0400, dir, heap, &extents_fops);
	debugfs_create_file("ranges", 0400, dir, heap, &ranges_fops);
	debugfs_create_file("peak", 0400, dir, heap, &peak_fops);
	debugfs_create_file("peak_reset", 0200, dir, heap, &peak_reset_fops);
}
