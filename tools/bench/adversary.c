// SPDX-License-Identifier: GPL-2.0
/*
 * The adversary: heaps brought to states in which a call costs as much as it
 * can. Each state is a case, and has a name: those here are played in heaps of
 * every kind, those in recipe.c were found by the search. A new path through the
 * allocator needs a new case. What each call costs at worst in each case is held
 * against the file `bounds`.
 *
 * What a CPU keeps it keeps of the call before: where a state has nothing to do with
 * it, it is given back first.
 */

#include <linux/align.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mman.h>
#include <linux/prandom.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/swait.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <uapi/linux/xnheap.h>

#include "recipe.h"
#include "../../xnheap/api/level.h"
#include "../../xnheap/cpu/cpu.h"

#define MIN_PLACES	20000UL

/* Beside the flags of a heap: after each call it leaves a note, as one that grows does */
#define NOTES		BIT(31)

const char * const outcome_name[NR_OUTCOMES] = {
	[ALLOC] = "alloc",	/* got a block */
	[ALIGNED] = "aligned",	/* wanted one at a multiple of some bytes */
	[FAIL] = "fail",	/* got none */
	[UNMET] = "unmet",	/* wanted one at a multiple, got none */
	[FREE] = "free",	/* freed a block */
	[AGREED] = "agreed",	/* freed one after asking a function */
	[REFUSE] = "refuse",	/* did not free what is no block, or to check it */
	[CHECK] = "check",	/* told that a block could be freed */
	[GIVE] = "give",		/* wanted a block, and gave back what the CPU kept */
	[OFFSET] = "offset",	/* asked where a block is for a device */
	[RESIZE] = "resize",	/* got another size for a block that stays, or did not */
	[USABLE] = "usable",	/* asked for the size of a block, or of none */
	[BULK_ALLOC] = "bulk-alloc",	/* held the lock once, for some blocks */
	[BULK_FREE] = "bulk-free",	/* likewise */
	[RESERVED] = "reserved",	/* got a block of a reservation, or none was left */
	[DEFERRED] = "deferred",	/* let a block wait, or did not free what is none */
	[SETTLE] = "settle",		/* held the lock once, for one that waited */
	[NMI_FREE] = "nmi-free",	/* freed a block in NMI, or did not */
	[AT] = "at",			/* asked what block of the kernel's is at an offset */
	[ADOPT] = "adopt",		/* made a process's block the kernel's, or did not */
	[LEND] = "lend",		/* and the other way round */
	[POST] = "post",		/* told a process of a block, or all that listen */
	[SHARED_ALLOC] = "shared-alloc",	/* a process's call to allocate */
	[SHARED_FREE] = "shared-free",		/* and to free, */
	[SHARED_CHECK] = "shared-check",	/* and to ask whose a block is, */
	[SHARED_INFO] = "shared-info",		/* and what it has, */
	[SHARED_LARGEST] = "shared-largest",	/* and what it may ask for */
};

static struct record records[NR_OUTCOMES];

/*
 * Which call of a case was the most expensive of each outcome. The case is played
 * again, in a heap like the first, and those calls are taken step by step; and
 * once more, since a call does not count in which a timer fires.
 */
#define MOST_CASES	24

static struct {
	u64 calls;			/* of the case so far */
	u64 worst[MOST_CASES][NR_OUTCOMES];
	unsigned int nr_case;
	bool stepped;			/* what is told is irqs_off, no costs */
	unsigned int again;
	u64 irqs_off;			/* instructions in a row, at most */
	u64 before[MOST_CASES];
	const struct xnheap *heap;	/* of this call */
	u64 given;			/* back to its runs before */
	u64 beside;			/* what a call does that is not to be counted */
} plays;

struct measured measured;

/* How many blocks went back to runs. An allocation has some do so if all else fails. */
static u64 given_back(const struct xnheap *heap)
{
	u64 blocks = 0;
	unsigned int i;

	if (heap->cpu)
		for (i = 0; i < heap->nr_buckets; i++)
			blocks += heap->buckets[i].frees;
	return blocks;
}

static void note_given(const struct xnheap *heap)
{
	plays.heap = heap;
	plays.given = given_back(heap);
}

static void play_note(enum outcome outcome, u64 cost)
{
	if (outcome <= UNMET && given_back(plays.heap) != plays.given)
		outcome = GIVE;
	cost -= min(cost, plays.beside);
	/* An NMI has interrupts off anyhow */
	if (cost > records[outcome].worst && outcome != NMI_FREE)
		plays.worst[plays.nr_case][outcome] = plays.calls;
	record_add(&records[outcome], cost);
	measured = (struct measured) {
		.nr = measured.nr + 1, .outcome = outcome, .cost = cost,
	};
}

static struct xnheap_level level;
static struct xnheap *noting;		/* the heap that has it, or NULL */

static void hear(struct irq_work *work)
{
}

/* Let the next call find the level lower than ever, and nobody told. */
static void await_note(void)
{
	if (!noting)
		return;
	irq_work_sync(&level.work);
	atomic_set(&level.low, LEVEL_ABOVE);
	atomic_set(&level.failed, 0);
	level.lowest = U32_MAX;
	noting->level_mark = U32_MAX;
}

static void leave_notes(struct xnheap *heap)
{
	level.work = IRQ_WORK_INIT_HARD(hear);
	level.low_pages = U32_MAX;
	heap->level = &level;
	heap->magic = HEAP_MAGIC_OTHER;
	noting = heap;
	await_note();
}

static bool play_by_steps(void)
{
	unsigned int i;

	for (i = 0; i < NR_OUTCOMES; i++)
		if (plays.worst[plays.nr_case][i] == plays.calls)
			return true;
	return false;
}

#define by_steps(call)							\
({									\
	typeof(call) value_by_steps;					\
									\
	step_begin();							\
	step_trap(true);						\
	value_by_steps = (call);					\
	step_trap(false);						\
	plays.irqs_off = max(plays.irqs_off, step_end());		\
	value_by_steps;							\
})

#define measure_call(call, good, if_good, if_bad)			\
({									\
	struct record record = {};					\
	unsigned long irqs;						\
	typeof(call) value;						\
									\
	plays.calls++;							\
	if (plays.again) {						\
		value = play_by_steps() ? by_steps(call) : (call);	\
	} else {							\
		local_irq_save(irqs);					\
		value = bench_cost(&record, call);			\
		local_irq_restore(irqs);				\
		play_note((good) ? (if_good) : (if_bad), record.worst); \
	}								\
	value;								\
})

/* Record what @call costs under one of two outcomes. */
#define measure(call, good, if_good, if_bad)				\
({									\
	typeof(call) value_of_call;					\
									\
	value_of_call = measure_call(call, good, if_good, if_bad);	\
	await_note();							\
	value_of_call;							\
})

/*
 * Not inlined: between the stamps there are some instructions beside the call, and
 * they are to be the same for the cases and for the search.
 */
static noinline void *measure_alloc(struct victim *v, u_long size)
{
	return measure(xnheap_alloc(v->heap, size), value, ALLOC, FAIL);
}

static noinline void *measure_alloc_aligned(struct victim *v, u_long size, u_long align)
{
	return measure(xnheap_alloc_aligned(v->heap, size, align), value,
		       ALIGNED, UNMET);
}

static noinline size_t alloc_bulk(struct victim *v, u_long size, size_t nr, void **blocks)
{
	return measure(xnheap_alloc_bulk(v->heap, size, nr, blocks), value,
		       BULK_ALLOC, BULK_ALLOC);
}

static noinline int free_bulk(struct victim *v, size_t nr, void **blocks)
{
	return measure(xnheap_free_bulk(v->heap, nr, blocks), value, BULK_FREE, BULK_FREE);
}

static noinline void *alloc_reserved(struct xnheap_reservation *r)
{
	return measure(xnheap_alloc_reserved(r), value, RESERVED, RESERVED);
}

/*
 * Calls of a process, by a file that is open, with memory as a process has it. What the
 * kernel takes to copy from there and back is not counted.
 */
static struct file *file, *listener[XNHEAP_MAX_LISTENERS];
static u64 __user *user;

static u64 offset_of(struct victim *v, const void *block)
{
	size_t offset = SIZE_MAX;

	xnheap_offset(v->heap, block, &offset, NULL);
	return offset;
}

static noinline long call_copy(void *copy, size_t in, size_t out)
{
	if (in && copy_from_user(copy, user, in))
		return -EFAULT;
	return out && copy_to_user(user, copy, out) ? -EFAULT : 0;
}

static u64 cost_to_copy(size_t in, size_t out)
{
	struct record record = {};
	unsigned long irqs;
	u64 copy[sizeof(struct xnheap_info) / sizeof(u64)] = {};

	local_irq_save(irqs);
	bench_cost(&record, call_copy(copy, in, out));
	local_irq_restore(irqs);
	return record.worst;
}

static noinline long process_measure(unsigned int cmd, enum outcome outcome)
{
	return measure(file->f_op->unlocked_ioctl(file, cmd, (u_long)user), true,
		       outcome, outcome);
}

