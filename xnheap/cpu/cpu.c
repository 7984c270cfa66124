// SPDX-License-Identifier: GPL-2.0
/* Free blocks that a CPU keeps: how its stacks are filled and emptied. */

#include <linux/cpumask.h>
#include <linux/minmax.h>

#include "cpu.h"

#ifdef XNHEAP_VALIDATE
void (*cpu_hook)(struct xnheap *heap, enum cpu_point point);
#endif

static __always_inline bool is_page_block(const struct xnheap_page *page)
{
	return page->type < PAGE_RUN_PARTIAL;
}

/* The entry of the page at @address, or NULL. */
static __always_inline struct xnheap_page *page_of(const struct xnheap *heap,
						   unsigned long address)
{
	const struct xnheap_extent *ext = extent_find(heap, address);
	unsigned long offset = address - ext->base;

	/* Pairs with extent_publish(): who finds the span finds the map */
	return offset < smp_load_acquire(&ext->span) ?
	       page_after(heap, ext->map, offset >> heap->page_shift) : NULL;
}

/*
 * Extents are read while another may be added. What was found is trusted only if none
 * was: who is told NULL, and asks again under the lock, hears the truth.
 */
noinline struct xnheap_page *cpu_page_unlocked(const struct xnheap *heap, unsigned long address)
{
	unsigned int seq = raw_read_seqcount(&heap->extents_seq);
	struct xnheap_page *page;

	path_enter(cpu_page);
	if (seq & 1)
		return NULL;
	page = page_of(heap, address);
	return read_seqcount_retry(&heap->extents_seq, seq) ? NULL : page;
}

static __always_inline struct xnheap_page *slot_page(const struct xnheap *heap,
						     struct cpu_slot slot)
{
	return (void *)slot.live - heap->live_offset;
}

noinline size_t cpu_block_size(const struct xnheap *heap, const struct xnheap_page *page)
{
	path_enter(cpu_size);
	return is_page_block(page) ? (size_t)page->count << heap->page_shift :
				     bucket_of_run(heap, page)->size;
}

/* Have this CPU's stacks; NULL: they are busy. Interrupts are off, but not NMIs. */
static __always_inline struct xnheap_cpu *enter_locked(struct xnheap *heap)
{
	struct xnheap_cpu *cpu = raw_cpu_ptr(heap->cpu);

	if (READ_ONCE(cpu->busy))
		return NULL;
	WRITE_ONCE(cpu->busy, true);
	barrier();
	return cpu;
}

static __always_inline void leave_locked(struct xnheap_cpu *cpu)
{
	barrier();
	WRITE_ONCE(cpu->busy, false);
}

/* How many blocks are moved at once: no more than half of what there is space for. */
static __always_inline unsigned long batch(const struct cpu_stack *stack)
{
	return min((stack->limit / sizeof(struct cpu_slot) + 1) / 2, (unsigned long)CPU_BATCH);
}

/*
 * Allocate the lowest free block of the cursor's word, and if the stack is empty,
 * fill it with those after it.
 */
static __always_inline struct cpu_slot alloc_batch(struct xnheap *heap,
						   struct xnheap_bucket *bucket,
						   struct cpu_stack *stack)
{
	unsigned long n = stack->top ? 1 : 1 + batch(stack);
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
	if (!stack->top) {
		stack->filled += n - 1;
		stack->top = (void *)to - (void *)stack->slot;
	}
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

/* Give a batch of what a CPU keeps back; false: it keeps nothing. */
static __always_inline bool flush_some(struct xnheap *heap, struct xnheap_cpu *cpu)
{
	struct xnheap_bucket *bucket = heap->buckets + heap->nr_buckets;
	struct cpu_stack *stack;

	while (bucket-- > heap->buckets) {
		path_mark(stack);
		stack = cpu_stack_at(cpu, bucket->place);
		if (stack->top) {
			path_mark_at(gave, stack);
			flush(heap, bucket, stack, CPU_BATCH);
			return true;
		}
	}
	return false;
}

static noinline bool keeps_any(const struct xnheap *heap, unsigned int nr)
{
	const struct xnheap_bucket *bucket, *end = heap->buckets + heap->nr_buckets;
	struct xnheap_cpu *cpu = per_cpu_ptr(heap->cpu, nr);

	path_mark(asked_cpu);
	for (bucket = heap->buckets; bucket < end; bucket++) {
		/* It may change at once, as its CPU is at work */
		if (data_race(cpu_stack_at(cpu, bucket->place)->top))
			return true;
		path_mark(stack_asked);
	}
	return false;
}

static noinline bool is_kept(const struct xnheap *heap)
{
	unsigned int nr;

	for (nr = 0; nr < nr_cpu_ids; nr++)
		if (cpu_possible(nr) && keeps_any(heap, nr))
			return true;
	return false;
}

/*
 * An allocation found nothing, as the heap has counted. Have this CPU give a batch of
 * what it keeps back: true. If that is nothing, count it apart if another keeps some.
 */
static noinline bool found_nothing(struct xnheap *heap)
{
	struct xnheap_cpu *cpu = enter_locked(heap);
	bool some;

	path_enter(nothing);
	if (cpu) {
		some = flush_some(heap, cpu);
		leave_locked(cpu);
		if (some)
			return true;
	}
	if (is_kept(heap)) {
		heap->failed[XNHEAP_ALLOC_FULL]--;
		heap->failed[XNHEAP_ALLOC_KEPT]++;
	}
	return false;
}

/*
 * Allocate what no stack had. If NULL, there may be more to be found after the lock
 * was dropped for those who wait: then it is set @again, for another call.
 */
noinline notrace __noendbr
void *cpu_alloc_locked(struct xnheap *heap, size_t size, bool *again)
{
	struct xnheap_bucket *bucket;
	struct xnheap_page *page;
	struct xnheap_cpu *cpu;
	struct cpu_slot slot;

	path_enter(cpu_alloc);
	if (unlikely(*again)) {
		heap->failed[XNHEAP_ALLOC_FULL]--;	/* it has not, so far */
		*again = false;
	}
	if (size - 1 < heap->small_max) {
		bucket = bucket_of_size(heap, size);
		cpu = bucket_lowest_free(bucket) ? enter_locked(heap) : NULL;
		if (cpu) {
			slot = alloc_batch(heap, bucket, cpu_stack_at(cpu, bucket->place));
			leave_locked(cpu);
			live_set(heap, slot);
			return (void *)slot.block;
		}
	}
	slot.block = (unsigned long)heap_alloc(heap, size);
	if (unlikely(!slot.block)) {
		*again = size - 1 < XNHEAP_MAX_EXTENT_SIZE && found_nothing(heap);
		return NULL;
	}
	page = page_of(heap, slot.block);
	/* Whoever frees it reads the place of its bucket: that of an empty stack */
	if (is_page_block(page))
		page->bucket = heap->nr_buckets * sizeof(*bucket);
	slot.live = live_bits(heap, page);
	live_set(heap, slot);
	return (void *)slot.block;
}

/* Claim a block whose address alone is known; false: it is none. */
static __always_inline bool claim(struct xnheap *heap, struct cpu_slot *slot)
{
	struct xnheap_page *page = page_of(heap, slot->block);

	if (!page)
		return false;
	slot->live = live_bits(heap, page);
	return live_claim(heap, *slot);
}

/*
 * Keep a block that was claimed after all, if there is space after a batch was given
 * back. Returns false if the stacks are busy, or none are kept.
 */
static __always_inline bool keep_locked(struct xnheap *heap, struct xnheap_bucket *bucket,
					struct cpu_slot slot)
{
	struct xnheap_cpu *cpu = enter_locked(heap);
	struct cpu_stack *stack;
	bool kept;

