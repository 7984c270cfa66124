/* SPDX-License-Identifier: GPL-2.0 */
/* What is to hold, what may be anything, and what has no part in the proof. */
#ifndef _PROVE_STUBS_H
#define _PROVE_STUBS_H

#define CHECK(condition)	__CPROVER_assert(condition, #condition)

bool nondet_bool(void);
u16 nondet_u16(void);
u32 nondet_u32(void);
int nondet_int(void);
unsigned long nondet_ulong(void);
struct list_head *nondet_list(void);

bool in_nmi(void)
{
	return false;
}

bool trylock_fails(void)
{
	return false;
}

unsigned long heap_live_blocks(struct xnheap *heap)
{
	return 0;
}

/* No heap of these is shared */
bool sharing_init(struct xnheap *heap, size_t window)
{
	return false;
}

int vscnprintf(char *text, size_t size, const char *fmt, va_list args)
{
	return 0;
}

#endif
