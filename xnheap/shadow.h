/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 2: on KASAN kernels, tell KASAN which bytes of a heap may be touched:
 * those of allocated blocks, as many as were asked for.
 *
 * When it reports another one, the heap says which block that was. On other
 * kernels all of this is nothing.
 */
#ifndef _XNHEAP_SHADOW_H
#define _XNHEAP_SHADOW_H

#include <linux/xnheap.h>

#ifdef CONFIG_KASAN_GENERIC

int shadow_init(void);
void shadow_exit(void);
void shadow_begin(struct xnheap *heap);
void shadow_extent(struct xnheap *heap, const struct xnheap_extent *ext);
void shadow_give(const void *block, u_long size, u_long given);
void shadow_take(const void *block, u_long given);
void shadow_end(struct xnheap *heap);
bool shadow_describe(u_long address, char *text, size_t size);

#else

static inline int shadow_init(void) { return 0; }
static inline void shadow_exit(void) { }
static inline void shadow_begin(struct xnheap *heap) { }
static inline void shadow_extent(struct xnheap *heap,
				 const struct xnheap_extent *ext) { }
static inline void shadow_give(const void *block, u_long size,
			       u_long given) { }
static inline void shadow_take(const void *block, u_long given) { }
static inline void shadow_end(struct xnheap *heap) { }

#endif

#endif
