/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the bench share: the stamp, records, allocators. */
#ifndef _BENCH_H
#define _BENCH_H

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/timex.h>
#include <linux/types.h>
#include <linux/xnheap.h>

/*
 * Where the emulator counts instructions, this does; elsewhere it counts the
 * processor's own kind of time.
 */
static __always_inline u64 bench_stamp(void)
{
#ifdef CONFIG_X86_64
	u64 stamp;

	/* Not rdtsc_ordered(): its fences would be counted too. */
	asm volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax"
		     : "=a" (stamp) :: "rdx", "memory");
	return stamp;
#else
	return get_cycles();
#endif
}

extern u32 bench_stamp_cost;	/* of two stamps with nothing between */

/* What @call costs, added to @record; and its value. */
#define bench_cost(record, call)					\
({									\
	u64 bench_start = bench_stamp();				\
	typeof(call) bench_value = (call);				\
	u64 bench_end = bench_stamp();					\
									\
	record_add(record, bench_end - bench_start - bench_stamp_cost);	\
	bench_value;							\
})

/* The costs of many calls of one kind. */
#define RECORD_BINS	65536

struct record {
	u64 count;
	u64 sum;
	u64 worst;
	u32 *bin;		/* RECORD_BINS, the last for all above; or NULL */
};

int record_init(struct record *record);
void record_exit(struct record *record);
void record_reset(struct record *record);
void record_add(struct record *record, u64 cost);
u64 record_percentile(const struct record *record, u32 per_mille);
void record_calibrate(void);

/* For how many instructions in a row something has interrupts off. */
int step_init(void);
void step_exit(void);
void step_begin(void);
u64 step_end(void);

/* From here on the processor traps after each instruction, or no longer. */
static __always_inline void step_trap(bool on)
{
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
	if (on)
		asm volatile("pushfq; orq $0x100, (%%rsp); popfq"
			     ::: "memory", "cc");
	else
		asm volatile("pushfq; andq $~0x100, (%%rsp); popfq"
			     ::: "memory", "cc");
#endif
}

/* Of the allocator under test. */
extern struct record bench_alloc, bench_free;

#define POOL_BYTES	(16UL << 20)

/* What an allocator is opened for. */
struct bench_load {
	size_t bytes;		/* of its pool, if it has one */
	size_t size;		/* of the largest block */
	unsigned int blocks;	/* live at once, at most */
};

/* Where the bytes of a pool are that are no payload. */
struct bench_waste {
	u64 rounding;		/* in blocks, after what was asked for */
	u64 tails;		/* of runs, too short for a block */
	u64 metadata;
	u64 free;
};

/* One call of a script: allocate into an empty place, or free what is there. */
struct bench_step {
	u32 place;
	u32 size;
};

/*
 * An allocator under test; one is open at a time. alloc() and free() record
 * what the call costs in bench_alloc and bench_free; play() records nothing.
 */
struct allocator {
	const char *name;
	bool fixed;		/* blocks of one size alone */
	bool slow;		/* give it fewer calls */
	bool floor;		/* no allocator, but what all locked ones pay */
	u32 beside;		/* bytes of its pool for one of metadata */
	int (*open)(const struct bench_load *load);
	void (*close)(void);
	u_long (*taken)(void);	/* bytes taken from the system; NULL: a pool */
	void *(*alloc)(size_t size);
	void (*free)(void *block, size_t size);
	void (*play)(const struct bench_step *step, u32 steps, void **place);
	/* add what is no payload; NULL: it cannot be told */
	void (*waste)(struct bench_waste *waste, u64 payload);
};

extern const struct allocator allocators[];
extern const unsigned int nr_allocators;

const struct allocator *allocator_find(const char *name);

/* Results: a line, tab-separated, that begins with the name of the part. */
__printf(1, 2) void bench_print(const char *fmt, ...);

bool bench_wants(const struct allocator *allocator);

int adversary_grown(u_long bytes, u_long page_size, unsigned int nr_extents,
		    u64 *worst_alloc, u64 *worst_free);

int bench_adversary(void);
int bench_irqs(void);
int bench_search(u32 seed, u64 calls);
int bench_workloads(void);
int bench_trace(const char *path);
int bench_growth(void);
int bench_churn(void);
int bench_placement(void);
int bench_contexts(void);
int bench_native(void);

#endif
