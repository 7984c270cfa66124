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

#include "../core/owner.h"
#include "kasan.h"

/* What KASAN calls a use after free, and out of bounds */
#define SHADOW_FREE	0xff
#define SHADOW_REDZONE	0xfe
#define SHADOW_GRANULE	8UL

static DEFINE_RAW_SPINLOCK(list_lock);
static LIST_HEAD(list);		/* all that have a shadow, under list_lock */

/*
 * Without KASAN_VMALLOC, mapped memory has no shadow of its own. Where memory is not mapped
 * anew, the kernel reads at the same address what processes tell it to, of blocks or not.
 */
static bool has_shadow(const struct xnheap *heap, const void *at)
{
	if (heap->sharing && heap->backing == XNHEAP_PAGES)
		return false;
	return IS_ENABLED(CONFIG_KASAN_VMALLOC) || virt_addr_valid(at);
}

/* Write the shadow of all granules that are within @from to @to. */
static void shadow_set(const struct xnheap *heap, unsigned long from,
		       unsigned long to, u8 value)
{
	from = ALIGN(from, SHADOW_GRANULE);
	to = ALIGN_DOWN(to, SHADOW_GRANULE);
	if (from < to && !heap->apart && has_shadow(heap, (void *)from))
		memset(kasan_mem_to_shadow((void *)from), value,
		       (to - from) / SHADOW_GRANULE);
}

/* Of a block of @given bytes, the first @size may be touched. */
void kasan_heap_alloc(const struct xnheap *heap, const void *block,
		      size_t size, size_t given)
{
	unsigned long at = (unsigned long)block;
	unsigned long end = at + ALIGN_DOWN(size, SHADOW_GRANULE);

	shadow_set(heap, at, end, 0);
	if (size % SHADOW_GRANULE) {
		shadow_set(heap, end, end + SHADOW_GRANULE,
			   size % SHADOW_GRANULE);
		end += SHADOW_GRANULE;
	}
	shadow_set(heap, end, at + given, SHADOW_REDZONE);
}

/* None of a free block may be. */
void kasan_heap_free(const struct xnheap *heap, const void *block,
		     size_t given)
{
	unsigned long at = (unsigned long)block;

	shadow_set(heap, at, at + given, SHADOW_FREE);
}

/* Nor of an extent, but the page map and the extra, if they are in its area. */
void kasan_heap_extent(const struct xnheap *heap,
		       const struct xnheap_extent *ext)
{
	unsigned long from = ext->start, map = (unsigned long)ext->map;
	unsigned long end = ext->base +
			    ((unsigned long)ext->nr_pages << heap->page_shift);

	if (map - ext->start < ext->size)
		from = map + (ext->nr_pages + 1UL) * heap->page_stride;
	shadow_set(heap, from, ext->base, SHADOW_REDZONE);
	shadow_set(heap, ext->base, end, SHADOW_FREE);
	shadow_set(heap, end, ext->start + ext->size, SHADOW_REDZONE);
}

void kasan_heap_begin(struct xnheap *heap)
{
	unsigned long flags;

	if (heap->apart)
		return;
	raw_spin_lock_irqsave(&list_lock, flags);
	list_add(&heap->observed->kasan, &list);
	raw_spin_unlock_irqrestore(&list_lock, flags);
}

/* Memory is about to go to others. */
void kasan_heap_released(struct xnheap *heap, unsigned long start, size_t size)
{
	shadow_set(heap, start, start + size, 0);
}

void kasan_heap_end(struct xnheap *heap)
{
	const struct xnheap_extent *ext;
	unsigned long flags;
	unsigned int i;

	if (heap->apart)
		return;
	raw_spin_lock_irqsave(&list_lock, flags);
	list_del(&heap->observed->kasan);
	raw_spin_unlock_irqrestore(&list_lock, flags);

	for (i = 0; i < heap->nr_extents; i++) {
		ext = &heap->extent[i];
		shadow_set(heap, ext->start, ext->start + ext->size, 0);
	}
}

/* A block, or else what is there in its place. */
struct found {
	const char *what;
	unsigned long start;
	size_t size;
	bool live;
	u16 peer;		/* number of the one that has it; else, OWNER_KERNEL */
};

/* Pages that are gone through, with the lock held, to find where a block begins */
#define FIND_PAGES	256

/*
 * The page block that holds @address, which is not in its first page, or free
 * pages. The first page alone is marked: go back to it, over pages that name
 * nothing. What lies before the extent's first page is none of its own, and no
 * block of another extent reaches up to @address. False if it is too far.
 */
static bool find_page_block(struct xnheap *heap, unsigned long address,
			    struct block *block)
{
	unsigned long at = address & ~(unsigned long)heap->page_mask;
	unsigned int steps = 0;

	do {
		if (steps++ == FIND_PAGES)
			return false;
		at -= heap->page_mask + 1UL;
		*block = block_find(heap, (void *)at);
	} while (block->where == BLOCK_PAGES);
	if (block->where != BLOCK_START || (block->bucket && block->bucket->blocks > 1) ||
	    address - at >= block_size(heap, *block))
		block->where = BLOCK_PAGES;
	return true;
}

