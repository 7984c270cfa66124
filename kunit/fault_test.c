// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that runs out: of the allocations behind a call the first fails, then
 * the second, and so on, until the call needs no more. kunit.sh has set the
 * kernel's fault injection so that each of them may.
 */

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "record.h"
#include "view.h"
#include "watch.h"

#define MOST	200		/* allocations behind a call */
/* With each in turn: how many there are before it depends on what lies ready */
#define TRIES	4

/* Heaps of each backing, as kmalloc(), vmalloc() and pages fail by themselves. */
static const struct backing {
	const char *name;
	unsigned int flags;
} backings[] = {
	{ "vmalloc", XNHEAP_VMALLOC },
	{ "pages", XNHEAP_PAGES },
	{ "vmalloc, debug", XNHEAP_VMALLOC | XNHEAP_DEBUG },
};

static void backing_name(const struct backing *backing, char *name)
{
	strscpy(name, backing->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(backing, backings, backing_name);

/* A call again and again, another of its allocations failing. */
struct course {
	struct kunit *test;
	unsigned int nth, tries;
	unsigned int met;		/* tries with the nth in which it failed */
	unsigned int failed;		/* the call returned an error */
	unsigned int survived;		/* it went well all the same */
};

/* Let an allocation fail behind the call that follows; false at the end. */
static bool fault_begin(struct course *course)
{
	if (!(course->tries++ % TRIES)) {
		if (course->nth && !course->met)
			return false;
		course->nth++;
		course->met = 0;
	}
	KUNIT_ASSERT_LT(course->test, course->nth, MOST);
	current->fail_nth = course->nth;
	return true;
}

static void fault_end(struct course *course, int ret)
{
	bool met = !current->fail_nth;

	current->fail_nth = 0;
	KUNIT_EXPECT_EQ_MSG(course->test, met && ret ? -ENOMEM : 0, ret,
			    "allocation %u", course->nth);
	course->met += met;
	course->failed += !!ret;
	course->survived += met && !ret;
}

static void expect_usable(struct kunit *test, xnheap_t *heap)
{
	u_long used = xnheap_used_mem(heap);
	u8 *block = xnheap_alloc(heap, 1000);

	KUNIT_ASSERT_NOT_NULL(test, block);
	memset(block, 0xff, 1000);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(heap));
	EXPECT_SOUND(test, heap);
}

static xnheap_t *create(const struct backing *backing)
{
	return xnheap_create("fault", SZ_64K, 512, backing->flags);
}

static xnheap_t *created(struct kunit *test, const struct backing *backing)
{
	xnheap_t *heap = create(backing);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	return heap;
}

static void create_gives_up_whatever_allocation_fails(struct kunit *test)
{
	const struct backing *backing = test->param_value;
	struct course course = { .test = test };
	xnheap_t *heap;

	while (fault_begin(&course)) {
		heap = create(backing);
		fault_end(&course, PTR_ERR_OR_ZERO(heap));
		if (IS_ERR(heap))
			continue;
		/* Only its folder may be missing */
		KUNIT_EXPECT_STREQ(test, heap->label, "fault");
		KUNIT_EXPECT_EQ(test, !!(backing->flags & XNHEAP_DEBUG),
				!!heap->watch);
		expect_usable(test, heap);
		xnheap_delete(heap);
	}
	/* The heap itself, its memory; its folder, a file in it */
	KUNIT_EXPECT_GE(test, course.failed, TRIES + 1U);
	KUNIT_EXPECT_GE(test, course.survived, TRIES + 1U);
}

static void grow_changes_nothing_whatever_allocation_fails(struct kunit *test)
{
	struct course course = { .test = test };
	xnheap_t *heap = created(test, test->param_value);
	int ret;

	while (fault_begin(&course)) {
		ret = xnheap_grow(heap);
		fault_end(&course, ret);
		KUNIT_EXPECT_EQ(test, (ret ? 1UL : 2UL) * SZ_64K,
				xnheap_size(heap));
		expect_usable(test, heap);
		xnheap_delete(heap);
		heap = created(test, test->param_value);
	}
	xnheap_delete(heap);
	KUNIT_EXPECT_GE(test, course.failed, 1U);
}

static void a_heap_without_a_folder_works(struct kunit *test)
{
	struct course course = { .test = test };
	u8 *area = memory_get(test, SZ_64K);
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, heap);
	while (fault_begin(&course)) {
		fault_end(&course, xnheap_init(heap, area, SZ_64K, 512));
		expect_usable(test, heap);
		KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
	}
	KUNIT_EXPECT_EQ(test, 0U, course.failed);
	KUNIT_EXPECT_GE(test, course.survived, TRIES + 1U);
}

static void a_label_is_set_whatever_allocation_fails(struct kunit *test)
{
	struct course course = { .test = test };
	xnheap_t *heap = created(test, &backings[0]);
	char label[XNHEAP_LABEL_LEN];

	while (fault_begin(&course)) {
		fault_end(&course, xnheap_set_label(heap, "nr %u", course.tries));
		snprintf(label, sizeof(label), "nr %u", course.tries);
		KUNIT_EXPECT_STREQ(test, heap->label, label);
		expect_usable(test, heap);
	}
	xnheap_delete(heap);
	KUNIT_EXPECT_EQ(test, 0U, course.failed);
	KUNIT_EXPECT_GE(test, course.survived, TRIES + 1U);
}

