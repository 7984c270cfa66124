// SPDX-License-Identifier: GPL-2.0
/* What debugfs shows of a heap that changes while it is read. */

#include <linux/completion.h>
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "debugfs.h"
#include "peers.h"
#include "observe/walk.h"

#define PAGE_BYTES	64
#define LINE		64	/* pages */
#define HEADER		3	/* lines, and that of the first extent */
#define AHEAD		2	/* lines drawn when one has been shown */
#define TEXT		SZ_16K

static const struct heap_kind kinds[] = {
	{ "a small heap", PAGE_BYTES, 800, 1, 0 },
	/* Of this, pages that look alike are counted */
	{ "a large heap", PAGE_BYTES, 40000, 1, 0 },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

static void file_end(void *file)
{
	text_close(file);
}

static struct file *opened(struct kunit *test, struct file *file)
{
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(file), "%ld", PTR_ERR(file));
	undo_later(test, file_end, file);
	return file;
}

static struct file *open(struct kunit *test, struct test_heap *th,
			 const char *name)
{
	return opened(test, text_open(&th->heap, name));
}

/* What is left of a file to be read. */
static char *rest(struct kunit *test, struct file *file)
{
	char *text = memory_get(test, TEXT);

	KUNIT_ASSERT_GE(test, text_read_all(file, text, TEXT), 0);
	return text;
}

/* Pages of one block each. */
static struct blocks use_pages(struct kunit *test, struct test_heap *th,
			       u_long nr)
{
	struct blocks blocks = blocks_room(test, nr);

	while (nr--)
		KUNIT_ASSERT_TRUE(test, blocks_alloc(test, &blocks, th,
						     PAGE_BYTES));
	return blocks;
}

/* The number of the page that starts at @address, from 1. */
static u_long page_nr(const struct test_heap *th, const void *address)
{
	return 1 + ((u_long)address - th->heap.extent[0].base) / PAGE_BYTES;
}

/*
 * A block comes that begins in pages that are drawn already. The rest of it is
 * drawn as such, from where the walk stands.
 */
static void the_rest_of_a_block_that_came_meanwhile_is_drawn(struct kunit *test)
{
	const u_long seen = roundup(AHEAD * LINE, WALK_STEPS);
	const u_long from = seen - 20, to = seen + 20;
	struct test_heap *th = heap_make(test, &kinds[0]);
	struct blocks blocks = use_pages(test, th, xnheap_page_count(&th->heap));
	const char *name = *(const char * const *)test->param_value;
	struct file *file = open(test, th, name);
	bool map = !strcmp(name, "map");
	char expected[(AHEAD + 1) * (LINE + 1) + 1], *text, *at = expected;
	u_long i, nr;
	u8 *block;

	KUNIT_ASSERT_EQ(test, 0, text_read_lines(file, HEADER));
	for (i = 0; i < blocks.nr;) {
		nr = page_nr(th, blocks.block[i].at);
		if (nr >= from && nr <= to)
			blocks_free(test, &blocks, th, i);
		else
			i++;
	}
	block = xnheap_alloc(&th->heap, (to - from + 1) * PAGE_BYTES);
	KUNIT_ASSERT_EQ(test, from, page_nr(th, block));

	for (nr = 1; nr <= (AHEAD + 1) * LINE; nr++) {
		*at++ = !map ? '9' : nr > seen && nr <= to ? '=' : '[';
		if (!(nr % LINE))
			*at++ = '\n';
	}
	*at = '\0';
	text = rest(test, file);
	text[sizeof(expected) - 1] = '\0';
	KUNIT_EXPECT_STREQ(test, expected, text);
}

static void pages_that_look_alike_are_counted(struct kunit *test)
{
	struct test_heap *th = heap_make(test, &kinds[1]);
	struct file *file = open(test, th, "map");
	u_long pages = xnheap_page_count(&th->heap);
	char *expected = memory_get(test, TEXT);
	unsigned int i;

	/* From the end on: single pages, a block of 5, two runs and a half */
	use_pages(test, th, 100);
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&th->heap, 5 * PAGE_BYTES));
	for (i = 0; i < 20; i++)
		KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&th->heap, 8));
	snprintf(expected, TEXT,
		 "# xnheap map 1 rle\n# read in slices: lines may be of different moments\nextent 0 %lu\n%lu. 1a 2A 1[ 4= 100[\n",
		 pages, pages - 108);
	KUNIT_EXPECT_STREQ(test, expected, rest(test, file));
}

