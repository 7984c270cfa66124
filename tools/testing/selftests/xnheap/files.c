// SPDX-License-Identifier: GPL-2.0
/* Heaps for run.sh to read in debugfs, and each line that it should find. */

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "selftest.h"

#define PAGE_BYTES	512
#define LARGE_PAGE	64
#define LINE		64

/* An extent as it should be shown, a character a page. */
static struct picture {
	unsigned int pages;
	unsigned int free;
	u8 *start;
	char map[SZ_64K / PAGE_BYTES];
	char fill[SZ_64K / PAGE_BYTES];
} picture[2];

/* Pages in a row and the blocks in them; of size 0, they are free. */
struct row {
	unsigned int pages;
	u_long size;
	unsigned int nr;
	char map;
	char fill;
};

/* Of each block size, a run that is not full comes last. */
static const struct row first[] = {
	{ 1, 8, 64, 'A', '9' },
	{ 1, 8, 3, 'a', '0' },		/* of 64 */
	{ 2 },
	{ 1, 16, 29, 'b', '9' },	/* of 32 */
	{ 1, 32, 8, 'c', '5' },		/* of 16 */
	{ 35 },		/* in a bin of two lengths */
	{ 1, 64, 1, 'd', '1' },		/* of 8 */
	{ 1, 128, 4, 'E', '9' },
	{ 1 },
	{ 1, 256, 2, 'F', '9' },
	{ 5, 5 * PAGE_BYTES, 1, '[', '9' },
	{ 2 },
	{ 1, 128, 3, 'e', '7' },	/* of 4 */
	{ 40, 40 * PAGE_BYTES, 1, '[', '9' },	/* on two lines */
};

static const struct row second[] = {
	{ 16 },
	{ 2, PAGE_BYTES + 1, 1, '[', '9' },
	{ 3 },
	{ 1, 256, 1, 'f', '5' },	/* of 2 */
};

static u_long allocs, frees, used;

/* Fill what the heap has left with page blocks, of one more extent. */
static void fill_extent(xnheap_t *heap, struct picture *pic)
{
	u8 *block;

	*pic = (struct picture) { .start = (u8 *)ULONG_MAX };
	while ((block = xnheap_alloc(heap, PAGE_BYTES))) {
		pic->start = min(pic->start, block);
		pic->map[pic->pages] = '[';
		pic->fill[pic->pages++] = '9';
		used += PAGE_BYTES;
		allocs++;
	}
}

/* Free the page blocks of a row, then allocate what shall be there instead. */
static void make_row(xnheap_t *heap, struct picture *pic,
		     const struct row *row, unsigned int at)
{
	u8 *start = pic->start + at * PAGE_BYTES, *block;
	u_long bytes = row->pages * PAGE_BYTES;
	unsigned int i;

	for (i = 0; i < row->pages; i++)
		expect(xnheap_free(heap, start + i * PAGE_BYTES), 0);
	frees += row->pages;
	used -= bytes;
	for (i = 0; i < row->nr; i++) {
		block = xnheap_alloc(heap, row->size);
		expect(block && (u_long)(block - start) < bytes, true);
		used += row->map == '[' ? bytes : row->size;
		allocs++;
	}
	if (!row->size)
		pic->free += row->pages;
	memset(pic->map + at, row->size ? '=' : '.', row->pages);
	memset(pic->fill + at, row->size ? row->fill : '.', row->pages);
	if (row->size)
		pic->map[at] = row->map;
}

/* The free rows last, for every block would rather lie there. */
static void make_rows(xnheap_t *heap, struct picture *pic,
		      const struct row *rows, unsigned int nr, bool free)
{
	unsigned int i, at = 1;

	for (i = 0; i < nr; i++) {
		if (free == !rows[i].size)
			make_row(heap, pic, &rows[i], at);
		at += rows[i].pages;
	}
}

static void say_picture(const char *file, bool map)
{
	unsigned int i, at;

	for (i = 0; i < ARRAY_SIZE(picture); i++) {
		const struct picture *pic = &picture[i];
		const char *text = map ? pic->map : pic->fill;

		say("%s extent %u %u\n", file, i, pic->pages);
		for (at = 0; at < pic->pages; at += LINE)
			say("%s %.*s\n", file,
			    (int)min_t(u32, pic->pages - at, LINE), text + at);
	}
}

