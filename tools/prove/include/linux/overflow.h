/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_OVERFLOW_H
#define _PROVE_LINUX_OVERFLOW_H

#include <linux/types.h>

static inline size_t array_size(size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? SIZE_MAX : bytes;
}

#endif
