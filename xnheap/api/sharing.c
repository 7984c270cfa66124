// SPDX-License-Identifier: GPL-2.0
/* Heaps that are shared with processes: blocks by their offset, and whose they are. */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "other.h"
#include "sharing.h"

static bool is_shared(const struct xnheap *heap)
{
	return heap_is_valid(heap) && heap->sharing;
}

/*
 * The address at an offset, which may be from a process: any number. It is in an extent
 * that is there, also where the processor only guesses that; or if there is none, the last
 * address, which no heap has.
 */
static unsigned long address_at(const struct xnheap *heap, size_t offset)
{
	unsigned long nr = offset / heap->extent_size;
	const struct xnheap_extent *ext;

	if (nr >= XNHEAP_MAX_EXTENTS)
		return ULONG_MAX;
	ext = &heap->extent[array_index_nospec(nr, XNHEAP_MAX_EXTENTS)];
	/* Pairs with extent_publish(): who finds the span finds the rest, without the lock */
	if (!smp_load_acquire(&ext->span))
		return ULONG_MAX;
	return ext->start + offset % heap->extent_size;
}

void *xnheap_at(struct xnheap *heap, size_t offset)
{
	unsigned long address;
	int ret;

	if (!is_shared(heap) || !heap_enter(heap, heap))
		return NULL;
	address = address_at(heap, offset);
	ret = owner_check(heap, address, OWNER_KERNEL);
	heap_unlock(heap);
	return ret ? NULL : (void *)address;
}
EXPORT_SYMBOL_GPL(xnheap_at);

/* The offset of a block, under the lock. */
static size_t offset_of(const struct xnheap *heap, unsigned long address)
{
	const struct xnheap_extent *ext = extent_find(heap, address);

	return address - ext->start + ext->nr * heap->extent_size;
}

/* Who has a block; NULL: the kernel. */
static struct owner *owner_at(const struct xnheap *heap, struct block block)
{
	return heap->sharing->owner[*owner_of(heap, block)];
}

/* A peer is known by its owner. */
static bool is_peer(const struct xnheap *heap, const struct owner *owner)
{
	return owner->device == heap->sharing->device;
}

void *xnheap_adopt(struct xnheap *heap, size_t offset, struct xnheap_peer *peer)
{
	struct owner *owner = (struct owner *)peer, *has;
	unsigned long address;
	struct block block;
	int ret;

	if (!is_shared(heap) || IS_ERR(owner) || (owner && !is_peer(heap, owner)))
		return ERR_PTR(-EINVAL);
	if (!heap_enter(heap, heap))
		return ERR_PTR(-EAGAIN);
	address = address_at(heap, offset);
	ret = owner_find(heap, address, &block);
	if (!ret) {
		has = owner_at(heap, block);
		/* Not by number: that of one that was closed may be another's now */
		if (has && (!owner || has == owner))
			owner_leave(heap, block);
		else
			ret = -EPERM;
	}
	heap_unlock(heap);
	return ret ? ERR_PTR(ret) : (void *)address;
}
EXPORT_SYMBOL_GPL(xnheap_adopt);

int xnheap_lend(struct xnheap *heap, void *at, struct xnheap_peer *peer)
{
	struct owner *owner = (struct owner *)peer;
	struct block block;
	int ret;

	if (!is_shared(heap) || IS_ERR_OR_NULL(owner) || !is_peer(heap, owner))
		return -EINVAL;
	if (!heap_enter(heap, heap))
		return -EAGAIN;
	ret = owner_find(heap, (unsigned long)at, &block);
	if (!ret)
		ret = owner_at(heap, block) ? -EPERM :
		      owner_take(heap, block, owner, owner_limit(heap));
	heap_unlock(heap);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_lend);

int xnheap_set_quota(struct xnheap *heap, size_t each, size_t all)
{
	if (!is_shared(heap))
		return -EINVAL;
	heap_lock(heap);
	WRITE_ONCE(heap->sharing->each, each);
	WRITE_ONCE(heap->sharing->all, all);
	heap_unlock(heap);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_set_quota);

