// SPDX-License-Identifier: GPL-2.0
/*
 * Areas that heaps are made of, side by side in one large piece of memory, and
 * so at the same place in a page whenever an input is run. All of it is poisoned
 * but for the page maps: whoever touches a page, or what is beside an area, is
 * caught.
 */
#include <sanitizer/asan_interface.h>

#include "fuzz.h"

#define ARENA	(64UL << 20)

static u8 arena[ARENA] __aligned(XNHEAP_MAX_PAGE_SIZE);
static unsigned long low, high;

/* An area @gap bytes before or after all others; false if there is no room. */
bool memory_get(struct fuzz_area *area, size_t size, u32 gap, bool below)
{
	const unsigned long start = (unsigned long)arena, end = start + ARENA;

	if (below ? size + gap > low - start : size + gap > end - high)
		return false;
	if (below)
		low -= size + gap;
	area->start = below ? low : high + gap;
	area->size = size;
	if (!below)
		high += size + gap;
	return true;
}

void memory_open(unsigned long start, size_t size)
{
	__asan_unpoison_memory_region((void *)start, size);
}

void memory_close(unsigned long start, size_t size)
{
	__asan_poison_memory_region((void *)start, size);
}

/* Take all areas back. */
void memory_reset(void)
{
	if (!low) {
		low = (unsigned long)arena;
		high = low + ARENA;
	}
	memory_close(low, high - low);
	low = (unsigned long)arena + ARENA / 2;
	high = low;
}
