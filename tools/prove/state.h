/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The states of small heaps: how one is written, and what is allocated in one.
 * Whether one is sound is for the module's own validator to say. All that the
 * proofs know of the layout stands here.
 *
 * A state is described by a label for each page, and by the order of each
 * list; both are constants when CBMC gets to the call, which then is one path.
 * What the description leaves open is arbitrary: the counters, and whatever
 * stale contents an entry of the page map may have.
 */
#ifndef _PROVE_STATE_H
#define _PROVE_STATE_H

#include <linux/array_size.h>

#pragma CPROVER check push
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "pointer-primitive"
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "signed-overflow"
#pragma CPROVER check disable "conversion"
#pragma CPROVER check disable "undefined-shift"
#pragma CPROVER check disable "div-by-zero"

/*
 * The heap: pages in each of two extents, the second without any if alone; with
 * EXTEND, the second is not there yet.
 */
#ifndef PAGES
#define PAGES		3
#endif
#ifndef MORE_PAGES
#define MORE_PAGES	0
#endif
#ifdef EXTEND
#define EXTENTS		1
#define TABLE		64	/* all of it is searched for a place */
#else
#define EXTENTS		(1 + !!MORE_PAGES)
#define TABLE		EXTENTS
#endif
#define ALL_PAGES	(PAGES + MORE_PAGES)
#define SHIFT		6
#define PAGE		BIT(SHIFT)

/* The buckets: bytes of a block, pages of a run */
struct sort {
	unsigned int size, pages;
};

/* Runs of two pages, which only heaps of finer sizes have */
#define FINE		(SORTS == 2)

#if SORTS == 0
static const struct sort sorts[] = { { 32, 1 } };
#elif SORTS == 1
static const struct sort sorts[] = { { 16, 1 }, { 32, 1 } };
#elif SORTS == 2
static const struct sort sorts[] = { { 40, 2 } };
#elif SORTS == 3
static const struct sort sorts[] = { { 16, 1 } };
#endif
#define BUCKETS		ARRAY_SIZE(sorts)

/*
 * CBMC tells addresses of two objects apart, but not how far: entries are found
 * by comparing.
 */
#define validate_is_entry	is_entry

/* Each invariant is to be proved; what is checked after it may rely on it */
#pragma push_macro("XNHEAP_INDEX_BITS")
#undef XNHEAP_INDEX_BITS
#define XNHEAP_INDEX_BITS	BUCKETS		/* as many as it counts for */
#include "core/validation.h"
#pragma pop_macro("XNHEAP_INDEX_BITS")
#undef XNHEAP_MAX_EXTENTS
#define XNHEAP_MAX_EXTENTS	3		/* the last of them none */
#undef SOUND
#define SOUND(v, condition) ({				\
	(void)(v);					\
	if (!(condition)) {				\
		__CPROVER_assert(0, #condition);	\
		__CPROVER_assume(0);			\
	}						\
	true;						\
})
#include "core/validate_pages.c"
#include "core/validate.c"

/* As few as a heap may have */
#define BINS		BITS_PER_LONG

struct entry {
	struct xnheap_page page;
	unsigned long bits[1];	/* of a run's blocks */
#ifdef PERCPU
	unsigned long live[1];
#endif
};

/* Let a block be live that starts in a page */
static void write_live(struct entry *entry, u32 offset)
{
#ifdef PERCPU
	entry->live[0] |= BIT(offset / PERCPU_MIN_BLOCK);
#endif
}

static struct entry map0[PAGES + 2], map1[MORE_PAGES + 2];
static u32 extents = EXTENTS;

/* The heap, and its tables, each by itself */
static struct xnheap heap;
static struct xnheap_extent extent_table[TABLE];
static struct xnheap_by_address by_address[64];
static struct xnheap_page ranges[BINS + 1];
static struct xnheap_bucket buckets[BUCKETS];
static u16 size_class[2 * PAGE / XNHEAP_MIN_BLOCK];

/* Where the extents lie: the first that was added after the other */
#ifndef BASE0
#define BASE0	0x200000UL
#endif
#define BASE1	0x100000UL

static u32 pages_of(u32 e)
{
	return e ? MORE_PAGES : PAGES;
}

