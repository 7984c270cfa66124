// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls against a model of the heap: what each page is must follow from
 * the addresses that were handed out, and what each call must return from what
 * the pages are.
 */

#include <linux/sched.h>

#include "kunit_xnheap.h"

/* A page as the model knows it: of blocks of one size, or of a page block. */
struct model_page {
	u32 size;			/* of its blocks; 0: free */
	u32 live;			/* blocks */
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
	u_long failed[XNHEAP_NR_FAILURES];
	u64 mark;
};

struct course {
	const char *name;
	struct heap_kind kind;
	u_long spare;			/* extents, added on the way */
	u32 steps;
	u32 seed;
};

static const struct course courses[] = {
	{ "64-byte pages", { "", 64, 64, 1, 0 }, 0, 4000, 1 },
	{ "64-byte pages, many", { "", 64, 400, 1, 1 }, 0, 3000, 2 },
	{ "64-byte pages, 1 to 64 extents", { "", 64, 16, 1, 5 }, 63, 6000, 3 },
	{ "512-byte pages", { "", 512, 24, 1, 0 }, 0, 4000, 4 },
	{ "512-byte pages, 2 to 5 extents", { "", 512, 10, 2, 7 }, 3, 4000, 5 },
	{ "4096-byte pages, 1 to 3 extents", { "", 4096, 10, 1, 9 }, 2, 4000, 6 },
	{ "32768-byte pages, 2 extents", { "", 32768, 7, 2, 0 }, 0, 4000, 7 },
};

static void course_name(const struct course *course, char *name)
{
	strscpy(name, course->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(course, courses, course_name);

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
			row = m->page[m->first[i] + p].size ? 0 : row + 1;
			longest = max(longest, row);
		}
	}
	return longest;
}

/* The size of the blocks from which a request must come; 0 if it must fail. */
static u_long model_source(struct model *m, u_long size)
{
	u_long ps = m->th->kind.page_size, bytes = rounded(m->th, size);
	u_long i, n = m->first[m->extents - 1] + m->pages[m->extents - 1];
	u_long least = 0;
	bool page = false;

	for (i = 0; i < n; i++) {
		u32 block = m->page[i].size;

		page |= !block;
		if (block >= bytes && block < ps &&
		    m->page[i].live < ps / block && (!least || block < least))
			least = block;
	}
	return least == bytes || !page ? least : bytes;
}

/* Enter a block, or take it out again. */
static void model_count(struct model *m, u8 *at, u_long bytes, int by)
{
	u_long ps = m->th->kind.page_size, offset;
	struct kunit *test = m->test;

	for (offset = 0; offset < bytes; offset += ps) {
		struct model_page *page = model_page(m, (u_long)at + offset);

		KUNIT_ASSERT_NOT_NULL(test, page);
		if (by > 0 && !page->live)
			page->size = bytes;
		/* Blocks of another size would be in the same page */
		KUNIT_ASSERT_EQ(test, bytes, (u_long)page->size);
		page->live += by;
		KUNIT_ASSERT_LE(test, (u_long)page->live, max(ps / bytes, 1UL));
		if (!page->live)
			page->size = 0;
	}
	m->used += by * bytes;
}

static void block_mark(struct block *block)
{
	memset64((u64 *)block->at, block->mark, block->size / 8);
}

static bool block_is_marked(const struct block *block)
{
	const u64 *word = (u64 *)block->at;
	u_long i;

	for (i = 0; i < block->size / 8; i++)
		if (word[i] != block->mark)
			return false;
	return true;
}

static void step_alloc(struct model *m, u_long size)
{
	u_long ps = m->th->kind.page_size, bytes, want, longest;
	xnheap_t *heap = &m->th->heap;
	struct kunit *test = m->test;
	struct block *block;
	u8 *at = xnheap_alloc(heap, size);

	if (size - 1 >= XNHEAP_MAX_EXTENT_SIZE) {
		KUNIT_ASSERT_NULL(test, at);
		m->failed[XNHEAP_ALLOC_SIZE]++;
		return;
	}
	bytes = rounded(m->th, size);
	if (bytes < ps) {
		want = model_source(m, size);
	} else {
		longest = model_longest(m);
		want = bytes / ps <= longest ? bytes : 0;
		/* A long range may be hidden by another of its class */
		if (longest > OWN_CLASSES && !at &&
		    bytes / ps > longest - longest / 8)
			want = 0;
	}
	if (!want) {
		KUNIT_ASSERT_NULL(test, at);
		m->failed[XNHEAP_ALLOC_FULL]++;
		return;
	}
	KUNIT_ASSERT_NOT_NULL_MSG(test, at, "size %lu", size);
	KUNIT_ASSERT_EQ(test, 0UL, (u_long)at % min(want, ps));
	model_count(m, at, want, 1);
	KUNIT_ASSERT_LT(test, m->blocks.nr, m->blocks.max);
	block = &m->blocks.block[m->blocks.nr++];
	*block = (struct block) { at, want, ++m->mark };
	block_mark(block);
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
	struct block block = m->blocks.block[i];
	xnheap_t *heap = &m->th->heap;
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
	model_count(m, block.at, block.size, -1);
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
	xnheap_t *heap = &m->th->heap;
	struct kunit *test = m->test;
	u_long n = m->first[m->extents - 1] + m->pages[m->extents - 1];
	u_long most = xnheap_max_contiguous(heap), longest = model_longest(m);
	u_long i, ps = m->th->kind.page_size, largest = 0;

	for (i = 0; i < n; i++)
		if (m->page[i].size < ps &&
		    m->page[i].live * m->page[i].size < ps && m->page[i].size)
			largest = max(largest, (u_long)m->page[i].size);
	if (longest)
		largest = longest * ps;
	if (longest <= OWN_CLASSES)
		KUNIT_ASSERT_EQ(test, largest, most);
	else
		KUNIT_ASSERT_GE(test, most, largest - largest / 8);
	KUNIT_ASSERT_EQ(test, m->used, xnheap_used_mem(heap));
	KUNIT_ASSERT_EQ(test, m->extents * m->th->area_size, xnheap_size(heap));
	KUNIT_ASSERT_EQ(test, n, xnheap_page_count(heap));
	KUNIT_ASSERT_EQ(test, 0, memcmp(m->failed, heap->failed,
					sizeof(m->failed)));
}

static void a_random_course_goes_as_the_model_says(struct kunit *test)
{
	const struct course *course = test->param_value;
	u_long limit = course->kind.extents + course->spare, pages, i;
	u_long most, filling = 0, step, n;
	struct model *m;
	xnheap_t *heap;

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
	KUNIT_ASSERT_EQ(test, 0, xnheap_init(heap, m->th->area[0],
					     m->th->area_size,
					     course->kind.page_size));
	most = xnheap_max_contiguous(heap);
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
			step_alloc(m, random_below(&m->rnd, 4) ?
				   random_size(&m->rnd, m->th) :
				   1 + random_below(&m->rnd, 40));
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
		pages = xnheap_max_contiguous(heap);
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
	.exit = undo_all,
	.test_cases = cases,
};

kunit_test_suite(suite);
