/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_COMPILER_H
#define _THREADS_LINUX_COMPILER_H

#include <linux/types.h>

#endif
