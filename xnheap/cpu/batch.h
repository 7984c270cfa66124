/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks that move between a stack, the depot and runs, under the lock. */
#ifndef _XNHEAP_CPU_BATCH_H
#define _XNHEAP_CPU_BATCH_H

#include <linux/minmax.h>

#include "cpu.h"

static __always_inline struct xnheap_page *slot_page(const struct xnheap *heap,
						     struct cpu_slot slot)
{
	return (void *)slot.live - heap->live_offset;
}

/* How many blocks are moved at once: no more than half of what there is space for. */
static __always_inline unsigned long half(const struct cpu_stack *stack, unsigned long most)
{
	return min((stack->limit / sizeof(struct cpu_slot) + 1) / 2, most);
}

/*
 * Move blocks from one stack to another, both of which are this call's, as many as the
 * other has space for. False: there are none, or no space.
 */
static __always_inline bool move(struct cpu_stack *from, struct cpu_stack *to)
{
	struct cpu_slot *source, *target, *end;
	unsigned long n;

	if (!from->top || to->top >= to->limit)
		return false;
	n = half(from, CPU_LOAD) * sizeof(struct cpu_slot);
	n = min(n, min(from->top, to->limit - to->top));
	from->top -= n;
	source = cpu_slot_at(from, from->top);
	target = cpu_slot_at(to, to->top);
	to->top += n;
	end = cpu_slot_at(to, to->top);
	do {
		*target = *source++;
		path_mark_at(moved, target);
	} while (++target != end);
	return true;
}

/*
 * Allocate the lowest free block of the cursor's word, and fill the stack, which is
 * empty, with those after it.
 */
static __always_inline struct cpu_slot alloc_batch(struct xnheap *heap,
						   struct xnheap_bucket *bucket,
						   struct cpu_stack *stack)
{
	unsigned long n = 1 + half(stack, CPU_BATCH);
	struct cpu_slot slot = { .live = live_bits(heap, bucket->run) };
	unsigned long clear = ~*bucket->cursor, address = bucket->address, block, left;
	struct cpu_slot *to = stack->slot;

	/* Of a run of one word, bits that no block has are clear, too: count tells */
	n = min(n, (unsigned long)bucket->run->count + 1);
	left = n;
	slot.block = address + __ffs(clear) * bucket->size;
	for (;;) {
		clear &= clear - 1;
		if (!--left || !clear)
			break;
		block = address + __ffs(clear) * bucket->size;
		path_mark_at(fill_block, block);
		*to++ = (struct cpu_slot) { block, slot.live };
	}
	n -= left;
	*bucket->cursor = ~clear;
	bucket->allocs += n;
	account_alloc(heap, n * bucket->size);
	stack->filled += n - 1;
	stack->top = (void *)to - (void *)stack->slot;
	bucket->run->count -= n;
	if (bucket->run->count < 0)
		bucket_advance(heap, bucket);
	return slot;
}

/*
 * Give up to @n of a stack's blocks back to their runs, its last ones. It ends with one
 * that was the first free block of its run, or makes it empty: that costs as much as a
 * call.
 */
static __always_inline void flush(struct xnheap *heap, struct xnheap_bucket *bucket,
				  struct cpu_stack *stack, unsigned long n)
{
	const u32 shift = __ffs(bucket->size), one_out = bucket->count_one_out;
	struct cpu_slot *slot = cpu_slot_at(stack, stack->top), *last;
	const bool summary = bucket->summary;
	struct xnheap_page *run;
	u32 count, nr;

	n = min(n, stack->top / sizeof(*slot));
	last = slot - n;
	do {
		slot--;
		run = slot_page(heap, *slot);
		nr = ((u32)slot->block & heap->page_mask) >> shift;
		__clear_bit(nr, run->bits + summary);
		if (summary)
			__clear_bit(nr / BITS_PER_LONG, run->bits);
		count = run->count;
		if (unlikely(count >= one_out)) {
			path_mark(flush_edge);
			break;
		}
		path_mark(flush_block);
		run->count = count + 1;
	} while (slot != last);

	n -= slot - last;
	stack->top = (void *)slot - (void *)stack->slot;
	stack->flushed += n;
	bucket->frees += n;
	account_free(heap, n << shift);
	if (unlikely(count >= one_out))
		bucket_free_edge(heap, run, bucket);
}

#endif
