// SPDX-License-Identifier: GPL-2.0
/*
 * A model of a heap: each call is made here, and its result held against what
 * the model has, or what the header says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define MAX_BYTES	(32UL << 20)	/* of pages */
#define MAX_CALLS	20000		/* of one input */
#define UNIT		XNHEAP_MIN_BLOCK

struct xnheap fuzz_heap;
struct model model;
bool fuzz_print;

struct live model_live[MAX_LIVE];
/* What each unit of the pages is: the first of a block, by its index + 1; taken */
static u32 heads[MAX_BYTES / UNIT];
static u8 taken[MAX_BYTES / UNIT / 8];
/* The unit that each extent begins at */
static size_t first_unit[XNHEAP_MAX_EXTENTS];
static unsigned int validated;
static unsigned long all_calls;

__attribute__((destructor))
static void tell_calls(void)
{
	fprintf(stderr, "fuzz: %lu calls\n", all_calls);
}

void fuzz_fail(const char *fmt, ...)
{
	va_list args;

	fputs("fuzz: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\n", stderr);
	abort();
}

void fuzz_call(const char *fmt, ...)
{
	va_list args;

	model.calls += *fmt != ' ';	/* what a call returned is not another */
	if (!fuzz_print)
		return;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	fflush(stdout);
}

/* Too much was done to go on. */
bool model_spent(void)
{
	return model.calls > MAX_CALLS;
}

/*
 * Units of the pages
 */

static u32 *head_at(unsigned long address)
{
	u32 e;

	for (e = 0; e < model.extents; e++)
		if (address - model.extent[e].base < model.extent[e].span)
			return &heads[first_unit[e] + (address - model.extent[e].base) / UNIT];
	return NULL;
}

/* Take all units of a block, or give them up: they must be the other. */
static void set_taken(const u32 *head, size_t bytes, bool take)
{
	size_t i = head - heads, n = i + bytes / UNIT;

	for (; i < n; i++) {
		if (i % 8 == 0 && i + 8 <= n) {
			CHECK(taken[i / 8] == (take ? 0 : 0xff));
			taken[i / 8] = take ? 0xff : 0;
			i += 7;
			continue;
		}
		CHECK((taken[i / 8] >> i % 8 & 1) != take);
		taken[i / 8] ^= 1 << i % 8;
	}
}

void model_add(unsigned long start, size_t bytes, bool pages)
{
	u32 *head = head_at(start), *end = head_at(start + bytes - 1);

	CHECK(head && end && (size_t)(end - head) == (bytes - 1) / UNIT);
	CHECK(start % UNIT == 0 && bytes % UNIT == 0);
	set_taken(head, bytes, true);
	model_live[model.nr_live++] = (struct live) { start, bytes, model.calls, pages, 0, 0 };
	*head = model.nr_live;
}

/* A block is nobody's any more, but not free yet. */
struct live model_disown(u32 i)
{
	const struct live block = model_live[i];

	model_own(i, 0);
	if (block.from)
		model.reserved[block.from - 1].out--;
	*head_at(block.start) = 0;
	model_live[i] = model_live[--model.nr_live];
	if (i < model.nr_live)
		*head_at(model_live[i].start) = i + 1;
	return block;
}

/* Now it is. */
void model_release(const struct live *block)
{
	set_taken(head_at(block->start), block->bytes, false);
	model.want.used -= block->bytes;
	model.want.page_block_frees += block->pages;
	if (block->pages)
		model.want.page_block_pages -= block->bytes / model.spec.page_size;
}

/* A block has more or fewer units where it is. */
void model_resize(u32 i, size_t bytes)
{
	const u32 *head = head_at(model_live[i].start), *end;

	end = head_at(model_live[i].start + bytes - 1);
	CHECK(end && (size_t)(end - head) == (bytes - 1) / UNIT);
	set_taken(head, model_live[i].bytes, false);
	set_taken(head, bytes, true);
	model_live[i].bytes = bytes;
}

