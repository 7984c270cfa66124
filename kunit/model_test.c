// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls against a model of the heap: what each page is must follow from
 * the addresses that were handed out, and what each call must return from what
 * the pages are.
 */

#include <linux/sched.h>

#include "kunit_xnheap.h"

/* What blocks are cut from: a run, or a page block, which is one of one. */
struct shape {
	u_long size;			/* of a block; 0: no such thing */
	u_long blocks;
	u_long pages;
};

/* A page as the model knows it. */
struct model_page {
	struct shape shape;		/* of all zeroes: free */
	u_long back;			/* pages from the first to this */
	u_long live;			/* blocks; in the first */
};

struct model {
	struct kunit *test;
	struct test_heap *th;
	struct rnd_state rnd;
	struct blocks blocks;
	struct model_page *page;	/* of all extents */
	u_long extents;
	u_long first[XNHEAP_MAX_EXTENTS];	/* of an extent, in page[] */
	u_long base[XNHEAP_MAX_EXTENTS];	/* its address */
	u_long pages[XNHEAP_MAX_EXTENTS];
	u_long used;
	u64 failed[XNHEAP_NR_FAILURES];
	u64 mark;
};

struct course {
	struct heap_kind kind;
	u_long spare;			/* extents, added on the way */
	u32 steps;
	u32 seed;
};

static const struct course courses[] = {
	{ { "64-byte pages", 64, 64, 1, 0 }, 0, 4000, 1 },
	{ { "64-byte pages, many", 64, 400, 1, 1 }, 0, 3000, 2 },
	{ { "64-byte pages, 1 to 64 extents", 64, 16, 1, 5 }, 63, 6000, 3 },
	{ { "512-byte pages", 512, 24, 1, 0 }, 0, 4000, 4 },
	{ { "512-byte pages, 2 to 5 extents", 512, 10, 2, 7 }, 3, 4000, 5 },
	{ { "4096-byte pages, 1 to 3 extents", 4096, 10, 1, 9 }, 2, 4000, 6 },
	{ { "32768-byte pages, 2 extents", 32768, 7, 2, 0 }, 0, 4000, 7 },
	{ { "64-byte pages, fine", 64, 64, 1, 0, XNHEAP_FINE }, 0, 4000, 8 },
	{ { "64-byte pages, fine, many", 64, 400, 1, 1, XNHEAP_FINE }, 0,
	  4000, 9 },
	{ { "64-byte pages, fine, 1 to 64 extents",
	  64, 26, 1, 5, XNHEAP_FINE }, 63, 6000, 10 },
	{ { "512-byte pages, fine", 512, 40, 1, 0, XNHEAP_FINE }, 0, 4000,
	  11 },
	{ { "512-byte pages, fine, 2 to 5 extents",
	  512, 14, 2, 7, XNHEAP_FINE }, 3, 4000, 12 },
	{ { "512-byte pages, fine, 64 steps",
	  512, 620, 1, 3, XNHEAP_FINE }, 0, 4000, 13 },
	{ { "4096-byte pages, fine, 1 to 3 extents",
	  4096, 14, 1, 9, XNHEAP_FINE }, 2, 4000, 14 },
	{ { "4096-byte pages, fine, 64 steps",
	  4096, 200, 1, 0, XNHEAP_FINE }, 0, 4000, 15 },
	{ { "32768-byte pages, fine, 2 extents",
	  32768, 9, 2, 0, XNHEAP_FINE }, 0, 4000, 16 },
};

KUNIT_ARRAY_PARAM_DESC(course, courses, kind.name);

/* An extent's pages lie at the end of its area; how many was said. */
static void model_add_extent(struct model *m, u8 *area, u_long pages)
{
	u_long ps = m->th->kind.page_size, n = m->extents++;

	m->first[n] = n ? m->first[n - 1] + m->pages[n - 1] : 0;
	m->pages[n] = pages;
	m->base[n] = ((u_long)area + m->th->area_size) / ps * ps - pages * ps;
}

