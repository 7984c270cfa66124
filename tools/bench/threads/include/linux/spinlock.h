/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_SPINLOCK_H
#define _THREADS_LINUX_SPINLOCK_H

#include <linux/types.h>

/* As fair as a kernel's, and as large */
typedef struct {
	u16 next, served;
} raw_spinlock_t;

extern __thread unsigned long locks_taken;

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	*lock = (raw_spinlock_t) { };
}

static inline void raw_spin_lock(raw_spinlock_t *lock)
{
	u16 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (unlikely(smp_load_acquire(&lock->served) != ticket))
		cpu_relax();
	locks_taken++;
}

static inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	smp_store_release(&lock->served, lock->served + 1);
}

/* For calls in NMI, of which there are none here */
static inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	return false;
}

#define local_irq_save(flags)		((flags) = 0)
#define local_irq_restore(flags)	((void)(flags))
#define raw_spin_lock_irqsave(lock, flags)	((flags) = 0, raw_spin_lock(lock))
#define raw_spin_unlock_irqrestore(lock, flags)	((void)(flags), raw_spin_unlock(lock))

#endif