/* A block was freed. */
void model_freed(unsigned long start)
{
	const struct live block = model_disown(model_live_at(start));

	model_release(&block);
}

/* So much was in use; if @perhaps is not 0, perhaps more meanwhile: that much. */
void model_peak(size_t used, size_t perhaps)
{
	if (used > model.want.peak)
		model.want.peak = used;
	if (!perhaps)
		return;
	CHECK(perhaps >= model.want.peak && perhaps <= model.want.usable);
	model.want.peak = perhaps;
}

/* The block that starts at @address, or -1. */
int model_live_at(unsigned long address)
{
	const u32 *head = head_at(address);

	return head && *head && model_live[*head - 1].start == address ? *head - 1 : -1;
}

bool model_in_pages(unsigned long address)
{
	return head_at(address);
}

/* Say where @address lies in words that are the same in each run. */
const char *model_words(unsigned long address)
{
	static char text[64];
	int i = model_live_at(address);
	u32 e;

	if (i >= 0) {
		sprintf(text, "b%u", model_live[i].nr);
		return text;
	}
	for (e = 0; e < model.extents; e++) {
		if (address - model.extent[e].start >= model.extent[e].size)
			continue;
		sprintf(text, "extent %u, page 0 %+ld", e, (long)(address - model.extent[e].base));
		return text;
	}
	sprintf(text, address ? "%#lx, outside" : "NULL", address);
	return text;
}

/*
 * After each call
 */

void model_validate(void)
{
	static struct validation v;

	validated = model.calls;
	validate_begin(&v, &fuzz_heap);
	while (validate_slice(&v))
		;
	if (v.fault)
		fuzz_fail("validate: extent %u, page %u: not so: %s", v.extent, v.page, v.fault);
	CHECK(v.summed);
}

static void check_stats(const struct heap_stats *now)
{
	u32 i;

	CHECK(now->used == model.want.used);
	CHECK(now->peak == model.want.peak);
	CHECK(now->size == model.want.size && now->usable == model.want.usable);
	CHECK(now->pages == model.want.pages && now->extents == model.want.extents);
	CHECK(now->page_block_allocs == model.want.page_block_allocs);
	CHECK(now->page_block_frees == model.want.page_block_frees);
	CHECK(now->page_block_pages == model.want.page_block_pages);
	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		CHECK(now->failed[i] == model.want.failed[i]);
	CHECK(now->deferred == model.nr_waiting);
	model_check_shared(now);
	CHECK(now->alloc_busy == model.want.alloc_busy && now->free_busy == model.want.free_busy);
}

void model_after_call(void)
{
	struct heap_stats now;

	CHECK(!fuzz_heap.lock.held);
	heap_get_stats(&fuzz_heap, &now);
	check_stats(&now);
	model_check_waiting();
	CHECK(fuzz_heap.cpu || !now.kept);
	if (!model.nr_live && !model.nr_waiting && !now.kept)
		CHECK(fuzz_heap.free_pages + fuzz_heap.reserved_pages == fuzz_heap.pages);
	if (model.calls - validated > 16 + model.want.pages / 4)
		model_validate();
}

/*
 * Extents
 */

/* The bytes that an entry of the page map has, by the heap's own plan */
static bool plan_shape(const struct fuzz_spec *spec, struct extent_shape *shape)
{
	size_t p = spec->page_size;
	struct heap_plan plan;
	bool sound;

	sound = heap_plan(&plan, spec->area.size, p, spec->flags);
	CHECK(sound == (p >= 64 && p <= 32768 && !(p & (p - 1)) &&
			!(spec->flags & ~(XNHEAP_FINE | XNHEAP_PERCPU | XNHEAP_DEFER |
					  XNHEAP_SHARED | XNHEAP_ALIGN_MASK)) &&
			(!(spec->flags & XNHEAP_SHARED) ||
			 !(spec->flags & (XNHEAP_PERCPU | XNHEAP_DEFER))) &&
			(spec->flags & (XNHEAP_FINE | XNHEAP_PERCPU)) !=
			(XNHEAP_FINE | XNHEAP_PERCPU) &&
			XNHEAP_ALIGN_OF(spec->flags) <= p));
	if (!sound)
		return false;
	*shape = plan.shape;
	return true;
}

