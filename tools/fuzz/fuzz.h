/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the fuzzer share. */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <linux/errno.h>
#include <linux/math.h>
#include <linux/printk.h>
#include <linux/types.h>

__noreturn __printf(1, 2)
void fuzz_fail(const char *fmt, ...);

/* A call, for who reads what an input does; printed if FUZZ_CALLS is set */
extern bool fuzz_print;
__printf(1, 2)
void fuzz_call(const char *fmt, ...);

#define CHECK(condition) \
	((condition) ? (void)0 :	\
	 fuzz_fail("%s, line %d: not so: %s", __func__, __LINE__, #condition))

/* The stand-ins say so what must hold */
#define __CPROVER_assert(condition, text) \
	((condition) ? (void)0 : fuzz_fail("not so: %s", text))

#include "api/api.h"
#include "core/validate.h"

extern bool fuzz_in_nmi, fuzz_lock_taken;

/* writes.c: what a call wrote to a block */
struct fuzz_write {
	const void *to, *from;		/* @from: NULL if it was zeroed */
	size_t n;
};

struct fuzz_write fuzz_written(void);

/* memory.c: areas for heaps */
struct fuzz_area {
	unsigned long start;
	size_t size;
};

bool memory_get(struct fuzz_area *area, size_t size, u32 gap, bool below);
void memory_open(unsigned long start, size_t size);
void memory_close(unsigned long start, size_t size);
void memory_reset(void);

#endif