static struct test_heap *debug_heap(struct kunit *test)
{
	struct heap_kind kind = kinds[0];
	struct test_heap *th;

	kind.flags = XNHEAP_DEBUG;
	th = heap_make(test, &kind);
	use_pages(test, th, 50);
	return th;
}

/* A heap is about to end, before the first line of pages or after it. */
static void expect_broken_off(struct kunit *test, struct test_heap *th,
			      const char *name, unsigned int lines)
{
	struct file *file = open(test, th, name);
	char *text = memory_get(test, TEXT);
	ssize_t ret;

	KUNIT_ASSERT_EQ(test, 0, text_read_lines(file, lines));
	th->heap.observed->leaving = true;
	ret = text_read_all(file, text, TEXT);
	th->heap.observed->leaving = false;
	KUNIT_EXPECT_EQ_MSG(test, -EIO, ret, "%s, %u lines", name, lines);
}

static void what_is_read_of_a_heap_that_ends_is_broken_off(struct kunit *test)
{
	struct test_heap *th = heap_make(test, test->param_value);
	struct blocks blocks = use_pages(test, th, 200);
	u_long i;

	/* Every other: even what is counted takes some lines */
	for (i = 0; i < blocks.nr; i += 2)
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(&th->heap,
						     blocks.block[i].at));
	expect_broken_off(test, th, "map", 0);
	expect_broken_off(test, th, "map", HEADER);
	expect_broken_off(test, th, "map", HEADER + 1);
	expect_broken_off(test, th, "fill", 0);
	expect_broken_off(test, th, "fill", HEADER);
	expect_broken_off(test, th, "extents", 0);
	expect_broken_off(test, th, "ranges", 0);
	expect_broken_off(test, debug_heap(test), "leaks", 0);
}

/* Whoever is killed need not wait for the end of what is read. */
static void a_fatal_signal_ends_what_is_read(struct kunit *test)
{
	static const char * const names[] = { "map", "fill", "extents", "ranges", "leaks" };
	struct test_heap *th = debug_heap(test);
	char *text = memory_get(test, TEXT);
	struct file *file;
	unsigned int i;
	ssize_t ret;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		file = open(test, th, names[i]);
		/* As if the signal had come */
		sigaddset(&current->pending.signal, SIGKILL);
		set_thread_flag(TIF_SIGPENDING);
		ret = text_read_all(file, text, TEXT);
		sigdelset(&current->pending.signal, SIGKILL);
		clear_thread_flag(TIF_SIGPENDING);
		KUNIT_EXPECT_EQ_MSG(test, -EINTR, ret, "%s", names[i]);
	}
}

/* What somebody does while a reader of a heap's file does not get on. */
struct ender {
	struct xnheap *heap;
	struct completion done;
};

static int end_in_thread(void *data)
{
	struct ender *ender = data;

	destroy_heap(ender->heap);
	kthread_complete_and_exit(&ender->done, 0);
}

struct other {
	struct kunit *test;
	struct xnheap heap;
	u8 *area;
	int ret;
	struct completion done;
};

/* All that takes a lock of more than one heap. */
static int others_in_thread(void *data)
{
	struct other *other = data;
	struct file *file;
	char text[64];

	other->ret = xnheap_init(&other->heap, other->area, SZ_16K, 512) ?:
		     xnheap_set_label(&other->heap, "other");
	file = debugfs_open("xnheap/heaps");
	if (IS_ERR(file)) {
		other->ret = PTR_ERR(file);
	} else {
		other->ret = min(0L, text_read_all(file, text, sizeof(text)));
		filp_close(file, NULL);
	}
	if (!other->ret)
		other->ret = xnheap_destroy(&other->heap, NULL, NULL);
	kthread_complete_and_exit(&other->done, 0);
}

