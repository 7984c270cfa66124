// SPDX-License-Identifier: GPL-2.0
/*
 * extent_layout() of every area of up to MOST bytes at every address, with the
 * page map in it or, if APART, in any memory of its own.
 */

#include "sources.h"

/* Pages of 64 bytes, for each of which somebody wants memory, too */
#define PAGE		64UL
#define STRIDE		32UL
#define EXTRA		24UL

/* Bytes of all that an extent of so many pages has beside them */
static unsigned long beside(unsigned long pages)
{
	return pages * EXTRA + (pages + 2) * STRIDE;
}

int main(void)
{
	static const struct extent_shape shape = {
		.page_size = PAGE, .stride = STRIDE, .extra = EXTRA,
	};
	struct extent_area area = {
		.start = nondet_ulong(),
		.size = nondet_ulong(),
		.map = APART ? nondet_ulong() : 0,
		.map_size = APART ? nondet_ulong() : 0,
	};
	unsigned long end = area.start + area.size, last = end / PAGE * PAGE;
	unsigned long map = APART ? area.map : area.start, room, pages, most;
	struct xnheap_extent ext = { };
	int ret;

	__CPROVER_assume(area.size <= MOST && (!APART || area.map));
	ret = extent_layout(&ext, &area, &shape);
	map += -map & 7;
	pages = ext.nr_pages;
	if (APART) {
		/* All whole pages, or none */
		most = (last - (area.start + (-area.start & (PAGE - 1)))) / PAGE;
		room = area.map_size;
		if (!ret)
			CHECK(pages == most);
	} else {
		most = MOST / PAGE;
		room = last - map;
		/* No page more would do */
		if (!ret)
			CHECK(room < beside(pages + 1) + (pages + 1) * PAGE);
	}
	if (ret) {
		CHECK(ret == -EINVAL && !pages);
		CHECK(!area.start || !area.size || area.size % PAGE ||
		      end < area.start || area.map + room < area.map ||
		      (APART ? most < 2 || room < beside(most) + 8 :
		       (long)room < (long)(beside(2) + 2 * PAGE)));
		return 0;
	}
	CHECK(area.start && area.size % PAGE == 0 && end > area.start);
	CHECK(ext.start == area.start && ext.size == area.size && !ext.span);
	CHECK(pages >= 2 && pages <= most);
	CHECK(ext.base == last - pages * PAGE && ext.base >= area.start);
	/* Extra memory, the map, and between the two the entry of page -1 */
	CHECK((unsigned long)ext.map == map + pages * EXTRA + STRIDE);
	map += beside(pages);
	CHECK(map <= (APART ? area.map + room : ext.base));
	return 0;
}
