/* SPDX-License-Identifier: GPL-2.0 */
/* Floor 3: what the public calls, the backing and debugfs share. */
#ifndef _XNHEAP_HEAP_H
#define _XNHEAP_HEAP_H

#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/xnheap.h>

#include "bucket.h"

#define heap_warn(heap, fmt, ...) \
	pr_warn_ratelimited("xnheap: %s: " fmt, (heap)->label, ##__VA_ARGS__)

/* What one bucket holds at one moment. */
struct bucket_stats {
	u_long size;
	u_long run_pages;	/* of each */
	u_long run_blocks;
	u_long runs;
	u_long used;		/* blocks */
	u_long free;
	u_long allocs;
	u_long frees;
};

/* What a heap holds, and what was asked of it. */
struct heap_stats {
	u_long given;
	u_long usable;
	u_long used;
	u_long peak;
	u_long largest;
	u_long pages;
	u_long extents;
	u_long page_block_allocs;
	u_long page_block_frees;
	u_long page_block_pages;
	u_long failed[XNHEAP_NR_FAILURES];
	u_long alloc_busy;
	u_long free_busy;
};

struct seq_file;

bool heap_is_valid(const struct xnheap *heap);
u_long heap_used(const struct xnheap *heap);
u_long heap_largest(const struct xnheap *heap);
bool heap_enter(struct xnheap *heap);
void *heap_take(struct xnheap *heap, u_long size, u_long align);
int heap_give(struct xnheap *heap, void *block, int (*ckfn)(void *block));
void heap_leave(struct xnheap *heap);
void heap_set_label(struct xnheap *heap, const char *label);
void heap_get_stats(struct xnheap *heap, struct heap_stats *stats);
void heap_get_bucket(struct xnheap *heap, unsigned int nr,
		     struct bucket_stats *stats);
void heap_reset_peak(struct xnheap *heap);
void heap_look(struct xnheap *heap,
	       void (*look)(struct xnheap *heap, void *what), void *what);

/* Whether a heap is about to end, or to get another name. */
static inline bool heap_is_leaving(const struct xnheap *heap)
{
	return !READ_ONCE(heap->dir);
}

void heap_name(struct xnheap *heap, const char *label);
void heap_unname(struct xnheap *heap);
void heap_debugfs_init(void);
void heap_debugfs_exit(void);

/* Make files in heap->dir. */
void heap_add_tables(struct xnheap *heap);
void heap_add_pictures(struct xnheap *heap);
void heap_show_titles(struct seq_file *m);
void heap_show_line(struct seq_file *m, struct xnheap *heap);

#endif