static void a_reader_who_stalls_holds_up_the_end_of_that_heap_alone(struct kunit *test)
{
	struct test_heap *th = heap_make(test, &kinds[0]);
	struct other *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	struct ender ender = { .heap = &th->heap };
	struct dentry *dentry = dget(file_dentry(open(test, th, "stats")));
	unsigned long in_time;

	KUNIT_ASSERT_NOT_NULL(test, other);
	other->area = memory_get(test, SZ_16K);
	init_completion(&ender.done);
	init_completion(&other->done);

	/* As a read does until it returns */
	KUNIT_ASSERT_EQ(test, 0, debugfs_file_get(dentry));
	kthread_run(end_in_thread, &ender, "xnheap-end");
	KUNIT_EXPECT_EQ(test, 0UL, wait_for_completion_timeout(&ender.done, HZ / 5));
	kthread_run(others_in_thread, other, "xnheap-others");
	in_time = wait_for_completion_timeout(&other->done, 10 * HZ);
	debugfs_file_put(dentry);
	dput(dentry);

	KUNIT_EXPECT_NE(test, 0UL, in_time);
	if (!in_time)
		wait_for_completion(&other->done);
	wait_for_completion(&ender.done);
	KUNIT_EXPECT_EQ(test, 0, other->ret);
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(&th->heap));
}

static int delete_in_thread(void *data)
{
	struct ender *ender = data;

	xnheap_delete(ender->heap);
	kthread_complete_and_exit(&ender->done, 0);
}

/* Of heaps with a label there is one device at most. */
static bool device_exists(const char *label)
{
	struct xnheap *twin = xnheap_create_shared(label, 16 * PAGE_SIZE, 512, XNHEAP_VMALLOC, 0);

	if (!IS_ERR(twin))
		xnheap_delete(twin);
	return PTR_ERR(twin) == -EEXIST;
}

/* After the device, peers may go that the table knows yet. */
static void who_reads_of_peers_is_done_before_the_device_goes(struct kunit *test)
{
	struct xnheap *heap = xnheap_create_shared("stall", 16 * PAGE_SIZE, 512,
						   XNHEAP_VMALLOC, 0);
	struct ender ender = { .heap = heap };
	struct dentry *dentry;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	dentry = dget(file_dentry(opened(test, text_open(heap, "peers"))));
	init_completion(&ender.done);
	KUNIT_ASSERT_EQ(test, 0, debugfs_file_get(dentry));
	kthread_run(delete_in_thread, &ender, "xnheap-end");
	KUNIT_EXPECT_EQ(test, 0UL, wait_for_completion_timeout(&ender.done, HZ / 5));
	KUNIT_EXPECT_TRUE(test, device_exists("stall"));
	debugfs_file_put(dentry);
	dput(dentry);
	wait_for_completion(&ender.done);
	KUNIT_EXPECT_FALSE(test, device_exists("stall"));
}

static char *table_of_heaps(struct kunit *test)
{
	return rest(test, opened(test, debugfs_open("xnheap/heaps")));
}

static void the_table_of_heaps_tells_the_kind(struct kunit *test)
{
	static const struct {
		const char *name;
		unsigned int flags;
	} of[] = { { "powers", 0 }, { "fine", XNHEAP_FINE }, { "percpu", XNHEAP_PERCPU } };
	struct test_heap *heap[ARRAY_SIZE(of)];
	struct heap_kind kind = kinds[0];
	char expected[64], *text;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(heap); i++) {
		kind.flags = of[i].flags;
		heap[i] = heap_make(test, &kind);
	}
	text = table_of_heaps(test);
	for (i = 0; i < ARRAY_SIZE(heap); i++) {
		snprintf(expected, sizeof(expected), "\n%s %d %s 1 %zu ",
			 heap[i]->heap.observed->name, PAGE_BYTES, of[i].name,
			 xnheap_size(&heap[i]->heap));
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, expected), "%s",
					  expected);
	}
}

/* A heap is in the list before it has a name. */
static void the_table_of_heaps_leaves_out_who_has_no_name_yet(struct kunit *test)
{
	struct xnheap *heap = &heap_make(test, &kinds[0])->heap;
	char *text;

	xnheap_set_label(heap, "kunit_named");
	KUNIT_EXPECT_NOT_NULL(test, strstr(table_of_heaps(test), "\nkunit_named 64 "));
	heap->observed->name[0] = '\0';
	text = table_of_heaps(test);
	KUNIT_EXPECT_NULL(test, strstr(text, "_named"));
	KUNIT_EXPECT_NULL(test, strstr(text, "\n 64 "));
	heap->observed->name[0] = 'k';
}

