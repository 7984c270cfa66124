// SPDX-License-Identifier: GPL-2.0
/* The invariants of a heap: the entries of its page maps. */

#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "owner.h"
#include "size_class.h"
#include "validation.h"
#include "wait.h"

/* Whether @page is an entry of a page map at all. The proof has its own. */
#ifndef validate_is_entry
bool validate_is_entry(const struct validation *v,
		       const struct xnheap_page *page)
{
	const struct xnheap *heap = v->heap;
	const struct xnheap_extent *ext;
	size_t offset;
	u32 i;

	for (i = 0; i < heap->nr_extents; i++) {
		ext = &heap->extent[i];
		offset = (unsigned long)page - (unsigned long)ext->map;
		if (ext->span && offset < ext->nr_pages * (size_t)heap->page_stride)
			return offset % heap->page_stride == 0;
	}
	return false;
}
#endif

/* Two that follow each other in a list; each may be its head. */
void validate_link(struct validation *v, const struct list_head *a,
		   const struct list_head *b)
{
	if (SOUND(v, a && b))
		SOUND(v, a->next == b && b->prev == a);
}

/* A bin for each length up to 31 pages, then 16 for each doubling. */
static u32 bin_by_counting(u32 pages)
{
	u32 bin = min(pages, 32U), from = 32, width = 2;

	while (pages >= from + width) {
		bin++;
		from += width;
		if (is_power_of_2(from))
			width *= 2;
	}
	return bin;
}

/* In how many sets a block waits. */
static u32 count_waits(struct validation *v, const struct xnheap_page *page, u32 bit)
{
	const struct wait_word *word = wait_words(v->heap, page) + bit / BITS_PER_LONG;
	u32 set, n = 0;

	for (set = 0; v->heap->waiting && set < NR_WAIT_SETS; set++)
		n += atomic_long_read(&word->set[set].bits) >> bit % BITS_PER_LONG & 1;
	SOUND(v, !n || READ_ONCE(word->page) == page);
	return n;
}

/*
 * Live blocks, and those that wait, are such as have left their run, whose first page is
 * @run; it is NULL for page blocks. None is both.
 */
static void check_live(struct validation *v, const struct xnheap_page *page,
		       const struct xnheap_page *run, u32 distance)
{
	const unsigned long *live = (void *)page + v->heap->live_offset;
	u32 page_size = v->heap->page_mask + 1, bit, bytes, waits;
	const struct xnheap_bucket *bucket;

	if (!(v->heap->flags & (XNHEAP_PERCPU | XNHEAP_DEFER)))
		return;
	for (bit = 0; bit < page_size / PERCPU_MIN_BLOCK; bit++) {
		waits = count_waits(v, page, bit);
		/* It may have begun to wait just now */
		smp_rmb();
		if (!waits && !test_bit(bit, live))
			continue;
		SOUND(v, waits + test_bit(bit, live) <= 1);
		v->waiting += waits;
		if (!run) {
			SOUND(v, page->type == PAGE_BLOCK && !bit);
			continue;
		}
		bucket = bucket_of_run(v->heap, run);
		bytes = distance * page_size + bit * PERCPU_MIN_BLOCK;
		/* None that a CPU could claim is of a reservation */
		SOUND(v, bucket - v->heap->buckets < v->heap->nr_buckets);
		SOUND(v, bytes % bucket->size == 0);
		SOUND(v, test_bit(bytes / bucket->size, run->bits + bucket->summary));
	}
}

/* Whose the blocks of @page are, one in each bit of @bits; of none, no more than the first. */
static void check_owners(struct validation *v, const struct xnheap_page *page,
			 const unsigned long *bits, u32 blocks, size_t size)
{
	const struct xnheap *heap = v->heap;
	const u16 *owner = (void *)page + heap->owner_offset;
	u32 i, n = (heap->page_stride - heap->owner_offset) / sizeof(*owner);

	if (!heap->sharing)
		return;
	for (i = 0; i < n; i++) {
		if (!owner[i])
			continue;
		if (!SOUND(v, i < blocks && (!bits || test_bit(i, bits))))
			return;
		SOUND(v, owner[i] <= XNHEAP_MAX_PEERS && heap->sharing->owner[owner[i]]);
		v->owned += size;
		v->owned_blocks++;
	}
}

