/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_BITOPS_H
#define _PROVE_LINUX_BITOPS_H

#include <linux/types.h>

#define BIT(nr)	(1UL << (nr))

static inline unsigned long __ffs(unsigned long word)
{
	__CPROVER_assert(word, "a bit is set where one is sought");
	return __builtin_ctzl(word);
}

static inline unsigned long __fls(unsigned long word)
{
	__CPROVER_assert(word, "a bit is set where one is sought");
	return BITS_PER_LONG - 1 - __builtin_clzl(word);
}

#define ffz(word)	__ffs(~(word))

static inline void __set_bit(unsigned long nr, unsigned long *bits)
{
	bits[nr / BITS_PER_LONG] |= BIT(nr % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned long nr, unsigned long *bits)
{
	bits[nr / BITS_PER_LONG] &= ~BIT(nr % BITS_PER_LONG);
}

static inline bool test_bit(unsigned long nr, const unsigned long *bits)
{
	return bits[nr / BITS_PER_LONG] >> nr % BITS_PER_LONG & 1;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *bits)
{
	bool was = test_bit(nr, bits);

	__clear_bit(nr, bits);
	return was;
}

#define set_bit(nr, bits)		__set_bit(nr, bits)
#define test_and_clear_bit(nr, bits)	__test_and_clear_bit(nr, bits)
#define BITS_TO_LONGS(nr)		(((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)

#endif