/* A line of the table of CPUs. */
struct kept {
	u_long cpu, size, blocks, bytes, popped, filled, flushed;
};

/* The only line, drawn after the header was read. */
static struct kept read_kept(struct kunit *test, struct test_heap *th)
{
	struct file *file = open(test, th, "cpus");
	struct kept kept = { };
	char *text;

	KUNIT_ASSERT_EQ(test, 0, text_read_lines(file, 3));
	text = rest(test, file);
	KUNIT_ASSERT_EQ_MSG(test, 7,
			    sscanf(text, "%lu %lu %lu %lu %lu %lu %lu", &kept.cpu, &kept.size,
				   &kept.blocks, &kept.bytes, &kept.popped, &kept.filled,
				   &kept.flushed), "%s", text);
	KUNIT_EXPECT_PTR_EQ_MSG(test, text + strlen(text) - 1, strchr(text, '\n'), "%s", text);
	KUNIT_EXPECT_EQ(test, 128, kept.size);
	KUNIT_EXPECT_EQ(test, 128 * kept.blocks, kept.bytes);
	return kept;
}

static void expect_line(struct kunit *test, struct test_heap *th, const char *name,
			const char *line)
{
	char *text = rest(test, open(test, th, name));

	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, line), "%s in %s", line, text);
}

static void stats_tell_how_many_blocks_wait(struct kunit *test)
{
	const struct heap_kind kinds[] = {
		{ "defer", 512, 64, 1, 0, XNHEAP_DEFER }, { "powers", 512, 64, 1, 0 }
	};
	struct test_heap *th = heap_make(test, &kinds[0]);
	u8 *block = alloc_block(test, th, 100);

	expect_line(test, th, "stats", "\nblocks_deferred      0\n");
	KUNIT_EXPECT_EQ(test, 0, xnheap_free_deferred(&th->heap, block));
	expect_line(test, th, "stats", "\nblocks_deferred      1\n");
	expect_line(test, th, "stats", "\nbytes_used           128\n");
	KUNIT_EXPECT_EQ(test, 0, xnheap_finalize(&th->heap));
	expect_line(test, th, "stats", "\nblocks_deferred      0\n");
	expect_line(test, th, "stats", "\nbytes_used           0\n");

	/* Where none ever waits there is no such line */
	th = heap_make(test, &kinds[1]);
	KUNIT_EXPECT_NULL(test, strstr(rest(test, open(test, th, "stats")), "blocks_deferred"));
}

static void the_table_of_cpus_tells_what_they_keep(struct kunit *test)
{
	const struct heap_kind kind = {
		"percpu", 4096, 256 * num_possible_cpus(), 1, 0, XNHEAP_PERCPU
	};
	struct test_heap *th = heap_make(test, &kind);
	struct kept first, then;
	char line[64];
	u8 *block;

	KUNIT_EXPECT_STREQ(test, rest(test, open(test, th, "cpus")),
			   "# xnheap cpus 1\n# cpu size kept bytes popped filled flushed\n# read in slices: lines may be of different moments\n");

	/* Two blocks from a run, the second of which fills the stack */
	migrate_disable();
	alloc_block(test, th, 100);
	free_block(test, th, alloc_block(test, th, 100));
	first = read_kept(test, th);
	KUNIT_EXPECT_EQ(test, raw_smp_processor_id(), first.cpu);
	KUNIT_EXPECT_EQ(test, 0, first.popped);
	KUNIT_EXPECT_GT(test, first.filled, 0);
	KUNIT_EXPECT_EQ(test, 0, first.flushed);
	KUNIT_EXPECT_EQ(test, first.filled + 1, first.blocks);

	/* From the stack */
	block = alloc_block(test, th, 100);
	then = read_kept(test, th);
	KUNIT_EXPECT_EQ(test, first.blocks - 1, then.blocks);
	KUNIT_EXPECT_EQ(test, 1, then.popped);
	KUNIT_EXPECT_EQ(test, first.filled, then.filled);
	free_block(test, th, block);
	then = read_kept(test, th);
	KUNIT_EXPECT_EQ(test, first.blocks, then.blocks);
	KUNIT_EXPECT_EQ(test, 0, then.flushed);
	migrate_enable();
	snprintf(line, sizeof(line), "\n128 1 32 1 1 %lu 3 2 %lu\n", 31 - then.blocks,
		 then.blocks);
	expect_line(test, th, "buckets", line);
	expect_line(test, th, "buckets", "\npages 1 1 0 0 0 0 0 0\n");
	snprintf(line, sizeof(line), "\nbytes_kept           %lu\n", then.bytes);
	expect_line(test, th, "stats", line);

	/* What was counted stays */
	KUNIT_EXPECT_EQ(test, 0, xnheap_drain(&th->heap));
	then = read_kept(test, th);
	KUNIT_EXPECT_EQ(test, 0, then.blocks);
	KUNIT_EXPECT_EQ(test, first.blocks, then.flushed);
	KUNIT_EXPECT_EQ(test, 1, then.popped);

	/* Where nothing is ever kept there is no such table */
	th = heap_make(test, &kinds[0]);
	KUNIT_EXPECT_EQ(test, -ENOENT, PTR_ERR(text_open(&th->heap, "cpus")));
}

