/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_ATOMIC_H
#define _PROVE_LINUX_ATOMIC_H

#include <linux/types.h>

typedef struct {
	int counter;
} atomic_t;

static inline int atomic_inc_return(atomic_t *v)
{
	return v->counter = (unsigned int)v->counter + 1;
}

static inline void atomic_inc(atomic_t *v)
{
	atomic_inc_return(v);
}

static inline int atomic_read(const atomic_t *v)
{
	return v->counter;
}

static inline void atomic_dec(atomic_t *v)
{
	v->counter = (unsigned int)v->counter - 1;
}

#define atomic_read_acquire(v)	atomic_read(v)

static inline int atomic_cmpxchg(atomic_t *v, int old, int new)
{
	int was = v->counter;

	if (was == old)
		v->counter = new;
	return was;
}

typedef struct {
	long counter;
} atomic_long_t;

static inline void atomic_long_inc(atomic_long_t *v)
{
	v->counter++;
}

static inline void atomic_long_dec(atomic_long_t *v)
{
	v->counter--;
}

static inline long atomic_long_read(const atomic_long_t *v)
{
	return v->counter;
}

static inline unsigned long atomic_long_fetch_or(unsigned long bits, atomic_long_t *v)
{
	unsigned long was = v->counter;

	v->counter = was | bits;
	return was;
}

static inline unsigned long atomic_long_fetch_andnot(unsigned long bits, atomic_long_t *v)
{
	unsigned long was = v->counter;

	v->counter = was & ~bits;
	return was;
}

#endif
