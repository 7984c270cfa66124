/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_JUMP_LABEL_H
#define _PROVE_LINUX_JUMP_LABEL_H

#include <linux/types.h>

/* Nobody looks on */
#define DECLARE_STATIC_KEY_FALSE(key)	extern int key
#define DEFINE_STATIC_KEY_FALSE(key)	int key
#define static_branch_unlikely(key)	false

#endif
