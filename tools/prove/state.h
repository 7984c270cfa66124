/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The states of small heaps: how one is written, and what makes one sound.
 * All that the proofs know of the layout stands here.
 *
 * A state is described by a label for each page, and by the order of each
 * list; both are constants when CBMC gets to the call, which then is one path.
 * What the description leaves open is arbitrary: the counters, and whatever old
 * contents an entry of the page map may have.
 */
#ifndef _PROVE_STATE_H
#define _PROVE_STATE_H

#include <linux/array_size.h>
#include <linux/bitops.h>

#include "stubs.h"

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
#ifndef PAGES_BEHIND
#define PAGES_BEHIND	0
#endif
#define EXTENTS		(1 + !!PAGES_BEHIND)
#define ALL_PAGES	(PAGES + PAGES_BEHIND)
#define SHIFT		6
#define PAGE		BIT(SHIFT)

/* The buckets: bytes of a block, pages of a run */
struct sort {
	unsigned int size, pages;
};

/* Runs of two pages, which only heaps of finer sizes have */
#define FINE		(SORTS >= 2)

#if SORTS == 0
static const struct sort sorts[] = { { 32, 1 } };
#elif SORTS == 1
static const struct sort sorts[] = { { 16, 1 }, { 32, 1 } };
#elif SORTS == 2
static const struct sort sorts[] = { { 40, 2 } };
#endif
#define BUCKETS		ARRAY_SIZE(sorts)

#define WORDS		1	/* of bits for a run's blocks */

struct entry {
	struct xnheap_page page;
	unsigned long bits[WORDS];
};

static struct entry map0[PAGES + 2];
static struct xnheap_extent extent0;
#ifdef EXTEND
static struct {
	struct xnheap_extent extent;
	struct entry map[PAGES_BEHIND + 2];
} area;		/* and nothing where its pages are */
#define extent1		area.extent
#define map1		area.map
static u32 extents = 1;
#else
static struct xnheap_extent extent1;
static struct entry map1[PAGES_BEHIND + 2];
static u32 extents = EXTENTS;
#endif
static struct xnheap_bucket buckets[BUCKETS];
static u16 classes[2 * PAGE / 8];
static struct xnheap heap;

/* Where the extents lie: the first that was added behind the other */
#ifndef BASE0
#define BASE0	0x200000UL
#endif
#define BASE1	0x100000UL

static u32 pages_of(u32 e)
{
	return e ? PAGES_BEHIND : PAGES;
}

static struct entry *entry_of(u32 e, u32 p)
{
	return e ? &map1[p] : &map0[p];
}

static struct xnheap_page *page_at(u32 e, u32 p)
{
	return &entry_of(e, p)->page;
}

static u_long page_address(u32 e, u32 p)
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
	FREE,			/* kind PAGE_FREE */
	FREE_OLD,		/* the same, inside a range, looks like a body */
	FREE_NEXT,		/* likewise, looks like the second page of a run */
	BLOCK,			/* first page of a page block */
	BODY,			/* another, kind PAGE_BODY */
	BODY_OLD,		/* another, not the last, kind PAGE_FREE */
	BODY_NEXT,		/* likewise, kind PAGE_NEXT */
	NEXT,			/* of a run, but not its first */
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

/* A page of a free range, a page behind the first of a page block */
#define IS_FREE(label)	((label) <= FREE_NEXT)
#define IS_BODY(label)	((label) >= BODY && (label) <= BODY_NEXT)

static u8 state[EXTENTS][PAGES + PAGES_BEHIND + 2];

