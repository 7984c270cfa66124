// SPDX-License-Identifier: GPL-2.0
/*
 * Each public call on each state of a small heap: the calls that PROVE_ALLOC,
 * PROVE_FREE, PROVE_TEST and PROVE_REFUSE choose, on the states in todo.h.
 */

#include "heap.c"
#include "bucket.c"
#include "extent.c"
#include "plan.c"

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
static bool small_could_be_had(u_long size)
{
	bool had = false;
	u32 b;

	for (b = 0; b < BUCKETS; b++)
		if (sorts[b].size >= size && (buckets[b].run || buckets[b].head))
			had = true;
	return had;
}

/* Find the page that an address lies in */
static bool locate(u_long address, u32 *e, u32 *p)
{
	for (*e = 0; *e < extents; ++*e) {
		u_long offset = address - (*e ? BASE1 : BASE0);

		*p = offset / PAGE;
		if (*p >= 1 && *p <= pages_of(*e))
			return true;
	}
	return false;
}

static void prove_alloc(u_long size)
{
	struct sight new;
	bool could = small_could_be_had(size);
	u_long block, got, used;
	const struct unit *unit;
	u32 e, p, b;

	/* Even a small request can do with a page of its own */
	could |= described.longest >= size / PAGE + !!(size % PAGE);
	block = (u_long)xnheap_alloc(&heap, size);
	check_heap(&new);
	check_fixed();
	if (!block) {
		CHECK(!could || !size || size > XNHEAP_MAX_EXTENT_SIZE);
		check_same(&described, &new, 0, 0, 0);
		return;
	}
	CHECK(could && size);
	CHECK(locate(block, &e, &p));
	while (entry_of(e, p)->page.kind == PAGE_NEXT)
		p--;
	unit = &new.unit[e][p];
	block -= page_address(e, p);
	used = new.used - described.used;
	CHECK(used >= size);
	if (unit->kind == PAGE_BLOCK) {
		CHECK(!block && used == unit->pages * PAGE && used - size < PAGE);
		check_same(&described, &new, e, p, 1);
		return;
	}
	b = (unit->kind - PAGE_RUN) / sizeof(struct xnheap_bucket);
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

static int call(enum how how, u_long address)
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
 * The bit of the allocated block that starts @offset bytes behind page @p, in
 * the unit that starts with page @p then; 0 if none does.
 */
static unsigned long block_at(u32 e, u32 *p, u32 offset)
{
	const struct unit *unit;
	u32 b;

	if (*p < 1 || *p > pages_of(e))
		return 0;
	while (state[e][*p] == NEXT) {
		offset += PAGE;
		--*p;
	}
	unit = &described.unit[e][*p];
	if (state[e][*p] < RUN)
		return offset ? 0 : unit->bits;
	b = run_label(state[e][*p]).bucket;
	if (offset % sorts[b].size || offset / sorts[b].size >= blocks_of(b))
		return 0;
	return unit->bits & 1UL << offset / sorts[b].size;
}

/* A block that is free from then on */
static void prove_free(enum how how, u32 e, u32 p, u32 offset)
{
	u_long block = page_address(e, p) + offset;
	unsigned long bit = block_at(e, &p, offset);
	struct sight new;

	CHECK(!call(how, block));
	check_heap(&new);
	check_fixed();
	check_same(&described, &new, e, p, bit);
}

/* All that is not the start of an allocated block, and calls that keep it */
static void refuse(u_long address, bool allocated)
{
	const struct xnheap_extent *ext = &extent0;
	int error = -EFAULT;

	if (address - ext->start < ext->size)
		error = -EINVAL;
	ext = &extent1;
	if (extents > 1 && address - ext->start < ext->size)
		error = -EINVAL;
	if (!allocated)
		CHECK(call(FREE_IT, address) == error);
	CHECK(call(TEST_AND_KEEP_IT, address) == (allocated ? REFUSED : error));
	CHECK(call(LOOK_AT_IT, address) == (allocated ? 0 : error));
}

static void refuse_around(const struct xnheap_extent *ext)
{
	refuse(ext->start - 1, false);
	refuse(ext->start, false);
	refuse(ext->base + ext->span, false);
	refuse(ext->start + ext->size - 1, false);
	refuse(ext->start + ext->size, false);
}

static void prove_refuse(void)
{
	struct sight new;
	u32 e, p, i, unit;

	for (e = 0; e < extents; e++) {
		for (p = 0; p <= pages_of(e); p++) {
			for (i = 0; i < PAGE; i += STEP) {
				unit = p;
				refuse(page_address(e, p) + i, block_at(e, &unit, i));
			}
			refuse(page_address(e, p) + 1, false);
		}
		refuse_around(e ? &extent1 : &extent0);
	}
	refuse(0, false);
	refuse(~0UL, false);
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
		for (p = 1; p <= pages_of(e); p++) {
			for (i = 0; i < PAGE; i += 8) {
				unit = p;
				if (!block_at(e, &unit, i))
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
