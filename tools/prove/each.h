/* SPDX-License-Identifier: GPL-2.0 */
/* Call prove_state(), of who includes this, in each of the states in todo.h. */

int main(void)
{
	static const struct { u32 nr, order; } todo[] = {
#include "todo.h"
	};
	u32 i;

	write_fixed();
	for (i = 0; i < ARRAY_SIZE(todo); i++) {
		if (!nondet_bool())
			continue;
		state_decode(todo[i].nr);
		state_write(todo[i].order);
		prove_state();
		__CPROVER_assume(0);
	}
	return 0;
}
