/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_CACHE_H
#define _PROVE_LINUX_CACHE_H

#define ____cacheline_aligned	__attribute__((aligned(64)))
#define __ro_after_init

#endif