/* The page at an address; NULL if there is none. */
static struct model_page *model_page(struct model *m, u_long address)
{
	u_long i, ps = m->th->kind.page_size;

	for (i = 0; i < m->extents; i++)
		if (address - m->base[i] < m->pages[i] * ps)
			return &m->page[m->first[i] + (address - m->base[i]) / ps];
	return NULL;
}

/* The longest row of free pages. */
static u_long model_longest(struct model *m)
{
	u_long i, p, row, longest = 0;

	for (i = 0; i < m->extents; i++) {
		for (p = row = 0; p < m->pages[i]; p++) {
			row = m->page[m->first[i] + p].shape.size ? 0 : row + 1;
			longest = max(longest, row);
		}
	}
	return longest;
}

static u_long model_pages(const struct model *m)
{
	return m->first[m->extents - 1] + m->pages[m->extents - 1];
}

static u_long model_free_pages(const struct model *m)
{
	u_long i, n = model_pages(m), pages = 0;

	for (i = 0; i < n; i++)
		pages += !m->page[i].shape.size;
	return pages;
}

/* The run with the smallest blocks of @bytes or more of which one is free. */
static struct shape model_smallest(const struct model *m, u_long bytes)
{
	u_long i, n = model_pages(m);
	struct shape least = { };

	for (i = 0; i < n; i++) {
		const struct model_page *page = &m->page[i];

		if (!page->back && page->live < page->shape.blocks &&
		    page->shape.size >= bytes &&
		    (!least.size || page->shape.size < least.size))
			least = page->shape;
	}
	return least;
}

/* The run of the bucket that has blocks of @bytes. */
static struct shape shape_of_run(struct model *m, u_long bytes)
{
	struct shape shape = { };
	unsigned int i;

	for (i = 0; i < m->th->heap.nr_buckets; i++) {
		const struct xnheap_bucket *bucket = &m->th->heap.buckets[i];

		if (bucket->size != bytes)
			continue;
		shape.size = bytes;
		shape.pages = bucket->pages;
		shape.blocks = bucket->pages * m->th->kind.page_size / bytes;
	}
	return shape;
}

static struct shape shape_of_pages(const struct model *m, u_long bytes)
{
	return (struct shape) {
		.size = bytes,
		.blocks = 1,
		.pages = bytes / m->th->kind.page_size,
	};
}

/* What a request must be served from; of size 0 if it must fail. */
static struct shape model_source(struct model *m, u_long size)
{
	u_long whole = whole_pages(m->th, size), longest = model_longest(m);
	struct shape run = shape_of_run(m, rounded(m->th, size)), larger;
	u_long reserve = 0;

	if (run.size) {
		larger = model_smallest(m, run.size);
		if (is_fine(m->th))
			reserve = model_pages(m) / RESERVE;
		if (larger.size == run.size ||
		    (larger.size && model_free_pages(m) < reserve))
			return larger;
		if (longest >= run.pages)
			return run;
		if (larger.size)
			return larger;
	}
	if (longest >= whole / m->th->kind.page_size)
		return shape_of_pages(m, whole);
	return (struct shape) { };
}

/* Whether a free row of @pages may be hidden by a shorter one of its bin. */
static bool model_hidden(struct model *m, u_long pages)
{
	u_long longest = model_longest(m);

	return longest > EXACT_LENGTHS && pages > longest - longest / 16;
}

/* Enter a block, in what was there or in what begins with it. */
static void model_enter(struct model *m, u8 *at, const struct shape *shape)
{
	struct model_page *page = model_page(m, (u_long)at);
	u_long ps = m->th->kind.page_size, i, offset;
	struct kunit *test = m->test;

	KUNIT_ASSERT_NOT_NULL(test, page);
	if (!page->shape.size) {
		KUNIT_ASSERT_EQ(test, 0UL, (u_long)at % ps);
		for (i = 0; i < shape->pages; i++) {
			KUNIT_ASSERT_PTR_EQ(test, &page[i],
					    model_page(m, (u_long)at + i * ps));
			KUNIT_ASSERT_EQ(test, 0UL, page[i].shape.size);
			page[i] = (struct model_page) { *shape, i };
		}
	}
	offset = page->back * ps + (u_long)at % ps;
	page -= page->back;
	/* Blocks of another size would be in the same pages */
	KUNIT_ASSERT_EQ(test, shape->size, page->shape.size);
	KUNIT_ASSERT_EQ(test, shape->blocks, page->shape.blocks);
	KUNIT_ASSERT_EQ(test, 0UL, offset % shape->size);
	KUNIT_ASSERT_LT(test, offset / shape->size, shape->blocks);
	page->live++;
	KUNIT_ASSERT_LE(test, page->live, shape->blocks);
	m->used += shape->size;
}