	if (!cpu)
		return false;
	stack = cpu_stack_at(cpu, bucket->place);
	kept = stack->limit;
	if (kept) {
		if (stack->top >= stack->limit)
			flush(heap, bucket, stack, batch(stack));
		*cpu_slot_at(stack, stack->top) = slot;
		stack->top += sizeof(slot);
	}
	leave_locked(cpu);
	return kept;
}

/* Free a block that was claimed. Returns 0 always. */
static __always_inline int free_claimed(struct xnheap *heap, struct cpu_slot slot)
{
	struct xnheap_page *page = slot_page(heap, slot);
	struct xnheap_bucket *bucket;
	u32 nr;

	if (is_page_block(page))
		return page_block_free(heap, page);
	bucket = bucket_of_run(heap, page);
	if (likely(keep_locked(heap, bucket, slot)))
		return 0;
	nr = ((u32)slot.block & heap->page_mask) >> __ffs(bucket->size);
	__clear_bit(nr, page->bits + bucket->summary);
	if (bucket->summary)
		__clear_bit(nr / BITS_PER_LONG, page->bits);
	return bucket_free(heap, bucket, page);
}

/* Free a block; if its bits are given, it was claimed. */
noinline notrace __noendbr
int cpu_free_locked(struct xnheap *heap, struct cpu_slot slot)
{
	path_enter(cpu_free);
	if (slot.live || claim(heap, &slot))
		return free_claimed(heap, slot);
	return heap_refuse_any(heap, slot.block);
}

noinline int cpu_check_locked(struct xnheap *heap, unsigned long block)
{
	const struct xnheap_page *page = page_of(heap, block);

	path_enter(cpu_check);
	if (!page)
		return block_find(heap, (void *)block).where == BLOCK_OUTSIDE ? -EFAULT : -EINVAL;
	return block % PERCPU_MIN_BLOCK == 0 &&
	       test_bit(live_bit(heap, block), live_bits(heap, page)) ? 0 : -EINVAL;
}

/* Ask the owner whether a block may be freed, and claim it; or refuse that. */
noinline int cpu_test_and_claim_locked(struct xnheap *heap, struct cpu_slot *slot,
				       int (*ckfn)(void *block))
{
	int ret;

	path_enter(cpu_test);
	if (ckfn && !cpu_check_locked(heap, slot->block)) {
		ret = ckfn((void *)slot->block);
		path_mark_at(asked, ret);
		if (ret)
			return heap_refuse(heap, XNHEAP_FREE_REFUSED, ret);
	}
	/* Another may have freed it meanwhile: to claim it tells */
	if (claim(heap, slot))
		return 0;
	path_mark_at(unclaimed, heap);
	return heap_refuse_any(heap, slot->block);
}

/*
 * Empty the stacks of a CPU: on that CPU, in a task; or of one that is offline. The
 * lock is held for a batch at a time.
 */
void cpu_drain(struct xnheap *heap, unsigned int nr)
{
	struct xnheap_cpu *cpu = per_cpu_ptr(heap->cpu, nr);
	bool some;

	do {
		preempt_disable();
		WRITE_ONCE(cpu->busy, true);
		heap_lock(heap);
		path_mark(drained);
		some = flush_some(heap, cpu);
		heap_unlock(heap);
		WRITE_ONCE(cpu->busy, false);
		preempt_enable();
	} while (some);
}
