// SPDX-License-Identifier: GPL-2.0
/* Reservations. Runs are allocated and given back one in a hold of the lock. */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "other.h"

/* Have a place for reservations; it stays until the heap ends. */
static bool have_reservations(struct xnheap *heap)
{
	struct xnheap_reservations *new;

	/* Whoever finds it finds the heap in it */
	if (smp_load_acquire(&heap->reservations))
		return true;
	new = kzalloc(RESERVATION_HANDLES, GFP_KERNEL);
	if (!new)
		return false;
	new->heap = heap;
	heap_lock(heap);
	if (!heap->reservations) {
		/* Pairs with the above */
		smp_store_release(&heap->reservations, new);
		new = NULL;
	}
	heap_unlock(heap);
	kfree(new);
	return true;
}

/* A reservation has ended, of which @runs runs were allocated. */
static void give_back(struct xnheap *heap, struct reservation *r, size_t runs)
{
	struct xnheap_page *block;

	while (runs--) {
		cond_resched();
		heap_lock(heap);
		block = reservation_end_run(heap, r);
		if (block && heap->cpu)
			cpu_own_pages_locked(heap, block);
		heap_unlock(heap);
	}
	kvfree(r->run);
	heap_lock(heap);
	r->run = NULL;
	r->busy = false;
	heap_unlock(heap);
}

static int add_runs(struct xnheap *heap, struct reservation *r)
{
	int ret;

	if (reservation_bucket(heap, r)->blocks == 1) {
		r->run = kvmalloc_array(r->blocks, sizeof(*r->run), GFP_KERNEL);
		if (!r->run)
			return -ENOMEM;
	}
	do {
		cond_resched();
		heap_lock(heap);
		ret = reservation_add_run(heap, r);
		heap_unlock(heap);
	} while (ret > 0);
	return ret;
}

struct xnheap_reservation *xnheap_reserve(struct xnheap *heap, size_t size, size_t n)
{
	struct reservation *r;
	unsigned long handle;
	size_t bytes, runs;
	int ret;

	might_sleep();
	if (!heap_is_valid(heap) || size - 1 >= XNHEAP_MAX_EXTENT_SIZE || !n)
		return ERR_PTR(-EINVAL);
	if (heap->waiting)
		return ERR_PTR(-EOPNOTSUPP);
	if (!have_reservations(heap))
		return ERR_PTR(-ENOMEM);
	bytes = xnheap_observer ? xnheap_observer->takes(heap, size) : size;

	heap_lock(heap);
	r = reservation_begin(heap, size, bytes, n);
	heap_unlock(heap);
	if (IS_ERR(r))
		return ERR_CAST(r);
	handle = r->handle;
	ret = add_runs(heap, r);
	call_done(heap);
	if (!ret)
		return (void *)handle;
	heap_lock(heap);
	runs = reservation_end(heap, r);
	heap_unlock(heap);
	give_back(heap, r, runs);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(xnheap_reserve);

/* The heap whose handle it would be, or NULL. Only the caller knows whether that lives on. */
static struct xnheap *heap_of(unsigned long handle)
{
	struct xnheap *heap, *found = NULL;

	mutex_lock(&heaps_lock);
	list_for_each_entry(heap, &heaps, list) {
		if (READ_ONCE(heap->reservations) == reservations_of(handle)) {
			found = heap;
			break;
		}
	}
	mutex_unlock(&heaps_lock);
	return found;
}

int xnheap_unreserve(struct xnheap_reservation *reservation)
{
	unsigned long handle = (unsigned long)reservation;
	struct reservation *r;
	struct xnheap *heap;
	size_t runs = 0;

	might_sleep();
	heap = handle >= RESERVATION_HANDLES ? heap_of(handle) : NULL;
	if (!heap)
		return -EINVAL;
	heap_lock(heap);
	r = reservation_find(heap, handle);
	if (r)
		runs = reservation_end(heap, r);
	heap_unlock(heap);
	if (!r)
		return -EINVAL;
	give_back(heap, r, runs);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_unreserve);

void *xnheap_alloc_reserved(struct xnheap_reservation *reservation)
{
	unsigned long handle = (unsigned long)reservation;
	struct xnheap *heap;
	void *block;

	if (IS_ERR_OR_NULL(reservation))
		return NULL;
	heap = reservations_of(handle)->heap;
	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->alloc_reserved(heap, handle, _RET_IP_);
	if (!heap_enter(heap, heap))
		return alloc_busy(heap);
	block = reservation_alloc(heap, reservation_find(heap, handle));
	heap_unlock(heap);
	return block;
}
EXPORT_SYMBOL_GPL(xnheap_alloc_reserved);
