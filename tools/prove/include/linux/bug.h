/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_BUG_H
#define _PROVE_LINUX_BUG_H

#define WARN_ON(condition)	(condition)
#define WARN_ONCE(condition, text)	__CPROVER_assert(!(condition), text)

#endif
