/* SPDX-License-Identifier: GPL-2.0 */
/* The calls for blocks, on any heap but a plain one, or on what is no heap. */
#ifndef _XNHEAP_PERCPU_H
#define _XNHEAP_PERCPU_H

#include "api.h"

notrace __noendbr
void *percpu_alloc(struct xnheap *heap, size_t size);
notrace __noendbr
void *percpu_alloc_aligned(struct xnheap *heap, size_t size, size_t align);
notrace __noendbr
int percpu_free(struct xnheap *heap, void *block);
notrace __noendbr
int percpu_test_and_free(struct xnheap *heap, void *block, int (*ckfn)(void *block));
notrace __noendbr
int percpu_check_block(struct xnheap *heap, void *block);

#endif