void make_files(void)
{
	xnheap_t *heap = keep_heap("files", SZ_64K, PAGE_BYTES, XNHEAP_VMALLOC);
	unsigned int i;

	if (!heap)
		return;
	allocs = 0;
	frees = 0;
	used = 0;
	fill_extent(heap, &picture[0]);
	expect(xnheap_grow(heap), 0);
	fill_extent(heap, &picture[1]);
	make_rows(heap, &picture[0], first, ARRAY_SIZE(first), false);
	make_rows(heap, &picture[1], second, ARRAY_SIZE(second), false);
	make_rows(heap, &picture[0], first, ARRAY_SIZE(first), true);
	make_rows(heap, &picture[1], second, ARRAY_SIZE(second), true);
	expect(xnheap_alloc(heap, 0), NULL);
	for (i = 0; i < 5; i++)
		expect(xnheap_free(heap, heap), -EFAULT);
	for (i = 0; i < 6; i++)
		expect(xnheap_free(heap, picture[0].start + 1), -EINVAL);

	/* The heap was full when the second extent was filled; 3 failures */
	say("heaps files 512 powers 2 %u %zu %lu %zu %u %lu %lu 3 11\n",
	    2 * SZ_64K, xnheap_usable_mem(heap), used, xnheap_usable_mem(heap),
	    35 * PAGE_BYTES, allocs, frees);
	for (i = 0; i < ARRAY_SIZE(picture); i++)
		say("extents %u %u %u %u\n", i, SZ_64K, picture[i].pages,
		    picture[i].free);
	say("buckets 8 1 64 2 67 61 67 0\n"
	    "buckets 16 1 32 1 29 3 29 0\n"
	    "buckets 32 1 16 1 8 8 8 0\n"
	    "buckets 64 1 8 1 1 7 1 0\n"
	    "buckets 128 1 4 2 7 1 7 0\n"
	    "buckets 256 1 2 2 3 1 3 0\n");
	/* Blocks in runs: 115; page blocks of more than a page: 40, 5 and 2 */
	i = picture[0].pages + picture[1].pages - frees;
	say("buckets pages 1 1 %u %u 0 %lu %lu\n", i + 47, i + 3,
	    allocs - 115, frees);
	say("ranges 1 1 1 1\n"
	    "ranges 2 2 2 4\n"
	    "ranges 3 3 1 3\n"
	    "ranges 16 16 1 16\n"
	    "ranges 34 35 1 35\n"
	    "ranges largest 35\n");
	say("peak %zu\n", xnheap_usable_mem(heap));
	say_picture("map", true);
	say_picture("fill", false);
}

/* What peak says once it was written to */
void say_used(void)
{
	say("%lu\n", used);
}

/* A name that would look like a comment, and like several columns */
void make_odd(void)
{
	keep_heap("#odd one\\", SZ_64K, PAGE_BYTES, XNHEAP_VMALLOC);
}

static xnheap_t *labelled;

void make_before(void)
{
	drop_heaps();
	labelled = keep_heap("before", SZ_64K, PAGE_BYTES, XNHEAP_VMALLOC);
}

void make_after(void)
{
	expect(xnheap_set_label(labelled, "after"), 0);
}

/* A million pages, every other one of which is free. */
void make_large(void)
{
	xnheap_t *heap = keep_heap("large", SZ_64M, LARGE_PAGE, XNHEAP_VMALLOC);
	u_long pages = 0, freed = 0;
	u8 *start = (u8 *)ULONG_MAX, *block;

	if (!heap)
		return;
	while ((block = xnheap_alloc(heap, LARGE_PAGE))) {
		start = min(start, block);
		if (!(++pages % 1024))
			cond_resched();
	}
	for (; freed < pages / 2; freed++) {
		expect(xnheap_free(heap, start + 2 * freed * LARGE_PAGE), 0);
		if (!(freed % 1024))
			cond_resched();
	}
	say("extents 0 %u %lu %lu\n", SZ_64M, pages, freed);
	say("ranges 1 1 %lu %lu\n"
	    "ranges largest 1\n", freed, freed);
	say("# xnheap map 1 rle\n"
	    "map %lu . %lu [\n", freed, pages - freed);
	say("# xnheap fill 1 rle\n"
	    "fill %lu . %lu 9\n", freed, pages - freed);
}

/* A heap that stays, and others that come, grow, get other names and go. */
static struct task_struct *worker;

static void work_on(xnheap_t *heap, struct rnd_state *rnd, unsigned int calls)
{
	static void *held[256];
	unsigned int i;
	u32 most;

	while (calls--) {
		i = prandom_u32_state(rnd) % ARRAY_SIZE(held);
		if (held[i])
			xnheap_free(heap, held[i]);
		most = 1U << prandom_u32_state(rnd) % 13;
		held[i] = xnheap_alloc(heap, 1 + prandom_u32_state(rnd) % most);
		if (!(calls % 64))
			cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(held); i++) {
		if (held[i])
			xnheap_free(heap, held[i]);
		held[i] = NULL;
	}
}

static int work(void *steady)
{
	struct rnd_state rnd;
	xnheap_t *heap;

	prandom_seed_state(&rnd, 1);
	while (!kthread_should_stop()) {
		work_on(steady, &rnd, 20000);
		heap = xnheap_create("passing", SZ_256K, PAGE_BYTES,
				     XNHEAP_VMALLOC);
		if (IS_ERR(heap))
			continue;
		work_on(heap, &rnd, 2000);
		xnheap_grow(heap);
		xnheap_set_label(heap, "passing on");
		work_on(heap, &rnd, 2000);
		xnheap_delete(heap);
	}
	return 0;
}

void make_load(void)
{
	xnheap_t *steady = keep_heap("steady", SZ_256K, PAGE_BYTES,
				     XNHEAP_VMALLOC);

	if (!steady)
		return;
	worker = kthread_run(work, steady, "xnheap_load");
	if (IS_ERR(worker)) {
		say("no thread\n");
		worker = NULL;
	}
}

void drop_load(void)
{
	if (worker)
		kthread_stop(worker);
	worker = NULL;
}
