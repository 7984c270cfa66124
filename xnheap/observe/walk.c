// SPDX-License-Identifier: GPL-2.0
/*
 * Walking through the page maps of a heap at work.
 *
 * While the lock is let go, the page that comes next may have become an inner
 * page of a range or a page block, whose entry is stale. That can be told:
 *
 * - PAGE_BLOCK and the types of a run's first page are never stale;
 * - a PAGE_RUN_TAIL is stale exactly if it leads to no run, or to one that is
 *   too short;
 * - a PAGE_FREE begins a range exactly if it is in a list.
 *
 * From an inner page the walk goes on entry by entry until it meets one of
 * these. The page before that is the last of a range or of a page block, and
 * marked as such.
 */

#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "walk.h"

/* Where links may lead, of a heap that gave extents back; and when that was so. */
struct walk_maps {
	u32 retired;
	u32 nr;
	struct walk_map {
		unsigned long start, end;
	} map[XNHEAP_MAX_EXTENTS];
};

static int map_compare(const void *a, const void *b)
{
	const struct walk_map *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

static void maps_read(const struct xnheap *heap, struct walk_maps *maps)
{
	const struct xnheap_extent *ext;
	unsigned int seq;
	unsigned long at;

	do {
		seq = read_seqcount_begin(&heap->extents_seq);
		maps->retired = READ_ONCE(heap->retired);
		for (maps->nr = 0; maps->nr < READ_ONCE(heap->nr_sorted); maps->nr++) {
			ext = READ_ONCE(heap->by_address[maps->nr].extent);
			at = (unsigned long)READ_ONCE(ext->map);
			maps->map[maps->nr] = (struct walk_map) {
				.start = at,
				.end = at + (unsigned long)READ_ONCE(ext->nr_pages) *
					    heap->page_stride,
			};
		}
	} while (read_seqcount_retry(&heap->extents_seq, seq));
	sort(maps->map, maps->nr, sizeof(maps->map[0]), map_compare, NULL);
}

/* Whether what is known of the maps is so yet; that is no matter where none went. */
static bool maps_known(const struct xnheap *heap)
{
	const struct walk_maps *maps = heap->observed->maps;

	return !heap->retired ||
	       (maps && maps->retired == heap->retired && maps->nr == heap->nr_sorted);
}

/* Learn where the page maps are: most of that without the lock. */
static int maps_learn(struct xnheap *heap)
{
	struct walk_maps *maps = kmalloc(sizeof(*maps), GFP_KERNEL);

	if (!maps)
		return -ENOMEM;
	maps_read(heap, maps);
	heap_lock(heap);
	swap(heap->observed->maps, maps);
	heap_unlock(heap);
	kfree(maps);
	return 0;
}

/* Whether a link that may be stale leads to where it can be read. */
static bool leads_on(const struct xnheap *heap, const struct list_head *link)
{
	const struct walk_maps *maps = heap->observed->maps;
	unsigned long at = (unsigned long)link;
	unsigned int from = 0, end, half;

	/* An extent that is gone took its page map along */
	if (!heap->retired || at - (unsigned long)heap->bins <
			      heap->nr_bins * sizeof(struct xnheap_page))
		return true;
	end = maps->nr;
	while (from < end) {
		half = (from + end) / 2;
		if (at < maps->map[half].end)
			end = half;
		else
			from = half + 1;
	}
	return from < maps->nr && at >= maps->map[from].start;
}

/*
 * Whether @page is the first of a range. If not, its links are NULL or stale,
 * and the entry that they name as the previous one has another next: nothing
 * in a list leads to a page that is in none.
 */
static bool is_range(const struct xnheap *heap, const struct xnheap_page *page)
{
	return page->type == PAGE_FREE && page->list.prev &&
	       leads_on(heap, page->list.prev) &&
	       page->list.prev->next == &page->list;
}

/* Read what begins, or goes on, at @page; false if its entry is stale. */
static bool part_read(const struct xnheap *heap, struct xnheap_page *page,
		      struct walk_part *part)
{
	const struct xnheap_bucket *bucket;
	u32 before = 0;

	if (page->type < PAGE_RUN_TAIL) {
		*part = (struct walk_part) {
			.type = page->type,
			.pages = page->count,
		};
		return page->type == PAGE_BLOCK || is_range(heap, page);
	}
	if (page->type == PAGE_RUN_TAIL) {
		before = page->distance;
		page = page_before(heap, page, before);
		if (page->type < PAGE_RUN_PARTIAL)
			return false;
	}
	bucket = bucket_of_run(heap, page);
	/* Where a run is one block, its first page alone is marked */
	if (before >= bucket->pages)
		return false;
	*part = (struct walk_part) {
		.type = page->type,
		.pages = bucket_run_pages(heap, bucket) - before,
		.blocks = bucket->blocks,
		.free = page->count + 1,
		.size = bucket->size,
	};
	return true;
}

/*
 * Tell what the pages are that the walk has passed untold, the last of which
 * is @last, and do so before @part; return where that is then.
 */
static struct walk_part *settle(struct walk *walk, struct walk_part *part,
				const struct xnheap_page *last)
{
	part[1] = part[0];
	part[0] = (struct walk_part) {
		.type = last->type == PAGE_FREE ? PAGE_FREE : PAGE_LAST,
		.pages = walk->unsure,
	};
	walk->unsure = 0;
	return part + 1;
}

/* The extent is gone, or another has its number. */
static bool extent_gone(const struct walk *walk)
{
	const struct xnheap_extent *ext = &walk->heap->extent[walk->nr];

	return !ext->span || ext->base != walk->base || ext->nr_pages != walk->pages;
}

/* The next steps, with the lock held; none if not maps_known(). */
void walk_slice(struct walk *walk)
{
	struct xnheap *heap = walk->heap;
	struct walk_part *part = walk->part;
	u32 at = walk->page, end = walk->pages, n;
	struct xnheap_page *page;
	unsigned int i;

	walk->parts = 0;
	walk->told = 0;
	if (extent_gone(walk))
		walk->page = end;
	if (extent_gone(walk) || !maps_known(heap))
		return;
	page = page_after(heap, heap->extent[walk->nr].map, at);
	for (i = 0; i < WALK_STEPS && at < end; i++) {
		if (part_read(heap, page, part)) {
			if (unlikely(walk->unsure))
				part = settle(walk, part,
					      page_before(heap, page, 1));
			n = min(part->pages, end - at);
			part->pages = n;
			part++;
		} else {
			walk->unsure++;
			n = 1;
		}
		at += n;
		page = page_after(heap, page, n);
	}
	if (unlikely(walk->unsure) && at == end)
		part = settle(walk, part, page_before(heap, page, 1));
	walk->page = at;
	walk->parts = part - walk->part;
}

void walk_begin(struct walk *walk, struct xnheap *heap)
{
	*walk = (struct walk) { .heap = heap, .nr = -1 };
}

/* Go to the start of the next extent; false if there is none. */
bool walk_extent(struct walk *walk)
{
	struct xnheap *heap = walk->heap;
	const struct xnheap_extent *ext;

	walk->page = 0;
	walk->unsure = 0;
	walk->parts = 0;
	walk->told = 0;
	while (++walk->nr < XNHEAP_MAX_EXTENTS) {
		ext = &heap->extent[walk->nr];
		heap_lock(heap);
		/* One that is only claimed yet has no pages */
		walk->pages = ext->span ? ext->nr_pages : 0;
		walk->size = ext->size;
		walk->base = ext->base;
		heap_unlock(heap);
		if (walk->pages)
			return true;
	}
	return false;
}

/*
 * Tell the next part of the extent: 1, or 0 if there is none, or an error if
 * nobody waits for more. May sleep.
 */
int walk_next(struct walk *walk, struct walk_part *part)
{
	bool known;

	while (walk->told == walk->parts) {
		if (walk->page == walk->pages)
			return 0;
		if (READ_ONCE(walk->heap->observed->leaving))
			return -EIO;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		heap_lock(walk->heap);
		known = maps_known(walk->heap);
		walk_slice(walk);
		heap_unlock(walk->heap);
		if (!known && maps_learn(walk->heap))
			return -ENOMEM;
	}
	*part = walk->part[walk->told++];
	return 1;
}