/* The most pages that an area has, 0 if that is fewer than 2 or it is none. */
static size_t expect_pages(const struct extent_area *area, const struct extent_shape *shape,
			   bool apart)
{
	unsigned long p = shape->page_size, end = area->start + area->size, from;
	size_t n, map;

	if (!area->start || !area->size || area->size % p ||
	    area->size > XNHEAP_MAX_EXTENT_SIZE || end < area->start)
		return 0;
	end -= end % p;
	if (apart) {
		from = area->start + (-area->start & (p - 1));
		if (from < area->start || from > end)
			return 0;
		n = (end - from) / p;
		map = 8 + (n + 2) * shape->stride;
		if (!area->map || area->map + area->map_size < area->map || area->map_size < map)
			return 0;
	} else {
		from = area->start + (-area->start & 7);
		for (n = area->size / p; n; n--)
			if (end - n * p >= from && end - n * p - from >= (n + 2) * shape->stride)
				break;
	}
	return n < 2 ? 0 : n;
}

static void added_extent(const struct extent_area *area, size_t pages)
{
	const struct xnheap_extent *ext = &fuzz_heap.extent[model.extents];
	size_t p = model.spec.page_size, unit = 0;
	u32 e;

	CHECK(fuzz_heap.nr_extents == model.extents + 1);
	CHECK(ext->start == area->start && ext->size == area->size);
	CHECK(ext->base % p == 0 && ext->base >= area->start);
	CHECK(ext->nr_pages == pages && ext->span == pages * p);
	CHECK(ext->span <= area->size - (ext->base - area->start));
	for (e = 0; e < model.extents; e++) {
		CHECK(area->start - model.extent[e].start >= model.extent[e].size);
		CHECK(model.extent[e].start - area->start >= area->size);
	}
	if (model.extents)
		unit = first_unit[model.extents - 1] + model.extent[model.extents - 1].span / UNIT;
	model.extent[model.extents].start = ext->start;
	model.extent[model.extents].size = ext->size;
	model.extent[model.extents].base = ext->base;
	model.extent[model.extents].span = ext->span;
	model.extent[model.extents].cookie = area->cookie;
	first_unit[model.extents++] = unit;
	if (!model.spec.apart)
		memory_close(ext->base, ext->span);
	model.want.size += area->size;
	model.want.pages += pages;
	model.want.usable += ext->span;
	model.want.extents++;
}

/* The memory of a page map, or of the whole area, may be written now. */
static void open_area(const struct extent_area *area, bool apart)
{
	if (apart)
		memory_open(area->map, area->map_size);
	else
		memory_open(area->start, area->size);
}

static size_t page_bytes_left(void)
{
	return MAX_BYTES - model.want.usable;
}

static struct xnheap_area area_of(const struct extent_area *area)
{
	return (struct xnheap_area) {
		.start = (void *)area->start,
		.size = area->size,
		.map = (void *)area->map,
		.map_size = area->map_size,
		.cookie = area->cookie,
	};
}

static int call_init(const struct fuzz_spec *spec)
{
	const struct xnheap_area area = area_of(&spec->area);

	if (spec->shared)
		return heap_begin(&fuzz_heap, &(struct heap_spec) {
			.area = spec->area,
			.page_size = spec->page_size,
			.flags = spec->flags,
			.window = XNHEAP_MAX_EXTENTS * spec->area.size,
		});
	/* An area apart is told by its map */
	if (area.cookie != XNHEAP_NO_COOKIE && spec->apart == !!area.map)
		return xnheap_init_area(&fuzz_heap, &area, spec->page_size, spec->flags);
	return spec->apart ?
	       xnheap_init_apart(&fuzz_heap, area.start, area.size, spec->page_size, area.map,
				 area.map_size, spec->flags) :
	       xnheap_init_flags(&fuzz_heap, area.start, area.size, spec->page_size, spec->flags);
}

