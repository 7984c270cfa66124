// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes to calls: first what the heap is, then call after call, each with the
 * bytes that it needs. Bytes that are not there are 0.
 */
#include <stdlib.h>

#include "model.h"

/* From 64 bytes on */
#define SHIFTS	10

static const u8 *input;
static size_t left;

static u8 byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

static size_t two_bytes(void)
{
	size_t low = byte();

	return low | byte() << 8;
}

static struct fuzz_spec spec;
static unsigned long last_freed;
static size_t last_size;

/* Sizes at which something changes are as frequent as all others. */
static size_t any_size(void)
{
	u8 b = byte(), v = b & 63;
	size_t p = spec.page_size;

	switch (b >> 6) {
	case 0:
		return v;
	case 1:
		return (v + 1) * p / 64;
	case 2:
		return (v + 1) * (p / 2) + (v & 1);
	}
	switch (v) {
	case 0:
		return heap_largest(&fuzz_heap);
	case 1:
		return heap_largest(&fuzz_heap) + 1;
	case 2:
		return (size_t)range_largest(&fuzz_heap) * p;
	case 3:
		return fuzz_heap.small_max;
	case 4:
		return fuzz_heap.small_max + 1;
	case 5:
		return XNHEAP_MAX_EXTENT_SIZE + (byte() & 1);
	case 6:
		return -(size_t)byte();
	case 7:
		return last_size + 1;
	case 8:
		return last_size - 1;
	}
	if (v < 36)
		return two_bytes() % (2 * p) + 1;
	return (two_bytes() % fuzz_heap.pages + 1) * p;
}

/*
 * Areas. Those of heaps apart are never touched: they lie anywhere.
 */

/* Where the next area apart may lie, above and below the others */
static unsigned long above, below;

static bool get_area(struct extent_area *area, size_t pages)
{
	u8 b = byte(), g = byte();
	u32 gap = (g & 15) * (spec.shared ? spec.page_size : g & 16 ? spec.page_size / 16 : 1);
	size_t size = pages * spec.page_size;
	struct fuzz_area memory;

	*area = (struct extent_area) { .size = size, .cookie = XNHEAP_NO_COOKIE };
	/* Of a device that has it elsewhere, at an address of up to 64 bits */
	if (g & 32)
		area->cookie = (u64)(g >> 6) << 62 | b << 20;
	if (!spec.apart) {
		if (!memory_get(&memory, size, gap, b & 1))
			return false;
		area->start = memory.start;
		return true;
	}
	area->map_size = extent_map_size(pages, &(struct extent_shape) {
		.stride = fuzz_heap.page_stride });
	if (!memory_get(&memory, area->map_size, g & 15, b & 1))
		return false;
	area->map = memory.start;
	/* Too few, now and then */
	area->map_size -= !(b & 0x3e);
	if (b & 1) {
		/* No block has the address of an error */
		if (spec.shared && below < size + gap)
			return false;
		below -= size + gap;
		area->start = below;
	} else {
		area->start = above + gap;
		above += size + gap;
	}
	return true;
}

