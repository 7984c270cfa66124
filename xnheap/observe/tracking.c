// SPDX-License-Identifier: GPL-2.0
/* Debug heaps: who has which block, and whether it was written where not. */

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "observe.h"

#define RED_BYTE	0xcc
#define POISON_BYTE	0x6b

#define LEAK_CALLERS	1000	/* more are shown as one */
#define SLICE		16	/* tracks read at once under the lock */

/* Bytes of the tracks for a page. */
size_t tracking_page_extra(unsigned int flags, size_t page_size)
{
	if (!(flags & XNHEAP_DEBUG))
		return 0;
	return page_size / TRACKING_SPAN * sizeof(struct track);
}

static size_t nr_tracks(const struct xnheap *heap,
			const struct xnheap_extent *ext)
{
	return ((size_t)ext->nr_pages << heap->page_shift) / TRACKING_SPAN;
}

void tracking_format(const struct xnheap *heap, struct xnheap_extent *ext)
{
	memset(tracks_of(heap, ext), 0, nr_tracks(heap, ext) * sizeof(struct track));
}

/* The track for the bytes at @address, which is in a page of the heap. */
static struct track *track_at(const struct xnheap *heap, unsigned long address)
{
	const struct xnheap_extent *ext = extent_find(heap, address);

	return tracks_of(heap, ext) + (address - ext->base) / TRACKING_SPAN;
}

static bool is_filled(const void *at, size_t bytes, int byte)
{
	return !memchr_inv(at, byte, bytes);
}

static size_t poisoned(size_t given)
{
	return min_t(size_t, given, POISON_MAX);
}

static size_t red_zone(size_t size, size_t given)
{
	return min_t(size_t, given - size, RED_ZONE_MAX);
}

static void track_fill(struct track *track, size_t size, unsigned long caller)
{
	track->caller = caller;
	track->time = local_clock();
	track->size = size;
	track->cpu = raw_smp_processor_id();
}

/*
 * A block was allocated. True if it was written to since it was freed; @stale
 * is then what is known of that.
 *
 * Poison is known of whole spans. All that an owner may have written over is
 * poison again once it is free, so spans need not be told of owners.
 */
bool tracking_alloc(struct xnheap *heap, u32 era, void *block, size_t size,
		    size_t given, unsigned long caller, struct track *stale)
{
	unsigned long start = (unsigned long)block;
	unsigned long end = start + poisoned(given);
	unsigned long at = ALIGN(start, TRACKING_SPAN);
	struct track *track = track_at(heap, start);
	struct track *span = track + (at > start);
	bool found = false;

	for (; at + TRACKING_SPAN <= end && !found;
	     at += TRACKING_SPAN, span++) {
		found = span->era == era &&
			!is_filled((void *)at, TRACKING_SPAN, POISON_BYTE);
		if (found)
			*stale = *span;
	}
	memset(block + size, RED_BYTE, red_zone(size, given));
	track_fill(track, size, caller);
	track->live = true;
	return found;
}

/*
 * A block was freed; @track is what was known of it. True if it was written to
 * after its end.
 *
 * Of a block larger than what is poisoned, the rest may hold stale poison that
 * its owner wrote over. A new era makes all poison before it void.
 */
bool tracking_free(struct xnheap *heap, u32 *era, void *block, size_t given,
		   unsigned long caller, struct track *track)
{
	unsigned long start = (unsigned long)block;
	unsigned long end = start + poisoned(given);
	unsigned long at = ALIGN(start, TRACKING_SPAN);
	struct track *span = track_at(heap, start);
	bool overrun;

	*track = *span;
	overrun = !is_filled(block + track->size, red_zone(track->size, given),
			     RED_BYTE);
	if (given > POISON_MAX && !++*era)
		++*era;
	memset(block, POISON_BYTE, poisoned(given));
	span->live = false;
	track_fill(span, track->size, caller);
	for (span += at > start; at + TRACKING_SPAN <= end;
	     at += TRACKING_SPAN, span++) {
		track_fill(span, track->size, caller);
		span->era = *era;
	}
	return overrun;
}

/* Live blocks among SLICE tracks. */
struct slice {
	unsigned int nr;
	struct { unsigned long caller; size_t size; } block[SLICE];
};

/*
 * Note the live blocks of the next tracks of an extent, under the lock; false
 * if there are none left.
 */
static bool slice_read(struct xnheap *heap, struct slice *slice,
		       unsigned int nr, size_t from)
{
	const struct xnheap_extent *ext = &heap->extent[nr];
	const struct track *track = tracks_of(heap, ext);
	size_t to;

	slice->nr = 0;
	if (!ext->span)			/* not published yet */
		return false;
	to = min(from + SLICE, nr_tracks(heap, ext));
	for (; from < to; from++) {
		if (!track[from].live)
			continue;
		slice->block[slice->nr].caller = track[from].caller;
		slice->block[slice->nr++].size = track[from].size;
	}
	return to < nr_tracks(heap, ext);
}

/* The entry of a caller; the last one is for all that there is no room for. */
static struct leak *leak_of(struct leaks *leaks, unsigned long caller)
{
	unsigned int i;

	for (i = 0; i < leaks->nr; i++)
		if (leaks->leak[i].caller == caller)
			return &leaks->leak[i];
	if (i == LEAK_CALLERS)
		return &leaks->leak[i - 1];
	leaks->leak[i].caller = i < LEAK_CALLERS - 1 ? caller : 0;
	return &leaks->leak[leaks->nr++];
}

static void leak_add(struct leaks *leaks, const struct slice *slice)
{
	struct leak *leak;
	unsigned int i;

	for (i = 0; i < slice->nr; i++) {
		leak = leak_of(leaks, slice->block[i].caller);
		leak->blocks++;
		leak->bytes += slice->block[i].size;
		leaks->blocks++;
	}
}

static int leak_cmp(const void *a, const void *b)
{
	const struct leak *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

/*
 * Who has blocks of a debug heap: to be freed by kvfree(), or ERR_PTR(): of
 * -ENOMEM, of -EINTR by a fatal signal, or of what @stop says, which is asked at
 * each slice unless it is NULL. On a heap at work, blocks that come and go
 * meanwhile may be missing. Context: task.
 */
struct leaks *tracking_leaks(struct xnheap *heap, int (*stop)(struct xnheap *heap))
{
	struct slice slice;
	struct leaks *leaks;
	unsigned int nr;
	size_t from;
	bool more;
	int ret;

	leaks = kvzalloc(struct_size(leaks, leak, LEAK_CALLERS),
			 GFP_KERNEL);
	if (!leaks)
		return ERR_PTR(-ENOMEM);
	for (nr = 0; nr < READ_ONCE(heap->nr_extents); nr++) {
		from = 0;
		do {
			heap_lock(heap);
			more = slice_read(heap, &slice, nr, from);
			heap_unlock(heap);
			leak_add(leaks, &slice);
			from += SLICE;
			cond_resched();
			ret = fatal_signal_pending(current) ? -EINTR :
			      stop ? stop(heap) : 0;
			if (ret) {
				kvfree(leaks);
				return ERR_PTR(ret);
			}
		} while (more);
	}
	sort(leaks->leak, leaks->nr, sizeof(*leaks->leak), leak_cmp, NULL);
	return leaks;
}