static long process_call(unsigned int cmd, void *what, enum outcome outcome)
{
	size_t in = _IOC_DIR(cmd) & _IOC_WRITE ? _IOC_SIZE(cmd) : 0;
	size_t out = _IOC_DIR(cmd) & _IOC_READ ? _IOC_SIZE(cmd) : 0;
	long ret;

	if (in && copy_to_user(user, what, in))
		return -EFAULT;
	plays.beside = cost_to_copy(in, out);
	ret = process_measure(cmd, outcome);
	plays.beside = 0;
	return !ret && out && copy_from_user(what, user, out) ? -EFAULT : ret;
}

static void *process_alloc(struct victim *v, u_long size, u_long align)
{
	struct xnheap_request request = { .size = size, .align = align };

	if (process_call(XNHEAP_IOC_ALLOC, &request, SHARED_ALLOC))
		return NULL;
	size = v->heap->extent_size;
	return (void *)v->heap->extent[(u_long)request.offset / size].start +
	       (u_long)request.offset % size;
}

static int process_free(struct victim *v, const void *block)
{
	u64 offset = offset_of(v, block);

	return process_call(XNHEAP_IOC_FREE, &offset, SHARED_FREE);
}

static void process_check(u64 offset)
{
	struct xnheap_query query = { .offset = offset };

	process_call(XNHEAP_IOC_CHECK, &query, SHARED_CHECK);
}

static void process_ask(void)
{
	struct xnheap_info info;
	u64 bytes;

	process_call(XNHEAP_IOC_INFO, &info, SHARED_INFO);
	process_call(XNHEAP_IOC_LARGEST, &bytes, SHARED_LARGEST);
}

static noinline void *at(struct victim *v, size_t offset)
{
	return measure(xnheap_at(v->heap, offset), true, AT, AT);
}

static noinline void *adopt(struct victim *v, size_t offset, struct xnheap_peer *peer)
{
	return measure(xnheap_adopt(v->heap, offset, peer), true, ADOPT, ADOPT);
}

static noinline int lend(struct victim *v, void *block, struct xnheap_peer *peer)
{
	return measure(xnheap_lend(v->heap, block, peer), true, LEND, LEND);
}

/* What the kernel takes to wake nobody. */
static u64 cost_to_wake(void)
{
	DECLARE_SWAIT_QUEUE_HEAD_ONSTACK(nobody);
	struct record record = {};
	unsigned long irqs;

	local_irq_save(irqs);
	bench_cost(&record, ({ swake_up_one(&nobody); 0; }));
	local_irq_restore(irqs);
	return record.worst;
}

static noinline int measure_post(struct victim *v, void *block)
{
	return measure(xnheap_post(v->heap, block), true, POST, POST);
}

static void post(struct victim *v, void *block, unsigned int peers)
{
	plays.beside = peers * cost_to_wake();
	measure_post(v, block);
	plays.beside = 0;
}

void *alloc_block(struct victim *v, u_long size)
{
	void *block = NULL;

	if (v->process)
		return process_alloc(v, size, 0);
	note_given(v->heap);
	if (!v->bulk)
		return measure_alloc(v, size);
	alloc_bulk(v, size, 1, &block);
	return block;
}

void *alloc_aligned(struct victim *v, u_long size, u_long align)
{
	if (v->process)
		return process_alloc(v, size, align);
	note_given(v->heap);
	return measure_alloc_aligned(v, size, align);
}

static noinline int measure_free(struct victim *v, void *block)
{
	return measure(xnheap_free(v->heap, block), !value, FREE, REFUSE);
}

static noinline int free_deferred(struct victim *v, void *block)
{
	return measure(xnheap_free_deferred(v->heap, block), true, DEFERRED, DEFERRED);
}

static noinline int finalize(struct victim *v)
{
	return measure(xnheap_finalize(v->heap), true, SETTLE, SETTLE);
}

/* What it costs where no block waits: more is for one, and to go round again. */
static noinline u64 cost_to_finalize(struct victim *v)
{
	struct record record = {};
	unsigned long irqs;

	local_irq_save(irqs);
	bench_cost(&record, xnheap_finalize(v->heap));
	local_irq_restore(irqs);
	return record.worst;
}

static int defer_block(struct victim *v, void *block)
{
	u64 beside = cost_to_finalize(v);
	int ret = free_deferred(v, block);

	if (ret || !block)
		return ret;
	plays.beside = beside;
	finalize(v);
	plays.beside = 0;
	return 0;
}

/* With no grace period under way, before and after. */
static noinline int free_rcu(struct victim *v, void *block)
{
	int ret = measure(xnheap_free_rcu(v->heap, block), true, DEFERRED, DEFERRED);

	do
		rcu_barrier();
	while (wait_blocks(v->heap));
	return ret;
}

/* The kernel is told that this is an NMI; if @taken, one that comes while the lock is. */
static noinline int free_in_nmi(struct victim *v, void *block, bool taken)
{
	unsigned long irqs;
	int ret;

	local_irq_save(irqs);
	if (taken) {
		raw_spin_lock(&v->heap->lock);
		__release(&v->heap->lock);	/* so that it balances, for sparse */
	}
	__preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	ret = measure_call(xnheap_free(v->heap, block), true, NMI_FREE, NMI_FREE);
	__preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
	if (taken) {
		__acquire(&v->heap->lock);
		raw_spin_unlock(&v->heap->lock);
	}
	/* What waits is freed here */
	local_irq_restore(irqs);
	await_note();
	return ret;
}

int free_block(struct victim *v, void *block)
{
	if (v->process)
		return process_free(v, block);
	if (v->defer)
		return defer_block(v, block);
	return v->bulk ? free_bulk(v, 1, &block) : measure_free(v, block);
}

noinline int check(struct victim *v, void *block)
{
	return measure(xnheap_check_block(v->heap, block), !value, CHECK, REFUSE);
}

static int agree(void *block)
{
	return 0;
}

static int disagree(void *block)
{
	return -EBUSY;
}

static noinline int measure_agreed(struct victim *v, void *block)
{
	return measure(xnheap_test_and_free(v->heap, block, agree), !value,
		       AGREED, REFUSE);
}

int free_if_agreed(struct victim *v, void *block)
{
	/* It is none of the kernel's */
	return v->process ? process_free(v, block) : measure_agreed(v, block);
}

noinline int free_if_denied(struct victim *v, void *block)
{
	return measure(xnheap_test_and_free(v->heap, block, disagree), !value,
		       AGREED, REFUSE);
}

static noinline void tell_offset(struct victim *v, const void *at)
{
	size_t offset;
	u64 cookie;

	measure(xnheap_offset(v->heap, at, &offset, &cookie), true, OFFSET, OFFSET);
}

static noinline void tell_dma_addr(struct victim *v, const void *at)
{
	measure(xnheap_dma_addr(v->heap, at), true, OFFSET, OFFSET);
}

static noinline void tell_phys(struct victim *v, const void *at)
{
	measure(xnheap_phys(v->heap, at), true, OFFSET, OFFSET);
}

static noinline void resize(struct victim *v, void *block, u_long size)
{
	(void)measure(xnheap_realloc(v->heap, block, size), value, RESIZE, RESIZE);
}

static noinline void usable(struct victim *v, void *block)
{
	measure(xnheap_usable_size(v->heap, block), value, USABLE, USABLE);
}

/* What is no block, in every way it can be handed in. */
static void free_in_vain(struct victim *v, void *pointer)
{
	free_block(v, pointer);
	free_if_agreed(v, pointer);
	free_if_denied(v, pointer);
	check(v, pointer);
}

/* Nothing is kept any more. */
static void settle(struct victim *v)
{
	if (!v->busy)
		xnheap_drain(v->heap);
}

static void alloc_and_free(struct victim *v, u_long size)
{
	void *block = alloc_block(v, size);

	if (!block)
		return;
	check(v, block);
	free_block(v, block);
	block = alloc_block(v, size);
	free_if_agreed(v, block);
	settle(v);
}

static int by_address(const void *a, const void *b)
{
	u_long x = *(u_long *)a, y = *(u_long *)b;

	return (x > y) - (x < y);
}

/* Take every page. */
static void fill(struct victim *v)
{
	u_long i;

	settle(v);
	for (i = 0; i < v->nr_pages; i++)
		v->page[v->nr_pages - 1 - i] =
			xnheap_alloc(v->heap, v->page_size);
	/* An empty extent is handed out backwards: often it is sorted now. */
	for (i = 1; i < v->nr_pages; i++)
		if (v->page[i - 1] > v->page[i])
			break;
	if (i < v->nr_pages)
		sort(v->page, v->nr_pages, sizeof(*v->page), by_address, NULL);
}

static void free_nth(struct victim *v, u_long i)
{
	xnheap_free(v->heap, v->page[i]);
	v->page[i] = NULL;
}

/* Give every page back that is still taken. */
static void drain(struct victim *v)
{
	u_long i;

	for (i = 0; i < v->nr_pages; i++)
		if (v->page[i])
			free_nth(v, i);
}

/* Requests of every size that leave the state as it is. */
static void probe(struct victim *v)
{
	u_long size, pages;

	for (size = 8; size <= v->page_size; size *= 2)
		alloc_and_free(v, size);
	for (pages = 2; pages < 80; pages++)
		alloc_and_free(v, pages * v->page_size);
}