/* Find the block that holds @address, under the lock; false if that is in no extent. */
static bool find_block(struct xnheap *heap, unsigned long address,
		       struct found *found)
{
	struct block block = block_find(heap, (void *)address);

	*found = (struct found) { };
	if (block.where == BLOCK_PAGES &&
	    !find_page_block(heap, address, &block)) {
		found->what = "in free pages, or far into a block";
		return true;
	}
	switch (block.where) {
	case BLOCK_OUTSIDE:
		return false;
	case BLOCK_EXTENT:
		found->what = "in the header or between pages";
		break;
	case BLOCK_RUN_REST:
		found->what = "behind the blocks of a run";
		break;
	case BLOCK_PAGES:
		found->what = "in free pages";
		break;
	default:
		found->start = block_start(heap, block);
		found->size = block_size(heap, block);
		/* What a CPU keeps, or what waits to be freed, has left its run, but is free */
		found->live = has_live_bits(heap) ? !cpu_check_locked(heap, found->start) :
						    block_is_live(block);
		if (found->live && heap->sharing)
			found->peer = *owner_of(heap, block);
	}
	return true;
}

/* Likewise, without the lock: no more than whether it is in an extent. */
static bool find_extent(const struct xnheap *heap, unsigned long address,
			struct found *found)
{
	const struct xnheap_extent *ext = heap->extent;
	unsigned int n = READ_ONCE(heap->nr_extents);

	*found = (struct found) { .what = "in a heap whose lock is taken" };
	for (; n; n--, ext++)
		if (address - ext->start < ext->size)
			return true;
	return false;
}

static bool find(struct xnheap *heap, unsigned long address,
		 struct found *found)
{
	bool any;

	if (!heap_trylock_nmi(heap))
		return find_extent(heap, address, found);
	any = find_block(heap, address, found);
	heap_unlock(heap);
	return any;
}

/* How many bytes of a block of @given may be touched: those that were asked for. */
static size_t shadow_size(unsigned long start, size_t given)
{
	const u8 *shadow = kasan_mem_to_shadow((void *)start);
	size_t i;

	for (i = 0; i < given / SHADOW_GRANULE; i++)
		if (shadow[i])
			return i * SHADOW_GRANULE +
			       (shadow[i] < SHADOW_GRANULE ? shadow[i] : 0);
	return given;
}

/* Likewise; of a block without a shadow, all of it. Time grows with the block. */
size_t kasan_heap_asked(const struct xnheap *heap, const void *block, size_t given)
{
	return heap->apart || !has_shadow(heap, block) ? given :
	       shadow_size((unsigned long)block, given);
}

/* Say what was found at @address, in a line of text. */
static void describe(const struct xnheap *heap, unsigned long address,
		     const struct found *found, char *text, size_t size)
{
	struct label label = label_of(heap);
	char peer[32] = "";

	/* The peer itself may be gone, if the heap is about to end */
	if (found->peer != OWNER_KERNEL)
		snprintf(peer, sizeof(peer), "; a process has it, peer %u", found->peer);
	if (found->what)
		snprintf(text, size, "%s: the address is %s", label.text,
			 found->what);
	else if (!found->live)
		snprintf(text, size,
			 "%s: the address is %lu bytes into a free block of %zu",
			 label.text, address - found->start, found->size);
	else
		snprintf(text, size,
			 "%s: the address is %lu bytes into a block of %zu, of which %zu were asked for%s",
			 label.text, address - found->start, found->size,
			 shadow_size(found->start, found->size), peer);
}

/*
 * Say which block of which heap @address is in; false if it is in none. From
 * whatever context, perhaps with a heap's lock held: waits for none.
 */
bool kasan_heap_describe(unsigned long address, char *text, size_t size)
{
	struct xnheap_observed *observed;
	struct found found;
	unsigned long flags;
	bool any = false;

	if (!raw_spin_trylock_irqsave(&list_lock, flags))
		return false;
	list_for_each_entry(observed, &list, kasan) {
		if (!find(observed->heap, address, &found))
			continue;
		describe(observed->heap, address, &found, text, size);
		any = true;
	}
	raw_spin_unlock_irqrestore(&list_lock, flags);
	return any;
}

#ifdef CONFIG_TRACEPOINTS

/* Some detector reported something. */
static void reported(void *data, enum error_detector detector,
		     unsigned long address)
{
	char text[200];

	if (detector == ERROR_DETECTOR_KASAN &&
	    kasan_heap_describe(address, text, sizeof(text)))
		pr_err("xnheap: %s\n", text);
}

int kasan_heap_init(void)
{
	return register_trace_error_report_end(reported, NULL);
}

void kasan_heap_exit(void)
{
	unregister_trace_error_report_end(reported, NULL);
	tracepoint_synchronize_unregister();
}

#else

int kasan_heap_init(void)
{
	return 0;
}

void kasan_heap_exit(void)
{
}

#endif
