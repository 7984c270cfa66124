// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that runs out: of the allocations behind a call the first fails, then
 * the second, and so on, until the call needs no more. kunit.sh has set the
 * kernel's fault injection so that each of them may.
 */

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "kunit_xnheap.h"

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
	struct course course = { .test = test };
	xnheap_t *heap;

	while (fault_begin(&course)) {
		heap = create(test->param_value);
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

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(create_gives_up_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE_PARAM(grow_changes_nothing_whatever_allocation_fails,
			 backing_gen_params),
	KUNIT_CASE(a_heap_without_a_folder_works),
	KUNIT_CASE(a_label_is_set_whatever_allocation_fails),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_fault",
	.exit = undo_all,
	.test_cases = cases,
};

kunit_test_suite(suite);
