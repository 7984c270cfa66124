// SPDX-License-Identifier: GPL-2.0
/*
 * Each public call on each state of a small heap: the calls that PROVE_ALLOC,
 * PROVE_FREE, PROVE_TEST and PROVE_REFUSE choose, on the states in todo.h.
 */

#include "sources.h"
#include "state.h"

/* From one address in a page to the next that is to be refused */
#ifndef STEP
#define STEP	8
#endif

#pragma CPROVER check push
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "signed-overflow"

/* Whether there is a block that a small request could have */
static bool small_could_be_had(unsigned long size)
{
	bool had = false;
	u32 b;

	for (b = 0; b < BUCKETS; b++)
		if (sorts[b].size >= size &&
		    (buckets[b].run || !list_empty(&buckets[b].queue)))
			had = true;
	return had;
}

/* Find the page that an address lies in */
static bool locate(unsigned long address, u32 *e, u32 *p)
{
	for (*e = 0; *e < extents; ++*e) {
		*p = (address - page_address(*e, 0)) / PAGE;
		if (address >= page_address(*e, 0) && *p < pages_of(*e))
			return true;
	}
	return false;
}

static void prove_alloc(unsigned long size)
{
	struct sight new;
	bool could = small_could_be_had(size);
	unsigned long block, got, used;
	const struct unit *unit;
	u32 e, p, b;

	/* Even a small request can do with a page of its own */
	could |= described.longest >= size / PAGE + !!(size % PAGE);
	block = (unsigned long)xnheap_alloc(&heap, size);
	check_heap(&new);
	check_fixed();
	if (!block) {
		CHECK(!could || !size || size > XNHEAP_MAX_EXTENT_SIZE);
		check_same(&described, &new, 0, 0, 0);
		return;
	}
	CHECK(could && size);
	CHECK(locate(block, &e, &p));
	while (page_at(e, p)->type == PAGE_RUN_TAIL)
		p--;
	unit = &new.unit[e][p];
	block -= page_address(e, p);
	used = new.used - described.used;
	CHECK(used >= size);
	if (unit->pages) {
		CHECK(!block && used == unit->pages * PAGE && used - size < PAGE);
		check_same(&described, &new, e, p, 1);
		return;
	}
	b = unit->bucket;
	got = block / sorts[b].size;
	CHECK(used == sorts[b].size);
	CHECK(block % sorts[b].size == 0 && got < blocks_of(b));
	/* It was free, and is not any more */
	CHECK(unit->bits >> got & 1);
	check_same(&described, &new, e, p, 1UL << got);
}

static int verdict;

static int ask(void *block)
{
	CHECK(heap.lock.held);
	return verdict;
}

enum how { FREE_IT, TEST_AND_FREE_IT, TEST_AND_KEEP_IT, LOOK_AT_IT };

#define REFUSED		77

static int call(enum how how, unsigned long address)
{
	void *block = (void *)address;

	verdict = how == TEST_AND_KEEP_IT ? REFUSED : 0;
	switch (how) {
	case FREE_IT:
		return xnheap_free(&heap, block);
	case LOOK_AT_IT:
		return xnheap_check_block(&heap, block);
	default:
		return xnheap_test_and_free(&heap, block, ask);
	}
}

/*
 * The bit of the allocated block that starts @offset bytes after page @p, in
 * the unit that starts with page @p then; 0 if none does.
 */
static unsigned long block_at_page(u32 e, u32 *p, u32 offset)
{
	const struct unit *unit;
	u32 b;

	if (*p >= pages_of(e))
		return 0;
	while (state[e][*p] == RUN_TAIL) {
		offset += PAGE;
		--*p;
	}
	unit = &described.unit[e][*p];
	if (state[e][*p] < RUN)
		return offset ? 0 : unit->bits;
	b = unit->bucket;
	if (offset % sorts[b].size || offset / sorts[b].size >= blocks_of(b))
		return 0;
	return unit->bits & 1UL << offset / sorts[b].size;
}

