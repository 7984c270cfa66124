/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_RCUPDATE_H
#define _PROVE_LINUX_RCUPDATE_H

#include <stddef.h>

#define synchronize_rcu()	((void)0)

/* There is one callback at most, and no reader */
struct rcu_head {
	void (*func)(struct rcu_head *rcu);
};

__attribute__((weak)) struct rcu_head *rcu_queued;

static inline void call_rcu(struct rcu_head *rcu, void (*func)(struct rcu_head *rcu))
{
	rcu->func = func;
	rcu_queued = rcu;
}

static inline void rcu_barrier(void)
{
	struct rcu_head *rcu = rcu_queued;

	rcu_queued = NULL;
	if (rcu)
		rcu->func(rcu);
}

#endif