#define PEERS_HEADER							\
	"# xnheap peers 1\n# nr pid name blocks bytes limit state posts lost\n"	\
	"# read in slices: lines may be of different moments\n"

static struct owner *peer(struct kunit *test, struct xnheap *heap, u16 nr, int pid,
			  const char *name)
{
	struct owner *owner = open_as(test, heap, nr);

	owner->pid = pid;
	strscpy(owner->name, name, sizeof(owner->name));
	return owner;
}

static char *table_of_peers(struct kunit *test, struct xnheap *heap)
{
	return rest(test, opened(test, text_open(heap, "peers")));
}

static void the_table_of_peers_tells_who_holds_what(struct kunit *test)
{
	const size_t size = 16 * PAGE_SIZE;
	struct xnheap *heap = make_shared(test, size, 512, XNHEAP_VMALLOC, 2 * size);
	struct owner *a, *b;
	char line[64], *text;
	u8 *block;

	KUNIT_EXPECT_STREQ(test, table_of_peers(test, heap),
			   PEERS_HEADER "0 0 kernel 0 0 0 open 0 0\n");
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_quota(heap, 8000, 12000));
	a = peer(test, heap, 1, 4711, "a b\\\n\x1b[\351");
	b = peer(test, heap, XNHEAP_MAX_PEERS, 7, "");
	alloc_as(test, heap, a, 100);
	block = alloc_as(test, heap, a, 100);
	alloc_as(test, heap, b, 1500);
	b->posts = 3;
	b->lost = (1ULL << 32) + 2;
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(heap, 50));
	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(heap, 2000));
	KUNIT_EXPECT_STREQ(test, table_of_peers(test, heap),
			   PEERS_HEADER
			   "0 0 kernel 2 2112 0 open 0 0\n"
			   "1 4711 a\\040b\\134\\012\\033[\\351 2 256 8000 open 0 0\n"
			   "1024 7 \\000 1 1536 8000 open 3 4294967298\n");
	text = rest(test, opened(test, text_open(heap, "stats")));
	snprintf(line, sizeof(line), "\nbytes_of_window      %zu\n", 2 * size);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nbytes_used           3904\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nbytes_of_processes   1792\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nblocks_of_processes  3\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, line));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nquota_each           8000\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nquota_all            12000\n"));

	/* What the kernel takes is its own; who is closed is there as long as it has any */
	KUNIT_EXPECT_FALSE(test, IS_ERR(xnheap_adopt(heap, offset_of(heap, block), NULL)));
	sharing_close(heap, a);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_quota(heap, 0, 0));
	text = table_of_peers(test, heap);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\n0 0 kernel 3 2240 0 open 0 0\n"));
	snprintf(line, sizeof(line), " 1 128 %zu closing 0 0\n", size / 4);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, line), "%s in %s", line, text);
	close_as(heap, a);
	KUNIT_EXPECT_NULL(test, strstr(table_of_peers(test, heap), "4711"));
	close_as(heap, b);
	KUNIT_EXPECT_STREQ(test, table_of_peers(test, heap),
			   PEERS_HEADER "0 0 kernel 3 2240 0 open 0 0\n");
}

