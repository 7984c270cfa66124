/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _THREADS_LINUX_CACHE_H
#define _THREADS_LINUX_CACHE_H

#include_next <linux/cache.h>

#undef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES	64

#endif
