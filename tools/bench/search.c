// SPDX-License-Identifier: GPL-2.0
/*
 * A search for states in which a call is expensive: recipes are varied, and
 * those kept that led to a call of a cost that was not met before. Calls that
 * cost the same most likely took the same path, so this is a search for paths,
 * that starts again from the most expensive ones most often.
 */

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "recipe.h"

#define MOST_COST	600
#define PAGE_SIZES	10	/* from XNHEAP_MIN_PAGE_SIZE on */

/* The shortest recipe whose last call has a cost, in calls and steps; 0: none. */
struct find {
	u32 length;
	struct recipe recipe;
};

/* What a call that gives back costs depends on how much is kept: it is not searched for */
#define SEARCHED	GIVE

static const struct kind {
	const char *name;
	const char *flag;
	u8 flags;
} kinds[] = {
	{ "powers", "0", 0 },
	{ "fine", "XNHEAP_FINE", XNHEAP_FINE },
	{ "percpu", "XNHEAP_PERCPU", XNHEAP_PERCPU },
};

static struct find (*finds)[SEARCHED][MOST_COST];	/* of each kind */
static struct rnd_state rnd;
static u64 all_calls;
static u32 calls;		/* of this recipe */

static u32 pick(u32 n)
{
	return prandom_u32_state(&rnd) % n;
}

static u32 kind_of(const struct recipe *r)
{
	u32 kind = 0;

	while (kinds[kind].flags != r->flags)
		kind++;
	return kind;
}

static void keep(const struct recipe *r, u32 step, u32 n)
{
	u64 cost = min(measured.cost, MOST_COST - 1ULL);
	u32 length = ++calls + step;
	struct find *find;

	if (measured.outcome >= SEARCHED)
		return;
	find = &finds[kind_of(r)][measured.outcome][cost];
	/* Of two that are alike a longer one may lead on further */
	if (find->length && length >= find->length &&
	    (length > 2 * find->length || pick(16)))
		return;
	find->length = length;
	find->recipe = *r;
	find->recipe.nr = step + 1;
	find->recipe.step[step].n = n;
}

static void play(const struct recipe *r)
{
	calls = 0;
	recipe_play(r, keep);
	all_calls += calls + 1;
}

/* What led to the most expensive call, but for @skip others; or NULL. */
static struct find *most_expensive(u32 kind, u32 outcome, u32 skip)
{
	struct find *find = NULL;
	u32 i;

	for (i = MOST_COST; i > 0; i--) {
		if (!finds[kind][outcome][i - 1].length)
			continue;
		find = &finds[kind][outcome][i - 1];
		if (!skip--)
			break;
	}
	return find;
}

static const struct recipe *some_recipe(void)
{
	static const u8 among[] = { 4, 4, 20, 200 };
	struct find *find;

	find = most_expensive(pick(ARRAY_SIZE(kinds)), pick(SEARCHED),
			      pick(among[pick(ARRAY_SIZE(among))]));
	return find ? &find->recipe : NULL;
}

static void new_heap(struct recipe *r)
{
	static const u8 pages[] = { 2, 3, 4, 6, 12, 40, 80, 200 };

	r->page_size = XNHEAP_MIN_PAGE_SIZE << pick(PAGE_SIZES);
	r->flags = kinds[pick(ARRAY_SIZE(kinds))].flags;
	switch (pick(3)) {
	case 0:
		r->nr_extents = 1;
		r->pages = pages[pick(8)];
		return;
	case 1:
		r->nr_extents = XNHEAP_MAX_EXTENTS;
		break;
	case 2:
		r->nr_extents = pick(XNHEAP_MAX_EXTENTS) + 1;
		break;
	}
	r->pages = pages[pick(4)];
}

static u32 some_size(const struct recipe *r)
{
	u32 page = r->page_size;

	switch (pick(6)) {
	case 0:
	case 1:
		return XNHEAP_MIN_BLOCK << pick(ilog2(page) - 2);
	case 2:
		return r->nr ? max(r->step[pick(r->nr)].size, 1U) : XNHEAP_MIN_BLOCK;
	case 3:
		return pick(2 * page) + 1;
	case 4:
		return pick(page / 4) + 1;
	default:
		return page * (pick(4) + 1);
	}
}

/* How many blocks of @size bytes: few, a page full or nearly, all there are. */
static u32 some_number(const struct recipe *r, u32 size)
{
	u32 pages = max(r->page_size / size, 1U) * (pick(3) + 1);

	switch (pick(6)) {
	case 0:
		return 1;
	case 1:
		return pick(8) + 1;
	case 2:
		return pages;
	case 3:
		return pages - pick(2);
	case 4:
		return STEP_ALL;
	default:
		return pick(r->page_size / 8) + 1;
	}
}

/* Blocks that some step allocated: the first, the last of a page, some. */
static void choose_blocks(const struct recipe *r, struct step *s)
{
	u32 nr = r->nr ? pick(r->nr) : 0, i, n, page;

	for (i = 0; i < nr; i++) {
		n = r->step[i].n;
		if (r->step[i].call <= STEP_ALIGNED)
			s->from += n == STEP_ALL ? pick(20) : n;
	}
	page = max(r->page_size / max(r->step[nr].size, 1U), 1U);
	s->from += pick(2) ? 0 : pick(2) ? page - 1 : pick(page);
	s->stride = pick(2) ? 1 : pick(2) ? page : pick(4) + 1;
	s->n = pick(3) ? pick(3) + 1 :
	       pick(2) ? max(page, 2U) - 1 : some_number(r, some_size(r));
}