/* Pages -1 and pages_of(e) have an entry, too */
static struct entry *entry_at(u32 e, u32 p)
{
	return e ? &map1[p + 1] : &map0[p + 1];
}

static struct xnheap_page *page_at(u32 e, u32 p)
{
	return &entry_at(e, p)->page;
}

bool is_entry(const struct validation *v, const struct xnheap_page *page)
{
	u32 e, p;

	for (e = 0; e < extents; e++)
		for (p = 0; p < pages_of(e); p++)
			if (page == page_at(e, p))
				return true;
	return false;
}

static unsigned long page_address(u32 e, u32 p)
{
	return (e ? BASE1 : BASE0) + p * PAGE;
}

static u32 blocks_of(u32 b)
{
	return sorts[b].pages * PAGE / sorts[b].size;
}

static u32 popcount(unsigned long bits, u32 n)
{
	u32 i, count = 0;

	for (i = 0; i < n; i++)
		count += bits >> i & 1;
	return count;
}

/*
 * Labels. A run has one for each set of allocated blocks but the empty one; if
 * some are free, one as the current run of its bucket, one in the queue.
 */
enum page_label {
	FREE,			/* type PAGE_FREE */
	FREE_TAIL,		/* the same, inside a range, type PAGE_LAST */
	FREE_RUN_TAIL,		/* likewise, type PAGE_RUN_TAIL */
	BLOCK,			/* first page of a page block */
	TAIL,			/* another, type PAGE_LAST */
	TAIL_FREE,		/* another, not the last, type PAGE_FREE */
	TAIL_RUN_TAIL,		/* likewise, type PAGE_RUN_TAIL */
	RUN_TAIL,		/* of a run, but not its first */
	RUN			/* from here on, by bucket: full, current, queued */
};

static u32 labels_of(u32 b)
{
	u32 n = blocks_of(b);

	return 1 + 2 * ((1U << n) - 2);
}

static u32 labels(void)
{
	u32 b, n = RUN;

	for (b = 0; b < BUCKETS; b++)
		n += labels_of(b);
	return n;
}

struct run_label {
	u32 bucket;
	bool full, current;
	unsigned long bits;
	u32 used;
};

static struct run_label run_label(u32 label)
{
	struct run_label run = { };
	u32 n, rest = label - RUN;

	while (rest >= labels_of(run.bucket))
		rest -= labels_of(run.bucket++);
	n = blocks_of(run.bucket);
	run.full = rest == 0;
	run.current = rest > 0 && rest <= (1U << n) - 2;
	run.bits = run.full ? (1U << n) - 1 :
		   run.current ? rest : rest - ((1U << n) - 2);
	run.used = popcount(run.bits, n);
	return run;
}

/* A page of a free range, a page after the first of a page block */
#define IS_FREE(label)	((label) <= FREE_RUN_TAIL)
#define IS_TAIL(label)	((label) >= TAIL && (label) <= TAIL_RUN_TAIL)

static u8 state[1 + !!MORE_PAGES][ALL_PAGES];

/* Whether the labels of state[] describe a heap */
static bool state_is_valid(void)
{
	bool current[BUCKETS] = { };
	u32 e, p, n, i;

	for (e = 0; e < extents; e++) {
		n = pages_of(e);
		for (p = 0; p < n; p++) {
			u32 label = state[e][p];
			u32 before = p > 0 ? state[e][p - 1] : RUN;
			u32 after = p < n - 1 ? state[e][p + 1] : RUN;

			if ((label == FREE_RUN_TAIL || label == TAIL_RUN_TAIL) && !FINE)
				return false;
			if (IS_FREE(label) && label != FREE &&
			    (!IS_FREE(before) || !IS_FREE(after)))
				return false;
			if (IS_TAIL(label) && before != BLOCK && !IS_TAIL(before))
				return false;
			if (IS_TAIL(label) && label != TAIL && !IS_TAIL(after))
				return false;
			if (label == RUN_TAIL)
				return false;
			if (label >= RUN) {
				struct run_label run = run_label(label);

				if (run.current && current[run.bucket])
					return false;
				current[run.bucket] |= run.current;
#ifdef PERCPU	/* fewer: no queue, and none free below another */
				if (!run.full && !run.current)
					return false;
				if (run.bits & (run.bits + 1))
					return false;
#endif
				for (i = 1; i < sorts[run.bucket].pages; i++)
					if (++p >= n || state[e][p] != RUN_TAIL)
						return false;
			}
		}
	}
	return true;
}

