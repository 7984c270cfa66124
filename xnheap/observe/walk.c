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

#include "walk.h"

/*
 * Whether @page is the first of a range. If not, its links are NULL or stale,
 * and the entry that they name as the previous one has another next: nothing
 * in a list leads to a page that is in none.
 */
static bool is_range(const struct xnheap_page *page)
{
	return page->type == PAGE_FREE && page->list.prev &&
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
		return page->type == PAGE_BLOCK || is_range(page);
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
		.free = page->count + 1,
		.bucket = bucket,
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

/* The next steps, with the lock held. */
void walk_slice(struct walk *walk)
{
	struct xnheap *heap = walk->heap;
	struct walk_part *part = walk->part;
	u32 at = walk->page, end = walk->pages, n;
	struct xnheap_page *page;
	unsigned int i;

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
	walk->told = 0;
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
	while (walk->told == walk->parts) {
		if (walk->page == walk->pages)
			return 0;
		if (READ_ONCE(walk->heap->observed->leaving))
			return -EIO;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		heap_lock(walk->heap);
		walk_slice(walk);
		heap_unlock(walk->heap);
	}
	*part = walk->part[walk->told++];
	return 1;
}
