/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_BUILD_BUG_H
#define _PROVE_LINUX_BUILD_BUG_H

#define BUILD_BUG_ON(condition)	_Static_assert(!(condition), #condition)
#define static_assert(condition)	_Static_assert(condition, #condition)
#define offsetofend(type, member)	(offsetof(type, member) + sizeof(((type *)0)->member))

#endif
