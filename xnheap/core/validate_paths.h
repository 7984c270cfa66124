/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks on the paths that a call takes. What holds of them, such as that no path
 * has two of them, stands in validate_facts.h: tools/wcet computes the bound of
 * each call with it, and with VALIDATE=y each call is checked against it.
 */
#ifndef _XNHEAP_VALIDATE_PATHS_H
#define _XNHEAP_VALIDATE_PATHS_H

#include <linux/xnheap.h>

#ifdef XNHEAP_VALIDATE
#define MARK(name)		PATH_##name,
enum path_mark {
#include "validate_facts.h"
	NR_PATHS
};

#undef MARK

/* A call has the lock; it passes a mark; it is about to release the lock. */
void path_begin(void);
void path_pass(enum path_mark mark);
void path_end(const struct xnheap *heap);

#define path_enter(name)		path_pass(PATH_##name)
#define path_mark(name)			path_pass(PATH_##name)
#define path_mark_at(name, value)	(path_mark(name), (void)(value))
#else
static inline void path_begin(void)
{
}

static inline void path_end(const struct xnheap *heap)
{
}

/*
 * No instruction, but the place of the next one, as debug information. A mark
 * is to stand between two statements: where paths join at that instruction,
 * they cannot be told apart. Or after @value is ready, which is used after it.
 * Where a function is entered, its symbol is the place: path_enter() needs nothing.
 */
#define path_enter(name)		((void)#name)
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#define PATH_MARK(name)						\
	"771:\n"						\
	".pushsection .debug_xnheap_paths,\"\",@progbits\n"	\
	".quad 771b\n"						\
	".asciz \"" #name "\"\n"				\
	".popsection"
#define path_mark(name)			({ asm volatile(PATH_MARK(name)); })
#define path_mark_at(name, value)	({ asm volatile(PATH_MARK(name) : "+r" (value)); })
#else
#define path_mark(name)			((void)#name)
#define path_mark_at(name, value)	((void)#name, (void)(value))
#endif
#endif

#endif
