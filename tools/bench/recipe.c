// SPDX-License-Identifier: GPL-2.0
/*
 * Recipes are played in small heaps, a new one each time. Those that have a name
 * are states that the search found, and are cases of the adversary.
 */

#include <linux/align.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "recipe.h"

#define MOST_BLOCKS	20000
#define MOST_BYTES	(4UL << 20)

static struct xnheap *heap;
static void *memory;
static void **blocks;		/* by number, whether live or free */
static u32 nr_blocks;

#define ALLOC(n, size)			{ STEP_ALLOC, 0, n, size }
#define ALIGNED(n, size, shift)		{ STEP_ALIGNED, shift, n, size }
#define FREE(n, from, stride, at)	{ STEP_FREE, 0, n, at, from, stride }
#define AGREED(n, from, stride, at)	{ STEP_AGREED, 0, n, at, from, stride }
#define DENIED(n, from, stride, at)	{ STEP_DENIED, 0, n, at, from, stride }
#define CHECK(n, from, stride, at)	{ STEP_CHECK, 0, n, at, from, stride }

const struct named_recipe named_recipes[] = {
	/* No page is free, and a larger bucket has no current run */
	{ "larger bucket has two runs of one block", {
		4096, 12, 1, 0, 6, {
		ALLOC(256, 32), ALLOC(1, 8), ALLOC(STEP_ALL, 4096),
		FREE(2, 127, 128, 0), ALLOC(8, 8), ALLOC(1, 16) } } },
	{ "larger bucket has one block", {
		4096, 2, 1, 0, 4, {
		ALLOC(1, 2048), ALLOC(STEP_ALL, 32), FREE(1, 128, 1, 0),
		ALLOC(1, 8) } } },
	{ "larger bucket goes on to a queued run", {
		4096, 6, 1, 0, 8, {
		ALLOC(256, 32), ALLOC(2, 8192), ALLOC(1, 32), FREE(2, 127, 128, 0),
		ALIGNED(1, 32, 5), ALLOC(1, 8), AGREED(511, 62, 512, 0), ALLOC(127, 8) } } },
	/* Pages merge, in the extent that takes most steps to find */
	{ "two runs end", {
		1024, 3, 64, 0, 3, { ALLOC(1, 24), ALLOC(1, 1), FREE(2, 0, 1, 0) } } },
	{ "two runs of words end", {
		8192, 4, 64, 0, 2, { ALLOC(256, 64), FREE(256, 0, 1, 0) } } },
	{ "refused in the last extent", {
		4096, 4, 64, 0, 3, {
		ALLOC(3, 11), DENIED(1, 0, 1, 0), DENIED(1, 0, 1, 128) } } },

	/* The search for pages goes through all words of the index */
	{ "run in a long range, aligned", {
		8192, 200, 1, 0, 2, { ALLOC(1, 1973), ALIGNED(1, 32, 5) } } },
	{ "more than the longest range, aligned", {
		64, 3, 64, 0, 1, { ALIGNED(1, 3072, 6) } } },

	{ "fine: run in a long range, aligned", {
		64, 200, 1, XNHEAP_FINE, 1, { ALIGNED(1, 66, 2) } } },
	{ "fine: larger bucket serves", {
		1024, 3, 64, XNHEAP_FINE, 3, {
		ALLOC(1, 1585), ALLOC(STEP_ALL, 4096), ALLOC(1, 166) } } },
	{ "fine: larger bucket serves, aligned", {
		1024, 3, 64, XNHEAP_FINE, 3, {
		ALLOC(1, 1585), ALLOC(STEP_ALL, 4096), ALIGNED(1, 409, 0) } } },
	{ "fine: larger bucket is not aligned", {
		8192, 3, 32, XNHEAP_FINE, 4, {
		ALLOC(1, 16384), ALIGNED(108, 6252, 12), ALLOC(7, 32768),
		ALIGNED(1, 4302, 4) } } },
	{ "fine: pages, but too few for a run", {
		1024, 40, 1, XNHEAP_FINE, 4, {
		ALLOC(40, 11882), ALLOC(1, 1614), ALIGNED(2, 31, 4),
		ALIGNED(1, 324, 5) } } },
	{ "fine: pages, where no run and no larger block is", {
		64, 3, 55, XNHEAP_FINE, 11, {
		ALIGNED(8, 53, 5), ALLOC(3, 89), ALLOC(6, 16), ALLOC(1, 192),
		ALIGNED(8, 65, 6), ALIGNED(5, 192, 5), ALLOC(6, 64), ALLOC(5, 121),
		ALIGNED(7, 16, 4), ALIGNED(1, 64, 4), ALIGNED(149, 53, 3) } } },
	{ "fine: nothing aligned", {
		64, 4, 62, XNHEAP_FINE, 6, {
		ALIGNED(8, 192, 6), ALLOC(1, 53), ALLOC(1, 256), ALIGNED(2, 256, 6),
		ALIGNED(3, 256, 6), ALIGNED(152, 78, 5) } } },
	{ "fine: nothing free", {
		32768, 40, 1, XNHEAP_FINE, 3, {
		ALLOC(STEP_ALL, 54559), ALLOC(STEP_ALL, 32768), ALLOC(1, 160) } } },
	{ "fine: runs of pages end", {
		512, 6, 56, XNHEAP_FINE, 2, { ALLOC(6, 763), FREE(6, 0, 1, 0) } } },
	{ "fine: runs of two sizes end", {
		8192, 3, 64, XNHEAP_FINE, 3, {
		ALLOC(1, 1024), ALLOC(1, 49), FREE(2, 0, 1, 0) } } },
	{ "fine: runs of words end", {
		4096, 4, 64, XNHEAP_FINE, 3, {
		ALIGNED(14, 1, 12), ALLOC(129, 16), FREE(4, 0, 1, 0) } } },
	{ "fine: refused in the last extent", {
		512, 4, 64, XNHEAP_FINE, 3, {
		ALLOC(2, 512), DENIED(1, 1, 1, 0), DENIED(1, 0, 1, 64) } } },
	{ "fine: refused in a run of pages", {
		64, 3, 64, XNHEAP_FINE, 3, {
		ALLOC(2, 64), CHECK(2, 0, 1, 0), DENIED(1, 0, 1, 64) } } },

	{ "percpu: fill uses up the run, aligned", {
		2048, 6, 64, XNHEAP_PERCPU, 4, {
		ALIGNED(512, 1, 0), FREE(266, 0, 1, 0), ALIGNED(1, 3428, 11),
		ALIGNED(123, 1, 0) } } },
	{ "percpu: flush in the last extent", {
		2048, 6, 64, XNHEAP_PERCPU, 2, {
		ALIGNED(STEP_ALL, 1, 0), FREE(352, 161, 1, 0) } } },
	{ "percpu: flush after aligned blocks", {
		2048, 4, 35, XNHEAP_PERCPU, 4, {
		ALIGNED(STEP_ALL, 384, 4), FREE(386, 2, 1, 0), ALIGNED(STEP_ALL, 1, 6),
		FREE(510, 255, 1, 0) } } },
	{ "percpu: flush after aligned blocks, in many extents", {
		1024, 3, 64, XNHEAP_PERCPU, 5, {
		ALLOC(1, 102), ALIGNED(32767, 384, 4), FREE(385, 2, 1, 0),
		ALIGNED(STEP_ALL, 1, 6), FREE(291, 255, 1, 0) } } },
	{ "percpu: fill after blocks of two sizes", {
		4096, 6, 1, XNHEAP_PERCPU, 8, {
		ALLOC(256, 32), ALLOC(2, 8192), ALLOC(1, 32), FREE(2, 127, 128, 0),
		ALIGNED(1, 32, 5), ALLOC(1, 8), AGREED(511, 62, 512, 0),
		ALLOC(127, 8) } } },
	{ "percpu: fill after blocks of two sizes, aligned", {
		4096, 6, 1, XNHEAP_PERCPU, 8, {
		ALLOC(256, 32), ALLOC(2, 8192), ALLOC(1, 32), FREE(2, 127, 128, 0),
		ALIGNED(1, 32, 5), ALIGNED(1, 8, 3), AGREED(511, 62, 512, 0),
		ALIGNED(127, 8, 3) } } },
	{ "percpu: flush of small blocks, after a check function", {
		4096, 2, 62, XNHEAP_PERCPU, 3, {
		ALIGNED(32767, 1, 2), AGREED(4095, 2863, 1, 24576), FREE(4865, 0, 1, 0) } } },
	{ "percpu: pages freed twice, in the last extent", {
		1024, 6, 64, XNHEAP_PERCPU, 3, {
		ALLOC(1, 3072), FREE(1, 0, 1, 0), FREE(1, 0, 1, 0) } } },
	{ "percpu: flush of small blocks, in many extents", {
		2048, 6, 56, XNHEAP_PERCPU, 4, {
		ALLOC(130, 16), ALIGNED(5, 763, 9), ALLOC(65533, 1),
		FREE(248, 14, 1, 0) } } },
};

