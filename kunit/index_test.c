// SPDX-License-Identifier: GPL-2.0
/* The index: which of many lists have an entry. */

#include <linux/bitmap.h>

#include "core/index.h"
#include "kunit_xnheap.h"

#define BITS	XNHEAP_INDEX_BITS

/* An index, and what it should say. */
struct state {
	struct xnheap_index index;
	int lists;
	bool set[BITS];
};

static struct state *empty_state(struct kunit *test, int lists)
{
	struct state *state = kunit_kzalloc(test, sizeof(*state), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, state);
	state->lists = lists;
	index_init(&state->index, lists);
	return state;
}

static int find_by_counting(const struct state *state, int from)
{
	while (from < state->lists && !state->set[from])
		from++;
	return from;
}

static int last_by_counting(const struct state *state)
{
	int i;

	for (i = state->lists - 1; i >= 0 && !state->set[i]; i--)
		;
	return i;
}

static void change(struct state *state, unsigned int i, bool set)
{
	if (set)
		index_set(&state->index, i);
	else
		index_clear(&state->index, i);
	state->set[i] = set;
}

static void expect_answers(struct kunit *test, const struct state *state)
{
	int i;

	for (i = 0; i <= state->lists; i++)
		KUNIT_ASSERT_EQ(test, find_by_counting(state, i),
				index_find(&state->index, i));
	KUNIT_ASSERT_EQ(test, last_by_counting(state),
			index_last(&state->index, state->lists));
}

static void of_no_list_all_that_is_found_is_the_end(struct kunit *test)
{
	int lists;

	for (lists = 1; lists <= BITS; lists++)
		expect_answers(test, empty_state(test, lists));
}

static void a_lone_bit_is_found_from_everywhere_before_it(struct kunit *test)
{
	struct state *state = empty_state(test, BITS);
	unsigned int i;

	for (i = 0; i < BITS; i++) {
		change(state, i, true);
		expect_answers(test, state);
		change(state, i, false);
	}
}

static void the_last_bit_cleared_leaves_no_trace(struct kunit *test)
{
	struct xnheap_index clear, index;
	unsigned int i;

	index_init(&clear, BITS);
	index_init(&index, BITS);
	for (i = 0; i < BITS; i++)
		index_set(&index, i);
	for (i = 0; i < BITS; i++)
		index_clear(&index, i * 5 % BITS);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&clear, &index, sizeof(index)));
}

static void setting_or_clearing_twice_is_as_good_as_once(struct kunit *test)
{
	struct state *state = empty_state(test, BITS);
	unsigned int i;

	for (i = 3; i < BITS; i += 41) {
		change(state, i, true);
		change(state, i, true);
	}
	expect_answers(test, state);
	for (i = 3; i < BITS; i += 82) {
		change(state, i, false);
		change(state, i, false);
	}
	expect_answers(test, state);
}

/* How many of a thousand bits are set, for so many lists. */
struct density {
	const char *name;
	u32 permille;
	int lists;
};

static const struct density densities[] = {
	{ "1 bit in 1000", 1, BITS },
	{ "1 bit in 100", 10, BITS },
	{ "1 bit in 2 of 65", 500, 65 },
	{ "1 bit in 2 of 64", 500, 64 },
	{ "1 bit in 2 of 3", 500, 3 },
	{ "99 bits in 100", 990, BITS },
};

KUNIT_ARRAY_PARAM_DESC(density, densities, name);

static void random_states_answer_as_a_naive_loop_does(struct kunit *test)
{
	const struct density *density = test->param_value;
	struct state *state = empty_state(test, density->lists);
	struct rnd_state rnd;
	int i, round;

	prandom_seed_state(&rnd, density->permille);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < density->lists; i++)
			change(state, i, random_below(&rnd, 1000) <
					 density->permille);
		expect_answers(test, state);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(of_no_list_all_that_is_found_is_the_end),
	KUNIT_CASE(a_lone_bit_is_found_from_everywhere_before_it),
	KUNIT_CASE(the_last_bit_cleared_leaves_no_trace),
	KUNIT_CASE(setting_or_clearing_twice_is_as_good_as_once),
	KUNIT_CASE_PARAM(random_states_answer_as_a_naive_loop_does,
			 density_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_index",
	.test_cases = cases,
};

kunit_test_suite(suite);
