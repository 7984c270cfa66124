// SPDX-License-Identifier: GPL-2.0
/* xnheap_extend() on each state of a small heap of one extent, in todo.h. */

#include "sources.h"
#include "state.h"

#pragma CPROVER check push
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "signed-overflow"

/* Bytes of the area: its page map, its pages, up to a page's end */
#define AREA	((sizeof(map1) + (MORE_PAGES + 1) * PAGE - 1) / PAGE * PAGE)

/* Where the area is taken to lie then: on the same side of BASE0 */
#define BASE_NEW	0x400000UL

#ifndef BEFORE
#define BEFORE		0
#endif

static void check_added(unsigned long start, unsigned long size)
{
	const struct xnheap_extent *ext = &extent_table[1];

	CHECK(heap.nr_extents == 2 && heap.nr_sorted == 2 && heap.pages == ALL_PAGES);
	CHECK(heap.size == extent_table[0].size + size);
	CHECK(ext->start == start && ext->size == size);
	CHECK(ext->base == (unsigned long)map1 + AREA - MORE_PAGES * PAGE);
	CHECK(ext->map == page_at(1, 0));
	CHECK(ext->nr_pages == MORE_PAGES && ext->nr == 1);
	CHECK(heap.first_base == BASE0 && heap.first_map == page_at(0, 0));
	CHECK(by_address[BASE_NEW > BASE0].extent == ext);
}

static void add(unsigned long start, unsigned long size)
{
	int ret;

	align_origin = (unsigned long)map1;
	ret = xnheap_extend(&heap, (void *)start, size);
	CHECK(!ret);
	__CPROVER_assume(!ret);
}

/*
 * What is proved to be at an address that CBMC can only compare is put there,
 * in its own name; and integers are made such as it can calculate with.
 */
#define KNOWN(what, value, instead) do {	\
	CHECK((what) == (value));		\
	(what) = (instead);			\
} while (0)

static void use_known(unsigned long start)
{
	struct xnheap_extent *ext = &extent_table[1];
	struct list_head *first = &page_at(1, 0)->list;
	struct list_head *head = &ranges[MORE_PAGES].list;

	KNOWN(ext->map, page_at(1, 0), page_at(1, 0));
	KNOWN(head->next, first, first);
	KNOWN(first->next->prev, first, first);
	KNOWN(by_address[BASE_NEW > BASE0].key, start - 1, BASE_NEW - BEFORE - 1);
	KNOWN(ext->start, start, BASE_NEW - BEFORE);
	KNOWN(ext->base, (unsigned long)map1 + AREA - MORE_PAGES * PAGE,
	      BASE_NEW + AREA - MORE_PAGES * PAGE);
}

/* An area that begins @before bytes before the memory for its page map */
static void prove_added(unsigned long before)
{
	unsigned long start = (unsigned long)map1 - before;
	unsigned long size = AREA + (before + PAGE - 1) / PAGE * PAGE;
	struct sight new;

	add(start, size);
	check_added(start, size);
	use_known(start);
	extents = 2;
	check_heap(&new);
	check_same(&described, &new, 0, 0, 0);
}

/* As prove_refused(), but there is memory if it should be taken again */
static void prove_twice(void)
{
	add((unsigned long)map1, AREA);
	CHECK(xnheap_extend(&heap, map1, AREA) == -EEXIST);
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
	CASE(prove_added(BEFORE));
#endif
}

#include "each.h"