const unsigned int nr_named_recipes = ARRAY_SIZE(named_recipes);

void recipe_exit(void)
{
	vfree(blocks);
	vfree(memory);
	kfree(heap);
}

int recipe_init(void)
{
	heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	memory = vzalloc(MOST_BYTES + XNHEAP_MAX_PAGE_SIZE);
	blocks = vcalloc(MOST_BLOCKS, sizeof(*blocks));
	if (heap && memory && blocks)
		return 0;
	recipe_exit();
	return -ENOMEM;
}

static bool open_heap(const struct recipe *r)
{
	u_long bytes = xnheap_rounded_size_flags(r->pages * r->page_size,
						 r->page_size, r->flags);
	void *area = PTR_ALIGN(memory, XNHEAP_MAX_PAGE_SIZE);
	unsigned int i;

	if (bytes * r->nr_extents > MOST_BYTES ||
	    xnheap_init_flags(heap, area, bytes, r->page_size, r->flags))
		return false;
	for (i = 1; i < r->nr_extents; i++)
		xnheap_extend(heap, area + i * bytes, bytes);
	return true;
}

static bool allocate(struct victim *v, const struct step *s)
{
	void *block = s->call == STEP_ALLOC ?
		      alloc_block(v, s->size) :
		      alloc_aligned(v, s->size, 1UL << s->shift);

	if (block)
		blocks[nr_blocks++] = block;
	return block;
}

