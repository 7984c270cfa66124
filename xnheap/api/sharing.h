/* SPDX-License-Identifier: GPL-2.0 */
/* Heaps that are shared with processes: what user/ asks for them. */
#ifndef _XNHEAP_SHARING_H
#define _XNHEAP_SHARING_H

#include "../core/owner.h"
#include "api.h"

/* Before the heap has an extent; false: there is no memory. */
bool sharing_init(struct xnheap *heap, size_t window);

/* A block for an owner: its offset; or -EDQUOT, -ENOMEM. */
int sharing_alloc(struct xnheap *heap, size_t size, size_t align, struct owner *owner,
		  size_t *offset);
/* As xnheap_free(), an owner's block. */
int sharing_free(struct xnheap *heap, size_t offset, struct owner *owner);
/* The largest request for which there is a block now, and that is not too much. */
size_t sharing_largest(struct xnheap *heap, const struct owner *owner);
/* The bytes of a live block, and its owner; or -EINVAL. */
int sharing_query(struct xnheap *heap, size_t offset, size_t *bytes, u16 *owner);

/* Where a live block starts; -EINVAL and -EFAULT: as of a free that is refused. */
int sharing_locate(struct xnheap *heap, const void *block, size_t *offset,
		   struct owner **owner);

/* An owner has a number from now on; it gets no more blocks; frees all; has none any more. */
void sharing_open(struct xnheap *heap, struct owner *owner);
void sharing_close(struct xnheap *heap, struct owner *owner);
bool sharing_free_some(struct xnheap *heap, struct owner *owner, struct owner_walk *walk);
void sharing_forget(struct xnheap *heap, struct owner *owner);

#endif
