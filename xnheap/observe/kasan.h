/* SPDX-License-Identifier: GPL-2.0 */
/*
 * On KASAN kernels, tell KASAN which bytes of a heap may be touched: those of
 * allocated blocks, as many as were asked for.
 *
 * When it reports another one, the heap says which block that was. On other
 * kernels all of this is nothing, and so it is for heaps of init_apart, whose
 * memory may have no shadow.
 */
#ifndef _XNHEAP_KASAN_H
#define _XNHEAP_KASAN_H

#include "observe.h"

#ifdef CONFIG_KASAN_GENERIC

int kasan_heap_init(void);
void kasan_heap_exit(void);
void kasan_heap_begin(struct xnheap *heap);
void kasan_heap_extent(const struct xnheap *heap,
		       const struct xnheap_extent *ext);
void kasan_heap_alloc(const struct xnheap *heap, const void *block,
		      size_t size, size_t given);
void kasan_heap_free(const struct xnheap *heap, const void *block,
		     size_t given);
size_t kasan_heap_asked(const struct xnheap *heap, const void *block,
			size_t given);
void kasan_heap_released(struct xnheap *heap, unsigned long start, size_t size);
void kasan_heap_end(struct xnheap *heap);
bool kasan_heap_describe(unsigned long address, char *text, size_t size);

#else

static inline int kasan_heap_init(void) { return 0; }
static inline void kasan_heap_exit(void) { }
static inline void kasan_heap_begin(struct xnheap *heap) { }
static inline void kasan_heap_extent(const struct xnheap *heap,
				     const struct xnheap_extent *ext) { }
static inline void kasan_heap_alloc(const struct xnheap *heap,
				    const void *block, size_t size,
				    size_t given) { }
static inline void kasan_heap_free(const struct xnheap *heap,
				   const void *block, size_t given) { }
static inline size_t kasan_heap_asked(const struct xnheap *heap,
				      const void *block, size_t given)
{
	return given;
}

static inline void kasan_heap_released(struct xnheap *heap, unsigned long start,
				       size_t size) { }
static inline void kasan_heap_end(struct xnheap *heap) { }

#endif

#endif