int sharing_alloc(struct xnheap *heap, size_t size, size_t align, struct owner *owner,
		  size_t *offset)
{
	void *block;

	if (static_branch_unlikely(&xnheap_observe_key)) {
		block = xnheap_observer->alloc_owned(heap, size, align, owner, _RET_IP_);
		if (!IS_ERR(block))
			xnheap_offset(heap, block, offset, NULL);
		return PTR_ERR_OR_ZERO(block);
	}
	heap_lock(heap);
	path_enter(shared_alloc);
	block = owner_alloc(heap, size, align, owner) ?: ERR_PTR(-ENOMEM);
	if (!IS_ERR(block))
		*offset = offset_of(heap, (unsigned long)block);
	heap_unlock(heap);
	call_done_alloc(heap, block == ERR_PTR(-ENOMEM) && size <= XNHEAP_MAX_EXTENT_SIZE);
	return PTR_ERR_OR_ZERO(block);
}

noinline
static int free_owned(struct xnheap *heap, unsigned long address, struct owner *owner)
{
	int ret;

	if (static_branch_unlikely(&xnheap_observe_key))
		return xnheap_observer->free_owned(heap, (void *)address, owner, _RET_IP_);
	heap_lock(heap);
	path_enter(shared_free);
	ret = owner_free(heap, address, owner->nr, NULL);
	heap_unlock(heap);
	call_done(heap);
	return ret;
}

int sharing_free(struct xnheap *heap, size_t offset, struct owner *owner)
{
	return free_owned(heap, address_at(heap, offset), owner);
}

int sharing_query(struct xnheap *heap, size_t offset, size_t *bytes, u16 *owner)
{
	unsigned long address = address_at(heap, offset);
	struct block block;
	int ret;

	heap_lock(heap);
	ret = owner_find(heap, address, &block);
	if (!ret) {
		*bytes = block_size(heap, block);
		*owner = *owner_of(heap, block);
	}
	heap_unlock(heap);
	return ret ? -EINVAL : 0;
}

int sharing_locate(struct xnheap *heap, const void *at, size_t *offset, struct owner **owner)
{
	struct block block;
	int ret;

	if (!is_shared(heap))
		return -EINVAL;
	heap_lock(heap);
	ret = owner_find(heap, (unsigned long)at, &block);
	if (!ret) {
		*owner = owner_at(heap, block);
		*offset = offset_of(heap, (unsigned long)at);
	}
	heap_unlock(heap);
	return ret;
}

/* The largest request whose block takes no more than @bytes. */
static size_t largest_within(const struct xnheap *heap, size_t bytes)
{
	const struct xnheap_bucket *bucket;

	if (bytes > heap->small_max)
		return max_t(size_t, round_down(bytes, heap->page_mask + 1UL), heap->small_max);
	if (!bytes)
		return 0;
	bucket = bucket_of_size(heap, bytes);
	if (bucket->size <= bytes)
		return bytes;
	return bucket == heap->buckets ? 0 : bucket[-1].size;
}

size_t sharing_largest(struct xnheap *heap, const struct owner *owner)
{
	size_t largest, left;

	heap_lock(heap);
	path_enter(shared_largest);
	largest = heap_largest(heap);
	left = owner_left(heap, owner);
	heap_unlock(heap);
	return min(largest, largest_within(heap, left));
}

void sharing_open(struct xnheap *heap, struct owner *owner)
{
	heap_lock(heap);
	WRITE_ONCE(heap->sharing->owner[owner->nr], owner);
	heap_unlock(heap);
}

void sharing_close(struct xnheap *heap, struct owner *owner)
{
	heap_lock(heap);
	owner->closed = true;
	heap_unlock(heap);
}

/* False: it has none left. The kernel may adopt one just before it is freed. */
bool sharing_free_some(struct xnheap *heap, struct owner *owner, struct owner_walk *walk)
{
	bool more;

	heap_lock(heap);
	more = owner->blocks && owner_walk(heap, owner->nr, walk);
	heap_unlock(heap);
	if (more && walk->found)
		free_owned(heap, walk->found, owner);
	return more;
}

void sharing_forget(struct xnheap *heap, struct owner *owner)
{
	heap_lock(heap);
	WRITE_ONCE(heap->sharing->owner[owner->nr], NULL);
	heap_unlock(heap);
}

bool sharing_init(struct xnheap *heap, size_t window)
{
	heap->sharing = kvzalloc(sizeof(*heap->sharing), GFP_KERNEL);
	if (!heap->sharing)
		return false;
	heap->sharing->window = window;
	return true;
}