static int call_extend(const struct extent_area *from, bool apart)
{
	const struct xnheap_area area = area_of(from);

	if (model.spec.shared && apart)
		return heap_extend(&fuzz_heap, from, NULL);
	if (area.cookie != XNHEAP_NO_COOKIE && apart == !!area.map)
		return xnheap_extend_area(&fuzz_heap, &area);
	return apart ? xnheap_extend_apart(&fuzz_heap, area.start, area.size, area.map,
					   area.map_size) :
		       xnheap_extend(&fuzz_heap, area.start, area.size);
}

/* What can be planned is as it comes; at an address that is like the area's. */
static void check_plans(const struct fuzz_spec *spec)
{
	struct extent_area area = { .start = XNHEAP_MAX_PAGE_SIZE, .size = spec->area.size };
	size_t p = spec->page_size, usable = fuzz_heap.extent[0].span;
	struct extent_shape shape = extent_shape(&fuzz_heap);
	size_t pages = expect_pages(&area, &shape, false);

	CHECK(xnheap_map_size(area.size, p, spec->flags) == 8 + (area.size / p + 2) * shape.stride);
	if (spec->shared) {
		CHECK(xnheap_overhead_flags(area.size, p, spec->flags) == area.size);
		CHECK(!xnheap_rounded_size_flags(usable, p, spec->flags));
		return;
	}
	CHECK(xnheap_overhead_flags(area.size, p, spec->flags) == area.size - pages * p);
	area.start += spec->area.start % p;
	area.size = xnheap_rounded_size_flags(usable, p, spec->flags);
	CHECK(expect_pages(&area, &shape, false) * p >= usable);
}

int model_init(const struct fuzz_spec *to_be)
{
	const struct extent_area *area = &to_be->area;
	struct extent_shape shape;
	size_t pages = 0;
	int ret;

	model.spec = *to_be;
	model.extents = 0;
	all_calls += model.calls;
	model.calls = 0;
	validated = 0;
	memset(&model.want, 0, sizeof(model.want));
	memset(model.reserved, 0, sizeof(model.reserved));
	memset(&fuzz_heap, 0xaa, sizeof(fuzz_heap));
	if (area->size > MAX_BYTES && area->size <= XNHEAP_MAX_EXTENT_SIZE)
		return -EINVAL;
	if (plan_shape(&model.spec, &shape) &&
	    !(model.spec.apart && model.spec.flags & XNHEAP_PERCPU) &&
	    model.spec.shared == !!(model.spec.flags & XNHEAP_SHARED))
		pages = expect_pages(area, &shape, model.spec.apart);
	fuzz_call("init%s: pages of %zu, area of %zu at %zu of a page, flags %#x",
		  model.spec.shared ? "_shared" : model.spec.apart ? "_apart" : "",
		  model.spec.page_size, area->size,
		  (size_t)area->start & (model.spec.page_size - 1), model.spec.flags);
	if (pages)
		open_area(area, model.spec.apart);
	ret = call_init(&model.spec);
	fuzz_call(" = %d; %zu pages\n", ret, pages);
	if (!pages) {
		CHECK(ret == -EINVAL);
		CHECK(fuzz_heap.magic == 0xaaaaaaaa);
		return ret;
	}
	CHECK(ret == 0);
	model_begin_shared();
	added_extent(area, pages);
	model_after_call();
	return 0;
}