/*
 * First of all cases: whatever is taken was never taken before, so each call
 * raises the peak. Pages begin and fill in every bucket, ranges shrink.
 */
static void peak_rises(struct victim *v)
{
	u_long size, i, n = 0, k;

	for (size = 8; size <= 4 * v->page_size; size *= 2) {
		k = 2 * max(v->page_size / size, 1UL) + 1;
		for (i = 0; i < k && n < v->places; i++, n++)
			v->page[n] = alloc_block(v, size);
	}
	for (i = 0; i < n; i++) {
		if (v->page[i])
			free_block(v, v->page[i]);
		v->page[i] = NULL;
	}
}

static void nothing_taken(struct victim *v)
{
	probe(v);
}

static void every_other_page_taken(struct victim *v)
{
	u_long i;

	fill(v);
	for (i = 0; i < v->nr_pages; i += 2)
		free_nth(v, i);
	probe(v);
	drain(v);
}

static void one_page_free(struct victim *v)
{
	u_long i;

	fill(v);
	for (i = 0; i < v->nr_pages; i += v->nr_pages - 1) {
		free_nth(v, i);
		probe(v);
		v->page[i] = xnheap_alloc(v->heap, v->page_size);
	}
	drain(v);
}

static void nothing_free(struct victim *v)
{
	fill(v);
	probe(v);
	drain(v);
}

/* Blocks of every size in the first and last page of every extent. */
static void block_in_each_extent(struct victim *v)
{
	u_long per_extent = v->nr_pages / v->nr_extents;
	u_long i, size;
	unsigned int e;

	fill(v);
	for (e = 0; e < 2 * v->nr_extents; e++) {
		i = e / 2 * per_extent + (e % 2) * (per_extent - 1);
		free_nth(v, i);
		for (size = 8; size <= v->page_size; size *= 2)
			alloc_and_free(v, size);
		v->page[i] = xnheap_alloc(v->heap, v->page_size);
	}
	drain(v);
}

/*
 * Three times: @before free pages, a page that holds one block of @size bytes,
 * @after free pages. The block is then given back, so that the run ends and
 * its page merges with both sides. Each of the three serves once as the first,
 * so that its ranges and its run stand everywhere in their lists.
 */
static void merge(struct victim *v, u_long before, u_long after, u_long size)
{
	u_long width = before + after + 2;
	u_long per_page = v->page_size / size;
	u_long at, first, g, i, x;
	void *block[3];

	if (3 * width > v->nr_pages / v->nr_extents - 1)
		return;
	at = v->nr_extents > 1 ? v->nr_pages - 3 * width : 1;

	for (first = 0; first < 3; first++) {
		fill(v);
		for (g = 0; g < 3; g++) {
			x = at + g * width + before;
			block[g] = v->page[x];
			if (per_page > 1) {
				free_nth(v, x);
				for (i = 0; i < per_page; i++)
					xnheap_alloc(v->heap, size);
			}
			v->page[x] = NULL;
		}
		for (g = 0; g < 3; g++) {
			x = at + g * width + before;
			for (i = x - before; i <= x + after; i++)
				if (i != x)
					free_nth(v, i);
			for (i = 1; i < per_page; i++)
				xnheap_free(v->heap, block[g] + i * size);
		}
		for (g = 0; g < 3; g++)
			free_block(v, block[(first + g) % 3]);
		drain(v);
	}
}

static void last_block_between_ranges(struct victim *v)
{
	static const u_long length[] = { 1, 2, 16, 31, 33, 64 };
	unsigned int i, j, step = v->nr_extents > 1 ? 2 : 1;
	u_long size;

	for (i = 0; i < ARRAY_SIZE(length); i += step)
		for (j = 0; j < ARRAY_SIZE(length); j += step)
			for (size = 8; size <= v->page_size; size *= 2)
				merge(v, length[i], length[j], size);
}

/* All pages but one are free, and then that one too. */
static void merge_into_the_largest(struct victim *v)
{
	u_long i, x;

	for (x = 0; x < v->nr_pages; x += max(v->nr_pages / 7, 1UL)) {
		fill(v);
		for (i = 0; i < v->nr_pages; i++)
			if (i != x)
				free_nth(v, i);
		free_block(v, v->page[x]);
		v->page[x] = NULL;
	}
}

/* Three pages of every bucket: the first block of each, and the last. */
static void pages_begun_and_ended(struct victim *v)
{
	u_long size, n, i, k, order, per_page;

	for (size = 8; size < v->page_size; size *= 2) {
		per_page = v->page_size / size;
		n = 3 * per_page;
		if (n > v->nr_pages)
			continue;
		for (order = 0; order < 3; order++) {
			for (i = 0; i < n; i++)
				v->page[i] = alloc_block(v, size);
			for (i = 0; i < n; i++) {
				if (order == 0)		/* as taken */
					k = i;
				else if (order == 1)	/* backwards */
					k = n - 1 - i;
				else			/* from each page in turn */
					k = i % 3 * per_page + i / 3;
				free_block(v, v->page[k]);
				v->page[k] = NULL;
			}
		}
	}
}

/* No page is left, but a larger bucket has a free block. */
static void larger_bucket_serves(struct victim *v)
{
	u_long large, small, i, taken;
	void *page;

	fill(v);
	for (large = 16; large < v->page_size; large *= 2) {
		page = v->page[0];
		free_nth(v, 0);
		/* a word of the bitmap may be full, the page is not */
		taken = min(64UL, v->page_size / large - 1);
		for (i = 0; i < taken; i++)
			xnheap_alloc(v->heap, large);
		for (small = 8; small < large; small *= 2)
			alloc_and_free(v, small);
		for (i = 0; i < taken; i++)
			xnheap_free(v->heap, page + i * large);
		v->page[0] = xnheap_alloc(v->heap, v->page_size);
	}
	drain(v);
}

/* The first class that may fit has only ranges that are too short. */
static void first_class_too_short(struct victim *v)
{
	u_long i, pages;

	if (v->nr_pages / v->nr_extents < 256)
		return;
	for (pages = 33; pages < 60; pages++) {
		fill(v);
		for (i = 1; i < pages; i++)
			free_nth(v, i);
		for (i = 100; i < 240; i++)
			free_nth(v, i);
		probe(v);
		drain(v);
	}
}

static void sizes_refused(struct victim *v)
{
	alloc_block(v, 0);
	alloc_block(v, xnheap_usable_mem(v->heap) + 1);
	alloc_block(v, XNHEAP_MAX_EXTENT_SIZE);
	alloc_block(v, XNHEAP_MAX_EXTENT_SIZE + 1);
	alloc_block(v, ULONG_MAX);
}

static void pointers_outside(struct victim *v)
{
	u_long i, step = xnheap_size(v->heap) / v->nr_extents;

	free_in_vain(v, NULL);
	free_in_vain(v, (void *)1);
	free_in_vain(v, (void *)ULONG_MAX);
	free_in_vain(v, v->heap);
	free_in_vain(v, v->area - 1);
	free_in_vain(v, v->area + xnheap_size(v->heap));
	/* each extent's header and page map */
	for (i = 0; i < v->nr_extents * step; i += i % step < 4096 ? 8 : step - 4096)
		free_in_vain(v, v->area + i);
}

static void pointers_into_blocks(struct victim *v)
{
	u_long i, at, size;
	void *page, *block;

	fill(v);
	for (i = 0; i < v->nr_pages; i++) {
		free_in_vain(v, v->page[i] + 1);
		free_in_vain(v, v->page[i] + 8);
	}
	for (size = 8; size < v->page_size; size *= 2) {
		for (i = 0; i < v->nr_pages; i += max(v->nr_pages / 5, 1UL)) {
			page = v->page[i];
			free_nth(v, i);
			block = xnheap_alloc(v->heap, size);
			for (at = 0; at < min(v->page_size, 2048UL); at++)
				if (page + at != block)
					free_in_vain(v, page + at);
			xnheap_free(v->heap, block);
			v->page[i] = xnheap_alloc(v->heap, v->page_size);
		}
	}
	drain(v);
	for (i = 2; i < 40; i++) {
		block = xnheap_alloc(v->heap, i * v->page_size);
		if (!block)
			break;
		for (at = 1; at < i; at++)
			free_in_vain(v, block + at * v->page_size);
		xnheap_free(v->heap, block);
	}
}

static void blocks_freed_twice(struct victim *v)
{
	u_long i, at, size;
	void *block, *other;

	for (size = 8; size < v->page_size; size *= 2) {
		other = xnheap_alloc(v->heap, size);
		block = xnheap_alloc(v->heap, size);
		xnheap_free(v->heap, block);
		free_in_vain(v, block);
		xnheap_free(v->heap, other);
		free_in_vain(v, other);
	}
	for (i = 1; i < 40; i++) {
		block = xnheap_alloc(v->heap, i * v->page_size);
		if (!block)
			break;
		xnheap_free(v->heap, block);
		for (at = 0; at < i; at++)
			free_in_vain(v, block + at * v->page_size);
	}
}

static void resize_in_vain(struct victim *v, void *pointer)
{
	resize(v, pointer, 8);
	usable(v, pointer);
}

