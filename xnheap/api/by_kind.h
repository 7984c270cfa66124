/* SPDX-License-Identifier: GPL-2.0 */
/* What the calls for blocks do unless the heap is plain: ask what kind of heap it is. */
#ifndef _XNHEAP_BY_KIND_H
#define _XNHEAP_BY_KIND_H

#include "api.h"

notrace __noendbr
void *by_kind_alloc(struct xnheap *heap, size_t size);
notrace __noendbr
void *by_kind_alloc_aligned(struct xnheap *heap, size_t size, size_t align);
notrace __noendbr
int by_kind_free(struct xnheap *heap, void *block);
notrace __noendbr
int by_kind_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block));
notrace __noendbr
int by_kind_check_block(struct xnheap *heap, void *block);

#endif
