// SPDX-License-Identifier: GPL-2.0
/* xnheap_extend() on each state of a small heap of one extent, in todo.h. */

#include <linux/seqlock.h>

/* An extent's place in the tables is written: nobody has looked at its map yet */
static void extent_written(void);

#undef raw_write_seqcount_end
#define raw_write_seqcount_end(seq)	(++*(seq), extent_written())

#include "sources.h"
#include "state.h"

/* What goes on after something wrong is not looked at */
#undef CHECK
#define CHECK(condition)	SOUND(NULL, condition)

#pragma CPROVER check push
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "signed-overflow"

/* Bytes of the area: its page map, its pages, up to a page's end */
#define AREA	((sizeof(map1) + (MORE_PAGES + 1) * PAGE - 1) / PAGE * PAGE)

/* Where the memory for its page map is taken to lie, on either side of BASE0 */
#define MAP_NEW	0x400000UL

/* Bytes of the area before that */
#ifndef BEFORE
#define BEFORE	0
#endif
#define AREA_START	(MAP_NEW - BEFORE)
#define AREA_SIZE	(AREA + (BEFORE + PAGE - 1) / PAGE * PAGE)

static_assert(sizeof(map1) + MORE_PAGES * PAGE <= AREA);

/*
 * All is laid out in numbers, which CBMC can calculate with. The map's, which is proved
 * to be the right one, is then written as the object's own name, which CBMC can follow.
 */
static void extent_written(void)
{
	struct xnheap_extent *ext = &extent_table[1];

	CHECK(heap.nr_sorted == 2 && ext->start == AREA_START);
	CHECK(ext->map == (void *)(MAP_NEW + sizeof(struct entry)));
	ext->map = page_at(1, 0);
}

static void check_added(void)
{
	const struct xnheap_extent *ext = &extent_table[1];

	CHECK(heap.nr_extents == 2 && heap.nr_sorted == 2 && heap.pages == ALL_PAGES);
	CHECK(heap.size == extent_table[0].size + AREA_SIZE);
	CHECK(ext->start == AREA_START && ext->size == AREA_SIZE);
	CHECK(ext->base == MAP_NEW + AREA - MORE_PAGES * PAGE);
	CHECK(ext->map == page_at(1, 0));
	CHECK(ext->nr_pages == MORE_PAGES && ext->nr == 1);
	CHECK(heap.first_base == BASE0 && heap.first_map == page_at(0, 0));
	CHECK(by_address[MAP_NEW > BASE0].extent == ext);
}

static int extend_by_area(void)
{
	return xnheap_extend(&heap, (void *)AREA_START, AREA_SIZE);
}

static void prove_added(void)
{
	struct sight new;

	CHECK(!extend_by_area());
	check_added();
	extents = 2;
	check_heap(&new);
	check_same(&described, &new, 0, 0, 0);
}

/* As prove_refused(), but there is memory if it should be taken again */
static void prove_twice(void)
{
	CHECK(!extend_by_area());
	CHECK(extend_by_area() == -EEXIST);
}

static void see_refused(unsigned long start, unsigned long size, int error)
{
	CHECK(xnheap_extend(&heap, (void *)start, size) == error);
}

static void prove_refused(void)
{
	const unsigned long start = extent_table[0].start;
	const unsigned long size = extent_table[0].size;
	struct sight new;

	see_refused(0, 1024, -EINVAL);
	see_refused(BASE1, 0, -EINVAL);
	see_refused(BASE1, PAGE, -EINVAL);
	see_refused(BASE1, AREA - PAGE, -EINVAL);
	see_refused(BASE1, AREA + 1, -EINVAL);
	see_refused(BASE1, XNHEAP_MAX_EXTENT_SIZE + PAGE, -EINVAL);
	see_refused(-AREA, 2 * AREA, -EINVAL);
	see_refused(start, 2 * AREA, -EEXIST);
	see_refused(start + size - 1, 2 * AREA, -EEXIST);
	see_refused(start - 2 * AREA + 1, 2 * AREA, -EEXIST);
	see_refused(start - 2 * AREA, 4 * AREA, -EEXIST);
	check_heap(&new);
	check_fixed();
	check_same(&described, &new, 0, 0, 0);
}

#pragma CPROVER check pop

static void prove_state(void)
{
#if defined(PROVE_REFUSE)
	CASE(prove_refused());
#elif defined(PROVE_TWICE)
	CASE(prove_twice());
#else
	CASE(prove_added());
#endif
}

#include "each.h"
