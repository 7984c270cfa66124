/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_BITOPS_H
#define _THREADS_LINUX_BITOPS_H

#include_next <linux/bitops.h>

#undef set_bit
#undef test_and_clear_bit

static inline void set_bit(unsigned long nr, unsigned long *bits)
{
	__atomic_fetch_or(&bits[nr / BITS_PER_LONG], BIT(nr % BITS_PER_LONG), __ATOMIC_SEQ_CST);
}

static inline bool test_and_clear_bit(unsigned long nr, unsigned long *bits)
{
	unsigned long bit = BIT(nr % BITS_PER_LONG);

	return __atomic_fetch_and(&bits[nr / BITS_PER_LONG], ~bit, __ATOMIC_SEQ_CST) & bit;
}

#endif
