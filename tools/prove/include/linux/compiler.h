/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_COMPILER_H
#define _PROVE_LINUX_COMPILER_H

#include <linux/types.h>

#define OPTIMIZER_HIDE_VAR(var)	((void)(var))

#endif