static void model_leave(struct model *m, u8 *at)
{
	struct model_page *page = model_page(m, (u_long)at);
	u_long i, pages;

	page -= page->back;
	m->used -= page->shape.size;
	if (--page->live)
		return;
	for (i = 0, pages = page->shape.pages; i < pages; i++)
		page[i] = (struct model_page) { };
}

static void block_mark(struct held *block)
{
	memset64((u64 *)block->at, block->mark, block->size / 8);
}

/* With what lies after the bytes asked for, which KASAN would not let us read. */
static __no_kasan_or_inline bool block_is_marked(const struct held *block)
{
	const u64 *word = (u64 *)block->at;
	u_long i;

	for (i = 0; i < block->size / 8; i++)
		if (word[i] != block->mark)
			return false;
	return true;
}

static void step_keep(struct model *m, u8 *at, const struct shape *shape)
{
	struct kunit *test = m->test;
	struct held *block;

	model_enter(m, at, shape);
	KUNIT_ASSERT_LT(test, m->blocks.nr, m->blocks.max);
	block = &m->blocks.block[m->blocks.nr++];
	*block = (struct held) { at, shape->size, ++m->mark };
	block_mark(block);
}

static void step_alloc(struct model *m, u_long size)
{
	struct kunit *test = m->test;
	struct shape shape;
	u8 *at = xnheap_alloc(&m->th->heap, size);

	if (size - 1 >= XNHEAP_MAX_EXTENT_SIZE) {
		KUNIT_ASSERT_NULL(test, at);
		m->failed[XNHEAP_ALLOC_SIZE]++;
		return;
	}
	shape = model_source(m, size);
	if (!shape.size || (!at && shape.blocks == 1 &&
			    model_hidden(m, shape.pages))) {
		KUNIT_ASSERT_NULL(test, at);
		m->failed[XNHEAP_ALLOC_FULL]++;
		return;
	}
	KUNIT_ASSERT_NOT_NULL_MSG(test, at, "size %lu", size);
	KUNIT_ASSERT_EQ(test, 0UL, (u_long)at % alignment(m->th, shape.size));
	step_keep(m, at, &shape);
}

/* Which blocks serve is not promised, but that they are aligned, or pages. */
static void step_alloc_aligned(struct model *m, u_long size, u_long align)
{
	u_long pages = whole_pages(m->th, size) / m->th->kind.page_size;
	u_long page_blocks = m->th->heap.page_block_allocs;
	struct kunit *test = m->test;
	struct shape shape;
	u_long bytes;
	u8 *at;

	at = xnheap_alloc_aligned(&m->th->heap, size, align);
	if (!is_power_of_2(align) || align > m->th->kind.page_size) {
		KUNIT_ASSERT_NULL(test, at);
		m->failed[XNHEAP_ALLOC_ALIGN]++;
		return;
	}
	if (!at) {
		if (!model_hidden(m, pages))
			KUNIT_ASSERT_GT(test, pages, model_longest(m));
		m->failed[XNHEAP_ALLOC_FULL]++;
		return;
	}
	bytes = xnheap_used_mem(&m->th->heap) - m->used;
	if (m->th->heap.page_block_allocs != page_blocks)
		shape = shape_of_pages(m, bytes);
	else
		shape = shape_of_run(m, bytes);
	KUNIT_ASSERT_GE(test, shape.size, size);
	KUNIT_ASSERT_EQ(test, 0UL, (u_long)at % align);
	step_keep(m, at, &shape);
}

