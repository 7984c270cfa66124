// SPDX-License-Identifier: GPL-2.0
/* extent_layout() of every area of up to MOST bytes at every address. */

#include "heap.c"
#include "bucket.c"
#include "extent.c"
#include "plan.c"
#include "stubs.h"

/* Pages of 64 bytes; as of the first extent of a heap with three buckets */
#define PAGE		64UL
#define STRIDE		32UL
#define HEADER		248UL

int main(void)
{
	static const struct extent_shape shape = {
		.page_size = PAGE, .stride = STRIDE, .header = HEADER,
	};
	u_long start = nondet_ulong(), size = nondet_ulong();
	u_long first = start + (-start & 7), room, map, end;
	struct xnheap_extent ext = { };
	int ret;

	__CPROVER_assume(size <= MOST);
	ret = extent_layout(&ext, start, size, &shape);
	end = (start + size) & ~(PAGE - 1);
	/* Between the header of the extent, the heap's and the last page's end */
	room = end - first - sizeof(ext) - HEADER;
	if (ret) {
		CHECK(ret == -EINVAL);
		CHECK(!start || size % PAGE || start + size < start || end < first ||
		      (long)room < (long)(2 * PAGE + 4 * STRIDE));
		CHECK(!ext.nr_pages);
		return 0;
	}
	CHECK(start && size % PAGE == 0 && start + size > start);
	CHECK(ext.start == start && ext.size == size && !ext.span);
	map = (u_long)ext.map;
	CHECK(map == first + sizeof(ext) + HEADER);
	CHECK(ext.nr_pages >= 2 && ext.nr_pages <= MOST / PAGE);
	CHECK(ext.base == end - (ext.nr_pages + 1) * PAGE);
	CHECK(map + (ext.nr_pages + 2) * STRIDE <= ext.base + PAGE);
	/* No page more would do */
	CHECK(room < (ext.nr_pages + 1) * PAGE + (ext.nr_pages + 3) * STRIDE);
	return 0;
}
