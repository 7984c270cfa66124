// SPDX-License-Identifier: GPL-2.0
/*
 * Walking through the page maps of a heap at work.
 *
 * While the lock is let go, the page that comes next may have become an inner
 * page of a range or a page block, whose entry is old. That can be told: the
 * first page of a page block or run is marked as such exactly as long as it is
 * one; of all entries that look like a further page of a run exactly those are
 * true that lead to a run which is long enough; and of all that look like a part
 * of a free range exactly the first pages of ranges are in a list. From an inner
 * page the walk goes on entry by entry until it meets one of these. The page
 * before that is the last of a range or of a page block, and marked as such.
 */

#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "kunit.h"
#include "range.h"
#include "survey.h"

static bool is_range(const struct xnheap *heap, const struct xnheap_page *page)
{
	return page->kind == PAGE_FREE &&
	       list_has(&heap->range[page->class], page);
}

/* Read what begins, or goes on, at @page; false if its entry is old. */
static bool part_read(const struct xnheap *heap, struct xnheap_page *page,
		      struct survey_part *part)
{
	const struct xnheap_bucket *bucket;
	u32 before = 0;

	if (page->kind < PAGE_NEXT) {
		part->kind = page->kind;
		part->pages = page->count;
		return page->kind == PAGE_BLOCK || is_range(heap, page);
	}
	if (page->kind == PAGE_NEXT) {
		before = page->offset;
		page = page_before(heap, page, before);
		if (page->kind < PAGE_RUN)
			return false;
	}
	bucket = bucket_of_kind(heap, page->kind);
	if (before >= bucket->pages)
		return false;
	part->kind = page->kind;
	part->pages = bucket->pages - before;
	part->free = page->count + 1;
	return true;
}

/*
 * Tell what the pages are that the walk left behind untold, the last of which
 * is @last, and do so before @part; return where that is then.
 */
static struct survey_part *settle(struct survey *survey,
				  struct survey_part *part,
				  const struct xnheap_page *last)
{
	part[1] = part[0];
	part[0] = (struct survey_part) {
		.kind = last->kind == PAGE_FREE ? PAGE_FREE : PAGE_BODY,
		.pages = survey->unsure,
	};
	survey->unsure = 0;
	return part + 1;
}

/* The next steps, with the lock held. */
void survey_slice(struct xnheap *heap, void *what)
{
	struct survey *survey = what;
	struct survey_part *part = survey->part;
	u32 at = survey->page, end = survey->pages + 1, n;
	struct xnheap_page *page;
	unsigned int i;

	page = map_page(heap, heap->extent[survey->nr]->map, at);
	for (i = 0; i < SURVEY_STEPS && at < end; i++) {
		if (part_read(heap, page, part)) {
			if (unlikely(survey->unsure))
				part = settle(survey, part,
					      page_before(heap, page, 1));
			n = min(part->pages, end - at);
			part->pages = n;
			part++;
		} else {
			survey->unsure++;
			n = 1;
		}
		at += n;
		page = page_after(heap, page, n);
	}
	if (unlikely(survey->unsure) && at == end)
		part = settle(survey, part, page_before(heap, page, 1));
	survey->page = at;
	survey->parts = part - survey->part;
	survey->told = 0;
}
EXPORT_SYMBOL_IF_KUNIT(survey_slice);

void survey_begin(struct survey *survey, struct xnheap *heap)
{
	*survey = (struct survey) { .heap = heap, .nr = -1 };
}
EXPORT_SYMBOL_IF_KUNIT(survey_begin);

/* An extent that is only claimed yet has no pages. */
static void survey_open(struct xnheap *heap, void *what)
{
	const struct xnheap_extent *ext;
	struct survey *survey = what;

	ext = heap->extent[survey->nr];
	survey->pages = ext ? ext->nr_pages : 0;
	survey->size = ext ? ext->size : 0;
}

/* Go to the start of the next extent; false if there is none. */
bool survey_extent(struct survey *survey)
{
	survey->page = 1;
	survey->unsure = 0;
	survey->parts = 0;
	survey->told = 0;
	while (++survey->nr < XNHEAP_MAX_EXTENTS) {
		heap_look(survey->heap, survey_open, survey);
		if (survey->pages)
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(survey_extent);

/*
 * Tell the next part of the extent: 1, or 0 if there is none, or an error if
 * nobody waits for more. May sleep.
 */
int survey_next(struct survey *survey, struct survey_part *part)
{
	while (survey->told == survey->parts) {
		if (survey->page > survey->pages)
			return 0;
		if (heap_is_leaving(survey->heap))
			return -EIO;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		heap_look(survey->heap, survey_slice, survey);
	}
	*part = survey->part[survey->told++];
	return 1;
}
EXPORT_SYMBOL_IF_KUNIT(survey_next);
