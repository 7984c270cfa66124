// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that runs out: of the allocations of a call the first fails, then
 * the second, and so on, until the call needs no more.
 */

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "debugfs.h"

#define MOST	200		/* allocations of a call */
/* With each in turn: how many there are before it depends on what lies ready */
#define TRIES	4

/*
 * What the kernel's fault injection is to do: any allocation may fail, without a
 * word, and all do of a task that says so. In the order in which it is safe to
 * set them; the reverse is to be taken back.
 */
static struct knob {
	const char *file;
	size_t bytes;
	union {
		bool yes;
		u32 number;
		u_long word;
	} value;
} knobs[] = {
	{ "failslab/verbose", sizeof(u_long), { .word = 0 } },
	{ "failslab/ignore-gfp-wait", sizeof(bool), { .yes = false } },
	{ "failslab/times", sizeof(u32), { .number = -1 } },
	{ "failslab/task-filter", sizeof(bool), { .yes = true } },
	{ "failslab/probability", sizeof(u_long), { .word = 100 } },
	{ "fail_page_alloc/verbose", sizeof(u_long), { .word = 0 } },
	{ "fail_page_alloc/ignore-gfp-wait", sizeof(bool), { .yes = false } },
	{ "fail_page_alloc/ignore-gfp-highmem", sizeof(bool), { .yes = false } },
	{ "fail_page_alloc/min-order", sizeof(u32), { .number = 0 } },
	{ "fail_page_alloc/times", sizeof(u32), { .number = -1 } },
	{ "fail_page_alloc/task-filter", sizeof(bool), { .yes = true } },
	{ "fail_page_alloc/probability", sizeof(u_long), { .word = 100 } },
};

static unsigned int knobs_set;

/* A file's inode has the address of what it shows. */
static bool knob_swap(struct knob *knob)
{
	struct file *file = debugfs_open(knob->file);
	typeof(knob->value) was = knob->value;
	void *value;

	if (IS_ERR(file))
		return false;
	value = file_inode(file)->i_private;
	memcpy(&knob->value, value, knob->bytes);
	memcpy(value, &was, knob->bytes);
	text_close(file);
	return true;
}

static int faults_begin(struct kunit_suite *suite)
{
	int ret = debugfs_begin(suite);

	if (ret)
		return ret;
	while (knobs_set < ARRAY_SIZE(knobs) && knob_swap(&knobs[knobs_set]))
		knobs_set++;
	return 0;
}

static void faults_end(struct kunit_suite *suite)
{
	while (knobs_set)
		knob_swap(&knobs[--knobs_set]);
	debugfs_end(suite);
}

static int test_begin(struct kunit *test)
{
	if (knobs_set < ARRAY_SIZE(knobs))
		kunit_skip(test, "this kernel has no %s", knobs[knobs_set].file);
	return 0;
}

/* Heaps of each backing, as kmalloc(), vmalloc() and pages fail by themselves. */
static const struct backing {
	const char *name;
	unsigned int flags;
} backings[] = {
	{ "vmalloc", XNHEAP_VMALLOC },
	{ "pages", XNHEAP_PAGES },
#ifdef XNHEAP_OBSERVE
	{ "vmalloc, debug", XNHEAP_VMALLOC | XNHEAP_DEBUG },
#endif
	{ "vmalloc, defer", XNHEAP_VMALLOC | XNHEAP_DEFER },
	{ "shared", XNHEAP_VMALLOC | XNHEAP_SHARED },
};

#define DEBUG	2	/* the one of a debug heap */

KUNIT_ARRAY_PARAM_DESC(backing, backings, name);

/* A call again and again, another of its allocations failing. */
struct course {
	struct kunit *test;
	unsigned int nth, tries;
	unsigned int met;		/* tries with the nth in which it failed */
	unsigned int failed;		/* the call returned an error */
	unsigned int survived;		/* it went well all the same */
};

/* Let an allocation fail in the call that follows; false at the end. */
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

