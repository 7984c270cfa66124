/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_HARDIRQ_H
#define _THREADS_LINUX_HARDIRQ_H

#include <linux/minmax.h>
#include <linux/types.h>

#define in_nmi()	false

#endif
