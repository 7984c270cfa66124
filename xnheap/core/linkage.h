/* SPDX-License-Identifier: GPL-2.0 */
/* How files of this folder call one another. */
#ifndef _XNHEAP_LINKAGE_H
#define _XNHEAP_LINKAGE_H

#include <linux/compiler.h>

/*
 * What alloc and free call has no no-ops for ftrace and IBT, which would count
 * against the bound: people trace the calls themselves, and no pointer leads
 * here.
 */
#ifdef CONFIG_X86
#include <asm/ibt.h>
#else
#define __noendbr
#endif

#endif