/* But for one that is drawn ahead, a line is of who is there when it is read. */
static void peers_may_come_and_go_while_their_table_is_read(struct kunit *test)
{
	struct xnheap *heap = make_shared(test, 16 * PAGE_SIZE, 512, XNHEAP_VMALLOC, 0);
	struct owner *of[6];
	struct file *file;
	char *text;
	u16 nr;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_quota(heap, 8000, 8000));
	for (nr = 1; nr < ARRAY_SIZE(of); nr++)
		of[nr] = peer(test, heap, 10 * nr, nr, "p");
	file = opened(test, text_open(heap, "peers"));
	KUNIT_ASSERT_EQ(test, 0, text_read_lines(file, 4 + 1));
	close_as(heap, of[1]);
	close_as(heap, of[4]);
	close_as(heap, of[5]);
	alloc_as(test, heap, of[3], 512);
	of[1] = peer(test, heap, 5, 100, "late");
	of[4] = peer(test, heap, 45, 100, "new");
	text = rest(test, file);
	KUNIT_EXPECT_STREQ(test, text,
			   "20 2 p 0 0 8000 open 0 0\n30 3 p 1 512 8000 open 0 0\n45 100 new 0 0 8000 open 0 0\n");
	close_as(heap, of[1]);
	close_as(heap, of[2]);
	close_as(heap, of[3]);
	close_as(heap, of[4]);
}

static void heaps_that_are_not_shared_have_no_peers(struct kunit *test)
{
	static const unsigned int flags[] = { 0, XNHEAP_FINE, XNHEAP_PERCPU, XNHEAP_DEFER };
	struct heap_kind kind = kinds[0];
	struct test_heap *th;
	unsigned int i;
	char *text;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		kind.flags = flags[i];
		th = heap_make(test, &kind);
		KUNIT_EXPECT_EQ(test, -ENOENT, PTR_ERR(text_open(&th->heap, "peers")));
		text = rest(test, open(test, th, "stats"));
		KUNIT_EXPECT_NULL(test, strstr(text, "_of_processes"));
		KUNIT_EXPECT_NULL(test, strstr(text, "quota"));
	}
}

/* After some weeks of work. */
static void counts_of_calls_do_not_wrap(struct kunit *test)
{
	const u64 many = 1ULL << 32;
	struct test_heap *th = heap_make(test, &kinds[0]);
	struct xnheap *heap = &th->heap;
	char *text, line[80];
	unsigned int i;

	heap->page_block_allocs += many;
	heap->page_block_frees += many;
	heap->buckets[0].allocs += many;
	heap->buckets[0].frees += many;
	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		heap->failed[i] += many + i;

	text = rest(test, open(test, th, "buckets"));
	snprintf(line, sizeof(line), "\n8 1 8 0 0 0 %llu %llu\n", many, many);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, line));
	snprintf(line, sizeof(line), "\npages 1 1 0 0 0 %llu %llu\n", many, many);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, line));
	text = rest(test, open(test, th, "stats"));
	snprintf(line, sizeof(line), "\nallocs               %llu\n", 2 * many);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, line));
	snprintf(line, sizeof(line), "\nfree_failed_refused  %llu\n",
		 many + XNHEAP_FREE_REFUSED);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, line));
	text = rest(test, opened(test, debugfs_open("xnheap/heaps")));
	snprintf(line, sizeof(line), " %llu %llu %llu %llu\n", 2 * many, 2 * many,
		 6 * many + 15, 4 * many + 30);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, line), "%s", text);
}

static bool folder_exists(const char *name)
{
	struct dentry *root = debugfs_lookup("xnheap", NULL), *dir;

	if (IS_ERR_OR_NULL(root))
		return false;
	dir = debugfs_lookup(name, root);
	dput(root);
	if (IS_ERR_OR_NULL(dir))
		return false;
	dput(dir);
	return true;
}

static void expect_folder(struct kunit *test, struct xnheap *heap,
			  const char *label, const char *name)
{
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_label(heap, "%s", label));
	KUNIT_EXPECT_STREQ(test, heap->observed->name, name);
	KUNIT_EXPECT_TRUE(test, folder_exists(name));
}