static bool init(void)
{
	static const size_t bad_sizes[] = { 0, 1, 32, 48, 96, 3 << 10, 4097, 65536 };
	u8 kind = byte(), shift = 6 + byte() % SHIFTS, b;
	struct heap_plan plan;
	size_t pages, align;

	spec = (struct fuzz_spec) {
		.page_size = 1UL << shift,
		.flags = kind & 1 ? XNHEAP_FINE : 0,
		.apart = kind & 2,
	};
	if (kind & 0x20 && !(kind & 3))
		spec.flags |= XNHEAP_PERCPU;
	if (kind & 0x80)
		spec.flags |= XNHEAP_DEFER;
	if ((kind & 0x23) == 0x22) {
		spec.shared = true;
		spec.flags = XNHEAP_SHARED | (kind & 0x80 ? XNHEAP_FINE : 0);
	}
	if (kind & 0x40) {
		align = 1UL << byte() % (shift + 1);
		spec.flags |= XNHEAP_ALIGN(align);
	}
	pages = (byte() + 2) * (kind & 4 ? 8 : 1);
	if (pages << shift > 4 << 20)
		pages = (4 << 20) >> shift;
	b = byte();
	above = b < 64 ? b + 1 : b < 128 ? (1UL << (BITS_PER_LONG - 1)) - (b - 64) * 4099 :
		-(64UL << 20) - b;
	/* Extents of shared heaps are whole pages */
	if (spec.shared)
		above = round_up(above, XNHEAP_MAX_PAGE_SIZE);
	below = above;
	/* For a heap apart, get_area() needs to know what an entry has */
	if (heap_plan(&plan, pages << shift, spec.page_size, spec.flags))
		fuzz_heap.page_stride = plan.shape.stride;
	if (!get_area(&spec.area, pages))
		return false;
	if (kind & 0x18) {
		if (!model_init(&spec))
			return true;
		spec.area.map_size++;
		return !model_init(&spec);
	}
	/* Something is wrong */
	b = byte();
	switch (b & 7) {
	case 0:
		spec.page_size = bad_sizes[b >> 5];
		break;
	case 1:
		spec.area.start = 0;
		break;
	case 2:
		spec.area.size += b >> 3;
		break;
	case 3:
		spec.area.size = b >> 4 & 1 ? -spec.page_size :
				 XNHEAP_MAX_EXTENT_SIZE + spec.page_size;
		break;
	case 4:
		spec.flags |= 1U << (b >> 3);
		break;
	case 5:
		spec.area.size = (b >> 3 & 3) * spec.page_size;
		break;
	case 6:
		spec.area.map_size = b;
		break;
	case 7:
		spec.area.start = -spec.area.size + (b >> 4);
		break;
	}
	/* If not, it goes on with that */
	return !model_init(&spec);
}

static void extend(void)
{
	u8 b = byte();
	size_t pages = spec.shared ? spec.area.size / spec.page_size : (b & 63) + 2;
	struct extent_area area, old = spec.area;

	if (b < 0xe0) {
		if (get_area(&area, pages))
			model_extend(&area);
		return;
	}
	/* Overlapping, or none */
	area = old;
	b = byte();
	if (b & 1)
		area.start += (b >> 1) * (spec.page_size / 4);
	else
		area.start -= (b >> 1) * (spec.page_size / 4);
	if (b & 8)
		area.size = byte() * spec.page_size + (b >> 7);
	if ((spec.apart && b & 16) || area.start + area.size <= old.start ||
	    area.start >= old.start + old.size)
		area.start = old.start + 1;
	model_extend(&area);
}

/* A pointer that may be anything. */
static unsigned long any_pointer(void)
{
	u8 b = byte(), v = byte();
	const struct xnheap_extent *ext = &fuzz_heap.extent[v % fuzz_heap.nr_extents];
	unsigned long block = model.nr_live ? model_live[v * model.nr_live >> 8].start : ext->base;

	switch (b & 15) {
	case 0:
		return 0;
	case 1:
		return block + 1 + (b >> 4);
	case 2:
		return block + (8 << (b >> 4));
	case 3:
		return block - (8 << (b >> 4));
	case 4:
		return ext->start + (b >> 4) * 8 - 16;
	case 5:
		return ext->base + (b >> 4) * 8 - 16;
	case 6:
		return ext->base + ext->span + (b >> 4) * 8 - 64;
	case 7:
		return ext->start + ext->size + (b >> 4) - 8;
	case 8:
	case 9:
		return ext->base + two_bytes() * 8;
	case 10:
		return ext->base + two_bytes() % ext->nr_pages * spec.page_size;
	case 11:
		return (unsigned long)ext->map + v * 8;
	case 12:
		return -1UL << (b >> 4) * 2;
	case 13:
		return 1UL << (b >> 4) * 2;
	case 14:
		/* After the last block of a run */
		return (block | (spec.page_size - 1)) + 1 - XNHEAP_MIN_BLOCK * (b >> 4);
	}
	return last_freed;
}

static void free_some(u32 from, u32 step, u32 n, u8 how)
{
	while (n-- && model.nr_live && !model_spent()) {
		last_freed = model_live[from % model.nr_live].start;
		last_size = model_live[from % model.nr_live].bytes;
		if (how == 7)
			model_free_anyones(from % model.nr_live, how);
		else
			model_free(last_freed, how);
		from += step;
	}
}

