// SPDX-License-Identifier: GPL-2.0
/* The index: which of many lists have an entry. */

#include <linux/bitmap.h>

#include "index.h"
#include "kunit_xnheap.h"

#define BITS	XNHEAP_INDEX_BITS

/* An index, and what it should say. */
struct state {
	struct xnheap_index index;
	bool set[BITS];
};

static struct state *empty_state(struct kunit *test)
{
	struct state *state = kunit_kzalloc(test, sizeof(*state), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, state);
	index_init(&state->index);
	return state;
}

static int find_by_counting(const struct state *state, unsigned int from)
{
	for (; from < BITS; from++)
		if (state->set[from])
			return from;
	return -1;
}

static int last_by_counting(const struct state *state)
{
	int i;

	for (i = BITS - 1; i >= 0 && !state->set[i]; i--)
		;
	return i;
}

static long find(const struct xnheap_index *index, unsigned long from)
{
	from = index_find(index, from);
	return from == XNHEAP_INDEX_BITS ? -1 : (long)from;
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
	unsigned int i;

	for (i = 0; i < BITS; i++)
		KUNIT_ASSERT_EQ(test, find_by_counting(state, i),
				find(&state->index, i));
	KUNIT_ASSERT_EQ(test, last_by_counting(state),
			index_last(&state->index));
}

static void nothing_is_found_in_an_empty_index(struct kunit *test)
{
	struct state *state = empty_state(test);

	expect_answers(test, state);
	KUNIT_EXPECT_EQ(test, -1, index_last(&state->index));
}

static void a_lone_bit_is_found_from_everywhere_before_it(struct kunit *test)
{
	struct state *state = empty_state(test);
	unsigned int i;

	for (i = 0; i < BITS; i++) {
		change(state, i, true);
		expect_answers(test, state);
		change(state, i, false);
		KUNIT_ASSERT_EQ(test, -1, find(&state->index, 0));
	}
}

static void the_last_bit_cleared_leaves_no_trace(struct kunit *test)
{
	struct xnheap_index clear, index;
	unsigned int i;

	index_init(&clear);
	index_init(&index);
	for (i = 0; i < BITS; i++)
		index_set(&index, i);
	for (i = 0; i < BITS; i++)
		index_clear(&index, i * 5 % BITS);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&clear, &index, sizeof(index)));
}

static void setting_or_clearing_twice_is_as_good_as_once(struct kunit *test)
{
	struct state *state = empty_state(test);
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

/* How many of a thousand bits are set. */
struct density {
	const char *name;
	u32 permille;
};

static const struct density densities[] = {
	{ "1 bit in 1000", 1 },
	{ "1 bit in 100", 10 },
	{ "1 bit in 2", 500 },
	{ "99 bits in 100", 990 },
};

static void density_name(const struct density *density, char *name)
{
	strscpy(name, density->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(density, densities, density_name);

static void random_states_answer_as_a_naive_loop_does(struct kunit *test)
{
	const struct density *density = test->param_value;
	struct state *state = empty_state(test);
	struct rnd_state rnd;
	unsigned int i, round;

	prandom_seed_state(&rnd, density->permille);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < BITS; i++)
			change(state, i, random_below(&rnd, 1000) <
					 density->permille);
		expect_answers(test, state);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_is_found_in_an_empty_index),
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
