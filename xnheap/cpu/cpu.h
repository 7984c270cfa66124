/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Free blocks that a CPU keeps: most calls on a heap with XNHEAP_PERCPU take one
 * from there or leave one there, and take no lock.
 *
 * An entry of the page map of such a heap, or one with XNHEAP_DEFER, has a second
 * bitmap, of a bit for each PERCPU_MIN_BLOCK bytes of the page: which blocks are live.
 * The first one says, under the lock, which blocks have left their run. Such a block is
 * live, and with a caller; or in a stack; or waits, see core/wait.h; or is in the hands
 * of a call.
 *
 * To free a block is to clear its live bit, in one atomic instruction: whoever finds
 * it set has the block for himself, and every other free of it is refused. Until he
 * puts the block somewhere its run goes nowhere, so that he may read without the lock
 * what the page map says of it. To set the bit releases what was written there.
 *
 * A CPU's stacks are used on that CPU alone, with preemption off, and by one call at
 * a time: an interrupt or NMI that finds them busy goes to the heap. What one CPU
 * does it sees in order, so barrier() is all that this takes. The stacks of a CPU that
 * is offline are emptied by another.
 *
 * Blocks of a reservation are never live in this sense, so that no CPU can claim them:
 * every free of one takes the lock.
 *
 * Where one CPU frees what another allocates, blocks go round by way of the depot:
 * stacks of the heap, that all CPUs use under its lock.
 */
#ifndef _XNHEAP_CPU_H
#define _XNHEAP_CPU_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "../core/heap.h"

struct cpu_slot {
	unsigned long block;
	unsigned long *live;		/* bits of its page */
};

#define CPU_STACK_SLOTS		32
/* So many blocks move between a stack and runs in a call: its bound grows with them */
#define CPU_BATCH		4
/* and so many between a stack and the depot */
#define CPU_LOAD		8

/* Blocks of one bucket. What fills a stack is counted in bytes of slots. */
struct cpu_stack {
	unsigned long top;
	unsigned long limit;		/* 0: none are kept */
	u64 popped;			/* blocks that callers got */
	u64 filled;			/* that came from runs, and went back there */
	u64 flushed;
	struct cpu_slot slot[];
};

/* A bucket's place, times so many, is that of its stack. */
#define CPU_STACK_SCALE		8
#define CPU_STACK_BYTES		(CPU_STACK_SCALE * sizeof(struct xnheap_bucket))

struct xnheap_cpu {
	bool busy;
	u8 stacks[] __aligned(8);	/* of each bucket, and an empty one for page blocks */
};

/*
 * Where an interrupt would hurt most. With VALIDATE=y, tests have something happen
 * there.
 */
enum cpu_point {
	CPU_ENTERED,		/* the stacks are this call's */
	CPU_POPPED,		/* a block is off its stack, and not live yet */
	CPU_CLAIMED,		/* a block is live no longer, and nowhere yet */
	CPU_PUSHED,		/* it is in its stack, which is still this call's */
	CPU_FOUND,		/* a block's page, without the lock; it is not claimed yet */
};

extern void (*cpu_hook)(struct xnheap *heap, enum cpu_point point);

#ifdef XNHEAP_VALIDATE
static __always_inline void cpu_at(struct xnheap *heap, enum cpu_point point)
{
	if (unlikely(READ_ONCE(cpu_hook)))
		cpu_hook(heap, point);
}
#else
static __always_inline void cpu_at(struct xnheap *heap, enum cpu_point point) { }
#endif

static __always_inline struct cpu_stack *cpu_stack_at(struct xnheap_cpu *cpu, unsigned long place)
{
	return (void *)cpu->stacks + CPU_STACK_SCALE * place;
}

/* The stacks of each possible CPU; and of the depot, whose number comes after theirs. */
#define CPU_DEPOT	nr_cpu_ids

