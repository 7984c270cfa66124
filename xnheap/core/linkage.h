/* SPDX-License-Identifier: GPL-2.0 */
/* How files of this folder call one another. */
#ifndef _XNHEAP_LINKAGE_H
#define _XNHEAP_LINKAGE_H

#include <linux/compiler.h>

/*
 * Functions that alloc and free call are notrace and __noendbr: the instructions that
 * ftrace and IBT put at the start of others would count against the bound on a call's
 * instructions. People trace the calls themselves, and no pointer leads here.
 */
#ifdef CONFIG_X86
#include <asm/ibt.h>
#else
#define __noendbr
#endif

#endif
