// SPDX-License-Identifier: GPL-2.0
/* The invariants of a heap: its tables, slice by slice, and the sums. */

#include <linux/minmax.h>

#include "owner.h"
#include "validate.h"
#include "wait.h"

/* Of a heap with fine classes, one page in so many is kept back. */
#define RESERVE		32

static bool indexed(const struct xnheap_index *index, u32 i)
{
	return index->word[i / BITS_PER_LONG] >> (i % BITS_PER_LONG) & 1;
}

/*
 * Calls that changed something: if their number is the same, none came. How many blocks
 * wait, which goes up and down, is told apart from what only goes up.
 */
static u64 count_calls(const struct xnheap *heap)
{
	u64 calls = heap->page_block_allocs + heap->page_block_frees +
		    heap->nr_extents + heap->retired + heap->pages + heap->page_block_pages +
		    ((u64)wait_blocks(heap) << 32);
	u32 i;

	if (heap->reservations)
		calls += heap->reservations->steps;
	if (heap->sharing)
		calls += heap->sharing->passed;
	for (i = 0; i < bucket_count(heap); i++)
		calls += heap->buckets[i].allocs + heap->buckets[i].frees;
	return calls;
}

static void check_extent(struct validation *v, const struct xnheap_extent *ext,
			 unsigned long after)
{
	const struct xnheap *heap = v->heap;
	size_t page_size = heap->page_mask + 1UL;
	unsigned long map = (unsigned long)ext->map - heap->page_stride;
	unsigned long extra = map - ext->nr_pages * heap->page_extra;
	unsigned long map_end = map + (ext->nr_pages + 2UL) * heap->page_stride;

	SOUND(v, ext->start >= after);
	if (!ext->span)		/* not published yet */
		return;
	SOUND(v, ext->base % page_size == 0);
	SOUND(v, ext->span == ext->nr_pages * page_size);
	SOUND(v, ext->base >= ext->start);
	SOUND(v, ext->base + ext->span <= ext->start + ext->size);
	SOUND(v, map_end <= ext->base || extra >= ext->base + ext->span);
	SOUND(v, entry_of(v, ext, -1)->type == PAGE_LAST);
	SOUND(v, entry_of(v, ext, ext->nr_pages)->type == PAGE_LAST);
	if (ext->nr)
		return;
	SOUND(v, heap->first_base == ext->base);
	SOUND(v, heap->first_span == ext->span);
	SOUND(v, heap->first_map == ext->map);
}

/* Pages of reservations, until they end. */
static size_t count_reserved_pages(const struct xnheap *heap)
{
	size_t pages = 0;
	u32 i;

	for (i = heap->nr_buckets; i < bucket_count(heap); i++)
		if (reservation_at(heap, i)->handle)
			pages += heap->buckets[i].runs * run_pages(heap, &heap->buckets[i]);
	return pages;
}

/* Numbers in use. */
static u32 count_extents(const struct xnheap *heap)
{
	u32 i, n = 0;

	for (i = 0; i < heap->nr_extents; i++)
		n += heap->extent[i].size != 0;
	return n;
}

/* Whether nobody is about to let a block wait. */
static bool none_adding(const struct xnheap *heap)
{
	u32 set;

	for (set = 0; heap->waiting && set < NR_WAIT_SETS; set++)
		if (atomic_read(&heap->waiting->set[set].adding))
			return false;
	return true;
}

/* What was taken from a set's list has bits there. */
static void check_waiting(struct validation *v)
{
	const struct xnheap_waiting *waiting = v->heap->waiting;
	const struct llist_node *node;
	u32 set;

	SOUND(v, !waiting == !(v->heap->flags & XNHEAP_DEFER));
	for (set = 0; waiting && set < NR_WAIT_SETS; set++) {
		node = waiting->set[set].taken;
		SOUND(v, !node || atomic_long_read(&llist_entry(node, struct wait_bits,
								node)->bits));
	}
}