static void alloc_some(size_t size, u32 n)
{
	last_size = size;
	while (n-- && !model_spent() && model_alloc(size))
		;
}

static unsigned long any_live(void)
{
	u8 b = byte();

	return model.nr_live ? model_live[b * model.nr_live >> 8].start : 0;
}

/* A block gets another size: any, or some pages more or fewer */
static void realloc_live(bool pages)
{
	unsigned long address = any_live();
	size_t size = 0;
	u8 b;

	if (pages && address) {
		b = byte();
		size = model_live[model_live_at(address)].bytes;
		size += (b & 15) * spec.page_size - 7 * spec.page_size + (b >> 4) % 3 - 1;
	}
	model_realloc(address, size ?: any_size());
}

/* An array, perhaps of more bytes than there are numbers */
static void calloc_some(void)
{
	size_t size = any_size();
	u8 b = byte();

	model_zalloc(b < 192 || !size ? b + 1 : SIZE_MAX / size + b - 190, size);
}

/* Most of them blocks, perhaps the same more than once */
static void free_bulk(void)
{
	u32 n = byte() % (MAX_BULK + 1), i;
	unsigned long addresses[MAX_BULK], from = any_live();

	for (i = 0; i < n; i++) {
		addresses[i] = i % 8 == 7 ? any_pointer() : i & 1 ? any_live() : from;
		from = i % 4 == 3 ? any_live() : from + last_size;
	}
	model_free_bulk(addresses, n);
}

/* Calls that are built on those to alloc and free, and questions */
static void call_more(u8 how)
{
	unsigned long address;

	switch (how) {
	case 0:
		address = any_pointer();
		model_realloc(address, any_size());
		break;
	case 7:
		model_zalloc(0, any_size());
		break;
	case 8:
		calloc_some();
		break;
	case 9:
	case 10:
		last_size = any_size();
		model_alloc_bulk(last_size, byte() % (MAX_BULK + 1));
		break;
	case 11:
	case 12:
		free_bulk();
		break;
	case 13:
		model_ask_size(any_size());
		break;
	case 14:
		model_ask_address(byte() & 1 ? any_live() : any_pointer());
		break;
	case 15:
		model_drain();
		break;
	default:
		realloc_live(how & 1);
	}
}

static void reserve(u8 how)
{
	u8 nr = byte();
	size_t size;
	u32 n;

	switch (how) {
	case 8:
		/* More than a heap has, now and then */
		size = any_size();
		model_reserve(size, nr == 255 ? -(size_t)byte() : nr);
		break;
	case 9:
	case 10:
		size = any_size();
		model_reserve(size, nr / 16 + 1);
		break;
	case 15:
		model_unreserve(nr % (model_place() + 1));
		break;
	default:
		nr %= model_place() + 1;
		/* Down to the last one, and one more */
		for (n = how & 1 ? 1 : -1; n && model_alloc_reserved(nr); n--)
			;
		break;
	}
}

/* An offset that may be anything, as a process may send it. */
static size_t any_offset(void)
{
	size_t size = spec.area.size;
	unsigned long address;
	u8 b = byte();

	switch (b & 7) {
	case 0:
		return model.extents * size + (b >> 3) * 16 - 64;
	case 1:
		return XNHEAP_MAX_EXTENTS * size + (b >> 3) * 16 - 64;
	case 2:
		return (b >> 3) * size;
	case 3:
	case 4:
		address = any_pointer();
		break;
	default:
		address = any_live();
	}
	return model_in_pages(address) ? model_offset(address) : address;
}

/* What somebody has, and a little more or less */
static size_t any_quota(void)
{
	u8 b = byte();

	switch (b & 7) {
	case 0:
		return 0;
	case 1:
		return -(size_t)(b >> 3);
	case 2:
	case 3:
		return any_size();
	}
	return model_owned(b >> 5) + last_size * (b & 3) + (b >> 3 & 3) - 1;
}

/* A peer, or all, may have just what the next block takes, or a byte less. */
static void fill(u8 nr, u8 how)
{
	size_t size = any_size(), bytes = xnheap_block_size(&fuzz_heap, size) - (how & 1);

	if (how & 2)
		model_set_quota(-1, model_owned(MAX_PEERS) + bytes);
	else
		model_set_quota(model_owned(nr) + bytes, -1);
	if (!(how & 4))
		model_alloc_owned(nr, size, 1);
	else if (model_alloc(size))
		model_lend(model_live[model.nr_live - 1].start, nr, 0);
}

