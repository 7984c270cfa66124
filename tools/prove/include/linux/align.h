/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_ALIGN_H
#define _PROVE_LINUX_ALIGN_H

#include <linux/types.h>

/*
 * An address with all alignment that is asked for, or 0. CBMC sees that what is
 * left of an object's address less the same is a number.
 */
static unsigned long align_origin;

#define ALIGN_DOWN(x, a)	((x) - (((x) - align_origin) & ((typeof(x))(a) - 1)))
#define ALIGN(x, a)		ALIGN_DOWN((x) + ((typeof(x))(a) - 1), a)
#define IS_ALIGNED(x, a)	(!((x) & ((typeof(x))(a) - 1)))

#endif
