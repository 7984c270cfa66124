/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_HARDIRQ_H
#define _PROVE_LINUX_HARDIRQ_H

#include <linux/minmax.h>
#include <linux/types.h>

bool in_nmi(void);

#endif
