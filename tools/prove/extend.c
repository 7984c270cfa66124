// SPDX-License-Identifier: GPL-2.0
/* xnheap_extend() on each state of a small heap of one extent, in todo.h. */

#include "heap.c"
#include "bucket.c"
#include "extent.c"
#include "plan.c"

#include "state.h"

#pragma CPROVER check push
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "signed-overflow"

/* Bytes of the area: its header, its page map, its pages, up to a page's end */
#define AREA	((sizeof(area) + (PAGES_BEHIND + 1) * PAGE - 1) / PAGE * PAGE)

static void check_place(const struct xnheap_place *place, struct xnheap_extent *ext)
{
	CHECK(place->extent == ext && place->key == ext->start - 1);
	CHECK(place->base == ext->base && place->span == ext->span);
	CHECK(place->map == ext->map);
}

static void check_added(u_long start, u_long size)
{
	const struct xnheap_extent *first = &heap.first, *ext = &extent1;

	CHECK(heap.nr_extents == 2 && heap.pages == PAGES + PAGES_BEHIND);
	CHECK(heap.given == extent0.size + size);
	CHECK(heap.extent[0] == &extent0 && heap.extent[1] == ext);
	CHECK(ext->start == start && ext->size == size);
	CHECK(ext->base == (u_long)&area + AREA - (PAGES_BEHIND + 1) * PAGE);
	CHECK(ext->map == &map1[0].page);
	CHECK(ext->span == (PAGES_BEHIND + 1) * PAGE);
	CHECK(ext->nr_pages == PAGES_BEHIND && ext->nr == 1);
	CHECK(first->base == BASE0 && first->map == &map0[0].page);
	CHECK(first->span == (PAGES + 1) * PAGE);
	check_place(&heap.place[ext->start < BASE0], &extent0);
	check_place(&heap.place[ext->start > BASE0], &extent1);
	CHECK(heap.place[2].key == ~0UL);
}

/* An area that begins @before bytes before the memory for its header */
static void prove_added(u_long before)
{
	u_long start = (u_long)&area - before;
	u_long size = AREA + (before + PAGE - 1) / PAGE * PAGE;
	struct sight new;

	align_origin = (u_long)&area;
	CHECK(!xnheap_extend(&heap, (void *)start, size));
	extents = 2;
	check_heap(&new);
	check_same(&described, &new, 0, 0, 0);
	check_added(start, size);
}

/* As prove_refused(), but there is memory if it should be taken again */
static void prove_twice(void)
{
	align_origin = (u_long)&area;
	CHECK(!xnheap_extend(&heap, &area, AREA));
	CHECK(xnheap_extend(&heap, &area, AREA) == -EEXIST);
}

static void refuse(u_long start, u_long size, int error)
{
	CHECK(xnheap_extend(&heap, (void *)start, size) == error);
}

static void prove_refused(void)
{
	const u_long start = extent0.start, size = extent0.size;
	struct sight new;

	refuse(0, 1024, -EINVAL);
	refuse(BASE1, 0, -EINVAL);
	refuse(BASE1, PAGE, -EINVAL);
	refuse(BASE1, AREA - PAGE, -EINVAL);
	refuse(BASE1, AREA + 1, -EINVAL);
	refuse(BASE1, XNHEAP_MAX_EXTENT_SIZE + PAGE, -EINVAL);
	refuse(-AREA, 2 * AREA, -EINVAL);
	refuse(start, AREA, -EEXIST);
	refuse(start + size - 1, AREA, -EEXIST);
	refuse(start - AREA + 1, AREA, -EEXIST);
	refuse(start - AREA, 2 * AREA, -EEXIST);
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
	CASE(prove_added(BEFORE));
#endif
}

#include "each.h"