/* What a heap needs once it is watched is allocated then. */
static void a_switch_is_turned_or_not_whatever_allocation_fails(struct kunit *test)
{
	struct course course = { .test = test };
	xnheap_t *heap = created(test, &backings[0]);
	int ret;

	while (fault_begin(&course)) {
		ret = watch_switch(heap, WATCH_VERBOSE, true);
		fault_end(&course, ret);
		KUNIT_EXPECT_EQ(test, !ret, heap->watch &&
				heap->watch->on[WATCH_VERBOSE]);
		expect_usable(test, heap);
		xnheap_delete(heap);
		heap = created(test, &backings[0]);
	}
	xnheap_delete(heap);
	KUNIT_EXPECT_GE(test, course.failed, 1U);
}

/* The files of a heap, and whether they need memory to be read again. */
static const struct file_kind {
	const char *name;
	bool needy;
} file_kinds[] = {
	{ "stats", false },
	{ "extents", false },
	{ "ranges", true },
	{ "buckets", false },
	{ "peak", false },
	{ "map", false },
	{ "fill", false },
	{ "latency", false },
	{ "leaks", true },
};

static void file_name(const struct file_kind *file, char *name)
{
	strscpy(name, file->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(file, file_kinds, file_name);

#define TEXT	SZ_16K

static void a_file_is_shown_or_not_whatever_allocation_fails(struct kunit *test)
{
	const struct file_kind *kind = test->param_value;
	struct course opened = { .test = test }, read = { .test = test };
	xnheap_t *heap = created(test, &backings[2]);
	char *text = memory_get(test, TEXT);
	unsigned int unread = 0;
	struct file *file;
	ssize_t ret;

	while (fault_begin(&opened)) {
		file = view_open(heap, kind->name);
		fault_end(&opened, PTR_ERR_OR_ZERO(file));
		if (!IS_ERR(file))
			view_close(file);
	}
	while (fault_begin(&read)) {
		file = view_open(heap, kind->name);
		ret = IS_ERR(file) ? PTR_ERR(file) :
				     view_read_all(file, text, TEXT);
		fault_end(&read, min(ret, 0L));
		if (IS_ERR(file))
			continue;
		unread += ret < 0;
		view_close(file);
	}
	xnheap_delete(heap);
	KUNIT_EXPECT_GE(test, opened.failed, 1U);
	KUNIT_EXPECT_GE(test, unread, 1U);
}

/* No allocation of this task succeeds: kunit.sh has said what that means. */
static void memory_is_gone(struct kunit *test)
{
	void *memory;

	current->make_it_fail = 1;
	memory = kvmalloc(SZ_16K, GFP_KERNEL);
	if (memory)
		current->make_it_fail = 0;
	kvfree(memory);
	KUNIT_ASSERT_NULL(test, memory);
}

static void memory_is_back(void)
{
	current->make_it_fail = 0;
}

static void where_no_memory_is_left_a_file_says_so(struct kunit *test)
{
	const struct file_kind *kind = test->param_value;
	xnheap_t *heap = created(test, &backings[2]);
	struct file *file = view_open(heap, kind->name);
	char *text = memory_get(test, TEXT);
	ssize_t first, again;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	first = view_read_all(file, text, TEXT);
	KUNIT_EXPECT_GT(test, first, 0);
	file->f_pos = 0;
	memory_is_gone(test);
	again = view_read_all(file, text, TEXT);
	memory_is_back();
	KUNIT_EXPECT_EQ(test, kind->needy ? -ENOMEM : first, again);
	view_close(file);
	xnheap_delete(heap);
}

static void a_debug_heap_ends_without_memory_to_tell_its_leaks(struct kunit *test)
{
	struct heap_kind kind = { "leaky", 512, 64, 1, 0, XNHEAP_DEBUG };
	struct test_heap *th = heap_make(test, &kind);
	struct leaks *leaks;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, xnheap_alloc(&th->heap, 100));
	memory_is_gone(test);
	leaks = record_leaks(&th->heap);
	ret = xnheap_destroy(&th->heap, NULL, NULL);
	memory_is_back();
	KUNIT_EXPECT_NULL(test, leaks);
	KUNIT_EXPECT_EQ(test, 0, ret);
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(&th->heap));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(create_gives_up_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE_PARAM(grow_changes_nothing_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE(a_heap_without_a_folder_works),
	KUNIT_CASE(a_label_is_set_whatever_allocation_fails),
	KUNIT_CASE(a_switch_is_turned_or_not_whatever_allocation_fails),
	KUNIT_CASE_PARAM(a_file_is_shown_or_not_whatever_allocation_fails,
			 file_gen_params),
	KUNIT_CASE_PARAM(where_no_memory_is_left_a_file_says_so,
			 file_gen_params),
	KUNIT_CASE(a_debug_heap_ends_without_memory_to_tell_its_leaks),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_fault",
	.exit = undo_all,
	.test_cases = cases,
};

kunit_test_suite(suite);
