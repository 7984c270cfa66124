/* SPDX-License-Identifier: GPL-2.0 */
/* States of heaps, as the calls that lead to them in a new heap. */
#ifndef _RECIPE_H
#define _RECIPE_H

#include "adversary.h"

enum step_call {
	STEP_ALLOC,
	STEP_ALIGNED,
	STEP_FREE,
	STEP_AGREED,	/* xnheap_test_and_free(), with a function that agrees */
	STEP_DENIED,	/* and with one that does not */
	STEP_CHECK,
	NR_STEP_CALLS
};

/*
 * One call, made up to @n times, or until it finds nothing. Blocks have numbers,
 * in the order of allocation; a free is of number @from and each @stride after
 * it, and may be again of one that is free.
 */
struct step {
	u8 call;
	u8 shift;	/* STEP_ALIGNED: log2 of what the address is a multiple of */
	u16 n;
	u32 size;	/* of a block; or where to point to, bytes after its start */
	u16 from;
	u16 stride;
};

#define STEP_ALL	U16_MAX
#define RECIPE_STEPS	16

struct recipe {
	u32 page_size;
	u16 pages;	/* in each extent */
	u8 nr_extents;
	u8 flags;
	u8 nr;		/* of steps */
	struct step step[RECIPE_STEPS];
};

struct named_recipe {
	const char *name;
	struct recipe recipe;
};

extern const struct named_recipe named_recipes[];
extern const unsigned int nr_named_recipes;

int recipe_init(void);
void recipe_exit(void);
bool recipe_play(const struct recipe *r,
		 void (*made)(const struct recipe *r, u32 step, u32 n));

#endif