static int agree(void *block)
{
	return 0;
}

static int disagree(void *block)
{
	return 77;
}

static void step_free(struct model *m, u_long i, u32 how)
{
	struct held block = m->blocks.block[i];
	struct xnheap *heap = &m->th->heap;
	struct kunit *test = m->test;

	KUNIT_ASSERT_TRUE_MSG(test, block_is_marked(&block),
			      "a block of %lu bytes was overwritten",
			      block.size);
	switch (how) {
	case 0:
		KUNIT_ASSERT_EQ(test, 77,
				xnheap_test_and_free(heap, block.at, disagree));
		m->failed[XNHEAP_FREE_REFUSED]++;
		return;
	case 1:
		KUNIT_ASSERT_EQ(test, 0,
				xnheap_test_and_free(heap, block.at, agree));
		break;
	default:
		KUNIT_ASSERT_EQ(test, 0, xnheap_free(heap, block.at));
		break;
	}
	m->blocks.block[i] = m->blocks.block[--m->blocks.nr];
	model_leave(m, block.at);
	KUNIT_ASSERT_EQ(test, -EINVAL, xnheap_free(heap, block.at));
	m->failed[XNHEAP_FREE_INVALID]++;
	/* Nothing in a free block matters */
	block.mark = how * 0x1111111111111111;
	block_mark(&block);
}

static void step_bad_pointer(struct model *m)
{
	u8 *at = m->th->memory + random_below(&m->rnd, m->th->memory_size);
	struct kunit *test = m->test;
	u_long i, area = m->th->area_size;
	int ret = -EFAULT;

	/* Half of them where a block might start */
	if (random_below(&m->rnd, 2))
		at = PTR_ALIGN(at, XNHEAP_MIN_BLOCK);
	for (i = 0; i < m->extents; i++)
		if ((u_long)at - (u_long)m->th->area[i] < area)
			ret = -EINVAL;
	for (i = 0; i < m->blocks.nr; i++)
		if (m->blocks.block[i].at == at)
			ret = 0;
	KUNIT_ASSERT_EQ(test, ret, xnheap_check_block(&m->th->heap, at));
	if (!ret)
		return;
	KUNIT_ASSERT_EQ(test, ret, xnheap_free(&m->th->heap, at));
	m->failed[ret == -EINVAL ? XNHEAP_FREE_INVALID : XNHEAP_FREE_OUTSIDE]++;
}

static void step_extend(struct model *m, u_long limit)
{
	struct kunit *test = m->test;
	u_long pages = xnheap_page_count(&m->th->heap);
	u8 *area;
	int ret;

	if (m->extents < limit) {
		area = m->th->area[m->extents];
		ret = xnheap_extend(&m->th->heap, area, m->th->area_size);
		KUNIT_ASSERT_EQ(test, 0, ret);
		pages = xnheap_page_count(&m->th->heap) - pages;
		model_add_extent(m, area, pages);
	}
	area = m->th->area[random_below(&m->rnd, m->extents)];
	KUNIT_ASSERT_EQ(test, -EEXIST, xnheap_extend(&m->th->heap, area,
						     m->th->area_size));
}

static void compare(struct model *m)
{
	struct xnheap *heap = &m->th->heap;
	struct kunit *test = m->test;
	u_long most = xnheap_largest_free(heap), longest = model_longest(m);
	u_long i, n = model_pages(m), largest = longest * m->th->kind.page_size;

	for (i = 0; i < n; i++)
		if (!m->page[i].back && m->page[i].live < m->page[i].shape.blocks)
			largest = max(largest, m->page[i].shape.size);
	if (longest <= EXACT_LENGTHS)
		KUNIT_ASSERT_EQ(test, largest, most);
	else
		KUNIT_ASSERT_GE(test, most, largest - largest / 8);
	KUNIT_ASSERT_EQ(test, m->used, xnheap_used_mem(heap));
	KUNIT_ASSERT_EQ(test, m->extents * m->th->area_size, xnheap_size(heap));
	KUNIT_ASSERT_EQ(test, n, xnheap_page_count(heap));
	KUNIT_ASSERT_EQ(test, 0, memcmp(m->failed, heap->failed,
					sizeof(m->failed)));
}

