/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of the proof's stand-ins for the kernel's headers is not true of two threads,
 * each for a processor; or would have the compiler make other code than a kernel's.
 */
#ifndef _THREADS_LINUX_TYPES_H
#define _THREADS_LINUX_TYPES_H

#include_next <linux/types.h>

#undef __always_inline
#undef noinline
#undef likely
#undef unlikely
#undef barrier
#undef READ_ONCE
#undef WRITE_ONCE
#undef smp_load_acquire
#undef smp_store_release
#undef smp_mb__before_atomic
#undef OPTIMIZER_HIDE_VAR

#define __always_inline		inline __attribute__((__always_inline__))
#define noinline		__attribute__((__noinline__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ volatile("" : : : "memory")
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_mb__before_atomic()	barrier()	/* atomic bit operations are ordered here */
#define OPTIMIZER_HIDE_VAR(x)	__asm__("" : "=r" (x) : "0" (x))

#define __CPROVER_assert(condition, text)	((void)0)
#define PROVE_CONFIG_FRAME_POINTER		0

/* For libc's vsnprintf(), which returns something else where there is no space */
#define vscnprintf		vsnprintf

static inline void cpu_relax(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#else
	barrier();
#endif
}

#endif