/* Whether the labels of state[] describe a heap */
static bool state_is_valid(void)
{
	bool current[BUCKETS] = { };
	u32 e, p, n, i;

	for (e = 0; e < extents; e++) {
		n = pages_of(e);
		for (p = 1; p <= n; p++) {
			u32 label = state[e][p];
			u32 before = p > 1 ? state[e][p - 1] : RUN;
			u32 behind = p < n ? state[e][p + 1] : RUN;

			if ((label == FREE_NEXT || label == BODY_NEXT) && !FINE)
				return false;
			if (IS_FREE(label) && label != FREE &&
			    (!IS_FREE(before) || !IS_FREE(behind)))
				return false;
			if (IS_BODY(label) && before != BLOCK && !IS_BODY(before))
				return false;
			if (IS_BODY(label) && label != BODY && !IS_BODY(behind))
				return false;
			if (label == NEXT)
				return false;
			if (label >= RUN) {
				struct run_label run = run_label(label);

				if (run.current && current[run.bucket])
					return false;
				current[run.bucket] |= run.current;
				for (i = 1; i < sorts[run.bucket].pages; i++)
					if (++p > n || state[e][p] != NEXT)
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
		for (p = 1; p <= pages_of(e); p++) {
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

/* Put a page into a list that has @n, where the order says */
static u32 order_left;

/*
 * What is allocated: for each page that a page block or a run starts in, its
 * kind, its pages if it is a page block, and the set of its blocks.
 */
struct unit {
	u16 kind;		/* 0: none starts here */
	int pages;
	unsigned long bits;
};

struct sight {
	struct unit unit[EXTENTS][PAGES + PAGES_BEHIND + 2];
	u_long used;
	u32 longest;		/* free range */
};

static struct sight described;	/* by the labels */

static void list_write(struct xnheap_page **head, u32 n, struct xnheap_page *page)
{
	u32 at = order_left % (n + 1), i;
	struct xnheap_page **link = head, *prev = NULL;

	order_left /= n + 1;
	for (i = 0; i < at; i++) {
		prev = *link;
		link = &prev->next;
	}
	page->prev = prev;
	page->next = *link;
	if (*link)
		(*link)->prev = page;
	*link = page;
}

static void write_range(u32 e, u32 p, u32 n, u32 *listed)
{
	struct xnheap_page *page = page_at(e, p);
	struct xnheap_page *last = &entry_of(e, p + n - 1)->page;

	page->kind = PAGE_FREE;
	page->count = n;
	page->class = n;
	last->kind = PAGE_FREE;
	last->count = n;
	list_write(&heap.range[n], listed[n]++, page);
	heap.range_index.word[0] |= 1UL << n;
	heap.free_pages += n;
}

static void write_run(u32 e, u32 p, u32 *listed)
{
	struct run_label run = run_label(state[e][p]);
	struct xnheap_bucket *bucket = &buckets[run.bucket];
	struct entry *entry = entry_of(e, p);
	u32 n = blocks_of(run.bucket), i;

	entry->page.kind = bucket->kind;
	entry->page.count = (int)(n - run.used) - 1;
	for (i = 1; i < sorts[run.bucket].pages; i++) {
		entry_of(e, p + i)->page.kind = PAGE_NEXT;
		entry_of(e, p + i)->page.offset = i;
	}
	bucket->runs++;
	described.used += run.used * sorts[run.bucket].size;
	bucket->allocs += run.used;
	entry->bits[0] = run.bits;
	if (run.full)
		return;
	heap.bucket_index.word[0] |= 1UL << run.bucket;
	if (run.current) {
		bucket->run = page_at(e, p);
		bucket->word = &entry->bits[0];
		bucket->address = page_address(e, p);
		return;
	}
	list_write(&bucket->head, listed[run.bucket]++, page_at(e, p));
}

/* What stands in an entry of which the description says nothing */
static void write_old(struct entry *entry, u32 e)
{
	entry->page.next = nondet_page();
	entry->page.prev = nondet_page();
	entry->page.count = nondet_int();
	entry->page.offset = nondet_u16();
	entry->page.kind = PAGE_BODY;
	entry->page.extent = e;
	entry->bits[0] = 0;
}

static void write_extent(u32 e, u32 *ranges, u32 *queued)
{
	u32 p, n = pages_of(e), i;

	for (p = 0; p <= n + 1; p++)
		write_old(entry_of(e, p), e);
	for (p = 1; p <= n; p++) {
		if (state[e][p] == FREE || state[e][p] == BODY_OLD)
			entry_of(e, p)->page.kind = PAGE_FREE;
		if (state[e][p] != FREE_NEXT && state[e][p] != BODY_NEXT)
			continue;
		entry_of(e, p)->page.kind = PAGE_NEXT;
		entry_of(e, p)->page.offset = 1;
	}
	for (p = 1; p <= n; p += i) {
		i = 1;
		if (IS_FREE(state[e][p])) {
			while (p + i <= n && IS_FREE(state[e][p + i]))
				i++;
			write_range(e, p, i, ranges);
			if (i > described.longest)
				described.longest = i;
		} else if (state[e][p] == BLOCK) {
			while (p + i <= n && IS_BODY(state[e][p + i]))
				i++;
			entry_of(e, p)->page.kind = PAGE_BLOCK;
			entry_of(e, p)->page.count = i;
			heap.page_block_pages += i;
			heap.page_block_allocs++;
			described.used += i * PAGE;
			described.unit[e][p] = (struct unit) { PAGE_BLOCK, i, 1 };
		} else {
			write_run(e, p, queued);
			described.unit[e][p] = (struct unit) {
				entry_of(e, p)->page.kind, 0,
				entry_of(e, p)->bits[0]
			};
			i = sorts[run_label(state[e][p]).bucket].pages;
		}
	}
}

/* A heap's fixed part, of the buckets in sorts[] */
static void write_buckets(void)
{
	u32 b, i = 0;

	heap.magic = HEAP_MAGIC;
	heap.page_shift = SHIFT;
	heap.page_mask = PAGE - 1;
	heap.page_stride = sizeof(struct entry);
	heap.page_reciprocal = ((1UL << 32) + heap.page_stride - 1) /
			       heap.page_stride;
	heap.nr_buckets = BUCKETS;
	heap.class = classes;
	heap.buckets = (void *)buckets - PAGE_RUN;
	heap.small_max = sorts[BUCKETS - 1].size;
	heap.narrow = PAGE_RUN;
	heap.wide = PAGE_RUN;
	heap.options = FINE ? XNHEAP_FINE : 0;
	for (b = 0; b < BUCKETS; b++) {
		buckets[b] = (struct xnheap_bucket) {
			.word = &no_word,
			.size = sorts[b].size,
			.reciprocal = ((1UL << 32) + sorts[b].size - 1) /
				      sorts[b].size,
			.edge = blocks_of(b) - 2,
			.blocks = blocks_of(b),
			.kind = PAGE_RUN + b * sizeof(struct xnheap_bucket),
			.pages = sorts[b].pages,
			.nr = b,
			.plain = sorts[b].pages == 1,
			.lifo = FINE,
		};
		for (; i < sorts[b].size / 8; i++)
			classes[i] = buckets[b].kind;
	}
}

static void write_place(u32 e, u_long base, struct entry *map,
			struct xnheap_extent *ext, struct xnheap_place *place)
{
	/* Areas that begin and end off a page, with a page before page 1 */
	*ext = (struct xnheap_extent) {
		.base = base,
		.span = (pages_of(e) + 1) * PAGE,
		.map = &map->page,
		.start = base - 3 * PAGE + 5,
		.size = (pages_of(e) + 4) * PAGE,
		.nr_pages = pages_of(e),
		.nr = e,
	};
	*place = (struct xnheap_place) {
		.key = ext->start - 1,
		.base = base,
		.span = ext->span,
		.map = ext->map,
		.extent = ext,
	};
	heap.extent[e] = ext;
	heap.given += ext->size;
	heap.pages += ext->nr_pages;
}

/* All that no call but extend changes */
static void write_fixed(void)
{
	u32 i;

	write_buckets();
	for (i = 0; i < XNHEAP_MAX_EXTENTS; i++)
		heap.place[i].key = ~0UL;
	write_place(0, BASE0, map0, &extent0, &heap.place[extents - 1]);
	if (extents > 1)
		write_place(1, BASE1, map1, &extent1, &heap.place[0]);
	heap.nr_extents = extents;
	heap.first = extent0;
	heap.bucket_index.word[XNHEAP_INDEX_BITS / 64] = 1;
	heap.range_index.word[XNHEAP_INDEX_BITS / 64] = 1;
}

/*
 * Write the state in state[], its lists in order number @order; false if there
 * is no such order.
 */
static bool state_write(u32 order)
{
	u32 ranges[ALL_PAGES + 1] = { }, queued[BUCKETS] = { };
	u32 b, e, i;
	u_long freed;

	order_left = order;
	described = (struct sight) { };
	for (e = 0; e < extents; e++)
		write_extent(e, ranges, queued);

	/* A queue's first page leads to its last */
	for (b = 0; b < BUCKETS; b++) {
		struct xnheap_page *last = buckets[b].head;

		while (last && last->next)
			last = last->next;
		if (last)
			buckets[b].head->prev = last;
	}

	/* The counters have any values that fit together */
	for (b = 0; b < BUCKETS; b++) {
		freed = nondet_ulong();
		buckets[b].frees = freed;
		buckets[b].allocs += freed;
	}
	freed = nondet_ulong();
	heap.page_block_frees = freed;
	heap.page_block_allocs += freed;
	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		heap.failed[i] = nondet_ulong();
	heap.slack = nondet_ulong() & 0xffffff;
	heap.peak = described.used + heap.slack;
	return order_left == 0;
}

/*
 * The check of a whole heap, written from the design: it calls nothing of the
 * rooms.
 */
struct check {
	bool seen_range[EXTENTS][PAGES + PAGES_BEHIND + 2];
	bool seen_queued[EXTENTS][PAGES + PAGES_BEHIND + 2];
	u32 runs[BUCKETS], run_blocks[BUCKETS];
	u32 page_blocks, page_block_pages, free_pages;
};

static void check_run(struct check *c, struct sight *s, u32 e, u32 p, u32 b)
{
	struct entry *entry = entry_of(e, p);
	u32 n = blocks_of(b), used = popcount(entry->bits[0], n), i;
	bool current = page_at(e, p) == buckets[b].run;

	CHECK(p + sorts[b].pages <= pages_of(e) + 1);
	CHECK(entry->bits[0] < 1UL << n);
	CHECK(used > 0);
	CHECK((u32)(entry->page.count + 1) == n - used);
	for (i = 1; i < sorts[b].pages; i++) {
		CHECK(entry_of(e, p + i)->page.kind == PAGE_NEXT);
		CHECK(entry_of(e, p + i)->page.offset == i);
		CHECK(!entry_of(e, p + i)->bits[0]);
	}
	if (current) {
		CHECK(used < n);
		CHECK(buckets[b].word == &entry->bits[0]);
		CHECK(buckets[b].address == page_address(e, p));
	}
	c->seen_queued[e][p] = !current && entry->page.count >= 0;
	c->runs[b]++;
	c->run_blocks[b] += n - (entry->page.count + 1);
	s->used += (n - (entry->page.count + 1)) * sorts[b].size;
}

/* Inside a range or a page block, what is left of former times */
static void check_old(const struct xnheap_page *page, bool first)
{
	if (!first && page->kind == PAGE_NEXT)
		CHECK(FINE && page->offset == 1);
	else
		CHECK(first || page->kind <= PAGE_BODY);
}

static void check_extent(struct check *c, struct sight *s, u32 e)
{
	u32 p, i, n = pages_of(e), b;
	bool behind_free = false;
	struct entry *entry;

	CHECK(entry_of(e, 0)->page.kind == PAGE_BODY);
	CHECK(entry_of(e, n + 1)->page.kind == PAGE_BODY);
	for (p = 0; p <= n + 1; p++)
		CHECK(entry_of(e, p)->page.extent == e);
	for (p = 1; p <= n; p += i) {
		entry = entry_of(e, p);
		if (entry->page.kind >= PAGE_RUN) {
			b = (entry->page.kind - PAGE_RUN) /
			    sizeof(struct xnheap_bucket);
			CHECK(b < BUCKETS && entry->page.kind == buckets[b].kind);
			check_run(c, s, e, p, b);
			s->unit[e][p] = (struct unit) {
				entry->page.kind, 0, entry->bits[0]
			};
			i = sorts[b].pages;
			behind_free = false;
			continue;
		}
		CHECK(entry->page.kind == PAGE_FREE || entry->page.kind == PAGE_BLOCK);
		i = entry->page.count;
		CHECK(i > 0 && i <= n + 1 - p);
		__CPROVER_assume(i > 0 && i <= n + 1 - p);
		for (b = 0; b < i; b++) {
			check_old(&entry_of(e, p + b)->page, !b);
			CHECK(!entry_of(e, p + b)->bits[0]);
		}
		if (entry->page.kind == PAGE_FREE) {
			CHECK(!behind_free);
			CHECK(entry_of(e, p + i - 1)->page.kind == PAGE_FREE);
			CHECK(entry_of(e, p + i - 1)->page.count == (int)i);
			c->seen_range[e][p] = true;
			c->free_pages += i;
			s->longest = i > s->longest ? i : s->longest;
			behind_free = true;
		} else {
			CHECK(i == 1 || entry_of(e, p + i - 1)->page.kind == PAGE_BODY);
			c->page_blocks++;
			c->page_block_pages += i;
			s->used += i * PAGE;
			s->unit[e][p] = (struct unit) { PAGE_BLOCK, i, 1 };
			behind_free = false;
		}
	}
}

/* Take a listed page's mark away */
static void check_listed(bool seen[EXTENTS][PAGES + PAGES_BEHIND + 2],
			 const struct xnheap_page *page)
{
	bool found = false;
	u32 e, p;

	for (e = 0; e < extents; e++) {
		for (p = 1; p <= pages_of(e); p++) {
			if (page == page_at(e, p) && seen[e][p]) {
				found = true;
				seen[e][p] = false;
			}
		}
	}
	CHECK(found);
}

static void check_ranges(struct check *c)
{
	struct xnheap_page *page, *prev;
	u32 n, i;

	CHECK(!heap.range[0] && !heap.range[ALL_PAGES + 1] &&
	      !heap.range[XNHEAP_INDEX_BITS]);
	for (n = 1; n <= ALL_PAGES; n++) {
		prev = NULL;
		page = heap.range[n];
		CHECK((heap.range_index.word[0] >> n & 1) == !!page);
		for (i = 0; page && i < ALL_PAGES; i++) {
			check_listed(c->seen_range, page);
			CHECK(page->count == (int)n && page->class == n);
			CHECK(page->prev == prev);
			prev = page;
			page = page->next;
		}
		CHECK(!page);
	}
	CHECK(!(heap.range_index.word[0] & ~((2UL << ALL_PAGES) - 2)));
	CHECK(!heap.range_index.word[1] && !heap.range_index.word[2]);
	CHECK(heap.range_index.word[3] == 1);
}

static void check_bucket(struct check *c, u32 b)
{
	struct xnheap_bucket *bucket = &buckets[b];
	struct xnheap_page *page, *prev = NULL;
	u32 i;

	CHECK(bucket->size == sorts[b].size && bucket->nr == b &&
	      bucket->blocks == blocks_of(b) && bucket->edge == blocks_of(b) - 2 &&
	      bucket->pages == sorts[b].pages && !bucket->wide &&
	      bucket->lifo == FINE);
	CHECK(bucket->runs == c->runs[b]);
	CHECK(bucket->allocs - bucket->frees == c->run_blocks[b]);
	CHECK(bucket->run || (bucket->word == &no_word && no_word == ~0UL));
	CHECK(!bucket->run || bucket->run->kind == bucket->kind);
	CHECK((heap.bucket_index.word[0] >> b & 1) ==
	      (bucket->run || bucket->head));
	page = bucket->head;
	for (i = 0; page && i < ALL_PAGES; i++) {
		check_listed(c->seen_queued, page);
		CHECK(page->kind == bucket->kind);
		CHECK(!i || page->prev == prev);
		prev = page;
		page = page->next;
	}
	CHECK(!page);
	CHECK(!bucket->head || bucket->head->prev == prev);
}

static void check_heap(struct sight *s)
{
	struct check check = { }, *c = &check;
	u32 b, e, p;

	*s = (struct sight) { };
	CHECK(!heap.lock.held);
	for (e = 0; e < extents; e++)
		check_extent(c, s, e);
	check_ranges(c);
	for (b = 0; b < BUCKETS; b++)
		check_bucket(c, b);
	CHECK(!(heap.bucket_index.word[0] >> BUCKETS));
	CHECK(!heap.bucket_index.word[1] && !heap.bucket_index.word[2]);
	CHECK(heap.bucket_index.word[3] == 1);
	for (e = 0; e < extents; e++)
		for (p = 1; p <= pages_of(e); p++)
			CHECK(!c->seen_range[e][p] && !c->seen_queued[e][p]);
	CHECK(heap.page_block_allocs - heap.page_block_frees == c->page_blocks);
	CHECK(heap.page_block_pages == c->page_block_pages);
	CHECK(heap.free_pages == c->free_pages && !heap.reserve);
	CHECK(heap.slack >= 0);
	CHECK(heap.peak - heap.slack == s->used);
}

/* What no call but extend changes */
static void check_fixed(void)
{
	CHECK(heap.nr_extents == extents);
	CHECK(heap.pages == (extents > 1 ? ALL_PAGES : PAGES));
	CHECK(heap.first.base == BASE0 && heap.first.map == &map0->page);
	CHECK(heap.first.span == (PAGES + 1) * PAGE);
	CHECK(heap.extent[0] == &extent0);
	CHECK(heap.place[extents - 1].extent == &extent0);
	CHECK(heap.place[extents - 1].base == BASE0);
	CHECK(heap.place[extents].key == ~0UL);
}

/* The same blocks are allocated as before, but for block @bit of one unit */
static void check_same(const struct sight *old, const struct sight *new,
		       u32 at_e, u32 at_p, unsigned long bit)
{
	u32 e, p;

	for (e = 0; e < extents; e++) {
		for (p = 1; p <= pages_of(e); p++) {
			const struct unit *o = &old->unit[e][p];
			const struct unit *n = &new->unit[e][p];
			bool here = e == at_e && p == at_p;

			CHECK(n->bits == (here ? o->bits ^ bit : o->bits));
			if (!o->bits || !n->bits)
				continue;
			CHECK(n->kind == o->kind && n->pages == o->pages);
		}
	}
}

/* Each case is by itself: nothing of it is left behind */
#define CASE(body) do {			\
	if (nondet_bool()) {		\
		body;			\
		__CPROVER_assume(0);	\
	}				\
} while (0)

#pragma CPROVER check pop

#endif