/* A page block grows into @length free pages, by some and by all, and shrinks again. */
static void grow_and_shrink(struct victim *v, u_long length)
{
	u_long page = v->page_size, least = (v->heap->small_max / page + 1) * page, more;
	void *after = xnheap_alloc(v->heap, max(length * page, least));
	void *block = xnheap_alloc(v->heap, least);

	/* Else it would move */
	if (after && block && after == block + least) {
		xnheap_free(v->heap, after);
		for (more = 1; more <= length; more += 1 + more / 3) {
			resize(v, block, least + more * page);
			usable(v, block);
			resize_in_vain(v, block + page);
			resize(v, block, least);
		}
		after = NULL;
	}
	xnheap_free(v->heap, after);
	xnheap_free(v->heap, block);
}

/*
 * Blocks of every kind get another size, where they are. A few page blocks stay out in
 * between, so that ranges are in many bins.
 */
static void other_sizes(struct victim *v)
{
	static const u_long length[] = { 1, 2, 3, 16, 31, 33, 64 };
	void *block, *stays[2 * ARRAY_SIZE(length)];
	unsigned int i, e;
	u_long size;

	for (e = 0; e < 2; e++) {
		for (i = 0; i < ARRAY_SIZE(length); i++) {
			grow_and_shrink(v, length[i]);
			stays[e * ARRAY_SIZE(length) + i] =
				xnheap_alloc(v->heap, length[i] * v->page_size);
		}
	}
	for (i = 0; i < ARRAY_SIZE(stays); i += 2) {
		xnheap_free(v->heap, stays[i]);
		grow_and_shrink(v, 5);
	}
	for (i = 1; i < ARRAY_SIZE(stays); i += 2)
		xnheap_free(v->heap, stays[i]);
	/* In every extent */
	fill(v);
	for (i = 0; i < v->nr_pages; i += max(v->nr_pages / 70, 1UL)) {
		resize(v, v->page[i], 1);
		usable(v, v->page[i]);
		resize_in_vain(v, v->page[i] + 1);
		free_nth(v, i);
		for (size = 8; size < v->page_size; size *= 2) {
			block = xnheap_alloc(v->heap, size);
			resize(v, block, size);
			usable(v, block);
			resize_in_vain(v, block + 1);
			xnheap_free(v->heap, block);
			resize_in_vain(v, block);
		}
		settle(v);
		v->page[i] = xnheap_alloc(v->heap, v->page_size);
	}
	drain(v);
	resize_in_vain(v, v);
}

/* What nobody thought of: random calls. */
static void random_calls(struct victim *v)
{
	u_long i, k, n = min(v->nr_pages, 4096UL);
	struct rnd_state rnd;
	u32 r;

	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 100000; i++) {
		k = prandom_u32_state(&rnd) % n;
		r = prandom_u32_state(&rnd);
		if (v->page[k]) {
			free_block(v, v->page[k]);
			v->page[k] = NULL;
		} else {
			v->page[k] = alloc_block(v, r % (r & BIT(31) ? 600 :
						  6 * v->page_size) + 1);
		}
	}
	drain(v);
}

static void tell_addresses(struct victim *v)
{
	const struct xnheap_extent *ext;
	unsigned int i;

	for (i = 0; i < v->nr_extents; i++) {
		ext = &v->heap->extent[i];
		tell_offset(v, (void *)ext->base);
		tell_dma_addr(v, (void *)ext->base);
		tell_phys(v, (void *)ext->base);
		tell_offset(v, (void *)ext->base - 1);
	}
}

/*
 * Addresses for devices, of each extent, as in a heap that knows all of them; then as
 * if this interrupted who adds an extent.
 */
static void addresses(struct victim *v)
{
	struct xnheap_extent *ext = v->heap->extent;
	unsigned int i;

	for (i = 0; i < v->nr_extents; i++) {
		ext[i].cookie = 0;
		ext[i].memory = v->memory;
	}
	v->heap->backing = XNHEAP_PAGES;
	tell_addresses(v);
	raw_write_seqcount_begin(&v->heap->extents_seq);
	tell_addresses(v);
	raw_write_seqcount_end(&v->heap->extents_seq);
	v->heap->backing = 0;
}

/* Alignments of every kind, beside what is there. */
static void probe_aligned(struct victim *v)
{
	u_long align, size;

	for (align = 1; align <= v->page_size; align *= 2) {
		for (size = 8; size <= 2 * v->page_size; size *= 2) {
			free_block(v, alloc_aligned(v, size - 3, align));
			free_block(v, alloc_aligned(v, size + size / 2, align));
		}
	}
	alloc_aligned(v, 8, 3);
	alloc_aligned(v, 8, 2 * v->page_size);
	alloc_aligned(v, 0, 8);
}

/* Blocks at alignments of their own: in an empty heap, and with no page left. */
static void aligned(struct victim *v)
{
	u_long i, n;

	probe_aligned(v);
	for (n = 0; n < v->places; n++) {
		v->page[n] = xnheap_alloc(v->heap, n % 2 ? v->page_size : 24);
		if (!v->page[n])
			break;
	}
	probe_aligned(v);
	for (i = 0; i < n; i++) {
		xnheap_free(v->heap, v->page[i]);
		v->page[i] = NULL;
	}
}

/*
 * The cases of heaps with fine classes, which have too many sizes to be gone
 * through one by one in each state: every eighth of a doubling is.
 */
static u_long next_size(u_long size)
{
	return size < 64 ? size + 8 : size + rounddown_pow_of_two(size) / 8;
}

static void every_size_begun_and_ended(struct victim *v)
{
	u_long size, n, i, k, order;

	for (size = 8; size < 2 * v->page_size; size = next_size(size)) {
		n = min(v->places, 3 * max(8 * v->page_size / size, 64UL));
		for (order = 0; order < 3; order++) {
			for (i = 0; i < n; i++)
				v->page[i] = alloc_block(v, size);
			for (i = 0; i < n; i++) {
				if (order == 0)		/* as taken */
					k = i;
				else if (order == 1)	/* backwards */
					k = n - 1 - i;
				else			/* from all sides */
					k = i % 2 ? i / 2 : n - 1 - i / 2;
				if (v->page[k])
					free_block(v, v->page[k]);
				v->page[k] = NULL;
			}
		}
	}
}

/*
 * So few pages are free that they are kept, but in a row: a run begins there only after
 * larger buckets were asked in vain, and ends.
 */
static void run_where_pages_are_scarce(struct victim *v)
{
	u_long i, size, align;

	fill(v);
	for (i = 0; i < 12; i++)
		free_nth(v, v->nr_pages / 2 + i);
	for (size = 8; size < 2 * v->page_size; size = next_size(size)) {
		free_block(v, alloc_block(v, size));
		for (align = 16; align < v->page_size; align *= 2)
			free_block(v, alloc_aligned(v, size, align));
	}
	drain(v);
}

/*
 * Three times, from the end of a free range down: a page block that stays, a
 * range, a run, a range. The run's only block is then given back. Each of the
 * three serves once as the first.
 */
static void run_between(struct victim *v, u_long after, u_long before, u_long size)
{
	u_long page = v->page_size, g, first;
	void *stays[4], *high[3], *run[3], *low[3];

	for (first = 0; first < 3; first++) {
		for (g = 0; g < 3; g++) {
			stays[g] = xnheap_alloc(v->heap, 3 * page);
			high[g] = xnheap_alloc(v->heap, after * page);
			/* the second and third block of a run go elsewhere */
			run[g] = g ? xnheap_alloc(v->heap, size + g * 8) :
				     alloc_block(v, size);
			low[g] = xnheap_alloc(v->heap, before * page);
		}
		stays[3] = xnheap_alloc(v->heap, 3 * page);
		for (g = 0; g < 3; g++) {
			xnheap_free(v->heap, high[g]);
			xnheap_free(v->heap, low[g]);
		}
		for (g = 0; g < 3; g++) {
			check(v, run[(first + g) % 3]);
			free_block(v, run[(first + g) % 3]);
		}
		for (g = 0; g < 4; g++)
			xnheap_free(v->heap, stays[g]);
	}
}

static void run_between_ranges(struct victim *v)
{
	static const u_long length[] = { 3, 4, 16, 31, 33 };
	unsigned int i, j;
	u_long size;

	for (i = 0; i < ARRAY_SIZE(length); i++)
		for (j = 0; j < ARRAY_SIZE(length); j++)
			for (size = 8; size < 2 * v->page_size - 16;
			     size = next_size(size))
				run_between(v, length[i], length[j], size);
}

/* Random blocks until none fits; in what is left, every size. */
static void nearly_full(struct victim *v)
{
	u_long n, i, size;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 1);
	for (n = 0; n < v->places; n++) {
		v->page[n] = alloc_block(v, prandom_u32_state(&rnd) %
				     (2 * v->page_size) + 1);
		if (!v->page[n])
			break;
	}
	for (i = 0; i < n; i++) {
		free_block(v, v->page[i]);
		v->page[i] = NULL;
		if (i % 16 == 0)
			for (size = 8; size < 4 * v->page_size;
			     size = next_size(size))
				alloc_and_free(v, size);
	}
}