/* A block that is free from then on */
static void prove_free(enum how how, u32 e, u32 p, u32 offset)
{
	unsigned long block = page_address(e, p) + offset;
	unsigned long bit = block_at_page(e, &p, offset);
	struct sight new;

	CHECK(!call(how, block));
	check_heap(&new);
	check_fixed();
	check_same(&described, &new, e, p, bit);
}

/* How often each kind of failure should have been counted */
static u64 failed[XNHEAP_NR_FAILURES];

/* All that is not the start of an allocated block, and calls that keep it */
static void see_refused(unsigned long address, bool allocated)
{
	enum xnheap_failure why = XNHEAP_FREE_OUTSIDE;
	int error = -EFAULT, error_of_free;
	u32 e;

	for (e = 0; e < extents; e++) {
		if (address - extent_table[e].start >= extent_table[e].size)
			continue;
		error = -EINVAL;
		why = XNHEAP_FREE_INVALID;
	}
	/* NULL is no block, but no mistake */
	error_of_free = address ? error : 0;
	if (!allocated) {
		CHECK(call(FREE_IT, address) == error_of_free);
		failed[why] += !!address;
	}
	CHECK(call(TEST_AND_KEEP_IT, address) ==
	      (allocated ? REFUSED : error_of_free));
	failed[allocated ? XNHEAP_FREE_REFUSED : why] += !!address;
	CHECK(call(LOOK_AT_IT, address) == (allocated ? 0 : error));
}

static void see_refused_around(const struct xnheap_extent *ext)
{
	see_refused(ext->start - 1, false);
	see_refused(ext->start, false);
	see_refused(ext->base + ext->span, false);
	see_refused(ext->start + ext->size - 1, false);
	see_refused(ext->start + ext->size, false);
}

static void prove_refuse(void)
{
	struct sight new;
	u32 e, i, unit;
	int p;

	memcpy(failed, heap.failed, sizeof(failed));
	for (e = 0; e < extents; e++) {
		for (p = -1; p < (int)pages_of(e); p++) {
			for (i = 0; i < PAGE; i += STEP) {
				unit = p;
				see_refused(page_address(e, 0) + p * PAGE + i,
					    block_at_page(e, &unit, i));
			}
			see_refused(page_address(e, 0) + p * PAGE + 1, false);
		}
		see_refused_around(&extent_table[e]);
	}
	see_refused(0, false);
	see_refused(~0UL, false);
	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		CHECK(heap.failed[i] == failed[i]);
	check_heap(&new);
	check_fixed();
	check_same(&described, &new, 0, 0, 0);
}

#pragma CPROVER check pop

/* That what the labels describe is sound, and described rightly */
static void prove_description(void)
{
	struct sight s;

	check_heap(&s);
	check_fixed();
	check_same(&s, &described, 0, 0, 0);
	CHECK(s.longest == described.longest && s.used == described.used);
}

static void prove_state(void)
{
	u32 e, p, i, unit;

#ifdef PROVE_ALLOC
	CASE(prove_description());
	for (i = 8; i < sorts[BUCKETS - 1].size + 8; i += 8)
		CASE(prove_alloc(i));
	for (i = 1; i <= ALL_PAGES + 1; i++)
		CASE(prove_alloc(i * PAGE));
	CASE(prove_alloc(0));
	CASE(prove_alloc(~0UL));
#endif
	for (e = 0; e < extents; e++) {
		for (p = 0; p < pages_of(e); p++) {
			for (i = 0; i < PAGE; i += 8) {
				unit = p;
				if (!block_at_page(e, &unit, i))
					continue;
#ifdef PROVE_FREE
				CASE(prove_free(FREE_IT, e, p, i));
#endif
#ifdef PROVE_TEST
				CASE(prove_free(TEST_AND_FREE_IT, e, p, i));
#endif
			}
		}
	}
#ifdef PROVE_REFUSE
	CASE(prove_refuse());
#endif
}

#include "each.h"
