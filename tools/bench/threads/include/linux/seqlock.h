/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_SEQLOCK_H
#define _THREADS_LINUX_SEQLOCK_H

#include <linux/types.h>

typedef unsigned int seqcount_t;

#define seqcount_init(seq)	(*(seq) = 0)

static inline void raw_write_seqcount_begin(seqcount_t *seq)
{
	WRITE_ONCE(*seq, *seq + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void raw_write_seqcount_end(seqcount_t *seq)
{
	smp_store_release(seq, *seq + 1);
}

static inline unsigned int raw_read_seqcount(const seqcount_t *seq)
{
	return smp_load_acquire(seq);
}

static inline bool read_seqcount_retry(const seqcount_t *seq, unsigned int start)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return READ_ONCE(*seq) != start;
}

#endif