/* Every address of runs of several pages, but those of blocks. */
static void pointers_into_runs(struct victim *v)
{
	u_long size, at;
	void *block;

	for (size = 8; size < 2 * v->page_size; size = next_size(size)) {
		block = xnheap_alloc(v->heap, size);
		for (at = 1; at < 8 * v->page_size; at += at < 2048 ? 1 : 61)
			free_in_vain(v, block + at);
		xnheap_free(v->heap, block);
		free_in_vain(v, block);
		free_in_vain(v, block + v->page_size);
	}
}

/* Blocks that take no more than a bit each, as many as one hold of the lock is for. */
static void alloc_and_free_quickly(struct victim *v, u_long size)
{
	void *first = xnheap_alloc(v->heap, size), *blocks[BULK_QUICK];
	size_t n = alloc_bulk(v, size, ARRAY_SIZE(blocks), blocks);

	/* Elsewhere, a free finds the block at some length, in a hold of its own */
	if ((u_long)first - v->heap->first_base < v->heap->first_span &&
	    bucket_of_size(v->heap, size)->type == PAGE_RUN_WORD)
		free_bulk(v, n, blocks);
	else
		xnheap_free_bulk(v->heap, n, blocks);
	xnheap_free(v->heap, first);
}

/* Calls for many blocks hold the lock for one of them, in any state, or for some. */
static void in_bulk(struct victim *v)
{
	u_long size;

	v->bulk = true;
	peak_rises(v);
	if (v->flags & XNHEAP_FINE) {
		every_size_begun_and_ended(v);
	} else {
		pages_begun_and_ended(v);
		larger_bucket_serves(v);
		last_block_between_ranges(v);
	}
	nearly_full(v);
	random_calls(v);
	v->bulk = false;
	/* A run has that many and two more: with its last one it would be full */
	for (size = 8; size <= v->page_size / (BULK_QUICK + 2); size *= 2)
		alloc_and_free_quickly(v, size);
}

/* Of a run and more, all there are of a reservation, and one more. */
static void reservations(struct victim *v)
{
	struct xnheap_reservation *r;
	unsigned int i;
	void *block[9];
	u_long size;

	for (size = 8; size <= 4 * v->page_size; size *= 2) {
		r = xnheap_reserve(v->heap, size, ARRAY_SIZE(block));
		if (IS_ERR(r))
			continue;
		for (i = 0; i < ARRAY_SIZE(block); i++)
			block[i] = alloc_reserved(r);
		alloc_reserved(r);
		for (i = 0; i < ARRAY_SIZE(block); i++) {
			check(v, block[i]);
			usable(v, block[i]);
			free_if_denied(v, block[i]);
			if (i % 2)
				free_block(v, block[i]);
			else
				free_if_agreed(v, block[i]);
			free_in_vain(v, block[i]);
		}
		xnheap_unreserve(r);
	}
}

static const struct adversary_case {
	const char *name;
	void (*play)(struct victim *v);
	bool once;		/* fills the heap no more than once */
} cases[] = {
	{ "peak rises", peak_rises, .once = true },
	{ "nothing taken", nothing_taken, .once = true },
	{ "every other page taken", every_other_page_taken, .once = true },
	{ "one page free", one_page_free, .once = true },
	{ "nothing free", nothing_free, .once = true },
	{ "block in each extent", block_in_each_extent, .once = true },
	{ "pages begun and ended", pages_begun_and_ended, .once = true },
	{ "last block between ranges", last_block_between_ranges },
	{ "merge into the largest", merge_into_the_largest },
	{ "larger bucket serves", larger_bucket_serves, .once = true },
	{ "first class too short", first_class_too_short },
	{ "sizes refused", sizes_refused },
	{ "pointers outside", pointers_outside },
	{ "pointers into blocks", pointers_into_blocks },
	{ "blocks freed twice", blocks_freed_twice, .once = true },
	{ "aligned", aligned, .once = true },
	{ "addresses", addresses },
	{ "random calls", random_calls, .once = true },
	{ "other sizes", other_sizes },
	{ "in bulk", in_bulk },
	{ "reservations", reservations },
};

static const struct adversary_case fine_cases[] = {
	{ "fine: peak rises", peak_rises },
	{ "fine: every size begun and ended", every_size_begun_and_ended },
	{ "fine: run between ranges", run_between_ranges },
	{ "fine: nearly full", nearly_full },
	{ "fine: run where pages are scarce", run_where_pages_are_scarce },
	{ "fine: aligned", aligned },
	{ "fine: addresses", addresses },
	{ "fine: sizes refused", sizes_refused },
	{ "fine: pointers outside", pointers_outside },
	{ "fine: pointers into runs", pointers_into_runs },
	{ "fine: random calls", random_calls },
	{ "fine: other sizes", other_sizes },
	{ "fine: in bulk", in_bulk },
	{ "fine: reservations", reservations },
};

/*
 * The cases of heaps with XNHEAP_PERCPU. While a CPU's stacks are busy, calls go to
 * runs, as those of an interrupt do that comes in between: so other states are made.
 */
static void set_busy(struct victim *v, bool busy)
{
	v->busy = busy;
	raw_cpu_ptr(v->heap->cpu)->busy = busy;
}

static struct cpu_stack *stack_of(struct victim *v, u_long size)
{
	return cpu_stack_at(raw_cpu_ptr(v->heap->cpu), bucket_of_size(v->heap, size)->place);
}

static struct cpu_stack *depot_of(struct victim *v, u_long size)
{
	return cpu_stack_at(v->heap->depot, bucket_of_size(v->heap, size)->place);
}

/* Blocks, each with the address of the next. */
static void hold(void **blocks, void *block)
{
	if (!block)
		return;
	*(void **)block = *blocks;
	*blocks = block;
}

static void free_held(struct victim *v, void **blocks)
{
	void *block;

	while ((block = *blocks)) {
		*blocks = *(void **)block;
		xnheap_free(v->heap, block);
	}
}

/* States of the other heaps, while stacks are busy. */
static void stacks_busy(struct victim *v)
{
	unsigned int i;

	set_busy(v, true);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (cases[i].once)
			cases[i].play(v);
	set_busy(v, false);
}

/* Take @n blocks from runs; and if a run is to be @queued, give the first one back. */
static void take(struct victim *v, u_long size, u_long n, bool queued, void **held)
{
	void *first;

	set_busy(v, true);
	first = xnheap_alloc(v->heap, size);
	while (--n)
		hold(held, xnheap_alloc(v->heap, size));
	if (queued)
		free_block(v, first);
	else
		hold(held, first);
	set_busy(v, false);
}

/*
 * An allocation finds its stack empty, and fills it with the last blocks of the run,
 * while another run is queued, or none. Few of the blocks were ever taken before, so
 * most calls raise the peak. The first blocks of the run are taken one by one, up to
 * so many that some fill ends with the run.
 */
static void fill_uses_up_the_run(struct victim *v)
{
	u_long size, i, k, per_page;
	void *held = NULL;

	for (size = PERCPU_MIN_BLOCK; size < v->page_size; size *= 2) {
		per_page = v->page_size / size;
		for (k = 1; k <= min(per_page - 1, 1UL + CPU_BATCH); k++) {
			take(v, size, per_page + k, k % 2, &held);
			for (i = k; i < per_page; i++)
				hold(&held, alloc_block(v, size));
			/* what is queued may serve first, and a new run */
			for (i = 0; i <= per_page; i++)
				hold(&held, alloc_block(v, size));
			settle(v);
		}
	}
	free_held(v, &held);
}

/* Blocks go to the depot, and come from there. */
static void depot_serves(struct victim *v)
{
	void *held = NULL;
	u_long size, i, n;

	for (size = PERCPU_MIN_BLOCK; size < v->page_size; size *= 2) {
		n = (stack_of(v, size)->limit + depot_of(v, size)->limit) /
		    sizeof(struct cpu_slot);
		for (i = 0; i < n; i++)
			hold(&held, xnheap_alloc(v->heap, size));
		while (held) {
			void *block = held;

			held = *(void **)block;
			free_block(v, block);
		}
		for (i = 0; i < n; i++)
			hold(&held, alloc_block(v, size));
		free_held(v, &held);
		settle(v);
	}
}

/* An allocation finds its stack empty and no run, but one in the queue, or none. */
static void run_is_full(struct victim *v)
{
	void *held = NULL;
	u_long size, n;

	for (size = PERCPU_MIN_BLOCK; size < v->page_size; size *= 2) {
		n = v->page_size / size;
		take(v, size, n, true, &held);
		hold(&held, alloc_block(v, size));
		hold(&held, alloc_block(v, size));
		take(v, size, n - 1, false, &held);
	}
	free_held(v, &held);
}

/* Have the only free page, of all, be a run whose blocks are out. */
static void *page_of_blocks(struct victim *v, u_long i, u_long size)
{
	void *page = v->page[i];
	u_long n;

	free_nth(v, i);
	for (n = 0; n < v->page_size / size; n++)
		xnheap_alloc(v->heap, size);
	return page;
}

/*
 * A stack is full, but for one, and the depot is, with blocks of runs that have others
 * out and others free. On top of it comes a block that is the last one out of its run,
 * whose page has @before free ones before it and @after behind. The next free gives a
 * batch back.
 */
