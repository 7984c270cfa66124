// SPDX-License-Identifier: GPL-2.0
/*
 * List every state of a heap, numbered as state.h numbers them: a state a line,
 * the labels' number and the order of the lists. Each is seen to be sound.
 */
#include <assert.h>
#include <stdio.h>

#define __CPROVER_assert(condition, text)	assert((condition) && (text))
#define __CPROVER_assume(condition)		((void)(condition))

#include "sources.h"
#include "state.h"

bool nondet_bool(void) { return false; }
u16 nondet_u16(void) { return 0; }
int nondet_int(void) { return 0; }
unsigned long nondet_ulong(void) { return 0; }
struct list_head *nondet_list(void) { return NULL; }

int main(void)
{
	struct sight s;
	u32 nr, order;

	for (nr = 0; nr < states(); nr++) {
		if (!state_decode(nr))
			continue;
		/* Up to four pages in lists: those orders that leave nothing over */
		for (order = 0; order < 24; order++) {
			memset(&heap, 0, sizeof(heap));
			write_fixed();
			if (!state_write(order))
				continue;
			check_heap(&s);
			check_same(&s, &described, 0, 0, 0);
			printf("{ %u, %u },\n", nr, order);
		}
	}
	return 0;
}
