// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on blocks while somebody looks on: events, latency, debug heaps,
 * the log. They do what the plain calls do, by the same parts, and more.
 */

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched/clock.h>

#include "../api/deferred.h"
#include "../api/other.h"
#include "../api/sharing.h"
#include "kasan.h"
#include "observe.h"
#include "trace.h"

static DEFINE_MUTEX(switches);	/* what is switched on, of every heap */

static void latency_count(struct xnheap_observed *observed, enum latency what,
			  u64 start, u64 end)
{
	s64 ns = end - start;

	/* Clocks of two CPUs may differ by a little */
	observed->count[what][min(fls64(max(ns, 0LL)), LATENCY_SLOTS - 1)]++;
}

void latency_note(struct xnheap_observed *observed, enum latency what,
		  u64 called, u64 locked)
{
	u64 now;

	if (!observed->on[OBSERVE_LATENCY])
		return;
	now = local_clock();
	latency_count(observed, what, called, now);
	latency_count(observed, LATENCY_HELD, locked, now);
}

/* Whether calls may use what the CPU keeps: there is no lock to be measured, or track. */
static bool may_use_stacks(const struct xnheap *heap)
{
	return heap->cpu && !heap_is_debug(heap) && !heap->observed->on[OBSERVE_LATENCY];
}

/*
 * Where the lock was dropped for a while, @locked is when it was taken again, and
 * @failed what was counted then.
 */
static void *alloc_locked(struct xnheap *heap, size_t size, size_t align, u64 *locked,
			  u64 *failed)
{
	unsigned int rounds = cpu_rounds(heap);
	void *block;
	bool again = false;

	if (!heap->cpu) {
		block = align == 1 ? heap_alloc(heap, size) :
				     heap_alloc_aligned(heap, size, align);
		return heap->waiting ? live_give(heap, block) : block;
	}
	if (align - 1 > heap->page_mask || align & (align - 1))
		return heap_refuse_align(heap);
	if (size - 1 < align)
		size = align;
	for (;;) {
		block = cpu_alloc_locked(heap, size, &again);
		if (!again || in_nmi() || !rounds--)
			return block;
		path_mark_at(again, size);
		heap_unlock(heap);
		heap_lock(heap);
		*locked = local_clock();
		memcpy(failed, heap->failed, sizeof(heap->failed));
	}
}

/* Why an allocation failed: that was counted since the counts were @before. */
static enum xnheap_failure why_failed(const struct xnheap *heap,
				      const u64 *before)
{
	if (heap->failed[XNHEAP_ALLOC_SIZE] != before[XNHEAP_ALLOC_SIZE])
		return XNHEAP_ALLOC_SIZE;
	if (heap->failed[XNHEAP_ALLOC_ALIGN] != before[XNHEAP_ALLOC_ALIGN])
		return XNHEAP_ALLOC_ALIGN;
	if (heap->failed[XNHEAP_ALLOC_KEPT] != before[XNHEAP_ALLOC_KEPT])
		return XNHEAP_ALLOC_KEPT;
	if (heap->failed[XNHEAP_ALLOC_RESERVED] != before[XNHEAP_ALLOC_RESERVED])
		return XNHEAP_ALLOC_RESERVED;
	if (heap->failed[XNHEAP_ALLOC_QUOTA] != before[XNHEAP_ALLOC_QUOTA])
		return XNHEAP_ALLOC_QUOTA;
	return XNHEAP_ALLOC_FULL;
}

/* An allocation failed; under the lock. True if it is to be logged. */
static bool alloc_failed(struct xnheap *heap, const struct log_entry *entry)
{
	return heap->observed->on[OBSERVE_VERBOSE] &&
	       log_leave(heap->observed, LOG_FAILED, entry);
}

/* A debug heap's block was allocated; under the lock. True: to be logged. */
static bool alloc_tracked(struct xnheap *heap, void *block, size_t size,
			  size_t given, unsigned long caller)
{
	struct xnheap_observed *observed = heap->observed;
	struct log_entry entry = {
		.caller = caller,
		.block = block,
	};

	if (!tracking_alloc(heap, observed->era, block, size, given, caller,
			    &entry.track))
		return false;
	observed->stale++;
	return log_leave(observed, LOG_STALE, &entry);
}

static void trace_failed(struct xnheap *heap, size_t size,
			 unsigned long caller, int why, size_t used,
			 size_t largest)
{
	struct label label;

	if (!trace_xnheap_alloc_failed_enabled())
		return;
	label = label_of(heap);
	trace_xnheap_alloc_failed(label.text, caller, size, why, used,
				  xnheap_usable_mem(heap), largest);
}