static void flush_one(struct victim *v, unsigned int extent, u_long before, u_long after,
		      u_long size, int (*give)(struct victim *v, void *block))
{
	struct cpu_stack *stack = stack_of(v, size);
	u_long per_extent = v->nr_pages / v->nr_extents, per_page = v->page_size / size;
	u_long start = extent * per_extent, x = start + before + 1, end, i, n, at, blocks;
	void *last, *page, *first = v->page[start], *others[2 * CPU_STACK_SLOTS + 1];
	const struct cpu_stack *depot = depot_of(v, size);

	blocks = (stack->limit + depot->limit) / sizeof(struct cpu_slot);
	n = blocks / max(per_page - 1, 1UL) + 1;	/* pages with enough of them */
	end = x + after + 2 + n;
	if (!blocks || end > start + per_extent)
		return;
	for (i = 0; i < n; i++)
		others[i] = page_of_blocks(v, end - 1 - i, size);
	last = page_of_blocks(v, x, size);
	for (i = x - before; i <= x + after; i++)
		if (i != x)
			free_nth(v, i);
	set_busy(v, true);
	for (at = 1; at < per_page; at++)
		xnheap_free(v->heap, last + at * size);
	for (i = 0; i < n; i++)
		xnheap_free(v->heap, others[i]);
	set_busy(v, false);
	for (i = 0; i < n; i++) {
		for (at = 1; at < per_page; at++) {
			if (depot->top == depot->limit &&
			    stack->top + sizeof(struct cpu_slot) == stack->limit && last) {
				give(v, last);
				last = NULL;
			}
			give(v, others[i] + at * size);
		}
	}
	if (last)
		give(v, last);
	settle(v);
	while ((page = xnheap_alloc(v->heap, v->page_size)))
		v->page[start + (page - first) / v->page_size] = page;
}

static void flush_both(struct victim *v, unsigned int extent, u_long before, u_long after,
		       u_long size)
{
	flush_one(v, extent, before, after, size, free_block);
	flush_one(v, extent, before, after, size, free_if_agreed);
}

static void flush_ends_a_run(struct victim *v)
{
	static const u_long length[] = { 1, 16, 33 };
	static const unsigned int extent[] = { 0, 30, 31, 63 };
	unsigned int i, j, e;
	u_long size;

	fill(v);
	for (e = 0; e < ARRAY_SIZE(extent) && extent[e] < v->nr_extents; e++)
		for (i = 0; i < ARRAY_SIZE(length); i++)
			for (j = 0; j < ARRAY_SIZE(length); j++)
				for (size = PERCPU_MIN_BLOCK; size < v->page_size; size *= 2)
					flush_both(v, extent[e], length[i], length[j], size);
	drain(v);
}

/* In every extent: a block that its CPU keeps, and one of pages, and what is refused. */
static void kept_in_each_extent(struct victim *v)
{
	u_long per_extent = v->nr_pages / v->nr_extents, i, size;
	unsigned int e;
	void *block;

	fill(v);
	for (e = 0; e < v->nr_extents; e++) {
		i = (e + 1) * per_extent - 1;
		free_nth(v, i);
		for (size = PERCPU_MIN_BLOCK; size <= v->page_size; size *= 2) {
			block = alloc_block(v, size);
			check(v, block);
			free_in_vain(v, block + 1);
			free_in_vain(v, block + 8);
			free_in_vain(v, block + PERCPU_MIN_BLOCK);
			free_block(v, block);
			free_in_vain(v, block);
			settle(v);
		}
		v->page[i] = xnheap_alloc(v->heap, v->page_size);
	}
	drain(v);
}

/*
 * Stacks are full of blocks each of which is the last one out of its run, so that one
 * is given back at a time; and then all are, in vain.
 */
static void fails_and_gives_back(struct victim *v)
{
	u_long size, n, i;
	void *page = xnheap_alloc(v->heap, v->page_size), *last = NULL, *rest = NULL, *block;

	set_busy(v, true);
	for (size = PERCPU_MIN_BLOCK; size < v->page_size; size *= 2) {
		n = stack_of(v, size)->limit / sizeof(struct cpu_slot) * (v->page_size / size);
		for (i = 0; i < n; i++) {
			block = xnheap_alloc(v->heap, size);
			hold((u_long)block & (v->page_size - 1) ? &rest : &last, block);
		}
	}
	free_held(v, &rest);
	set_busy(v, false);
	free_held(v, &last);
	alloc_block(v, xnheap_usable_mem(v->heap));
	xnheap_free(v->heap, page);
}

static const struct adversary_case percpu_cases[] = {
	{ "percpu: peak rises", peak_rises },
	{ "percpu: fill uses up the run", fill_uses_up_the_run },
	{ "percpu: depot serves", depot_serves },
	{ "percpu: run is full", run_is_full },
	{ "percpu: nothing taken", nothing_taken },
	{ "percpu: every other page taken", every_other_page_taken },
	{ "percpu: one page free", one_page_free },
	{ "percpu: nothing free", nothing_free },
	{ "percpu: kept in each extent", kept_in_each_extent },
	{ "percpu: pages begun and ended", pages_begun_and_ended },
	{ "percpu: flush ends a run", flush_ends_a_run },
	{ "percpu: fails and gives back", fails_and_gives_back },
	{ "percpu: sizes refused", sizes_refused },
	{ "percpu: pointers outside", pointers_outside },
	{ "percpu: blocks freed twice", blocks_freed_twice },
	{ "percpu: aligned", aligned },
	{ "percpu: addresses", addresses },
	{ "percpu: random calls", random_calls },
	{ "percpu: stacks busy", stacks_busy },
	{ "percpu: other sizes", other_sizes },
	{ "percpu: reservations", reservations },
};

/* In every extent: a page block that waits, and then what is refused. */
static void wait_in_each_extent(struct victim *v)
{
	u_long per_extent = v->nr_pages / v->nr_extents, i;
	unsigned int e;
	int way;

	fill(v);
	for (e = 0; e < v->nr_extents; e++) {
		i = e * per_extent;
		for (way = 0; way < 4; way++) {
			if (way == 0)
				defer_block(v, v->page[i]);
			else if (way == 1)
				free_in_nmi(v, v->page[i], false);
			else if (way == 2)
				free_in_nmi(v, v->page[i], true);
			else if (e == 0 || e == v->nr_extents - 1)
				free_rcu(v, v->page[i]);
			else
				break;
			defer_block(v, v->page[i]);
			free_in_nmi(v, v->page[i], false);
			free_in_nmi(v, v->page[i], true);
			settle(v);
			v->page[i] = xnheap_alloc(v->heap, v->page_size);
		}
	}
	drain(v);
}

/* Blocks wait, one at a time; also as if this interrupted who adds an extent. */
static void blocks_wait(struct victim *v)
{
	v->defer = true;
	peak_rises(v);
	if (v->flags & XNHEAP_PERCPU) {
		flush_ends_a_run(v);
	} else if (v->flags & XNHEAP_FINE) {
		every_size_begun_and_ended(v);
		run_between_ranges(v);
	} else {
		pages_begun_and_ended(v);
		last_block_between_ranges(v);
	}
	pointers_outside(v);
	v->defer = false;
	wait_in_each_extent(v);
	raw_write_seqcount_begin(&v->heap->extents_seq);
	wait_in_each_extent(v);
	raw_write_seqcount_end(&v->heap->extents_seq);
}

/* Of what a call does on any heap, the most expensive; and then a note. */
static const struct adversary_case noting_cases[] = {
	{ "other: peak rises", peak_rises },
	{ "other: nothing taken", nothing_taken },
	{ "other: one page free", one_page_free },
	{ "other: nothing free", nothing_free },
	{ "other: pages begun and ended", pages_begun_and_ended },
	{ "other: sizes refused", sizes_refused },
	{ "other: pointers outside", pointers_outside },
	{ "other: aligned", aligned },
	{ "other: random calls", random_calls },
	{ "other: other sizes", other_sizes },
};

static const struct adversary_case noting_fine_cases[] = {
	{ "other-fine: every size begun and ended", every_size_begun_and_ended },
	{ "other-fine: nearly full", nearly_full },
	{ "other-fine: run where pages are scarce", run_where_pages_are_scarce },
	{ "other-fine: aligned", aligned },
	{ "other-fine: random calls", random_calls },
	{ "other-fine: other sizes", other_sizes },
};

static const struct adversary_case noting_percpu_cases[] = {
	{ "other-percpu: fill uses up the run", fill_uses_up_the_run },
	{ "other-percpu: flush ends a run", flush_ends_a_run },
	{ "other-percpu: fails and gives back", fails_and_gives_back },
	{ "other-percpu: aligned", aligned },
	{ "other-percpu: random calls", random_calls },
	{ "other-percpu: other sizes", other_sizes },
};

/* Likewise, of heaps with XNHEAP_DEFER. */
static const struct adversary_case deferring_cases[] = {
	{ "other: defer, peak rises", peak_rises },
	{ "other: defer, nothing taken", nothing_taken },
	{ "other: defer, nothing free", nothing_free },
	{ "other: defer, pages begun and ended", pages_begun_and_ended },
	{ "other: defer, last block between ranges", last_block_between_ranges },
	{ "other: defer, pointers outside", pointers_outside },
	{ "other: defer, blocks freed twice", blocks_freed_twice },
	{ "other: defer, aligned", aligned },
	{ "other: defer, other sizes", other_sizes },
	{ "other: defer, blocks wait", blocks_wait },
};