int model_extend(const struct extent_area *area)
{
	struct extent_shape shape = extent_shape(&fuzz_heap);
	size_t pages = expect_pages(area, &shape, model.spec.apart);
	int expected = pages ? 0 : -EINVAL, ret;
	u32 e;

	if (pages * model.spec.page_size > page_bytes_left())
		return -ENOMEM;
	for (e = 0; e < model.extents && !expected; e++)
		if (area->start - model.extent[e].start < model.extent[e].size ||
		    model.extent[e].start - area->start < area->size)
			expected = -EEXIST;
	if (!expected && model.extents == XNHEAP_MAX_EXTENTS)
		expected = -ENOSPC;
	fuzz_call("extend: area of %zu at first's %+ld", area->size,
		  (long)(area->start - model.extent[0].start));
	if (!expected)
		open_area(area, model.spec.apart);
	ret = call_extend(area, model.spec.apart);
	fuzz_call(" = %d; %zu pages\n", ret, pages);
	CHECK(ret == expected);
	if (!ret)
		added_extent(area, pages);
	model_after_call();
	/* Blocks are where they were */
	for (e = 0; !ret && model.spec.shared && e < model.nr_live; e += model.nr_live / 8 + 1)
		model_locate(model_live[e].start);
	return ret;
}

/* Ask all that can be asked. */
void model_ask(void)
{
	fuzz_call("ask, init again, reset the peak\n");
	CHECK(xnheap_size(&fuzz_heap) == model.want.size);
	CHECK(xnheap_page_size(&fuzz_heap) == model.spec.page_size);
	CHECK(xnheap_page_count(&fuzz_heap) == model.want.pages);
	CHECK(xnheap_usable_mem(&fuzz_heap) == model.want.usable);
	CHECK(xnheap_used_mem(&fuzz_heap) == model.want.used);
	CHECK(call_extend(&model.spec.area, !model.spec.apart) == -EINVAL);
	CHECK(call_init(&model.spec) == -EBUSY);
	model_ask_deferred();
	model_ask_shared();
	check_plans(&model.spec);
	heap_reset_peak(&fuzz_heap);
	model.want.peak = model.want.used + cpu_kept_bytes(&fuzz_heap);
	model_after_call();
}

/*
 * The end
 */

static u32 flushed;

static void flush(struct xnheap *heap, void *start, u_long size, void *cookie)
{
	CHECK(cookie == &flushed && flushed < model.extents);
	CHECK(model.extent[flushed].start == (unsigned long)start);
	CHECK(model.extent[flushed].size == size);
	flushed++;
}

/* A heap that is wholly free serves what it served at first. */
static void check_as_at_first(void)
{
	size_t largest = 0, e;

	for (e = 0; e < model.extents; e++)
		if (model.extent[e].span > largest)
			largest = model.extent[e].span;
	CHECK(model_alloc(largest));
	model_free(model_live[0].start, 7);
}

/* Leave blocks of all kinds to the end of the heap, but for those that settle. */
static void leave_waiting(u8 how)
{
	u8 i;

	for (i = 0; i < 6; i++) {
		if (model_alloc(1))
			model_free(model_live[0].start, 4 + i % 3);
		if (i % 3 == 2)
			model_settle(how++);
	}
}

/* Free all, in one of many orders, and end the heap. */
void model_end(u8 order)
{
	u32 i = 0;

	model_end_shared();
	while (model.nr_live) {
		i = order == 0 ? 0 : order == 1 ? model.nr_live - 1 : (i + order) % model.nr_live;
		model_free(model_live[i].start, order & 0x80 ? 5 + i % 3 : 7);
	}
	for (i = 0; model.nr_waiting; i++)
		model_settle(i);
	for (i = 0; i < XNHEAP_MAX_RESERVATIONS; i++)
		if (model.reserved[i].handle)
			model_unreserve(i);
	CHECK(model.want.used == 0);
	check_as_at_first();
	model_validate();
	if (model_defers())
		leave_waiting(order);
	flushed = 0;
	CHECK(xnheap_destroy(&fuzz_heap, flush, &flushed) == 0);
	CHECK(flushed == model.extents);
	model_end_deferred();
	CHECK(xnheap_destroy(&fuzz_heap, flush, &flushed) == -EINVAL);
	CHECK(!xnheap_alloc(&fuzz_heap, 1));
	CHECK(xnheap_free(&fuzz_heap, NULL) == -EINVAL);
}
