// SPDX-License-Identifier: GPL-2.0
/* Free blocks that a CPU keeps: what takes the lock. */

#include "batch.h"

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
 * Extents are read while another may be added or taken out. What was found is trusted
 * only if none was: who is told NULL, and asks again under the lock, hears the truth.
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

/* The place after that of the last bucket. */
static __always_inline unsigned long stacks_end(const struct xnheap *heap)
{
	return heap->nr_buckets * sizeof(struct xnheap_bucket);
}

/* Give a batch of what a CPU keeps back, or the depot; false: they keep nothing. */
static __always_inline bool flush_some(struct xnheap *heap, struct xnheap_cpu *cpu)
{
	void *first = cpu->stacks, *at = cpu_stack_at(cpu, stacks_end(heap));
	void *at_depot = cpu_stack_at(heap->depot, stacks_end(heap));
	struct cpu_stack *stack, *of_depot;

	do {
		if (at == first)
			return false;
		at -= CPU_STACK_BYTES;
		at_depot -= CPU_STACK_BYTES;
		path_mark_at(stack, at);
		stack = at;
		of_depot = at_depot;
	} while (!(stack->top | of_depot->top));
	flush(heap, bucket_at(heap, (at - first) / CPU_STACK_SCALE),
	      stack->top ? stack : of_depot, CPU_BATCH);
	return true;
}

static noinline bool keeps_any(const struct xnheap *heap, unsigned int nr)
{
	struct xnheap_cpu *cpu = per_cpu_ptr(heap->cpu, nr);
	void *first = cpu->stacks, *at = cpu_stack_at(cpu, stacks_end(heap));

	path_mark(asked_cpu);
	while (at > first) {
		at -= CPU_STACK_BYTES;
		/* It may change at once, as its CPU is at work */
		if (data_race(((struct cpu_stack *)at)->top))
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
 * what it keeps back, or the depot: true. If that is nothing, count it apart if a CPU
 * keeps some.
 */
static noinline bool found_nothing(struct xnheap *heap)
{
	struct xnheap_cpu *cpu = enter_locked(heap);
	bool some;

	path_enter(nothing);
	some = flush_some(heap, cpu ?: heap->depot);
	if (cpu)
		leave_locked(cpu);
	if (some)
		return true;
	if (is_kept(heap)) {
		heap->failed[XNHEAP_ALLOC_FULL]--;
		heap->failed[XNHEAP_ALLOC_KEPT]++;
	}
	return false;
}

/* A block for a stack that had none: from the depot, or the cursor's word; or none. */
static __always_inline bool refill(struct xnheap *heap, struct xnheap_bucket *bucket,
				   struct xnheap_cpu *cpu, struct cpu_slot *slot)
{
	struct cpu_stack *stack = cpu_stack_at(cpu, bucket->place);

	/* An interrupt may have left some there since */
	if (stack->top || move(cpu_stack_at(heap->depot, bucket->place), stack)) {
		*slot = cpu_pop(stack);
		return true;
	}
	if (!bucket_lowest_free(bucket))
		return false;
	*slot = alloc_batch(heap, bucket, stack);
	return true;
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
	bool refilled;

	path_enter(cpu_alloc);
	if (unlikely(*again)) {
		heap->failed[XNHEAP_ALLOC_FULL]--;	/* it has not, so far */
		*again = false;
	}
	if (size - 1 < heap->small_max) {
		bucket = bucket_of_size(heap, size);
		cpu = enter_locked(heap);
		if (cpu) {
			refilled = refill(heap, bucket, cpu, &slot);
			leave_locked(cpu);
			if (refilled) {
				live_set(heap, slot);
				return (void *)slot.block;
			}
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

/* A page block is allocated that was none: let it be freed as one. */
void cpu_own_pages_locked(struct xnheap *heap, struct xnheap_page *page)
{
	page->bucket = stacks_end(heap);
	live_set(heap, (struct cpu_slot) { page_start(heap, page), live_bits(heap, page) });
}

/* Whether a block is allocated from a reservation. Its run is one page, or one block. */
static noinline bool is_reserved(const struct xnheap *heap, unsigned long block)
{
	u32 offset = (u32)block & heap->page_mask;
	const struct xnheap_bucket *bucket;
	const struct xnheap_page *page;

	if (!heap->reservations)
		return false;
	path_mark(any_reserved);
	page = page_of(heap, block);
	if (!page || is_page_block(page))
		return false;
	bucket = bucket_of_run(heap, page);
	return bucket_is_reserved(heap, bucket) && offset % bucket->size == 0 &&
	       test_bit(offset / bucket->size, page->bits + bucket->summary);
}

void *live_give(struct xnheap *heap, void *block)
{
	struct cpu_slot slot = { .block = (unsigned long)block };

	if (block) {
		slot.live = live_bits(heap, page_of(heap, slot.block));
		live_set(heap, slot);
	}
	return block;
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
 * Keep a block that was claimed after all, where there is space once blocks went to
 * the depot, or a batch was given back. Returns false if the stacks are busy, or none are kept.
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
		if (stack->top >= stack->limit &&
		    !move(stack, cpu_stack_at(heap->depot, bucket->place)))
			flush(heap, bucket, stack, half(stack, CPU_BATCH));
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

/* Free a block that nobody can claim: of a reservation. Or refuse to. */
static noinline int free_unclaimed(struct xnheap *heap, unsigned long block)
{
	return is_reserved(heap, block) ? heap_free_any(heap, block) :
					  heap_refuse_any(heap, block);
}

/* Free a block; if its bits are given, it was claimed. */
noinline notrace __noendbr
int cpu_free_locked(struct xnheap *heap, struct cpu_slot slot)
{
	path_enter(cpu_free);
	if (slot.live || claim(heap, &slot))
		return free_claimed(heap, slot);
	return free_unclaimed(heap, slot.block);
}

noinline int cpu_check_locked(struct xnheap *heap, unsigned long block)
{
	const struct xnheap_page *page = page_of(heap, block);

	path_enter(cpu_check);
	if (!page)
		return block_find(heap, (void *)block).where == BLOCK_OUTSIDE ? -EFAULT : -EINVAL;
	if (block % PERCPU_MIN_BLOCK == 0 &&
	    test_bit(live_bit(heap, block), live_bits(heap, page)))
		return 0;
	return is_reserved(heap, block) ? 0 : -EINVAL;
}

/* It is live, but of a reservation: who has the lock needs no more. */
static noinline int leave_unclaimed(struct cpu_slot *slot)
{
	path_enter(unclaimable);
	slot->live = NULL;
	return 0;
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
	if (is_reserved(heap, slot->block))
		return leave_unclaimed(slot);
	path_mark_at(unclaimed, heap);
	return heap_refuse_any(heap, slot->block);
}

void live_free(struct xnheap *heap, unsigned long block)
{
	struct cpu_slot slot = { .block = block };

	if (heap->cpu) {
		slot.live = live_bits(heap, page_of(heap, block));
		cpu_free_locked(heap, slot);
	} else {
		heap_free_any(heap, block);
	}
}

int live_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block))
{
	struct cpu_slot slot = { .block = (unsigned long)block };
	int ret;

	if (!block)
		return 0;
	ret = cpu_test_and_claim_locked(heap, &slot, ckfn);
	return ret ?: heap_free_any(heap, slot.block);
}

/*
 * Empty the stacks of a CPU, and the depot: on that CPU, in a task; or of one that is
 * offline. The lock is held for a batch at a time.
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
