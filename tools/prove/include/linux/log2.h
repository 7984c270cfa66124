/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_LOG2_H
#define _PROVE_LINUX_LOG2_H

#include <linux/types.h>

static inline int ilog2(u_long n)
{
	return 8 * __SIZEOF_LONG__ - 1 - __builtin_clzl(n);
}

static inline bool is_power_of_2(u_long n)
{
	return n && !(n & (n - 1));
}

static inline u_long rounddown_pow_of_two(u_long n)
{
	return 1UL << ilog2(n);
}

static inline u_long roundup_pow_of_two(u_long n)
{
	return n > 1 ? 1UL << (ilog2(n - 1) + 1) : 1;
}

#endif