/* A peer's calls, or one about peers; and its end, perhaps with other calls in between */
static void call_peer(u8 how)
{
	u8 who = byte(), nr = who % MAX_PEERS;
	size_t size;

	switch (how) {
	case 0:
	case 1:
	case 2:
	case 3:
		model_adopt(any_offset(), who, who >> 4);
		break;
	case 4:
	case 5:
		model_lend(any_live(), who, who >> 4);
		break;
	case 6:
		model_lend(any_pointer(), who, who >> 4);
		break;
	case 7:
		size = any_quota();
		model_set_quota(size, any_quota());
		break;
	case 8:
		size = any_size();
		model_alloc_owned(nr, size, 1UL << who / 16);
		break;
	case 9:
		model_ask_largest(nr);
		break;
	case 10:
		model_ask_block(any_offset(), who);
		break;
	case 11:
		model_locate(who & 1 ? any_live() : any_pointer());
		break;
	case 12:
		model_close(nr);
		break;
	case 13:
		fill(nr, who >> 4);
		break;
	case 14:
		for (who /= 16; who && model_close_some(nr); who--)
			;
		break;
	case 15:
		model_close(nr);
		while (model_close_some(nr))
			;
		break;
	}
}

/* On a shared heap: whether the call is another than on others. */
static bool call_shared(u8 op, u8 how)
{
	u8 nr = how % 8 % MAX_PEERS;
	u32 n = how & 8 ? 60 : 1;

	switch (op) {
	case 1:
		last_size = any_size();
		while (n-- && !model_spent() && model_alloc_owned(nr, last_size, 1))
			;
		return true;
	case 8:
		call_peer(how);
		return true;
	case 9:
		model_free_owned(nr, any_offset());
		return true;
	}
	return false;
}

static void call(void)
{
	u8 op = byte(), how = op >> 4;
	size_t size;
	u32 from;

	if (spec.shared && call_shared(op & 15, how))
		return;
	switch (op & 15) {
	case 0:
	case 1:
		alloc_some(any_size(), 1);
		break;
	case 2:
		if (how < 8)
			alloc_some(any_size(), 1);
		else
			reserve(how);
		break;
	case 3:
		alloc_some(any_size(), 2 + how * how);
		break;
	case 4:
		alloc_some(any_size(), how & 3 ? 70 * how : -1);
		break;
	case 5:
	case 6:
		size = any_size();
		model_alloc_aligned(size, (1UL << how) + (how == 15 ? byte() : 0));
		break;
	case 7:
	case 8:
	case 9:
		free_some(byte() * model.nr_live >> 8, 0, 1, how);
		break;
	case 10:
		from = byte() * model.nr_live >> 8;
		free_some(from, byte() % 16, 2 + how * how, 7);
		break;
	case 11:
		free_some(0, how, -1, 7);
		break;
	case 12:
		model_free(any_pointer(), how);
		break;
	case 13:
		call_more(how);
		break;
	case 14:
		extend();
		break;
	case 15:
		if (how == 0)
			model_ask();
		else if (how == 1)
			model_alloc_busy();
		else if (how < 4)
			model_validate();
		else if (how < 12 && model_defers())
			model_settle(how);
		else
			/* What was just freed, again */
			model_free(last_freed, how);
		break;
	}
}

/* As libFuzzer calls them */
int fuzz_begin(int *argc, char ***argv) asm("LLVMFuzzerInitialize");
int fuzz_input(const u8 *data, size_t size) asm("LLVMFuzzerTestOneInput");

int fuzz_begin(int *argc, char ***argv)
{
	fuzz_print = getenv("FUZZ_CALLS");
	return 0;
}

int fuzz_input(const u8 *data, size_t size)
{
	u8 order;

	input = data;
	left = size;
	last_freed = 0;
	last_size = 0;
	memory_reset();
	order = byte();
	if (!init())
		return 0;
	while (left && !model_spent())
		call();
	model_end(order);
	return 0;
}