/* The tables of the heap, as far as they do not grow with it. */
static void check_tables(struct validation *v)
{
	const struct xnheap *heap = v->heap;
	const struct xnheap_extent *ext;
	unsigned long after = 0;
	u32 i;

	SOUND(v, heap->nr_extents && heap->nr_extents <= XNHEAP_MAX_EXTENTS);
	SOUND(v, heap->nr_sorted && count_extents(heap) == heap->nr_sorted);
	SOUND(v, heap->nr_bins <= XNHEAP_INDEX_BITS);
	SOUND(v, heap->nr_bins >= BITS_PER_LONG);	/* range_find_short() */
	/* Where a search ends */
	SOUND(v, indexed(&heap->range_index, heap->nr_bins));
	SOUND(v, indexed(&heap->bucket_index, heap->nr_buckets));
	SOUND(v, !heap->bins[heap->nr_bins].list.next);
	for (i = 0; i < XNHEAP_MAX_EXTENTS && !v->fault; i++) {
		if (i >= heap->nr_sorted) {
			SOUND(v, heap->by_address[i].key == ULONG_MAX);
			SOUND(v, heap->by_address[i].extent == heap->extent);
			continue;
		}
		ext = heap->by_address[i].extent;
		SOUND(v, ext->nr < heap->nr_extents);
		SOUND(v, ext == &heap->extent[ext->nr]);
		SOUND(v, heap->by_address[i].key == ext->start - 1);
		check_extent(v, ext, after);
		after = ext->start + ext->size;
		if (!ext->span)
			continue;
		v->size += ext->size;
		v->pages += ext->nr_pages;
	}
	SOUND(v, heap->size == v->size);
	SOUND(v, heap->pages == v->pages);
	SOUND(v, heap->scarce_below == (heap->flags & XNHEAP_FINE ?
				    max(v->pages / RESERVE, 1UL) : 1));
	SOUND(v, heap->reserved_pages == count_reserved_pages(heap));
	SOUND(v, heap->below_peak >= 0);
	SOUND(v, heap->peak >= heap->below_peak);
	check_waiting(v);
	v->size = 0;
	v->pages = 0;
	v->at_rest = none_adding(heap);
	v->calls = count_calls(heap);
}

static void check_bin(struct validation *v, u32 bin)
{
	const struct xnheap *heap = v->heap;
	const struct xnheap_page *head = &heap->bins[bin];

	SOUND(v, indexed(&heap->range_index, bin) == !list_empty(&head->list));
	SOUND(v, !head->count);
	if (list_empty(&head->list)) {
		SOUND(v, head->list.prev == &head->list);
		return;
	}
	validate_link(v, &head->list, head->list.next);
	validate_link(v, head->list.prev, &head->list);
}

/* A reservation and its bucket, which no search finds. */
static void check_reservation(struct validation *v, const struct reservation *r,
			      const struct xnheap_bucket *bucket)
{
	const struct xnheap *heap = v->heap;
	size_t out = bucket->allocs - bucket->frees;

	SOUND(v, bucket->nr > heap->nr_buckets);
	SOUND(v, !bucket->lifo);
	if (!r->handle) {
		SOUND(v, bucket->count_one_out == bucket->blocks - 2);
		SOUND(v, r->busy || !r->run);
		return;
	}
	/* Empty runs stay */
	SOUND(v, bucket->count_one_out == U32_MAX);
	SOUND(v, r->handle - (unsigned long)heap->reservations < RESERVATION_HANDLES);
	SOUND(v, r->handle % XNHEAP_MAX_RESERVATIONS == r - heap->reservations->of);
	SOUND(v, out <= r->blocks && r->lowest <= r->blocks - out);
	if (r->busy)
		return;
	SOUND(v, (size_t)bucket->runs * bucket->blocks >= r->blocks);
	SOUND(v, !r->run == (bucket->blocks > 1));
}