/*
 * By the lock: from the reservation that has the handle, or if that is 0, from the heap;
 * for an owner, or if that is NULL, for the kernel.
 */
static void *observe_alloc_locked(struct xnheap *heap, unsigned long handle,
				  struct owner *owner, size_t size, size_t align,
				  unsigned long caller)
{
	struct log_entry entry = {
		.caller = caller,
		.align = align,
	};
	struct reservation *reserved;
	typeof(heap->failed) failed;
	size_t used, given;
	u64 called, locked;
	struct label label;
	void *block, *result;
	bool logged;

	called = local_clock();
	if (!heap_enter(heap, heap)) {
		busy_inc(&heap->alloc_busy);
		trace_failed(heap, size, caller, TRACE_ALLOC_BUSY, 0, 0);
		return NULL;
	}
	locked = local_clock();
	used = account_used(heap);
	memcpy(failed, heap->failed, sizeof(failed));
	if (handle) {
		reserved = reservation_find(heap, handle);
		size = reserved ? reserved->size : 0;
		block = reservation_alloc(heap, reserved);
	} else if (owner) {
		block = owner_alloc(heap, size, align, owner);
	} else {
		block = alloc_locked(heap, tracking_size(heap, size), align, &locked, failed);
	}
	entry.size = size;
	result = block;
	if (IS_ERR(block))
		block = NULL;
	given = block && heap->cpu ?
		cpu_block_size(heap, cpu_page_unlocked(heap, (unsigned long)block)) :
		account_used(heap) - used;
	if (!block) {
		used = account_used(heap) - cpu_kept_bytes(heap);
		entry.why = why_failed(heap, failed);
		entry.largest = tracking_largest(heap, heap_largest(heap));
		logged = alloc_failed(heap, &entry);
	} else {
		kasan_heap_alloc(heap, block, given, given);
		logged = heap_is_debug(heap) &&
			 alloc_tracked(heap, block, size, given, caller);
		kasan_heap_alloc(heap, block, size, given);
	}
	latency_note(heap->observed, LATENCY_ALLOC, called, locked);
	label = label_of(heap);
	heap_unlock(heap);

	call_done_alloc(heap, !block && (entry.why == XNHEAP_ALLOC_FULL ||
					 entry.why == XNHEAP_ALLOC_KEPT));
	if (block)
		trace_xnheap_alloc(label.text, caller, block, size, given);
	else
		trace_failed(heap, size, caller, entry.why, used,
			     entry.largest);
	if (logged)
		irq_work_queue(&heap->observed->irq_work);
	return result;
}

/* As xnheap_alloc() if @align is 1, else as xnheap_alloc_aligned(). */
void *observe_alloc(struct xnheap *heap, size_t size, size_t align,
		    unsigned long caller)
{
	struct label label;
	size_t given;
	void *block;

	if (!heap_is_valid(heap))
		return NULL;
	if (!may_use_stacks(heap) || align != 1 || !cpu_alloc(heap, size, &block))
		return observe_alloc_locked(heap, 0, NULL, size, align, caller);
	given = bucket_of_size(heap, size)->size;
	kasan_heap_alloc(heap, block, size, given);
	label = label_of(heap);
	trace_xnheap_alloc(label.text, caller, block, size, given);
	call_done(heap);
	return block;
}

/* As xnheap_alloc_reserved(). */
void *observe_alloc_reserved(struct xnheap *heap, unsigned long handle, unsigned long caller)
{
	return observe_alloc_locked(heap, handle, NULL, 0, 1, caller);
}

/* As sharing_alloc(). */
void *observe_alloc_owned(struct xnheap *heap, size_t size, size_t align, struct owner *owner,
			  unsigned long caller)
{
	return observe_alloc_locked(heap, 0, owner, size, align, caller) ?: ERR_PTR(-ENOMEM);
}

/* A free was refused; under the lock. True if it is to be logged. */
bool free_refused(struct xnheap *heap, void *block, int error,
		  unsigned long caller)
{
	struct log_entry entry = {
		.caller = caller,
		.block = block,
		.error = error,
	};

	return heap->observed->on[OBSERVE_VERBOSE] &&
	       log_leave(heap->observed, LOG_REFUSED, &entry);
}

/* A debug heap's block was freed; under the lock. True: to be logged. */
bool free_tracked(struct xnheap *heap, void *block, size_t given,
		  unsigned long caller, size_t *size)
{
	struct xnheap_observed *observed = heap->observed;
	struct log_entry entry = {
		.caller = caller,
		.block = block,
	};
	bool overrun;

	overrun = tracking_free(heap, &observed->era, block, given, caller,
				&entry.track);
	*size = entry.track.size;
	if (!overrun)
		return false;
	observed->overruns++;
	return log_leave(observed, LOG_OVERRUN, &entry);
}