static struct step some_step(const struct recipe *r)
{
	static const u8 some[] = {
		STEP_ALLOC, STEP_ALLOC, STEP_ALLOC, STEP_ALIGNED, STEP_FREE,
		STEP_FREE, STEP_FREE, STEP_AGREED, STEP_DENIED, STEP_CHECK,
	};
	struct step s = { .call = some[pick(ARRAY_SIZE(some))] };

	if (s.call <= STEP_ALIGNED) {
		s.size = some_size(r);
		s.n = some_number(r, s.size);
		s.shift = pick(ilog2(r->page_size) + 1);
		if (pick(2))
			s.shift = min(ilog2(s.size), ilog2(r->page_size));
		return s;
	}
	choose_blocks(r, &s);
	if (!pick(4))
		s.size = some_size(r);
	return s;
}

static void insert(struct recipe *r, u32 at, struct step s)
{
	if (r->nr == RECIPE_STEPS)
		return;
	memmove(&r->step[at + 1], &r->step[at], (r->nr - at) * sizeof(s));
	r->step[at] = s;
	r->nr++;
}

static void leave_out(struct recipe *r, u32 at)
{
	r->nr--;
	memmove(&r->step[at], &r->step[at + 1],
		(r->nr - at) * sizeof(r->step[0]));
}

/* The other way to ask for a block, or to free it. */
static void swap_call(const struct recipe *r, struct step *s)
{
	if (s->call <= STEP_ALIGNED) {
		s->call ^= STEP_ALLOC ^ STEP_ALIGNED;
		s->shift = min(ilog2(s->size), ilog2(r->page_size));
	} else {
		s->call = STEP_FREE + pick(NR_STEP_CALLS - STEP_FREE);
	}
}

static void vary_step(struct recipe *r, struct step *s)
{
	switch (pick(4)) {
	case 0:
		if (s->call <= STEP_ALIGNED || pick(2))
			s->size = some_size(r);
		else
			s->size = 0;
		break;
	case 1:
		s->n = pick(2) ? max(s->n + pick(5), 3U) - 2 :
				 some_number(r, max(s->size, 8U));
		break;
	case 2:
		s->from = max(s->from + pick(5), 2U) - 2;
		break;
	default:
		swap_call(r, s);
	}
}

static void vary(struct recipe *r)
{
	const struct recipe *other = some_recipe() ?: r;
	u32 i, at = pick(r->nr);

	switch (pick(10)) {
	case 0:
	case 1:
		insert(r, at, some_step(r));
		break;
	case 2:
		insert(r, r->nr, some_step(r));
		break;
	case 3:
		if (r->nr > 1)
			leave_out(r, at);
		break;
	case 4:
		new_heap(r);
		break;
	case 5:
		r->page_size = other->page_size;
		r->flags = other->flags;
		break;
	case 6:		/* what another goes on with */
		at = pick(other->nr);
		for (i = at; i < min_t(u32, other->nr, at + 4); i++)
			insert(r, r->nr, other->step[i]);
		break;
	default:
		vary_step(r, &r->step[at]);
	}
}

/* Try to leave steps out, and to make fewer calls. */
static void shorten(struct find *find)
{
	struct recipe r;
	u32 before, i;
	u16 *n;

	do {
		before = find->length;
		for (i = 0; i < find->recipe.nr; i++) {
			r = find->recipe;
			leave_out(&r, i);
			play(&r);
		}
		for (i = 0; i < 2 * find->recipe.nr; i++) {
			r = find->recipe;
			n = &r.step[i / 2].n;
			*n = i % 2 ? *n / 2 : *n - 1;
			play(&r);
		}
	} while (find->length < before);
}

/* A recipe as named_recipes[] has them. */
static void tell_recipe(const struct recipe *r)
{
	static const char * const name[NR_STEP_CALLS] = {
		"ALLOC", "ALIGNED", "FREE", "AGREED", "DENIED", "CHECK",
	};
	const struct step *s;

	bench_print("%u, %u, %u, %s, %u, {", r->page_size, r->pages,
		    r->nr_extents, kinds[kind_of(r)].flag, r->nr);
	for (s = r->step; s < r->step + r->nr; s++) {
		bench_print(" %s(%u, ", name[s->call], s->n);
		if (s->call == STEP_ALLOC)
			bench_print("%u),", s->size);
		else if (s->call == STEP_ALIGNED)
			bench_print("%u, %u),", s->size, s->shift);
		else
			bench_print("%u, %u, %u),", s->from, s->stride, s->size);
	}
	bench_print(" }\n");
}

/* The most expensive call of a kind. */
static void tell(u32 kind, u32 outcome)
{
	struct find *find = most_expensive(kind, outcome, 0);

	if (!find)
		return;
	shorten(find);
	bench_print("search\t%s\t%s\t%td\t", kinds[kind].name,
		    outcome_name[outcome], find - finds[kind][outcome]);
	tell_recipe(&find->recipe);
}

/* From @seed on, with so many calls. */
int bench_search(u32 seed, u64 most)
{
	const struct recipe *parent;
	struct recipe r;
	u32 i, kind;
	int ret;

	finds = vcalloc(ARRAY_SIZE(kinds), sizeof(*finds));
	if (!finds)
		return -ENOMEM;
	ret = recipe_init();
	if (ret)
		goto out;
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < nr_named_recipes; i++)
		play(&named_recipes[i].recipe);

	while (all_calls < most) {
		parent = pick(20) ? some_recipe() : NULL;
		if (parent) {
			r = *parent;
			for (i = pick(4); i < 4; i++)
				vary(&r);
		} else {
			r = (struct recipe) { };
			new_heap(&r);
			while (r.nr < 10)
				insert(&r, r.nr, some_step(&r));
		}
		play(&r);
		cond_resched();
	}
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (i = 0; i < SEARCHED; i++)
			tell(kind, i);
	recipe_exit();
out:
	vfree(finds);
	return ret;
}