/* Decode a number to labels; false if it describes none */
static bool state_decode(u32 nr)
{
	u32 e, p;

	for (e = 0; e < extents; e++) {
		for (p = 0; p < pages_of(e); p++) {
			state[e][p] = nr % labels();
			nr /= labels();
		}
	}
	return state_is_valid();
}

static u32 states(void)
{
	u32 e, p, n = 1;

	for (e = 0; e < extents; e++)
		for (p = 0; p < pages_of(e); p++)
			n *= labels();
	return n;
}

/*
 * What is allocated: for each page that a page block or a run starts in, which
 * of the two it is, and the set of its blocks.
 */
struct unit {
	u32 pages;		/* of a page block, else 0 */
	u32 bucket;		/* of a run */
	unsigned long bits;	/* 1 for a page block; 0: none starts here */
};

struct sight {
	struct unit unit[1 + !!MORE_PAGES][ALL_PAGES];
	size_t used;
	u32 longest;		/* free range */
};

static struct sight described;	/* by the labels */

/*
 * Put a page into a list that has @n, where the order says. In a bin, all ranges
 * have one length here; which is first is no invariant where they have not.
 */
static u32 order_left;

static void list_write(struct list_head *head, u32 n, struct xnheap_page *page)
{
	u32 at = order_left % (n + 1), i;
	struct list_head *prev = head;

	order_left /= n + 1;
	for (i = 0; i < at; i++)
		prev = prev->next;
	page->list.prev = prev;
	page->list.next = prev->next;
	prev->next->prev = &page->list;
	prev->next = &page->list;
}

static void write_range(u32 e, u32 p, u32 n, u32 *listed)
{
	struct xnheap_page *page = page_at(e, p), *last = page_at(e, p + n - 1);

	page->type = PAGE_FREE;
	page->count = n;
	page->bin = n;
	last->type = PAGE_FREE;
	last->count = n;
	list_write(&ranges[n].list, listed[n]++, page);
	heap.range_index.word[0] |= 1UL << n;
	heap.free_pages += n;
}

static void write_run(u32 e, u32 p, u32 *listed)
{
	struct run_label run = run_label(state[e][p]);
	struct xnheap_bucket *bucket = &buckets[run.bucket];
	struct entry *entry = entry_at(e, p);
	u32 n = blocks_of(run.bucket), i;

	entry->page.type = PAGE_RUN_WORD;
	entry->page.bucket = run.bucket * sizeof(*bucket);
	entry->page.count = (int)(n - run.used) - 1;
	for (i = 1; i < sorts[run.bucket].pages; i++) {
		page_at(e, p + i)->type = PAGE_RUN_TAIL;
		page_at(e, p + i)->distance = i;
	}
	bucket->runs++;
	described.used += run.used * sorts[run.bucket].size;
	bucket->allocs += run.used;
	entry->bits[0] = run.bits;
	for (i = 0; i < n; i++)
		if (run.bits >> i & 1)
			write_live(entry, i * sorts[run.bucket].size);
	if (run.full)
		return;
	heap.bucket_index.word[0] |= 1UL << run.bucket;
	if (run.current) {
		bucket->run = &entry->page;
		bucket->cursor = &entry->bits[0];
		bucket->address = page_address(e, p);
		return;
	}
	list_write(&bucket->queue, listed[run.bucket]++, &entry->page);
}

/* Of an entry in no list, what was before it does not lead to it */
static struct list_head nowhere;

/* What stands in an entry of which the description says nothing */
static void write_stale(struct entry *entry, u32 e)
{
	entry->page.list.next = nondet_list();
	entry->page.list.prev = &nowhere;
	entry->page.count = nondet_int();
	entry->page.distance = nondet_u16();
	entry->page.type = PAGE_LAST;
	entry->page.extent = e;
	entry->bits[0] = 0;
#ifdef PERCPU
	entry->live[0] = 0;
#endif
}

