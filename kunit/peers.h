/* SPDX-License-Identifier: GPL-2.0 */
/* Heaps that are shared with processes, and those who act as such, without a file. */
#ifndef _KUNIT_PEERS_H
#define _KUNIT_PEERS_H

#include <linux/err.h>

#include "api/sharing.h"
#include "kunit_xnheap.h"

static inline void shared_gone(void *heap)
{
	xnheap_delete(heap);
}

static inline struct xnheap *make_shared(struct kunit *test, size_t size, size_t page_size,
					 unsigned int flags, size_t window)
{
	struct xnheap *heap = xnheap_create_shared("shared-test", size, page_size, flags,
						   window);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(heap), "%ld", PTR_ERR(heap));
	undo_later(test, shared_gone, heap);
	return heap;
}

/* As a file that is open. */
static inline struct owner *open_as(struct kunit *test, struct xnheap *heap, u16 nr)
{
	struct owner *owner = kunit_kzalloc(test, sizeof(*owner), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, owner);
	owner->nr = nr;
	owner->device = heap->sharing->device;
	sharing_open(heap, owner);
	return owner;
}

static inline struct xnheap_peer *peer_of(struct owner *owner)
{
	return (struct xnheap_peer *)owner;
}

static inline unsigned int close_as(struct xnheap *heap, struct owner *owner)
{
	struct owner_walk walk = { };
	unsigned int slices = 0;

	sharing_close(heap, owner);
	while (sharing_free_some(heap, owner, &walk))
		slices++;
	sharing_forget(heap, owner);
	return slices;
}

static inline u_long offset_of(struct xnheap *heap, const void *block)
{
	size_t offset = SIZE_MAX;

	xnheap_offset(heap, block, &offset, NULL);
	return offset;
}

/* A block, or ERR_PTR(). */
static inline u8 *try_alloc_as(struct xnheap *heap, struct owner *owner, u_long size)
{
	size_t offset;
	int ret = sharing_alloc(heap, size, 1, owner, &offset);

	return ret ? ERR_PTR(ret) : (u8 *)heap->extent[offset / heap->extent_size].start +
				    offset % heap->extent_size;
}

static inline u8 *alloc_as(struct kunit *test, struct xnheap *heap, struct owner *owner,
			   u_long size)
{
	u8 *block = try_alloc_as(heap, owner, size);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(block), "%lu bytes: %ld", size, PTR_ERR(block));
	return block;
}

#endif
