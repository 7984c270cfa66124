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
 * Whether what is allocated now was written to since it was freed; @stale is then
 * what is known of that.
 *
 * Poison is known of whole spans. All that an owner may have written over is
 * poison again once it is free, so spans need not be told of owners.
 */
static bool is_stale(struct xnheap *heap, u32 era, unsigned long start, size_t given,
		     struct track *stale)
{
	unsigned long end = start + poisoned(given);
	unsigned long at = ALIGN(start, TRACKING_SPAN);
	struct track *span = track_at(heap, start) + (at > start);
	bool found = false;

	for (; at + TRACKING_SPAN <= end && !found;
	     at += TRACKING_SPAN, span++) {
		found = span->era == era &&
			!is_filled((void *)at, TRACKING_SPAN, POISON_BYTE);
		if (found)
			*stale = *span;
	}
	return found;
}

/* Note who has a block now, of which the bytes after @size are not his. */
static void own(struct track *track, void *block, size_t size, size_t given,
		unsigned long caller)
{
	memset(block + size, RED_BYTE, red_zone(size, given));
	track_fill(track, size, caller);
	track->live = true;
}

static bool is_overrun(const struct track *track, const void *block, size_t given)
{
	return !is_filled(block + track->size, red_zone(track->size, given), RED_BYTE);
}

/*
 * Poison what is free now, of a block of @size bytes.
 *
 * Where that is more than what is poisoned, the rest may hold stale poison that
 * its owner wrote over. A new era makes all poison before it void.
 */
static void poison(struct xnheap *heap, u32 *era, unsigned long start, size_t given,
		   size_t size, unsigned long caller)
{
	unsigned long end = start + poisoned(given);
	unsigned long at = ALIGN(start, TRACKING_SPAN);
	struct track *span = track_at(heap, start);

	if (given > POISON_MAX && !++*era)
		++*era;
	memset((void *)start, POISON_BYTE, poisoned(given));
	span->live = false;
	track_fill(span, size, caller);
	for (span += at > start; at + TRACKING_SPAN <= end;
	     at += TRACKING_SPAN, span++) {
		track_fill(span, size, caller);
		span->era = *era;
	}
}

/*
 * A block was allocated. True if it was written to since it was freed; @stale
 * is then what is known of that.
 */
bool tracking_alloc(struct xnheap *heap, u32 era, void *block, size_t size,
		    size_t given, unsigned long caller, struct track *stale)
{
	unsigned long start = (unsigned long)block;
	bool found = is_stale(heap, era, start, given, stale);

	own(track_at(heap, start), block, size, given, caller);
	return found;
}

/*
 * A block was freed; @track is what was known of it. True if it was written to
 * after its end.
 */
bool tracking_free(struct xnheap *heap, u32 *era, void *block, size_t given,
		   unsigned long caller, struct track *track)
{
	unsigned long start = (unsigned long)block;
	bool overrun;

	*track = *track_at(heap, start);
	/* One that waited was looked at when that began, by who is to be told of */
	overrun = track->live && is_overrun(track, block, given);
	poison(heap, era, start, given, track->size, track->live ? caller : track->caller);
	return overrun;
}

/* A block is no longer its owner's, and waits to be freed; else as tracking_free(). */
bool tracking_defer(struct xnheap *heap, void *block, size_t given,
		    unsigned long caller, struct track *track)
{
	struct track *of = track_at(heap, (unsigned long)block);

	*track = *of;
	track_fill(of, track->size, caller);
	of->live = false;
	return is_overrun(track, block, given);
}

/* Bytes that were asked for of a live block. */
size_t tracking_asked(const struct xnheap *heap, const void *block)
{
	return track_at(heap, (unsigned long)block)->size;
}

/*
 * A block that took @had bytes takes @given now, where it is. @track is what was
 * known of it: true if it was written to after its end.
 */
bool tracking_resize(struct xnheap *heap, u32 *era, void *block, size_t size,
		     size_t had, size_t given, unsigned long caller, struct track *track)
{
	unsigned long start = (unsigned long)block;
	bool overrun;

	*track = *track_at(heap, start);
	overrun = is_overrun(track, block, had);
	if (given < had)
		poison(heap, era, start + given, had - given, track->size, caller);
	own(track_at(heap, start), block, size, given, caller);
	return overrun;
}

/* As of tracking_alloc(), of what such a block got in addition. */
bool tracking_grown(struct xnheap *heap, u32 era, void *block, size_t had,
		    size_t given, struct track *stale)
{
	return given > had &&
	       is_stale(heap, era, (unsigned long)block + had, given - had, stale);
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