static void a_label_names_the_folder_of_a_heap(struct kunit *test)
{
	struct xnheap *heap = &heap_make(test, &kinds[0])->heap;
	struct xnheap *second = &heap_make(test, &kinds[0])->heap;
	struct xnheap *third = &heap_make(test, &kinds[0])->heap;
	char text[XNHEAP_LABEL_LEN + 10] = { };

	expect_folder(test, heap, "kunit a 7", "kunit a 7");
	/* Named anew, the old name is free */
	expect_folder(test, heap, "kunit/x/y", "kunit_x_y");
	KUNIT_EXPECT_STREQ(test, heap->label, "kunit/x/y");
	KUNIT_EXPECT_FALSE(test, folder_exists("kunit a 7"));

	/* The same label twice, and a third time */
	expect_folder(test, second, "kunit/x/y", "kunit_x_y#2");
	expect_folder(test, third, "kunit_x_y", "kunit_x_y#3");
	KUNIT_EXPECT_STREQ(test, second->label, "kunit/x/y");
	/* A heap may be given the label that it has */
	expect_folder(test, heap, "kunit/x/y", "kunit_x_y");
	KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
	KUNIT_EXPECT_FALSE(test, folder_exists("kunit_x_y"));
	KUNIT_EXPECT_TRUE(test, folder_exists("kunit_x_y#2"));

	/* No label is a path, nor more than a line of text */
	expect_folder(test, third, ".", "_");
	expect_folder(test, third, "..", "_.");
	expect_folder(test, third, "/", "_");
	expect_folder(test, third, " ", " ");
	expect_folder(test, third, "heaps", "heaps#2");
	expect_folder(test, third, "a\tb\n\x7f", "a_b__");
	KUNIT_EXPECT_STREQ(test, third->label, "a_b__");
	memset(text, 'x', sizeof(text) - 1);
	xnheap_set_label(third, "%s", text);
	text[XNHEAP_LABEL_LEN - 1] = '\0';
	KUNIT_EXPECT_TRUE(test, folder_exists(text));
}

/* Of two who set a label at a time, the second leaves the folder to the first. */
static void a_folder_is_named_by_who_comes_first(struct kunit *test)
{
	struct xnheap *heap = &heap_make(test, &kinds[0])->heap;

	expect_folder(test, heap, "kunit first", "kunit first");
	heap->observed->leaving = true;
	expect_folder(test, heap, "kunit second", "kunit first");
	KUNIT_EXPECT_STREQ(test, heap->label, "kunit second");
	heap->observed->leaving = false;
	expect_folder(test, heap, "kunit second", "kunit second");
	KUNIT_EXPECT_FALSE(test, folder_exists("kunit first"));
}

static const char * const drawings[] = { "map", "fill" };

static void drawing_name(const char * const *drawing, char *name)
{
	strscpy(name, *drawing, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(drawing, drawings, drawing_name);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_rest_of_a_block_that_came_meanwhile_is_drawn,
			 drawing_gen_params),
	KUNIT_CASE(pages_that_look_alike_are_counted),
	KUNIT_CASE(a_label_names_the_folder_of_a_heap),
	KUNIT_CASE(a_folder_is_named_by_who_comes_first),
	KUNIT_CASE(the_table_of_heaps_tells_the_kind),
	KUNIT_CASE(the_table_of_heaps_leaves_out_who_has_no_name_yet),
	KUNIT_CASE(stats_tell_how_many_blocks_wait),
	KUNIT_CASE(the_table_of_cpus_tells_what_they_keep),
	KUNIT_CASE(the_table_of_peers_tells_who_holds_what),
	KUNIT_CASE(peers_may_come_and_go_while_their_table_is_read),
	KUNIT_CASE(heaps_that_are_not_shared_have_no_peers),
	KUNIT_CASE(counts_of_calls_do_not_wrap),
	KUNIT_CASE_PARAM(what_is_read_of_a_heap_that_ends_is_broken_off,
			 kind_gen_params),
	KUNIT_CASE(a_fatal_signal_ends_what_is_read),
	KUNIT_CASE(a_reader_who_stalls_holds_up_the_end_of_that_heap_alone),
	KUNIT_CASE(who_reads_of_peers_is_done_before_the_device_goes),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_debugfs",
	.test_cases = cases,
	.suite_init = debugfs_begin,
	.suite_exit = debugfs_end,
};

kunit_test_suite(suite);
