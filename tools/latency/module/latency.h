/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of xnheap_latency.ko share. */
#ifndef _LATENCY_H
#define _LATENCY_H

#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

enum allocator { XNHEAP, KMALLOC, GEN_POOL, NR_ALLOCATORS };
enum call { ALLOC, FREE, NR_CALLS };
enum context { IN_IRQ, IN_THREAD, NR_CONTEXTS };

extern const char * const allocator_names[NR_ALLOCATORS];
extern const char * const call_names[NR_CALLS];
extern const char * const context_names[NR_CONTEXTS];

#define SLOTS	128		/* of an actor; half of them hold a block */

/* What is measured, fixed from start to end. */
struct plan {
	struct cpumask cpus;
	bool in[NR_CONTEXTS];
	bool fine, compare;
	u32 size_min, size_max, page_size;
	u32 interval_us, seconds, limit_ns;
	u32 actors;
};

/* Not slewed, and to be read from anywhere. */
static inline u64 stamp(void)
{
	return ktime_get_raw_fast_ns();
}

/* allocator.c: all are open or none; a call tells how long it took */
bool allocator_serves(enum allocator which, enum context context, bool compare);
int allocators_open(const struct plan *plan);
void allocators_close(void);
u64 allocators_bytes(const struct plan *plan);
u64 allocator_alloc(enum allocator which, u32 size, void **block);
u64 allocator_free(enum allocator which, u32 size, void *block, bool *failed);

/* actor.c: one a CPU and context */
int actors_start(const struct plan *plan);
void actors_stop(void);
void actors_forget(void);
bool actors_work(void);
s64 actors_elapsed_ms(void);
int actors_lost_cpu(void);
void actor_show(struct seq_file *out, u32 nr);
void worst_show(struct seq_file *out);

#endif
