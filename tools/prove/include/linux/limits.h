/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_LIMITS_H
#define _PROVE_LINUX_LIMITS_H

#include <linux/types.h>

#endif