static void give_back(struct victim *v, const struct step *s, void *block)
{
	switch (s->call) {
	case STEP_FREE:
		free_block(v, block);
		break;
	case STEP_AGREED:
		free_if_agreed(v, block);
		break;
	case STEP_DENIED:
		free_if_denied(v, block);
		break;
	default:
		check(v, block);
	}
}

static void make(struct victim *v, const struct recipe *r, u32 nr,
		 void (*made)(const struct recipe *r, u32 step, u32 n))
{
	const struct step *s = &r->step[nr];
	u32 i, from = s->from;
	bool found = true;

	for (i = 0; i < s->n && found; i++) {
		if (s->call > STEP_ALIGNED && from >= nr_blocks)
			return;
		if (s->call <= STEP_ALIGNED && nr_blocks == MOST_BLOCKS)
			return;
		if (s->call <= STEP_ALIGNED)
			found = allocate(v, s);
		else
			give_back(v, s, blocks[from] + s->size);
		from += s->stride;
		if (made)
			made(r, nr, i + 1);
	}
}

/* Play a recipe, tell of each call; false if there is no such heap. */
bool recipe_play(const struct recipe *r,
		 void (*made)(const struct recipe *r, u32 step, u32 n))
{
	struct victim v = { .heap = heap };
	u32 i;

	if (!open_heap(r))
		return false;
	nr_blocks = 0;
	for (i = 0; i < r->nr; i++)
		make(&v, r, i, made);
	for (i = 0; i < nr_blocks; i++)
		xnheap_free(heap, blocks[i]);
	xnheap_destroy(heap, NULL, NULL);
	return true;
}
