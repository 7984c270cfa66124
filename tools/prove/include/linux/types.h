/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_TYPES_H
#define _PROVE_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned short umode_t;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef unsigned long u_long;
typedef u64 dma_addr_t;
typedef u64 phys_addr_t;

struct list_head {
	struct list_head *next, *prev;
};

#define __always_inline	inline
#define __always_unused	__attribute__((unused))
#define __printf(text, first)	__attribute__((format(printf, text, first)))
#define __noreturn	__attribute__((noreturn))
#define __percpu
#define __aligned(bytes)	__attribute__((aligned(bytes)))
#define noinline
#define notrace
#define __malloc
#define __alloc_size(...)
#define __realloc_size(...)
#define __must_check
#define likely(x)	(x)
#define unlikely(x)	(x)
#define barrier()	do { } while (0)
#define smp_mb__before_atomic()	do { } while (0)
#define smp_mb__after_atomic()	do { } while (0)
#define smp_mb()	do { } while (0)
#define smp_rmb()	do { } while (0)
#define __acquire(lock)	do { } while (0)
#define __release(lock)	do { } while (0)
#define READ_ONCE(x)	(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define smp_load_acquire(p)	(*(p))
#define smp_rmb()		do { } while (0)
#define smp_store_release(p, v)	(*(p) = (v))
#define data_race(x)	(x)
#define IS_ENABLED(option)	PROVE_ ## option
#define PROVE_CONFIG_SMP		1
#define PROVE_CONFIG_FRAME_POINTER	0
#define _RET_IP_	0UL

#define BITS_PER_LONG	(8 * __SIZEOF_LONG__)
#define U16_MAX		((u16)~0U)
#define U32_MAX		((u32)~0U)
#define S32_MAX		((int)(U32_MAX >> 1))
#define ULONG_MAX	(~0UL)
#define SIZE_MAX	(~0UL)

#endif