static bool no_bits(const struct validation *v, const struct xnheap_page *page)
{
	return bitmap_empty(page->bits, entry_words(v) * BITS_PER_LONG);
}

/*
 * A neighbour of @page in a list must be its head or one that belongs there,
 * too. So whatever a list leads to is seen, by itself or by its neighbour.
 */
static void check_listed(struct validation *v, const struct list_head *head,
			 const struct xnheap_page *page,
			 const struct list_head *neighbour)
{
	const struct xnheap_page *other =
		list_entry(neighbour, struct xnheap_page, list);

	if (neighbour != head && !SOUND(v, validate_is_entry(v, other)))
		return;
	if (neighbour == page->list.next)
		validate_link(v, &page->list, neighbour);
	else
		validate_link(v, neighbour, &page->list);
	if (neighbour == head)
		return;
	if (page->type == PAGE_FREE)
		SOUND(v, other->type == PAGE_FREE && other->bin == page->bin);
	else
		SOUND(v, is_queued(bucket_of_run(v->heap, page), other));
}

static void check_range(struct validation *v, const struct xnheap_extent *ext,
			u32 p, const struct xnheap_page *page)
{
	const struct list_head *head = &v->heap->bins[page->bin].list;
	const struct xnheap_page *last;
	u32 pages = page->count;

	if (!SOUND(v, pages > 0 && pages <= ext->nr_pages - p))
		return;
	last = entry_of(v, ext, p + pages - 1);
	SOUND(v, last->type == PAGE_FREE);
	SOUND(v, last->count == page->count);
	/* Ranges that touch have merged */
	SOUND(v, entry_of(v, ext, p - 1L)->type != PAGE_FREE);
	SOUND(v, entry_of(v, ext, p + pages)->type != PAGE_FREE);
	SOUND(v, page->bin == bin_by_counting(pages));
	check_listed(v, head, page, page->list.next);
	check_listed(v, head, page, page->list.prev);
	v->free_pages += pages;
	v->unit_end = p + pages;
}

static void check_page_block(struct validation *v,
			     const struct xnheap_extent *ext, u32 p,
			     const struct xnheap_page *page)
{
	u32 pages = page->count;

	if (!SOUND(v, pages > 0 && pages <= ext->nr_pages - p))
		return;
	SOUND(v, pages == 1 || entry_of(v, ext, p + pages - 1)->type == PAGE_LAST);
	check_owners(v, page, NULL, 1, (size_t)pages * (v->heap->page_mask + 1));
	v->page_blocks++;
	v->page_block_pages += pages;
	v->used += (size_t)pages * (v->heap->page_mask + 1);
	v->unit_end = p + pages;
}

/* The words of a run's bitmap, of those that have more than one. */
static void check_words(struct validation *v,
			const struct xnheap_bucket *bucket,
			const struct xnheap_page *run)
{
	u32 words = DIV_ROUND_UP(bucket->blocks, BITS_PER_LONG), i;
	const unsigned long *bits = run->bits + 1;
	bool at_cursor, marked;

	SOUND(v, words == BITS_PER_LONG || !(run->bits[0] >> words));
	for (i = 0; i < words; i++) {
		at_cursor = run == bucket->run && &bits[i] == bucket->cursor;
		marked = run->bits[0] >> i & 1;
		/* The word at the cursor is marked no later than it is left */
		SOUND(v, at_cursor ? !marked || !~bits[i] :
				     marked == !~bits[i]);
	}
}

/* Where a run stands in its bucket: current, queued, or full. */
static void check_standing(struct validation *v,
			   const struct xnheap_bucket *bucket,
			   const struct xnheap_page *run, unsigned long start)
{
	const unsigned long *bits = run->bits + (run->type != PAGE_RUN_WORD);
	u32 word;

	if (run == bucket->run) {
		word = bucket->cursor - bits;
		SOUND(v, run->count >= 0);
		SOUND(v, word * BITS_PER_LONG < bucket->blocks);
		SOUND(v, bucket->address == start + (size_t)word *
			 BITS_PER_LONG * bucket->size);
		return;
	}
	if (run->count < 0)
		return;
	check_listed(v, &bucket->queue, run, run->list.next);
	check_listed(v, &bucket->queue, run, run->list.prev);
}