static void expect_usable(struct kunit *test, struct xnheap *heap)
{
	u_long used = xnheap_used_mem(heap);
	u8 *block = xnheap_alloc(heap, 1000);

	KUNIT_ASSERT_NOT_NULL(test, block);
	memset(block, 0xff, 1000);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(heap));
	EXPECT_SOUND(test, heap);
}

static struct xnheap *create(const struct backing *backing)
{
	return xnheap_create("fault", SZ_64K, 512, backing->flags);
}

static struct xnheap *created(struct kunit *test, const struct backing *backing)
{
	struct xnheap *heap = create(backing);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	return heap;
}

static void create_gives_up_whatever_allocation_fails(struct kunit *test)
{
	const struct backing *backing = test->param_value;
	struct course course = { .test = test };
	struct xnheap *heap;

	while (fault_begin(&course)) {
		heap = create(backing);
		fault_end(&course, PTR_ERR_OR_ZERO(heap));
		if (IS_ERR(heap))
			continue;
		/* Only its folder may be missing */
		KUNIT_EXPECT_STREQ(test, heap->label, "fault");
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
	struct xnheap *heap = created(test, test->param_value);
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

static void a_heap_grows_by_itself_or_does_not_whatever_allocation_fails(struct kunit *test)
{
	struct course course = { .test = test };
	struct xnheap *heap = created(test, test->param_value);
	int ret;

	while (fault_begin(&course)) {
		ret = xnheap_set_growth(heap, 512, 0, SZ_64K);
		fault_end(&course, ret);
		/* Calls look for a mark if there is anybody to be told */
		KUNIT_EXPECT_EQ(test, !ret, heap->level_mark != 0);
		expect_usable(test, heap);
		KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, 0, 0, 0));
	}
	xnheap_delete(heap);
	KUNIT_EXPECT_GE(test, course.failed, 1U);
}

/* None of the places is lost: there can be as many as ever. */
static void expect_all_places(struct kunit *test, struct xnheap *heap)
{
	struct xnheap_reservation *r[XNHEAP_MAX_RESERVATIONS];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = xnheap_reserve(heap, 8, 1);
		KUNIT_EXPECT_EQ(test, 0, PTR_ERR_OR_ZERO(r[i]));
	}
	while (i--)
		KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r[i]));
}

static void reserve_changes_nothing_whatever_allocation_fails(struct kunit *test)
{
	struct course course = { .test = test };
	struct xnheap *heap = created(test, test->param_value);
	struct xnheap_reservation *r;

	if (heap->waiting) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, PTR_ERR(xnheap_reserve(heap, 2000, 4)));
		xnheap_delete(heap);
		return;
	}
	while (fault_begin(&course)) {
		/* Of whole pages: then there is a table of them */
		r = xnheap_reserve(heap, 2000, 4);
		fault_end(&course, PTR_ERR_OR_ZERO(r));
		if (!IS_ERR(r))
			KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
		expect_all_places(test, heap);
		KUNIT_EXPECT_EQ(test, heap->pages, heap->free_pages);
		expect_usable(test, heap);
		xnheap_delete(heap);
		heap = created(test, test->param_value);
	}
	xnheap_delete(heap);
	/* The place for all reservations, the table */
	KUNIT_EXPECT_GE(test, course.failed, TRIES + 1U);
}

static void init_changes_nothing_whatever_allocation_fails(struct kunit *test)
{
	struct course course = { .test = test };
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	u8 *area = memory_get(test, SZ_64K);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	while (fault_begin(&course)) {
		ret = xnheap_init(heap, area, SZ_64K, 512);
		fault_end(&course, ret);
		if (ret) {
			KUNIT_EXPECT_NULL(test, memchr_inv(area, 0xa5, SZ_64K));
			KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(heap));
			continue;
		}
		expect_usable(test, heap);
		KUNIT_EXPECT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
		memset(area, 0xa5, SZ_64K);
	}
#ifdef XNHEAP_OBSERVE
	/* What observes it; for its tables there is another way */
	KUNIT_EXPECT_GE(test, course.failed, 1U);
#endif
	KUNIT_EXPECT_GE(test, course.survived, 1U);
}