static const struct adversary_case deferring_fine_cases[] = {
	{ "other-fine: defer, every size begun and ended", every_size_begun_and_ended },
	{ "other-fine: defer, run between ranges", run_between_ranges },
	{ "other-fine: defer, nearly full", nearly_full },
	{ "other-fine: defer, aligned", aligned },
	{ "other-fine: defer, pointers into runs", pointers_into_runs },
	{ "other-fine: defer, other sizes", other_sizes },
	{ "other-fine: defer, blocks wait", blocks_wait },
};

static const struct adversary_case deferring_percpu_cases[] = {
	{ "other-percpu: defer, fill uses up the run", fill_uses_up_the_run },
	{ "other-percpu: defer, kept in each extent", kept_in_each_extent },
	{ "other-percpu: defer, flush ends a run", flush_ends_a_run },
	{ "other-percpu: defer, other sizes", other_sizes },
	{ "other-percpu: defer, blocks wait", blocks_wait },
};

/* Read what was posted, so that there is room again. */
static void read_posts(void)
{
	unsigned int i;
	loff_t at = 0;
	u64 posts[16];

	for (i = 0; i < ARRAY_SIZE(listener); i++)
		while (kernel_read(listener[i], posts, sizeof(posts), &at) > 0)
			;
}

/* Ask whose a block is, and have it change, and tell of it. */
static void change_owner(struct victim *v, void *block)
{
	struct xnheap_peer *peer = file->private_data;
	u64 offset = offset_of(v, block);

	at(v, offset);
	at(v, offset + 1);
	post(v, block, ARRAY_SIZE(listener));
	lend(v, block, peer);
	lend(v, block, peer);		/* in vain */
	process_check(offset);
	process_check(offset + 1);
	at(v, offset);
	free_in_vain(v, block);
	post(v, block, 1);
	adopt(v, offset, NULL);
	lend(v, block, peer);
	adopt(v, offset, peer);
	adopt(v, offset, peer);		/* in vain */
	adopt(v, offset + 1, peer);
	read_posts();
}

/* Blocks of each size, in each extent, of the kernel and of a process. */
static void owners_change(struct victim *v)
{
	u_long per_extent = v->nr_pages / v->nr_extents, i, size;
	unsigned int e;
	void *block;

	fill(v);
	for (e = 0; e < v->nr_extents; e++) {
		i = (e + 1) * per_extent - 1;
		change_owner(v, v->page[i]);
		free_nth(v, i);
		for (size = 32; size < v->page_size; size *= 2) {
			block = xnheap_alloc(v->heap, size);
			change_owner(v, block);
			xnheap_free(v->heap, block);
			at(v, offset_of(v, block));
		}
		v->page[i] = xnheap_alloc(v->heap, v->page_size);
	}
	drain(v);
	at(v, SIZE_MAX);
	adopt(v, SIZE_MAX, NULL);
	process_check(SIZE_MAX);
	process_ask();
}

/* Blocks that would be more than a process may have, once they are rounded up. */
static void over_quota(struct victim *v)
{
	u_long size;

	for (size = 40; size < 4 * v->page_size; size *= 2) {
		xnheap_set_quota(v->heap, size, SIZE_MAX);
		process_ask();
		/* In fine heaps, some are as large as that */
		free_block(v, alloc_block(v, size));
	}
	xnheap_set_quota(v->heap, SIZE_MAX, SIZE_MAX);
}

static void calls_of_a_process(struct victim *v)
{
	v->process = true;
	peak_rises(v);
	if (v->flags & XNHEAP_FINE)
		every_size_begun_and_ended(v);
	else
		pages_begun_and_ended(v);
	over_quota(v);
	nearly_full(v);
	aligned(v);
	sizes_refused(v);
	/* As if these interrupted who adds an extent */
	raw_write_seqcount_begin(&v->heap->extents_seq);
	pages_begun_and_ended(v);
	over_quota(v);
	raw_write_seqcount_end(&v->heap->extents_seq);
	v->process = false;
}

/* Likewise, of heaps that are shared with processes. */
static const struct adversary_case shared_cases[] = {
	{ "other: shared, peak rises", peak_rises },
	{ "other: shared, nothing taken", nothing_taken },
	{ "other: shared, pages begun and ended", pages_begun_and_ended },
	{ "other: shared, last block between ranges", last_block_between_ranges },
	{ "other: shared, pointers into blocks", pointers_into_blocks },
	{ "other: shared, blocks freed twice", blocks_freed_twice },
	{ "other: shared, aligned", aligned },
	{ "other: shared, other sizes", other_sizes },
	{ "other: shared, owners change", owners_change },
	{ "other: shared, calls of a process", calls_of_a_process },
};

static const struct adversary_case shared_fine_cases[] = {
	{ "other-fine: shared, every size begun and ended", every_size_begun_and_ended },
	{ "other-fine: shared, run between ranges", run_between_ranges },
	{ "other-fine: shared, pointers into runs", pointers_into_runs },
	{ "other-fine: shared, owners change", owners_change },
	{ "other-fine: shared, calls of a process", calls_of_a_process },
};

static void shared_close(struct victim *v)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(listener); i++) {
		if (!IS_ERR_OR_NULL(listener[i]))
			filp_close(listener[i], NULL);
		listener[i] = NULL;
	}
	if (user)
		vm_munmap((u_long)user, PAGE_SIZE);
	user = NULL;
	v->heap->level = NULL;
	v->heap->level_mark = 0;
	xnheap_delete(v->heap);
	v->heap = NULL;
}

/* A heap that a process has opened, as it might: by its device. */
static int shared_open(struct victim *v, u_long bytes)
{
	u_long at;
	unsigned int i;

	v->heap = xnheap_create_shared("bench", bytes / v->nr_extents, v->page_size,
				       XNHEAP_VMALLOC | (v->flags & XNHEAP_FINE), 0);
	if (IS_ERR(v->heap)) {
		v->heap = NULL;
		return -ENOMEM;
	}
	for (i = 1; i < v->nr_extents; i++)
		xnheap_grow(v->heap);
	for (i = 0; i < ARRAY_SIZE(listener); i++) {
		file = filp_open("/dev/xnheap/bench", O_RDWR | O_NONBLOCK, 0);
		if (IS_ERR(file))
			return PTR_ERR(file);
		listener[i] = file;
		file->f_op->unlocked_ioctl(file, XNHEAP_IOC_LISTEN, 1);
	}
	at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(at))
		return at;
	user = (u64 __user *)at;
	v->area = (void *)v->heap->extent[0].start;
	return xnheap_set_quota(v->heap, SIZE_MAX, SIZE_MAX);
}

static void victim_close(struct victim *v)
{
	if (noting)
		irq_work_sync(&level.work);
	noting = NULL;
	if (v->heap && v->flags & XNHEAP_SHARED)
		shared_close(v);
	xnheap_destroy(v->heap, NULL, NULL);
	vfree(v->page);
	vfree(v->memory);
	kfree(v->heap);
}

/* A heap of @bytes in @nr_extents areas of the same size. */
static int victim_open(struct victim *v, u_long bytes, u_long page_size,
		       unsigned int flags, unsigned int nr_extents)
{
	unsigned int i;
	void *area;
	int ret;

	*v = (struct victim) {
		.page_size = page_size,
		.flags = flags,
		.nr_extents = nr_extents,
	};
	if (flags & XNHEAP_SHARED) {
		ret = shared_open(v, bytes);
		nr_extents = 0;
	} else {
		v->heap = kzalloc(sizeof(*v->heap), GFP_KERNEL);
		v->memory = vzalloc(bytes + XNHEAP_MAX_PAGE_SIZE);
		v->area = PTR_ALIGN(v->memory, XNHEAP_MAX_PAGE_SIZE);
		ret = v->heap && v->memory ? 0 : -ENOMEM;
		bytes /= nr_extents;
	}

	/* The last in memory first, so that every other shifts the table. */
	for (i = nr_extents; !ret && i > 0; i--) {
		area = v->area + (i - 1) * bytes;
		ret = i == nr_extents ?
		      xnheap_init_flags(v->heap, area, bytes, page_size, flags & ~NOTES) :
		      xnheap_extend(v->heap, area, bytes);
	}
	if (!ret) {
		if (flags & NOTES)
			leave_notes(v->heap);
		v->nr_pages = xnheap_page_count(v->heap);
		v->places = max(v->nr_pages, MIN_PLACES);
		v->page = vcalloc(v->places, sizeof(*v->page));
		ret = v->page ? 0 : -ENOMEM;
	}
	if (ret)
		victim_close(v);
	return ret;
}

static int play(struct victim *v, const struct adversary_case *c)
{
	settle(v);
	c->play(v);
	/* A case that was not played as written proves nothing. */
	if (xnheap_used_mem(v->heap)) {
		pr_err("bench: case '%s' leaves %zu bytes allocated\n",
		       c->name, xnheap_used_mem(v->heap));
		return -EINVAL;
	}
	return 0;
}

