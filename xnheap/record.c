// SPDX-License-Identifier: GPL-2.0
/* Debug heaps: who has which block, and whether it was written where not. */

#include <linux/minmax.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "extent.h"
#include "heap.h"
#include "kunit.h"
#include "record.h"

#define RED_BYTE	0xcc
#define POISON_BYTE	0x6b

#define LEAK_CALLERS	1000	/* more are shown as one */
#define SLICE		16	/* records read at once under the lock */

/* Bytes of the records for a page. */
u_long record_bytes(unsigned int options, u_long page_size)
{
	if (!(options & XNHEAP_DEBUG))
		return 0;
	return page_size / RECORD_SPAN * sizeof(struct xnheap_record);
}
EXPORT_SYMBOL_IF_KUNIT(record_bytes);

static struct xnheap_record *records(const struct xnheap_extent *ext)
{
	return (void *)(ext + 1);
}

static u_long nr_records(const struct xnheap *heap,
			 const struct xnheap_extent *ext)
{
	return ((u_long)ext->nr_pages << heap->page_shift) / RECORD_SPAN;
}

void record_format(const struct xnheap *heap, struct xnheap_extent *ext)
{
	memset(records(ext), 0,
	       nr_records(heap, ext) * sizeof(struct xnheap_record));
}

/* The record for the bytes at @address, which is in a page of the heap. */
static struct xnheap_record *record_at(const struct xnheap *heap,
				       u_long address)
{
	const struct xnheap_extent *ext = extent_find(heap, address)->extent;
	u_long first = ext->base + heap->page_mask + 1;

	return records(ext) + (address - first) / RECORD_SPAN;
}

static bool is_filled(const void *at, u_long bytes, int byte)
{
	return !memchr_inv(at, byte, bytes);
}

static u_long poisoned(u_long given)
{
	return min(given, POISON_MAX);
}

static u_long red_zone(u_long size, u_long given)
{
	return min(given - size, RED_ZONE_MAX);
}

static void record_fill(struct xnheap_record *record, u_long size,
			u_long caller)
{
	record->caller = caller;
	record->time = local_clock();
	record->size = size;
	record->cpu = raw_smp_processor_id();
}

/*
 * A block is handed out. True if it was written to since it was freed; @stale
 * is then what is known of that.
 *
 * Poison is known of whole spans. All that an owner may have written over is
 * poison again once it is free, so spans need not be told of owners.
 */
bool record_take(struct xnheap *heap, u32 era, void *block, u_long size,
		 u_long given, u_long caller, struct xnheap_record *stale)
{
	u_long start = (u_long)block, end = start + poisoned(given);
	u_long at = ALIGN(start, RECORD_SPAN);
	struct xnheap_record *record = record_at(heap, start);
	struct xnheap_record *span = record + (at > start);
	bool found = false;

	for (; at + RECORD_SPAN <= end && !found; at += RECORD_SPAN, span++) {
		found = span->era == era &&
			!is_filled((void *)at, RECORD_SPAN, POISON_BYTE);
		if (found)
			*stale = *span;
	}
	memset(block + size, RED_BYTE, red_zone(size, given));
	record_fill(record, size, caller);
	record->live = true;
	return found;
}

/*
 * A block was freed; @record is what was known of it. True if it was written to
 * behind its end.
 *
 * Of a block larger than what is poisoned, the rest may hold old poison that
 * its owner wrote over. A new era makes all old poison void.
 */
bool record_put(struct xnheap *heap, u32 *era, void *block, u_long given,
		u_long caller, struct xnheap_record *record)
{
	u_long start = (u_long)block, end = start + poisoned(given);
	u_long at = ALIGN(start, RECORD_SPAN);
	struct xnheap_record *span = record_at(heap, start);
	bool overrun;

	*record = *span;
	overrun = !is_filled(block + record->size, red_zone(record->size, given),
			     RED_BYTE);
	if (given > POISON_MAX && !++*era)
		++*era;
	memset(block, POISON_BYTE, poisoned(given));
	span->live = false;
	record_fill(span, record->size, caller);
	for (span += at > start; at + RECORD_SPAN <= end;
	     at += RECORD_SPAN, span++) {
		record_fill(span, record->size, caller);
		span->era = *era;
	}
	return overrun;
}

/* Live blocks among SLICE records. */
struct slice {
	unsigned int nr;
	struct { u_long caller; u_long size; } block[SLICE];
};

/*
 * Note the live blocks of the next records of an extent, under the lock; false
 * if there are none left.
 */
static bool slice_read(struct xnheap *heap, struct slice *slice,
		       unsigned int nr, u_long from)
{
	const struct xnheap_extent *ext = heap->extent[nr];
	const struct xnheap_record *record;
	u_long to;

	slice->nr = 0;
	if (!ext)			/* not published yet */
		return false;
	to = min(from + SLICE, nr_records(heap, ext));
	for (; from < to; from++) {
		record = records(ext) + from;
		if (!record->live)
			continue;
		slice->block[slice->nr].caller = record->caller;
		slice->block[slice->nr++].size = record->size;
	}
	return to < nr_records(heap, ext);
}

/* The entry of a caller; the last one is for all that there is no room for. */
static struct leak *leak_of(struct leaks *leaks, u_long caller)
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
 * Who has blocks of a debug heap: to be freed by kvfree(), NULL if there is no
 * memory for it. On a heap at work, blocks that come and go meanwhile may be
 * missing. Context: task.
 */
struct leaks *record_leaks(struct xnheap *heap)
{
	struct slice slice;
	struct leaks *leaks;
	unsigned int nr;
	u_long from;
	bool more;

	leaks = kvzalloc(struct_size(leaks, leak, LEAK_CALLERS),
			 GFP_KERNEL);
	if (!leaks)
		return NULL;
	for (nr = 0; nr < READ_ONCE(heap->nr_extents); nr++) {
		from = 0;
		do {
			heap_enter(heap);
			more = slice_read(heap, &slice, nr, from);
			heap_leave(heap);
			leak_add(leaks, &slice);
			from += SLICE;
			cond_resched();
		} while (more);
	}
	sort(leaks->leak, leaks->nr, sizeof(*leaks->leak), leak_cmp, NULL);
	return leaks;
}
EXPORT_SYMBOL_IF_KUNIT(record_leaks);