static inline struct xnheap_cpu *cpu_stacks(const struct xnheap *heap, unsigned int nr)
{
	return nr < CPU_DEPOT ? per_cpu_ptr(heap->cpu, nr) : heap->depot;
}

/*
 * How often an allocation gives blocks back before it fails: as often as this CPU and
 * the depot have blocks, as it may be one at a time. Interrupts may leave more meanwhile.
 */
static inline unsigned int cpu_rounds(const struct xnheap *heap)
{
	return 2 * heap->nr_buckets * CPU_STACK_SLOTS;
}

static inline bool cpu_has_stacks(unsigned int nr)
{
	return nr == CPU_DEPOT || cpu_possible(nr);
}

/* Whether what callers have is told by live bits. */
static inline bool has_live_bits(const struct xnheap *heap)
{
	return heap->cpu || heap->waiting;
}

/* The slot that a stack's top leads to. */
static __always_inline struct cpu_slot *cpu_slot_at(struct cpu_stack *stack, unsigned long top)
{
	return (void *)stack->slot + top;
}

static __always_inline unsigned long *live_bits(const struct xnheap *heap,
						const struct xnheap_page *page)
{
	return (void *)page + heap->live_offset;
}

static __always_inline u32 live_bit(const struct xnheap *heap, unsigned long block)
{
	return ((u32)block & heap->page_mask) / PERCPU_MIN_BLOCK;
}

/* Let a block be freed, whose page's bits are at @live. */
static __always_inline void live_set(const struct xnheap *heap, struct cpu_slot slot)
{
	/* Pairs with live_claim(), a full barrier: what was written of it is seen */
	smp_mb__before_atomic();
	set_bit(live_bit(heap, slot.block), slot.live);
}

/* Take a live block from whoever has it; false: it is none. */
static __always_inline bool live_claim(const struct xnheap *heap, struct cpu_slot slot)
{
	if (unlikely(slot.block % PERCPU_MIN_BLOCK) ||
	    unlikely(!test_and_clear_bit(live_bit(heap, slot.block), slot.live)))
		return false;
	path_mark(claimed);
	return true;
}

/* Have this CPU's stacks, until cpu_leave(); false: a call that has them was interrupted. */
static __always_inline bool cpu_enter(struct xnheap *heap, struct xnheap_cpu **cpu)
{
	preempt_disable_notrace();
	*cpu = raw_cpu_ptr(heap->cpu);
	/* A race with interrupts of this CPU, which leave it as it was */
	if (unlikely(data_race((*cpu)->busy))) {
		preempt_enable_notrace();
		return false;
	}
	WRITE_ONCE((*cpu)->busy, true);
	barrier();
	cpu_at(heap, CPU_ENTERED);
	return true;
}

static __always_inline void cpu_leave(struct xnheap_cpu *cpu)
{
	barrier();
	WRITE_ONCE(cpu->busy, false);
	preempt_enable_notrace();
}

/* The last block of a stack that is this call's, and has one. */
static __always_inline struct cpu_slot cpu_pop(struct cpu_stack *stack)
{
	struct cpu_slot slot = *cpu_slot_at(stack, stack->top - sizeof(slot));

	stack->top -= sizeof(slot);
	stack->popped++;
	return slot;
}

/* A block that this CPU keeps; false: there is none. */
static __always_inline bool cpu_alloc(struct xnheap *heap, size_t size, void **block)
{
	struct xnheap_cpu *cpu;
	struct cpu_stack *stack;
	struct cpu_slot slot;

	if (unlikely(size - 1 >= heap->small_max) || unlikely(!cpu_enter(heap, &cpu)))
		return false;
	stack = cpu_stack_at(cpu, heap->bucket_place[(size - 1) / XNHEAP_MIN_BLOCK]);
	if (unlikely(!stack->top)) {
		cpu_leave(cpu);
		return false;
	}
	path_mark(popped);
	slot = cpu_pop(stack);
	cpu_at(heap, CPU_POPPED);
	live_set(heap, slot);
	cpu_leave(cpu);
	*block = (void *)slot.block;
	return true;
}

