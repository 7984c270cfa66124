/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_ATOMIC_H
#define _PROVE_LINUX_ATOMIC_H

#include <linux/types.h>

typedef struct {
	long counter;
} atomic_long_t;

static inline void atomic_long_inc(atomic_long_t *v)
{
	v->counter++;
}

static inline long atomic_long_read(const atomic_long_t *v)
{
	return v->counter;
}

#endif
