/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 3: the calls while somebody looks on: a trace event is enabled, a
 * heap's latency or verbose is switched on, there is a debug heap, or KASAN.
 *
 * Else all of it costs a call one no-op.
 */
#ifndef _XNHEAP_WATCH_H
#define _XNHEAP_WATCH_H

#include <linux/jump_label.h>
#include <linux/kconfig.h>
#include <linux/xnheap.h>

DECLARE_STATIC_KEY_FALSE(watch_key);	/* counts what looks on */

static __always_inline bool watched(void)
{
	return IS_ENABLED(CONFIG_KASAN_GENERIC) ||
	       static_branch_unlikely(&watch_key);
}

void *watch_alloc(struct xnheap *heap, u_long size, u_long caller);
int watch_free(struct xnheap *heap, void *block, int (*ckfn)(void *block),
	       u_long caller);

unsigned int watch_flags(unsigned int flags);
int watch_begin(struct xnheap *heap);
void watch_extent(struct xnheap *heap, struct xnheap_extent *ext);
void watch_extended(struct xnheap *heap, u_long size, u_long caller);
void watch_grown(struct xnheap *heap, int error, u_long caller);
void watch_destroyed(struct xnheap *heap, u_long blocks, u_long caller);
void watch_end(struct xnheap *heap);
void watch_debugfs(struct xnheap *heap);

#endif
