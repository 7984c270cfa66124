/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_SPINLOCK_H
#define _PROVE_LINUX_SPINLOCK_H

/*
 * A lock that tells whether it is held, so that a harness can see that each
 * call takes it once and gives it back.
 */
#include <linux/types.h>

typedef struct {
	bool held;
} raw_spinlock_t;

bool trylock_fails(void);

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	lock->held = false;
}

#define raw_spin_lock_irqsave(lock, flags) do {		\
	__CPROVER_assert(!(lock)->held, "not held yet");	\
	(lock)->held = true;				\
	(flags) = 1;					\
} while (0)

static inline void raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	__CPROVER_assert(lock->held && flags == 1, "held, with these flags");
	lock->held = false;
}

static inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	if (trylock_fails())
		return false;
	__CPROVER_assert(!lock->held, "not held yet");
	lock->held = true;
	return true;
}

#define local_irq_save(flags)		((flags) = 1)
#define local_irq_restore(flags)	((void)(flags))

#endif