/* Now and then one that must be refused. */
static u_long random_align(struct rnd_state *rnd, struct test_heap *th)
{
	u32 shift = random_below(rnd, ilog2(th->kind.page_size) + 1);

	switch (random_below(rnd, 30)) {
	case 0:
		return 0;
	case 1:
		return 3UL << shift;
	case 2:
		return 2 * th->kind.page_size << shift;
	default:
		return 1UL << shift;
	}
}

static void step_random_alloc(struct model *m)
{
	u_long size = random_below(&m->rnd, 4) ?
		      random_size(&m->rnd, m->th) :
		      1 + random_below(&m->rnd, 40);

	if (random_below(&m->rnd, 5))
		step_alloc(m, size);
	else
		step_alloc_aligned(m, size, random_align(&m->rnd, m->th));
}

static void a_random_course_goes_as_the_model_says(struct kunit *test)
{
	const struct course *course = test->param_value;
	u_long limit = course->kind.extents + course->spare, pages, i;
	u_long most, filling = 0, step, n;
	struct model *m;
	struct xnheap *heap;

	m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	kunit_info(test, "seed %u", course->seed);
	prandom_seed_state(&m->rnd, course->seed);
	m->test = test;
	m->th = heap_prepare(test, &course->kind, course->spare);
	heap = &m->th->heap;
	n = limit * course->kind.pages;
	m->page = memory_get(test, n * sizeof(*m->page));
	memset(m->page, 0, n * sizeof(*m->page));
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_flags(heap, m->th->area[0],
						   m->th->area_size,
						   course->kind.page_size,
						   course->kind.flags));
	most = xnheap_largest_free(heap);
	model_add_extent(m, m->th->area[0], xnheap_page_count(heap));
	for (i = 1; i < course->kind.extents; i++) {
		pages = xnheap_page_count(heap);
		KUNIT_ASSERT_EQ(test, 0, xnheap_extend(heap, m->th->area[i],
						       m->th->area_size));
		pages = xnheap_page_count(heap) - pages;
		model_add_extent(m, m->th->area[i], pages);
	}
	m->blocks = blocks_room(test, course->steps);

	for (step = 0; step < course->steps; step++) {
		u32 dice = random_below(&m->rnd, 100);

		/* In turn rather filling and rather emptying */
		if (!(step % 300))
			filling = 15 + random_below(&m->rnd, 60);
		if (dice < filling)
			step_random_alloc(m);
		else if (dice < 90 && m->blocks.nr)
			step_free(m, random_below(&m->rnd, m->blocks.nr),
				  random_below(&m->rnd, 6));
		else if (dice < 97)
			step_bad_pointer(m);
		else if (dice < 98)
			step_alloc(m, random_below(&m->rnd, 2) ? 0 : ULONG_MAX);
		else if (limit > 10 || !random_below(&m->rnd, 9))
			step_extend(m, limit);
		compare(m);
		if (!(step % 32))
			EXPECT_SOUND(test, heap);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, limit, m->extents);

	while (m->blocks.nr)
		step_free(m, random_below(&m->rnd, m->blocks.nr), 2);
	compare(m);
	EXPECT_SOUND(test, heap);
	KUNIT_EXPECT_EQ(test, 0UL, m->used);
	for (i = 0; i < m->extents; i++) {
		pages = xnheap_largest_free(heap);
		KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc(heap, pages));
	}
	KUNIT_EXPECT_EQ(test, xnheap_usable_mem(heap), xnheap_used_mem(heap));
	KUNIT_EXPECT_GE(test, xnheap_usable_mem(heap), most);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_random_course_goes_as_the_model_says,
			 course_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_model",
	.test_cases = cases,
};

kunit_test_suite(suite);
