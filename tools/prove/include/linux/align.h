/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_ALIGN_H
#define _PROVE_LINUX_ALIGN_H

#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define ALIGN(x, a)		ALIGN_DOWN((x) + ((typeof(x))(a) - 1), a)
#define IS_ALIGNED(x, a)	(!((x) & ((typeof(x))(a) - 1)))

#endif
