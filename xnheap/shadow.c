// SPDX-License-Identifier: GPL-2.0
/* KASAN: which bytes may be touched, and which block one belongs to. */

#include <linux/align.h>
#include <linux/kasan.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/error_report.h>

#include "bucket.h"
#include "heap.h"
#include "kunit.h"
#include "shadow.h"

/* What KASAN calls a use after free, and out of bounds */
#define SHADOW_FREE	0xff
#define SHADOW_REDZONE	0xfe
#define SHADOW_GRANULE	8UL

static DEFINE_RAW_SPINLOCK(heaps_lock);
static LIST_HEAD(heaps);	/* all, under heaps_lock */

/* Without KASAN_VMALLOC, mapped memory has no shadow of its own. */
static bool has_shadow(const void *at)
{
	return IS_ENABLED(CONFIG_KASAN_VMALLOC) || virt_addr_valid(at);
}

/* Write the shadow of all granules that are within @from to @to. */
static void shadow_set(u_long from, u_long to, u8 value)
{
	from = ALIGN(from, SHADOW_GRANULE);
	to = ALIGN_DOWN(to, SHADOW_GRANULE);
	if (from < to && has_shadow((void *)from))
		memset(kasan_mem_to_shadow((void *)from), value,
		       (to - from) / SHADOW_GRANULE);
}

/* Of a block of @given bytes, the first @size may be touched. */
void shadow_give(const void *block, u_long size, u_long given)
{
	u_long at = (u_long)block;
	u_long end = at + ALIGN_DOWN(size, SHADOW_GRANULE);

	shadow_set(at, end, 0);
	if (size % SHADOW_GRANULE) {
		shadow_set(end, end + SHADOW_GRANULE, size % SHADOW_GRANULE);
		end += SHADOW_GRANULE;
	}
	shadow_set(end, at + given, SHADOW_REDZONE);
}

/* None of a free block may be. */
void shadow_take(const void *block, u_long given)
{
	shadow_set((u_long)block, (u_long)block + given, SHADOW_FREE);
}

/* Nor of an extent, but what the allocator itself keeps there. */
void shadow_extent(struct xnheap *heap, const struct xnheap_extent *ext)
{
	u_long map_end = (u_long)ext->map +
			 (ext->nr_pages + 2) * heap->page_stride;
	u_long first = ext->base + heap->page_mask + 1;
	u_long last = first + ((u_long)ext->nr_pages << heap->page_shift);

	shadow_set(map_end, first, SHADOW_REDZONE);
	shadow_set(first, last, SHADOW_FREE);
	shadow_set(last, ext->start + ext->size, SHADOW_REDZONE);
}

void shadow_begin(struct xnheap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&heaps_lock, flags);
	list_add(&heap->shadowed, &heaps);
	raw_spin_unlock_irqrestore(&heaps_lock, flags);
}

void shadow_end(struct xnheap *heap)
{
	const struct xnheap_extent *ext;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&heaps_lock, flags);
	list_del(&heap->shadowed);
	raw_spin_unlock_irqrestore(&heaps_lock, flags);

	for (i = 0; i < heap->nr_extents; i++) {
		ext = heap->extent[i];
		shadow_set(ext->start, ext->start + ext->size, 0);
	}
}

/* A block, or else what is there in its place. */
struct found {
	const char *what;
	u_long start;
	u_long size;
	bool live;
};

static void find_in_run(const struct xnheap *heap, u_long address,
			struct xnheap_page *run, struct found *found)
{
	const struct xnheap_bucket *bucket = bucket_of_kind(heap, run->kind);
	u_long start = page_start(heap, run);
	u_long nr = (address - start) / bucket->size;

	if (nr >= bucket->blocks) {
		found->what = "behind the blocks of a run";
		return;
	}
	found->start = start + nr * bucket->size;
	found->size = bucket->size;
	found->live = test_bit(nr, bucket_bits(bucket, run));
}

/*
 * Find the block that holds @address. Of a page block only the first page is
 * marked: go back to it, over pages that name nothing.
 */
static void find_block(const struct xnheap *heap, u_long address,
		       struct found *found)
{
	const struct xnheap_place *place = extent_find(heap, address);
	u_long nr = (address - place->base) >> heap->page_shift;
	struct xnheap_page *page;
	u_long back;

	*found = (struct found) { .what = "in the header or between pages" };
	if (address - place->base >= place->span || !nr)
		return;
	found->what = NULL;
	for (back = 0; back < nr; back++) {
		page = map_page(heap, place->map, nr - back);
		if (page->kind == PAGE_NEXT)
			page = page_before(heap, page, page->offset);
		if (page->kind >= PAGE_RUN) {
			if (!back)
				return find_in_run(heap, address, page, found);
			break;
		}
		if (page->kind != PAGE_BLOCK)
			continue;
		if (page->count <= back)
			break;
		found->start = page_start(heap, page);
		found->size = (u_long)page->count << heap->page_shift;
		found->live = true;
		return;
	}
	found->what = "in free pages";
}

/* How many bytes of a block may be touched. */
static u_long shadow_size(const struct found *found)
{
	const u8 *shadow = kasan_mem_to_shadow((void *)found->start);
	u_long i;

	for (i = 0; i < found->size / SHADOW_GRANULE; i++)
		if (shadow[i])
			return i * SHADOW_GRANULE +
			       (shadow[i] < SHADOW_GRANULE ? shadow[i] : 0);
	return found->size;
}

/* Say which block of a heap @address is in, in a line of text. */
static void describe_in(const struct xnheap *heap, u_long address, char *text,
			size_t size)
{
	struct found found;

	find_block(heap, address, &found);
	if (found.what)
		snprintf(text, size, "%s: the address is %s", heap->label,
			 found.what);
	else if (!found.live)
		snprintf(text, size,
			 "%s: the address is %lu bytes into a free block of %lu",
			 heap->label, address - found.start, found.size);
	else
		snprintf(text, size,
			 "%s: the address is %lu bytes into a block of %lu, of which %lu were asked for",
			 heap->label, address - found.start, found.size,
			 shadow_size(&found));
}

/*
 * The same of any heap; false if @address is in none. From whatever context,
 * perhaps with a heap's lock held: looks without one.
 */
bool shadow_describe(u_long address, char *text, size_t size)
{
	const struct xnheap_place *place;
	struct xnheap *heap;
	unsigned long flags;
	bool found = false;

	if (!raw_spin_trylock_irqsave(&heaps_lock, flags))
		return false;
	list_for_each_entry(heap, &heaps, shadowed) {
		place = extent_find(heap, address);
		if (!place->span ||
		    address - place->extent->start >= place->extent->size)
			continue;
		describe_in(heap, address, text, size);
		found = true;
	}
	raw_spin_unlock_irqrestore(&heaps_lock, flags);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(shadow_describe);

#ifdef CONFIG_TRACEPOINTS

/* Some detector reported something. */
static void reported(void *data, enum error_detector detector,
		     unsigned long address)
{
	char text[160];

	if (detector == ERROR_DETECTOR_KASAN &&
	    shadow_describe(address, text, sizeof(text)))
		pr_err("xnheap: %s\n", text);
}

int shadow_init(void)
{
	return register_trace_error_report_end(reported, NULL);
}

void shadow_exit(void)
{
	unregister_trace_error_report_end(reported, NULL);
	tracepoint_synchronize_unregister();
}

#else

int shadow_init(void)
{
	return 0;
}

void shadow_exit(void)
{
}

#endif