/* Keep a block that was claimed, of the bucket at @place; false: there is no space. */
static __always_inline bool cpu_keep(struct xnheap *heap, struct cpu_slot slot,
				     unsigned long place)
{
	struct cpu_stack *stack;
	struct xnheap_cpu *cpu;
	unsigned long top;

	cpu_at(heap, CPU_CLAIMED);
	if (unlikely(!cpu_enter(heap, &cpu)))
		return false;
	stack = cpu_stack_at(cpu, place);
	top = READ_ONCE(stack->top);	/* once, in a register */
	if (unlikely(top >= READ_ONCE(stack->limit))) {
		cpu_leave(cpu);
		return false;
	}
	path_mark(kept);
	*cpu_slot_at(stack, top) = slot;
	stack->top += sizeof(slot);
	cpu_at(heap, CPU_PUSHED);
	cpu_leave(cpu);
	return true;
}

/* The entry of the page at @address, or NULL; without the lock. */
struct xnheap_page *cpu_page_unlocked(const struct xnheap *heap, unsigned long address);

/*
 * Claim a block in any extent, without the lock; NULL: the lock is needed, or it is none.
 * Extents may be taken out while nobody has a block there: until it is claimed, the entry
 * of its page is read within what a grace period waits for.
 */
static __always_inline struct xnheap_page *cpu_claim_unlocked(struct xnheap *heap,
							      struct cpu_slot *slot)
{
	struct xnheap_page *page;
	bool claimed = false;

	preempt_disable_notrace();
	page = cpu_page_unlocked(heap, slot->block);
	if (page) {
		cpu_at(heap, CPU_FOUND);
		slot->live = live_bits(heap, page);
		claimed = live_claim(heap, *slot);
	}
	preempt_enable_notrace();
	return claimed ? page : NULL;
}

/* What follows is for who has the lock: what the stacks cannot serve. */

/*
 * Make a block of heap_alloc() live, in a heap with live bits, but no stacks. Returns the
 * block, which may be NULL.
 */
void *live_give(struct xnheap *heap, void *block);

/* Free a block that was claimed, of a heap with live bits. */
void live_free(struct xnheap *heap, unsigned long block);

/* As xnheap_test_and_free(), of such a heap without stacks. */
int live_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block));

notrace __noendbr
void *cpu_alloc_locked(struct xnheap *heap, size_t size, bool *again);
notrace __noendbr
int cpu_free_locked(struct xnheap *heap, struct cpu_slot slot);
int cpu_check_locked(struct xnheap *heap, unsigned long block);
int cpu_test_and_claim_locked(struct xnheap *heap, struct cpu_slot *slot,
			      int (*ckfn)(void *block));
void cpu_set_limits_locked(struct xnheap *heap);
void cpu_own_pages_locked(struct xnheap *heap, struct xnheap_page *page);

/* Likewise, for who has not. */

bool cpu_stacks_init(struct xnheap *heap);
void cpu_stacks_free(struct xnheap *heap);
void cpu_drain(struct xnheap *heap, unsigned int nr);

/* What CPUs keep of a bucket, in blocks; and what their stacks have counted. */
struct cpu_kept {
	unsigned long blocks;
	u64 popped;
	u64 filled;
	u64 flushed;
};

struct cpu_kept cpu_kept_by(const struct xnheap *heap, const struct xnheap_bucket *bucket,
			    unsigned int nr);
struct cpu_kept cpu_kept(const struct xnheap *heap, const struct xnheap_bucket *bucket);
size_t cpu_kept_bytes(const struct xnheap *heap);

/* Bytes that a block of @page takes, for who has it. */
size_t cpu_block_size(const struct xnheap *heap, const struct xnheap_page *page);

#endif
