/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_BITMAP_H
#define _PROVE_LINUX_BITMAP_H

#include <linux/bitops.h>

static inline u32 bitmap_weight(const unsigned long *bits, u32 n)
{
	u32 i, weight = 0;

	for (i = 0; i < n; i++)
		weight += test_bit(i, bits);
	return weight;
}

/* Of whole words, as whoever asks has them */
static inline bool bitmap_empty(const unsigned long *bits, u32 n)
{
	u32 i;

	for (i = 0; i < n / BITS_PER_LONG; i++)
		if (bits[i])
			return false;
	return true;
}

#endif