static void check_bucket(struct validation *v, u32 nr)
{
	const struct xnheap *heap = v->heap;
	const struct reservation *r = reservation_at(heap, nr);
	const struct xnheap_bucket *bucket = &heap->buckets[nr];
	const struct list_head *queue = &bucket->queue;
	const struct xnheap_page *run = bucket->run;
	bool words = bucket->blocks > BITS_PER_LONG;
	size_t span = run_pages(heap, bucket) * (heap->page_mask + 1UL);
	u32 last_word = DIV_ROUND_UP(bucket->blocks, BITS_PER_LONG);

	if (r && !bucket->blocks)	/* no reservation has had it yet */
		return;
	SOUND(v, bucket->place == nr * sizeof(*bucket));
	SOUND(v, bucket->blocks == span / bucket->size);
	SOUND(v, words == (bucket->type != PAGE_RUN_WORD));
	SOUND(v, words + last_word <= entry_words(v));
	if (r) {
		check_reservation(v, r, bucket);
	} else {
		SOUND(v, bucket->nr == nr && bucket->blocks > 1);
		SOUND(v, bucket->count_one_out == bucket->blocks - 2);
		SOUND(v, indexed(&heap->bucket_index, nr) == (run || !list_empty(queue)));
	}
	if (!run)
		SOUND(v, !~*bucket->cursor);
	else if (SOUND(v, validate_is_entry(v, run)))
		SOUND(v, run->type == bucket->type && run->bucket == bucket->place);
	validate_link(v, queue, queue->next);
	validate_link(v, queue->prev, queue);
}

/* The next entries of an extent; false if there are none left. */
static bool check_pages(struct validation *v)
{
	const struct xnheap_extent *ext = &v->heap->extent[v->extent];
	u32 i;

	if (v->extent >= v->heap->nr_extents)
		return false;
	v->unit_read = v->page == 0;
	if (v->page == 0)
		v->unit_end = 0;
	for (i = 0; i < VALIDATE_SLICE && ext->span && !v->fault; i++) {
		/* It may have been another when its last slice was read */
		if (v->page >= ext->nr_pages)
			break;
		validate_entry(v, ext, v->page);
		v->page += !v->fault;
	}
	if (!v->fault && (!ext->span || v->page >= ext->nr_pages)) {
		v->pages += ext->span ? ext->nr_pages : 0;
		v->size += ext->span ? ext->size : 0;
		v->extent++;
		v->page = 0;
	}
	return true;
}

static void check_sums(struct validation *v)
{
	const struct xnheap *heap = v->heap;
	const struct xnheap_bucket *bucket;
	u32 i;

	if (!v->at_rest || !none_adding(heap) || count_calls(heap) != v->calls)
		return;
	v->summed = true;
	validate_note(v, !v->overlap, v->overlap);
	SOUND(v, heap->page_block_allocs - heap->page_block_frees == v->page_blocks);
	SOUND(v, heap->page_block_pages == v->page_block_pages);
	SOUND(v, heap->free_pages == v->free_pages);
	SOUND(v, heap->pages == v->pages && heap->size == v->size);
	for (i = 0; i < bucket_count(heap); i++) {
		bucket = &heap->buckets[i];
		SOUND(v, bucket->runs == v->runs[i]);
		SOUND(v, bucket->allocs - bucket->frees == v->blocks[i]);
	}
	SOUND(v, heap->peak - heap->below_peak == v->used);
	SOUND(v, wait_blocks(heap) == v->waiting);
	SOUND(v, !heap->sharing || heap->sharing->bytes == v->owned);
	SOUND(v, !heap->sharing || heap->sharing->blocks == v->owned_blocks);
}

void validate_begin(struct validation *v, struct xnheap *heap)
{
	*v = (struct validation) { .heap = heap };
}

/* Check one thing after the other of at most @n, from v->at on. */
static void check_some(struct validation *v, u32 n,
		       void (*check)(struct validation *v, u32 i))
{
	u32 end = min(v->at + VALIDATE_SLICE, n);

	while (v->at < end && !v->fault)
		check(v, v->at++);
	if (v->at < n)
		return;
	v->phase++;
	v->at = 0;
}

/* The next slice, under the heap's lock; false if there is none. */
bool validate_slice(struct validation *v)
{
	switch (v->phase) {
	case VALIDATE_TABLES:
		check_tables(v);
		v->phase++;
		break;
	case VALIDATE_BINS:
		check_some(v, v->heap->nr_bins, check_bin);
		break;
	case VALIDATE_BUCKETS:
		check_some(v, bucket_count(v->heap), check_bucket);
		break;
	case VALIDATE_PAGES:
		if (!check_pages(v))
			v->phase++;
		break;
	case VALIDATE_SUMS:
		check_sums(v);
		v->phase++;
		break;
	case VALIDATE_DONE:
		break;
	}
	return !v->fault && v->phase != VALIDATE_DONE;
}
