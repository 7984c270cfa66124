// SPDX-License-Identifier: GPL-2.0
/* What the sources that are fuzzed call of a kernel, where no header has it. */
#include "fuzz.h"

bool fuzz_in_nmi, fuzz_lock_taken;

bool in_nmi(void)
{
	return fuzz_in_nmi;
}

bool trylock_fails(void)
{
	return fuzz_lock_taken;
}

int vscnprintf(char *text, size_t size, const char *fmt, va_list args)
{
	return 0;
}