/* No allocation of this task succeeds. */
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

/* As some try another allocator when the first fails. */
static void where_no_memory_is_left_init_changes_nothing(struct kunit *test)
{
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	u8 *area = memory_get(test, SZ_64K);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	memory_is_gone(test);
	ret = xnheap_init(heap, area, SZ_64K, 512);
	memory_is_back();
	KUNIT_EXPECT_EQ(test, -ENOMEM, ret);
	KUNIT_EXPECT_NULL(test, memchr_inv(area, 0xa5, SZ_64K));
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(heap));
}

#ifdef XNHEAP_OBSERVE

static void a_label_is_set_whatever_allocation_fails(struct kunit *test)
{
	struct course course = { .test = test };
	struct xnheap *heap = created(test, &backings[0]);
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

KUNIT_ARRAY_PARAM_DESC(file, file_kinds, name);

#define TEXT	SZ_16K

static void a_file_is_shown_or_not_whatever_allocation_fails(struct kunit *test)
{
	const struct file_kind *kind = test->param_value;
	struct course opened = { .test = test }, read = { .test = test };
	struct xnheap *heap = created(test, &backings[DEBUG]);
	char *text = memory_get(test, TEXT);
	unsigned int unread = 0;
	struct file *file;
	ssize_t ret;

	while (fault_begin(&opened)) {
		file = text_open(heap, kind->name);
		fault_end(&opened, PTR_ERR_OR_ZERO(file));
		if (!IS_ERR(file))
			text_close(file);
	}
	while (fault_begin(&read)) {
		file = text_open(heap, kind->name);
		ret = IS_ERR(file) ? PTR_ERR(file) :
				     text_read_all(file, text, TEXT);
		fault_end(&read, min(ret, 0L));
		if (IS_ERR(file))
			continue;
		unread += ret < 0;
		text_close(file);
	}
	xnheap_delete(heap);
	KUNIT_EXPECT_GE(test, opened.failed, 1U);
	KUNIT_EXPECT_GE(test, unread, 1U);
}

static void where_no_memory_is_left_a_file_says_so(struct kunit *test)
{
	const struct file_kind *kind = test->param_value;
	struct xnheap *heap = created(test, &backings[DEBUG]);
	struct file *file = text_open(heap, kind->name);
	char *text = memory_get(test, TEXT);
	ssize_t first, again;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	first = text_read_all(file, text, TEXT);
	KUNIT_EXPECT_GT(test, first, 0);
	file->f_pos = 0;
	memory_is_gone(test);
	again = text_read_all(file, text, TEXT);
	memory_is_back();
	KUNIT_EXPECT_EQ(test, kind->needy ? -ENOMEM : first, again);
	text_close(file);
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
	leaks = tracking_leaks(&th->heap, NULL);
	ret = xnheap_destroy(&th->heap, NULL, NULL);
	memory_is_back();
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(leaks));
	KUNIT_EXPECT_EQ(test, 0, ret);
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_size(&th->heap));
	KUNIT_EXPECT_NULL(test, th->heap.observed);
}

#endif

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(create_gives_up_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE_PARAM(grow_changes_nothing_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE_PARAM(a_heap_grows_by_itself_or_does_not_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE_PARAM(reserve_changes_nothing_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE(init_changes_nothing_whatever_allocation_fails),
	KUNIT_CASE(where_no_memory_is_left_init_changes_nothing),
#ifdef XNHEAP_OBSERVE
	KUNIT_CASE(a_label_is_set_whatever_allocation_fails),
	KUNIT_CASE_PARAM(a_file_is_shown_or_not_whatever_allocation_fails,
			 file_gen_params),
	KUNIT_CASE_PARAM(where_no_memory_is_left_a_file_says_so,
			 file_gen_params),
	KUNIT_CASE(a_debug_heap_ends_without_memory_to_tell_its_leaks),
#endif
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_fault",
	.test_cases = cases,
	.suite_init = faults_begin,
	.suite_exit = faults_end,
	.init = test_begin,
};

kunit_test_suite(suite);
