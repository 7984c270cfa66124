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

#define atomic_read_acquire(v)	atomic_read(v)

static inline int atomic_cmpxchg(atomic_t *v, int old, int new)
{
	int was = v->counter;

	if (was == old)
		v->counter = new;
	return was;
}

#endif