static void write_pages(u32 e, u32 *listed, u32 *queued)
{
	u32 p, n = pages_of(e), i, label;

	for (p = 0; p < n + 2; p++)
		write_stale(entry_at(e, p - 1), e);
	for (p = 0; p < n; p++) {
		label = state[e][p];
		if (label == FREE || label == TAIL_FREE)
			page_at(e, p)->type = PAGE_FREE;
		if (label != FREE_RUN_TAIL && label != TAIL_RUN_TAIL)
			continue;
		page_at(e, p)->type = PAGE_RUN_TAIL;
		page_at(e, p)->distance = 1;
	}
	for (p = 0; p < n; p += i) {
		struct unit *unit = &described.unit[e][p];

		i = 1;
		label = state[e][p];
		if (IS_FREE(label)) {
			while (p + i < n && IS_FREE(state[e][p + i]))
				i++;
			write_range(e, p, i, listed);
			if (i > described.longest)
				described.longest = i;
		} else if (label == BLOCK) {
			while (p + i < n && IS_TAIL(state[e][p + i]))
				i++;
			page_at(e, p)->type = PAGE_BLOCK;
			page_at(e, p)->count = i;
#ifdef PERCPU
			page_at(e, p)->bucket = sizeof(buckets);
#endif
			write_live(entry_at(e, p), 0);
			heap.page_block_pages += i;
			heap.page_block_allocs++;
			described.used += i * PAGE;
			*unit = (struct unit) { i, 0, 1 };
		} else {
			write_run(e, p, queued);
			*unit = (struct unit) {
				0, run_label(label).bucket, run_label(label).bits
			};
			i = sorts[unit->bucket].pages;
		}
	}
}

/* A heap's fixed part, of the buckets in sorts[] */
static void write_buckets(void)
{
	struct size_class class;
	u32 b, i = 0;

	heap.buckets = buckets;
	heap.nr_buckets = BUCKETS;
	heap.bucket_place = size_class;
	heap.small_max = sorts[BUCKETS - 1].size;
	for (b = 0; b < BUCKETS; b++) {
		class = (struct size_class) {
			sorts[b].size, blocks_of(b), sorts[b].pages
		};
		bucket_setup(&buckets[b], b, &class, FINE);
		for (; i < sorts[b].size / XNHEAP_MIN_BLOCK; i++)
			size_class[i] = b * sizeof(struct xnheap_bucket);
	}
}

static void write_extent(u32 e, struct xnheap_by_address *at)
{
	unsigned long base = page_address(e, 0);

	/* Areas that begin and end off a page, with pages on both sides */
	extent_table[e] = (struct xnheap_extent) {
		.base = base,
		.span = pages_of(e) * PAGE,
		.map = page_at(e, 0),
		.start = base - 4 * PAGE + 5,
		.size = (pages_of(e) + 4) * PAGE,
		.nr_pages = pages_of(e),
		.nr = e,
	};
	at->key = extent_table[e].start - 1;
	at->extent = &extent_table[e];
	heap.size += extent_table[e].size;
	heap.pages += pages_of(e);
}

/* All that no call but extend changes */
static void write_fixed(void)
{
	u32 i;

	heap.magic = HEAP_MAGIC;
	heap.flags = FINE ? XNHEAP_FINE : 0;
#ifdef PERCPU
	heap.magic = HEAP_MAGIC_PERCPU;
	heap.flags = XNHEAP_PERCPU;
#endif
	heap.page_shift = SHIFT;
	heap.page_mask = PAGE - 1;
	heap.page_stride = sizeof(struct entry);
	heap.live_offset = offsetof(struct entry, bits) + sizeof(map0[0].bits);
	heap.page_reciprocal = ((1UL << 32) + heap.page_stride - 1) /
			       heap.page_stride;
	write_buckets();
	heap.bins = ranges;
	heap.nr_bins = BINS;
	for (i = 0; i < BINS; i++)
		INIT_LIST_HEAD(&ranges[i].list);
	heap.range_index.word[1] = 1;
	heap.bucket_index.word[0] = 1UL << BUCKETS;
	heap.scarce_below = 1;

	heap.extent = extent_table;
	heap.by_address = by_address;
	for (i = 0; i < ARRAY_SIZE(by_address); i++)
		by_address[i] = (struct xnheap_by_address) { ~0UL, extent_table };
	write_extent(0, &by_address[extents - 1]);
	if (extents > 1)
		write_extent(1, &by_address[0]);
	heap.nr_extents = extents;
	heap.nr_sorted = extents;
	heap.first_base = BASE0;
	heap.first_span = PAGES * PAGE;
	heap.first_map = page_at(0, 0);
}