/*
 * Free a block by this CPU's stacks. False: the lock is needed; then the block is live,
 * as far as it was.
 */
static bool free_to_stack(struct xnheap *heap, void *block, size_t *given)
{
	struct cpu_slot slot = { .block = (unsigned long)block };
	struct xnheap_page *page = cpu_claim_unlocked(heap, &slot);

	if (!page)
		return false;
	*given = cpu_block_size(heap, page);
	kasan_heap_free(heap, block, *given);
	if (cpu_keep(heap, slot, page->bucket))
		return true;
	kasan_heap_alloc(heap, block, *given, *given);
	live_set(heap, slot);
	return false;
}

/* Free a block by the lock: an owner's, or the kernel's if that is NULL. */
static __always_inline
int observe_free_locked(struct xnheap *heap, void *block, const struct owner *owner,
			int (*ckfn)(void *block), unsigned long caller)
{
	struct cpu_slot slot = { .block = (unsigned long)block };
	size_t used, given = 0, size = 0;
	bool logged = false;
	u64 called, locked;
	struct label label;
	int ret;

	called = local_clock();
	if (!heap_enter(heap, heap)) {
		ret = ckfn ? free_busy(heap, block) : free_later(heap, block);
		label = label_of(heap);
		goto out;
	}
	locked = local_clock();
	used = account_used(heap);
	if (heap->cpu) {
		ret = cpu_test_and_claim_locked(heap, &slot, ckfn);
		if (!ret)
			given = cpu_block_size(heap, cpu_page_unlocked(heap, slot.block));
	} else {
		ret = heap->waiting ? live_test_and_free(heap, block, ckfn) :
		      heap->sharing ? owner_free(heap, slot.block,
						 owner ? owner->nr : OWNER_KERNEL, ckfn) :
				      heap_test_and_free(heap, block, ckfn);
		given = used - account_used(heap);
	}
	if (ret) {
		logged = free_refused(heap, block, ret, caller);
	} else {
		kasan_heap_alloc(heap, block, given, given);
		logged = heap_is_debug(heap) &&
			 free_tracked(heap, block, given, caller, &size);
		kasan_heap_free(heap, block, given);
		/* Not before: once it is in a stack, an NMI may allocate it */
		if (heap->cpu)
			cpu_free_locked(heap, slot);
	}
	latency_note(heap->observed, LATENCY_FREE, called, locked);
	label = label_of(heap);
	heap_unlock(heap);

	call_done(heap);
	if (logged)
		irq_work_queue(&heap->observed->irq_work);
out:
	if (ret)
		trace_xnheap_bad_free(label.text, caller, block, ret);
	else
		trace_xnheap_free(label.text, caller, block, size, given);
	return ret;
}

/* As xnheap_test_and_free(), which is xnheap_free() if @ckfn is NULL. */
int observe_free(struct xnheap *heap, void *block, int (*ckfn)(void *block),
		 unsigned long caller)
{
	struct label label;
	size_t given;

	if (!heap_is_valid(heap))
		return -EINVAL;
	if (!block)
		return 0;
	if (!may_use_stacks(heap) || ckfn || !free_to_stack(heap, block, &given))
		return observe_free_locked(heap, block, NULL, ckfn, caller);
	label = label_of(heap);
	trace_xnheap_free(label.text, caller, block, 0, given);
	call_done(heap);
	return 0;
}

/* As sharing_free(). */
int observe_free_owned(struct xnheap *heap, void *block, const struct owner *owner,
		       unsigned long caller)
{
	return observe_free_locked(heap, block, owner, NULL, caller);
}

/* Turn a switch of a heap. The latencies begin anew when theirs is turned on. */
void observe_switch(struct xnheap *heap, enum observe_switch nr, bool on)
{
	struct xnheap_observed *observed = heap->observed;
	bool was;

	mutex_lock(&switches);
	was = observed->on[nr];
	if (on && !was)
		static_branch_inc(&xnheap_observe_key);
	heap_lock(heap);
	if (on && nr == OBSERVE_LATENCY)
		memset(observed->count, 0, sizeof(observed->count));
	WRITE_ONCE(observed->on[nr], on);
	heap_unlock(heap);
	if (!on && was)
		static_branch_dec(&xnheap_observe_key);
	mutex_unlock(&switches);
}
