// SPDX-License-Identifier: GPL-2.0
/*
 * Each public call on each state of a small heap.
 *
 * PART of PARTS of the states is looked at, with the calls of one TASK.
 */

#include "heap.c"
#include "bucket.c"
#include "extent.c"
#include "plan.c"

#include "state.h"
#include "stubs.h"

#pragma CPROVER check push
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "signed-overflow"

/* The largest block that a small request could have had */
static bool small_could_be_had(u_long size)
{
	bool had = false;
	u32 b;

	for (b = 0; b < BUCKETS; b++)
		if (sorts[b].size >= size && (buckets[b].run || buckets[b].head))
			had = true;
	return had;
}

static u32 pages_wanted(u_long size)
{
	u32 b;

	for (b = 0; b < BUCKETS; b++)
		if (sorts[b].size >= size)
			return sorts[b].pages;
	return (size + PAGE - 1) / PAGE;
}

/* Find the page that an address lies in */
static bool locate(u_long address, u32 *e, u32 *p)
{
	for (*e = 0; *e < EXTENTS; ++*e) {
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

	could |= described.longest >= pages_wanted(size);
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
	block -= (e ? BASE1 : BASE0) + p * PAGE;
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

enum how { CHECK_ONLY, TEST_AND_FREE, REFUSE, JUST_FREE };

static int call(enum how how, u_long block)
{
	switch (how) {
	case CHECK_ONLY:
		return xnheap_check_block(&heap, (void *)block);
	case TEST_AND_FREE:
	case REFUSE:
		verdict = how == REFUSE ? 77 : 0;
		return xnheap_test_and_free(&heap, (void *)block, ask);
	default:
		return xnheap_free(&heap, (void *)block);
	}
}

/* The block that starts @offset bytes behind page @p, as a bit of its unit */
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

static void prove_free(enum how how, u32 e, u32 p, u32 offset)
{
	u_long block = (e ? BASE1 : BASE0) + p * PAGE + offset;
	unsigned long bit = block_at(e, &p, offset);
	struct sight new;
	int ret;

	ret = call(how, block);
	if (how == REFUSE && bit)
		CHECK(ret == 77);
	else
		CHECK(ret == (bit ? 0 : -EINVAL));
	if (how == REFUSE || how == CHECK_ONLY)
		bit = 0;
	check_heap(&new);
	check_fixed();
	check_same(&described, &new, e, p, bit);
}

#pragma CPROVER check pop

/* Each case is by itself: nothing of it is left behind */
#define CASE(body) do {			\
	if (nondet_bool()) {		\
		body;			\
		__CPROVER_assume(0);	\
	}				\
} while (0)

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
	u32 e, p, i;

#ifdef ALLOC
	CASE(prove_description());
	for (i = 8; i < sorts[BUCKETS - 1].size + 8; i += 8)
		CASE(prove_alloc(i));
	for (i = 1; i <= ALL_PAGES + 1; i++)
		CASE(prove_alloc(i * PAGE));
	CASE(prove_alloc(0));
	CASE(prove_alloc(~0UL));
#else
	for (e = 0; e < EXTENTS; e++) {
		for (p = 0; p <= pages_of(e); p++) {
			for (i = 0; i < PAGE; i += STEP)
				CASE(prove_free(HOW, e, p, i));
			CASE(prove_free(HOW, e, p, 1));
		}
	}
#endif
}

int main(void)
{
	static const struct { u32 nr, order; } todo[] = {
#include "todo.h"
	};
	u32 i;

	write_fixed();
	for (i = 0; i < sizeof(todo) / sizeof(todo[0]); i++) {
		if (!nondet_bool())
			continue;
		state_decode(todo[i].nr);
		state_write(todo[i].order);
		prove_state();
		__CPROVER_assume(0);
	}
	return 0;
}
