/* SPDX-License-Identifier: GPL-2.0 */
/* What is to hold, what may be anything, and what has no part in the proof. */
#ifndef _PROVE_STUBS_H
#define _PROVE_STUBS_H

#define CHECK(condition)	__CPROVER_assert(condition, #condition)

bool nondet_bool(void);
u16 nondet_u16(void);
u32 nondet_u32(void);
int nondet_int(void);
u_long nondet_ulong(void);
struct xnheap_page *nondet_page(void);

bool in_nmi(void)
{
	return false;
}

bool trylock_fails(void)
{
	return false;
}

void heap_name(struct xnheap *h, const char *label) { }
void heap_unname(struct xnheap *h) { }
unsigned int watch_flags(unsigned int flags) { return flags; }
int watch_begin(struct xnheap *h) { return 0; }
void watch_extent(struct xnheap *h, struct xnheap_extent *ext) { }
void watch_extended(struct xnheap *h, u_long size, u_long caller) { }
void watch_destroyed(struct xnheap *h, u_long blocks, u_long caller) { }
void watch_end(struct xnheap *h) { }
u_long record_bytes(unsigned int options, u_long page_size) { return 0; }

/* Nobody looks on */
void *watch_alloc(struct xnheap *h, u_long size, u_long align, u_long caller)
{
	CHECK(false);
	return NULL;
}

int watch_free(struct xnheap *h, void *block, int (*ckfn)(void *block),
	       u_long caller)
{
	CHECK(false);
	return 0;
}

int vscnprintf(char *text, size_t size, const char *fmt, va_list args)
{
	return 0;
}

#endif