#define FREED	1000	/* blocks of each size, before */

/*
 * Write the state in state[], its lists in order number @order; false if there
 * is no such order.
 */
static bool state_write(u32 order)
{
	u32 listed[BINS] = { }, queued[BUCKETS] = { };
	u32 b, e;

	order_left = order;
	described = (struct sight) { };
	for (e = 0; e < extents; e++)
		write_pages(e, listed, queued);

	/* Nothing depends on what is only counted; the peak may be any */
	for (b = 0; b < BUCKETS; b++) {
		buckets[b].frees = FREED;
		buckets[b].allocs += FREED;
	}
	heap.page_block_frees = FREED;
	heap.page_block_allocs += FREED;
	heap.below_peak = nondet_ulong() & 0xffffff;
	heap.peak = described.used + heap.below_peak;
	return order_left == 0;
}

/* That the heap is sound; and what is allocated in it */
static void check_heap(struct sight *s)
{
	const struct xnheap_page *page;
	struct validation v;
	struct unit *unit;
	u32 e, p, i;

	CHECK(!heap.lock.held);
	validate_begin(&v, &heap);
	while (validate_slice(&v)) {
#ifdef PERCPU	/* all but the first and last bins are as they were */
		if (v.phase == VALIDATE_BINS && v.at == VALIDATE_SLICE)
			v.at = BINS - VALIDATE_SLICE;
#endif
	}
	CHECK(!v.fault && v.summed);
	CHECK(!nowhere.next && !nowhere.prev);

	*s = (struct sight) { };
	for (e = 0; e < extents; e++) {
		for (p = 0; p < pages_of(e); p++) {
			page = page_at(e, p);
			unit = &s->unit[e][p];
			if (page->type >= PAGE_RUN_PARTIAL) {
				unit->bucket = page->bucket / sizeof(*buckets);
				unit->bits = entry_at(e, p)->bits[0];
				s->used += sorts[unit->bucket].size *
					   popcount(unit->bits, blocks_of(unit->bucket));
				p += sorts[unit->bucket].pages - 1;
				continue;
			}
			if (page->type == PAGE_BLOCK)
				*unit = (struct unit) { page->count, 0, 1 };
			else if (page->count > s->longest)
				s->longest = page->count;
			s->used += unit->pages * PAGE;
			/* The stale entries are such as are written, too */
			for (i = page->count - 1; i; i--)
				if (page_at(e, ++p)->type == PAGE_RUN_TAIL)
					CHECK(FINE && page_at(e, p)->distance == 1);
		}
	}
}

/* What no call but extend changes, and is not told by all that depends on it */
static void check_fixed(void)
{
	u32 e, b;

	CHECK(heap.nr_extents == extents && heap.nr_sorted == extents);
	for (e = 0; e < extents; e++) {
		CHECK(extent_table[e].base == page_address(e, 0));
		CHECK(extent_table[e].map == page_at(e, 0));
		CHECK(extent_table[e].nr_pages == pages_of(e));
	}
	for (b = 0; b < BUCKETS; b++)
		CHECK(buckets[b].size == sorts[b].size &&
		      buckets[b].pages == sorts[b].pages &&
		      buckets[b].lifo == FINE);
}

/* The same blocks are allocated as before, but for block @bit of one unit */
static void check_same(const struct sight *old, const struct sight *new,
		       u32 at_e, u32 at_p, unsigned long bit)
{
	u32 e, p;

	for (e = 0; e < extents; e++) {
		for (p = 0; p < pages_of(e); p++) {
			const struct unit *o = &old->unit[e][p];
			const struct unit *n = &new->unit[e][p];
			bool here = e == at_e && p == at_p;

			CHECK(n->bits == (here ? o->bits ^ bit : o->bits));
			if (!o->bits || !n->bits)
				continue;
			CHECK(n->pages == o->pages && n->bucket == o->bucket);
		}
	}
}

/* Each case is by itself: nothing of it is kept */
#define CASE(body) do {			\
	if (nondet_bool()) {		\
		body;			\
		__CPROVER_assume(0);	\
	}				\
} while (0)

#pragma CPROVER check pop

#endif