static void check_run(struct validation *v, const struct xnheap_extent *ext,
		      u32 p, const struct xnheap_page *run)
{
	const struct xnheap *heap = v->heap;
	const struct xnheap_bucket *bucket;
	const struct xnheap_page *page;
	u32 nr = run->bucket / sizeof(*bucket), i, used, words, pages;
	const struct reservation *r;
	const unsigned long *bits;

	if (!SOUND(v, run->bucket % sizeof(*bucket) == 0) ||
	    !SOUND(v, nr < bucket_count(heap)))
		return;
	bucket = &heap->buckets[nr];
	pages = run_pages(heap, bucket);
	if (!SOUND(v, run->type == bucket->type) ||
	    !SOUND(v, pages && pages <= ext->nr_pages - p))
		return;
	words = DIV_ROUND_UP(bucket->blocks, BITS_PER_LONG);
	bits = run->bits + (words > 1);
	used = bitmap_weight(bits, bucket->blocks);
	r = reservation_at(heap, nr);
	SOUND(v, used > 0 || (r && (r->handle || r->busy)));
	SOUND(v, run->count == (int)(bucket->blocks - used) - 1);
	/* Bits that no block has: set in a last word of many, else clear */
	for (i = bucket->blocks; i < words * BITS_PER_LONG; i++)
		SOUND(v, (bits[i / BITS_PER_LONG] >> (i % BITS_PER_LONG) & 1) ==
			 (words > 1));
	for (i = (words > 1) + words; i < entry_words(v); i++)
		SOUND(v, !run->bits[i]);
	if (words > 1)
		check_words(v, bucket, run);
	for (i = 1; i < bucket->pages; i++) {
		page = entry_of(v, ext, p + i);
		SOUND(v, page->type == PAGE_RUN_TAIL && page->distance == i);
		check_live(v, page, run, i);
	}
	check_live(v, run, run, 0);
	check_owners(v, run, bits, bucket->blocks, bucket->size);
	check_standing(v, bucket, run,
		       ext->base + ((size_t)p << heap->page_shift));
	v->runs[nr]++;
	v->blocks[nr] += used;
	v->used += (size_t)used * bucket->size;
	if (bucket->blocks == 1 && pages > 1)
		SOUND(v, entry_of(v, ext, p + pages - 1)->type == PAGE_LAST);
	v->unit_end = p + pages;
}

/* Of entries that look like a part of a free range, heads are in a list. */
static bool heads_range(const struct validation *v,
			const struct xnheap_page *page)
{
	const struct list_head *prev = page->list.prev;

	if (page->bin >= v->heap->nr_bins)
		return false;
	if (prev != &v->heap->bins[page->bin].list &&
	    !validate_is_entry(v, list_entry(prev, struct xnheap_page, list)))
		return false;
	return prev->next == &page->list;
}

/* Check the entry of page @p, and the range, run or block that it heads. */
void validate_entry(struct validation *v, const struct xnheap_extent *ext,
		    u32 p)
{
	const struct xnheap_page *page = entry_of(v, ext, p);
	bool run = page->type >= PAGE_RUN_PARTIAL;
	bool range = page->type == PAGE_FREE && heads_range(v, page);
	bool head = run || range || page->type == PAGE_BLOCK;
	bool due = p == v->unit_end;

	SOUND(v, page->type <= PAGE_RUN_WORD);
	SOUND(v, page->extent == ext->nr);
	SOUND(v, run || no_bits(v, page));
	if (!run && page->type != PAGE_BLOCK)
		check_owners(v, page, NULL, 0, 0);
	/* One begins exactly where the one before ends */
	if (head != due) {
		v->overlap = head ? "what begins here lies in another" :
				    "this page belongs to nothing";
		if (v->unit_read)
			validate_note(v, false, v->overlap);
	}
	if (run)
		check_run(v, ext, p, page);
	else if (page->type != PAGE_RUN_TAIL)
		check_live(v, page, NULL, 0);
	if (range)
		check_range(v, ext, p, page);
	else if (page->type == PAGE_BLOCK)
		check_page_block(v, ext, p, page);
	v->unit_read |= head;
}
