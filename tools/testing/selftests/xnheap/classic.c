// SPDX-License-Identifier: GPL-2.0
/*
 * A client as they were written for the nucleus heap: telegrams in a heap of its own,
 * frames in one that processes map, and what it knows of them in the system heap. That
 * it has the header's names alone, and builds, is part of the test.
 */

#include <linux/xnheap_classic.h>

#include <linux/errno.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define BUS_HEAP_BYTES	(16 * 1024)

struct telegram {
	u_long len;
	char payload[];
};

struct bus {
	xnheap_t heap;
	xnheap_t *frames_at;		/* was: xnheap_t frames; */
	u_long sent;
	u_long flushed;
};

#define frames frames_at[0]

static int bus_open(struct bus **busp)
{
	struct bus *bus;
	u_long size;
	void *area;
	int err;

	bus = xnmalloc(sizeof(*bus));
	if (!bus)
		return -ENOMEM;
	memset(bus, 0, sizeof(*bus));

	size = xnheap_rounded_size(BUS_HEAP_BYTES, XNHEAP_PAGE_SIZE);
	area = vmalloc(size);
	if (!area) {
		xnfree(bus);
		return -ENOMEM;
	}
	err = xnheap_init(&bus->heap, area, size, XNHEAP_PAGE_SIZE);
	if (err) {
		vfree(area);
		xnfree(bus);
		return err;
	}
	xnheap_set_label(&bus->heap, "bus %d", 0);
	*busp = bus;
	return 0;
}

/* One more extent, as large as the first: others the nucleus did not take. */
static int bus_grow(struct bus *bus)
{
	u_long size = xnheap_extentsize(&bus->heap);
	void *area = vmalloc(size);
	int err;

	if (!area)
		return -ENOMEM;
	err = xnheap_extend(&bus->heap, area, size);
	if (err)
		vfree(area);
	return err;
}

static void bus_flush(xnheap_t *heap, void *extaddr, u_long extsize, void *cookie)
{
	struct bus *bus = cookie;

	bus->flushed += extsize;
	vfree(extaddr);
}

/* Gives back how many bytes were flushed. */
static u_long bus_close(struct bus *bus)
{
	u_long flushed;

	xnheap_destroy(&bus->heap, bus_flush, bus);
	flushed = bus->flushed;
	xnfree(bus);
	return flushed;
}

static struct telegram *bus_send(struct bus *bus, const char *text)
{
	u_long len = strlen(text) + 1;
	struct telegram *telegram;

	telegram = xnheap_alloc(&bus->heap, sizeof(*telegram) + len);
	if (!telegram)
		return NULL;
	telegram->len = len;
	memcpy(telegram->payload, text, len);
	bus->sent++;
	return telegram;
}

static int telegram_check(void *block)
{
	struct telegram *telegram = block;

	return telegram->len ? 0 : -EBUSY;
}

static int bus_done(struct bus *bus, struct telegram *telegram)
{
	return xnheap_test_and_free(&bus->heap, telegram, telegram_check);
}

static u_long frames_released;

static void frames_release(struct xnheap *heap)
{
	frames_released = xnheap_extentsize(heap);
}

static int bus_map(struct bus *bus)
{
	return xnheap_init_mapped(&bus->frames_at, PAGE_ALIGN(BUS_HEAP_BYTES), 0);
}

static void bus_unmap(struct bus *bus)
{
	xnheap_destroy_mapped(&bus->frames, frames_release, NULL);
}

/* What a process is told of a frame. */
static u_long frame_put(struct bus *bus, const char *text)
{
	u_long len = strlen(text) + 1;
	char *frame = xnheap_alloc(&bus->frames, len);

	if (!frame)
		return ~0UL;
	memcpy(frame, text, len);
	return xnheap_mapped_offset(&bus->frames, frame);
}

/* What a process tells of one. */
static int frame_done(struct bus *bus, u_long off)
{
	char *frame = xnheap_mapped_address(&bus->frames, off);

	return frame ? xnheap_free(&bus->frames, frame) : -EINVAL;
}

#include "selftest.h"

static void test_classic_mapped(struct bus *bus)
{
	u_long one, two;

	expect(bus_map(bus), 0);
	expect(xnheap_mapped_p(&bus->frames), true);
	expect(xnheap_mapped_p(&bus->heap), false);
	one = frame_put(bus, "left");
	two = frame_put(bus, "right");
	expect(strcmp(xnheap_base_memory(&bus->frames) + two, "right"), 0);
	expect(frame_done(bus, one), 0);
	expect(frame_done(bus, one), -EINVAL);
	expect(frame_done(bus, two + 1), -EINVAL);
	expect(frame_done(bus, ~0UL), -EINVAL);
	bus_unmap(bus);
	expect(frames_released, PAGE_ALIGN(BUS_HEAP_BYTES));
}

void test_classic(void)
{
	u_long before = xnheap_used_mem(&kheap), bytes;
	struct telegram *one, *two;
	struct bus *bus;

	expect(bus_open(&bus), 0);
	expect(xnheap_used_mem(&kheap) > before, true);
	expect(xnheap_usable_mem(&bus->heap) >= BUS_HEAP_BYTES, true);
	expect(xnheap_max_contiguous(&bus->heap),
	       xnheap_page_count(&bus->heap) * xnheap_page_size(&bus->heap));
	bytes = xnheap_extentsize(&bus->heap);
	expect(bus_grow(bus), 0);

	one = bus_send(bus, "on");
	two = bus_send(bus, "off");
	expect(one && two, true);
	expect(bus->sent, 2);
	expect(strcmp(two->payload, "off"), 0);
	expect(xnheap_check_block(&bus->heap, one), 0);
	expect(bus_done(bus, one), 0);
	expect(bus_done(bus, one), -EINVAL);
	two->len = 0;
	expect(bus_done(bus, two), -EBUSY);
	expect(xnheap_free(&bus->heap, two), 0);
	expect(xnheap_used_mem(&bus->heap), 0);
	test_classic_mapped(bus);

	expect(bus_close(bus), 2 * bytes);
	expect(xnheap_used_mem(&kheap), before);
}

void test_no_system_heap(void)
{
	struct bus *bus;

	expect(!!xnmalloc(1), false);
	expect(xnfree(NULL), 0);
	expect(xnfree(&bus), -EINVAL);
	expect(bus_open(&bus), -ENOMEM);
	expect(xnheap_size(&kheap), 0);
}