static void forget(void)
{
	unsigned int i;

	plays.calls = 0;
	plays.irqs_off = 0;
	for (i = 0; i < NR_OUTCOMES; i++)
		record_reset(&records[i]);
}

static void tell(const struct victim *v, const char *name)
{
	const struct record *record;
	unsigned int i;

	if (plays.again == 2)
		bench_print("irqs\t%s\t%u\t%lu\t%llu\n", name,
			    v->nr_extents, v->page_size,
			    max(plays.irqs_off, plays.before[plays.nr_case]));
	plays.before[plays.nr_case] = plays.irqs_off;
	if (plays.stepped)
		return;
	for (i = 0; i < NR_OUTCOMES; i++) {
		record = &records[i];
		if (record->count)
			bench_print("adversary\t%s\t%s\t%u\t%lu\t%llu\t%llu\t%llu\n",
				    name, outcome_name[i], v->nr_extents,
				    v->page_size, record->count, record->sum,
				    record->worst);
	}
}

/* As many pages in each extent as merge() wants, where memory allows. */
static u_long wanted(u_long page_size, unsigned int flags,
		     unsigned int nr_extents)
{
	u_long pages = min(440UL, (48UL << 20) / page_size / nr_extents);

	if (flags & XNHEAP_SHARED)
		return PAGE_ALIGN(pages * page_size) * nr_extents;
	return xnheap_rounded_size_flags(pages * page_size, page_size, flags & ~NOTES) *
	       nr_extents;
}

/*
 * The longest free range of three extents loses so many pages that it gets
 * into a shorter class, for the first time ever, in blocks of @size bytes; and
 * then grows back. Ranges of 2^10 and of 2^18 pages and more stand in another
 * word of the index than what is looked for.
 */
static void large_range_shrinks(struct victim *v, u_long size)
{
	u_long i, n;

	n = min(v->places, 40 * max(v->page_size / size, 1UL));
	for (i = 0; i < n; i++)
		v->page[i] = alloc_block(v, size);
	for (i = 0; i < n; i++) {
		free_block(v, v->page[i]);
		v->page[i] = NULL;
	}
}

static int play_large_ranges(void)
{
	static const struct {
		u_long page_size, pages;
		unsigned int extents;
	} heaps[] = {
		{ 64, 1UL << 10, 3 }, { 64, 1UL << 18, 3 },
		{ 512, 1UL << 10, 3 }, { 1024, 1UL << 18, 1 },
		{ 4096, 1UL << 10, 3 }, { 32768, 1UL << 10, 3 },
	};
	unsigned int i, k;
	struct victim v;
	int ret;

	for (i = 0; i < ARRAY_SIZE(heaps); i++) {
		u_long page = heaps[i].page_size;
		u_long bytes = xnheap_rounded_size(heaps[i].pages * page, page);
		u_long size[] = { 8, page / 2, page, 2 * page };

		forget();
		for (k = 0; k < ARRAY_SIZE(size); k++) {
			ret = victim_open(&v, bytes * heaps[i].extents, page,
					  0, heaps[i].extents);
			if (ret)
				return ret;
			large_range_shrinks(&v, size[k]);
			victim_close(&v);
		}
		v.nr_extents = heaps[i].extents;
		tell(&v, "large range shrinks");
	}
	return 0;
}

/* Play all cases in a new heap. */
static int play_in(const struct adversary_case *c, unsigned int nr,
		   u_long page_size, unsigned int flags, unsigned int nr_extents)
{
	struct victim v;
	unsigned int i;
	int ret;

	ret = victim_open(&v, wanted(page_size, flags, nr_extents), page_size,
			  flags, nr_extents);
	if (ret)
		return ret;
	for (i = 0; !ret && i < nr; i++) {
		forget();
		plays.nr_case = i;
		ret = play(&v, &c[i]);
		tell(&v, c[i].name);
	}
	victim_close(&v);
	return ret;
}

/* Play all cases in heaps of one kind; if @again, once more step by step. */
static int play_all(const struct adversary_case *c, unsigned int nr,
		    unsigned int flags, bool again)
{
	static const u_long page_size[] = { 64, 512, 4096, 32768 };
	static const unsigned int nr_extents[] = { 1, 64 };
	unsigned int p, e;
	int ret = 0;

	for (p = 0; !ret && p < ARRAY_SIZE(page_size); p++) {
		for (e = 0; !ret && e < ARRAY_SIZE(nr_extents); e++) {
			ret = play_in(c, nr, page_size[p], flags, nr_extents[e]);
			if (ret || !again)
				continue;
			for (plays.again = 1; !ret && plays.again <= 2; plays.again++)
				ret = play_in(c, nr, page_size[p], flags,
					      nr_extents[e]);
			plays.again = 0;
		}
	}
	return ret;
}

/* Play the cases of each kind of heap in heaps of that kind. */
static int play_kinds(bool again)
{
	int ret = play_all(cases, ARRAY_SIZE(cases), 0, again);

	if (!ret)
		ret = play_all(fine_cases, ARRAY_SIZE(fine_cases), XNHEAP_FINE, again);
	if (!ret)
		ret = play_all(percpu_cases, ARRAY_SIZE(percpu_cases), XNHEAP_PERCPU, again);
	if (!ret)
		ret = play_all(noting_cases, ARRAY_SIZE(noting_cases), NOTES, again);
	if (!ret)
		ret = play_all(noting_fine_cases, ARRAY_SIZE(noting_fine_cases),
			       XNHEAP_FINE | NOTES, again);
	if (!ret)
		ret = play_all(noting_percpu_cases, ARRAY_SIZE(noting_percpu_cases),
			       XNHEAP_PERCPU | NOTES, again);
	if (!ret)
		ret = play_all(deferring_cases, ARRAY_SIZE(deferring_cases),
			       XNHEAP_DEFER | NOTES, again);
	if (!ret)
		ret = play_all(deferring_fine_cases, ARRAY_SIZE(deferring_fine_cases),
			       XNHEAP_FINE | XNHEAP_DEFER | NOTES, again);
	if (!ret)
		ret = play_all(deferring_percpu_cases, ARRAY_SIZE(deferring_percpu_cases),
			       XNHEAP_PERCPU | XNHEAP_DEFER | NOTES, again);
	if (!ret)
		ret = play_all(shared_cases, ARRAY_SIZE(shared_cases),
			       XNHEAP_SHARED | NOTES, again);
	if (!ret)
		ret = play_all(shared_fine_cases, ARRAY_SIZE(shared_fine_cases),
			       XNHEAP_SHARED | XNHEAP_FINE | NOTES, again);
	return ret;
}

/* A recipe; and once more with the other call of the same kind at its end. */
static void play_recipe(const struct recipe *r)
{
	struct recipe other = *r;
	struct step *last = &other.step[r->nr - 1];

	recipe_play(r, NULL);
	if (last->call == STEP_ALLOC) {
		last->call = STEP_ALIGNED;
		last->shift = ilog2(clamp(last->size, 8, r->page_size));
	} else if (last->call == STEP_FREE) {
		last->call = STEP_AGREED;
	} else {
		return;
	}
	recipe_play(&other, NULL);
}

static int play_recipes(bool again)
{
	const struct recipe *r;
	struct victim v = { };
	unsigned int i;
	int ret;

	ret = recipe_init();
	if (ret)
		return ret;
	plays.nr_case = 0;
	for (i = 0; i < nr_named_recipes; i++) {
		r = &named_recipes[i].recipe;
		for (plays.again = 0; plays.again <= 2 * again; plays.again++) {
			forget();
			play_recipe(r);
			v.nr_extents = r->nr_extents;
			v.page_size = r->page_size;
			tell(&v, named_recipes[i].name);
		}
		plays.again = 0;
	}
	recipe_exit();
	return 0;
}

int bench_adversary(void)
{
	int ret = play_kinds(false);

	if (!ret)
		ret = play_recipes(false);
	return ret ? ret : play_large_ranges();
}

/* For how long the most expensive calls have interrupts off. */
int bench_irqs(void)
{
	int ret;

	BUILD_BUG_ON(ARRAY_SIZE(cases) > MOST_CASES || ARRAY_SIZE(percpu_cases) > MOST_CASES);
	ret = step_init();
	if (ret)
		return ret;
	plays.stepped = true;
	ret = play_kinds(true);
	if (!ret)
		ret = play_recipes(true);
	step_exit();
	return ret;
}

/* The cases that can be played in a heap of any size; the worst of them. */
int adversary_grown(u_long bytes, u_long page_size, unsigned int nr_extents,
		    u64 *worst_alloc, u64 *worst_free)
{
	struct victim v;
	unsigned int i;
	int ret;

	ret = victim_open(&v, bytes, page_size, 0, nr_extents);
	if (ret)
		return ret;
	forget();
	for (i = 0; !ret && i < ARRAY_SIZE(cases); i++)
		if (cases[i].once)
			ret = play(&v, &cases[i]);
	*worst_alloc = max3(records[ALLOC].worst, records[ALIGNED].worst,
			    records[FAIL].worst);
	*worst_free = max(records[FREE].worst, records[REFUSE].worst);
	victim_close(&v);
	return ret;
}
