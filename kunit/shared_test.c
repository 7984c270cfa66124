// SPDX-License-Identifier: GPL-2.0
/* Heaps that are shared with processes: whose blocks are, and what that forbids. */

#include <linux/err.h>
#include <linux/mm.h>

#include "kunit_xnheap.h"
#include "peers.h"

struct shared_kind {
	const char *name;
	u_long page_size;
	unsigned int flags;
};

static const struct shared_kind kinds[] = {
	{ "64-byte pages", 64, XNHEAP_VMALLOC },
	{ "512-byte pages", 512, XNHEAP_VMALLOC },
	{ "4096-byte pages, contiguous", 4096, XNHEAP_PAGES },
	{ "32768-byte pages", 32768, XNHEAP_VMALLOC },
	{ "512-byte pages, fine", 512, XNHEAP_VMALLOC | XNHEAP_FINE },
	{ "4096-byte pages, fine, contiguous", 4096, XNHEAP_PAGES | XNHEAP_FINE },
	{ "4096-byte pages, aligned to 256", 4096, XNHEAP_VMALLOC | XNHEAP_ALIGN(256) },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);
#define SHARED_CASE(test) KUNIT_CASE_PARAM(test, kind_gen_params)

#define EXTENT		(max(PAGE_SIZE, 32768UL) * 8)
#define EXTENTS		3

static struct xnheap *make(struct kunit *test)
{
	const struct shared_kind *kind = test->param_value;

	return make_shared(test, EXTENT, kind->page_size, kind->flags, EXTENTS * EXTENT);
}

#define for_each_size(size, heap)					\
	for (size = 1; size <= 3 * xnheap_page_size(heap); size += size / 2 + 1)

/* Each who has no block of his there is told so, and nothing is changed. */
static void nobody_frees_what_is_anothers(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1), *b = open_as(test, heap, XNHEAP_MAX_PEERS);
	u_long size, offset, used;
	u8 *block, *own;
	u64 foreign;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_quota(heap, EXTENT, EXTENT));
	for_each_size(size, heap) {
		block = alloc_as(test, heap, a, size);
		own = xnheap_alloc(heap, size);
		KUNIT_ASSERT_NOT_NULL(test, own);
		used = xnheap_used_mem(heap);
		offset = offset_of(heap, block);
		foreign = heap->failed[XNHEAP_FREE_FOREIGN];
		KUNIT_EXPECT_EQ(test, -EPERM, xnheap_free(heap, block));
		KUNIT_EXPECT_EQ(test, -EPERM, xnheap_test_and_free(heap, block, NULL));
		KUNIT_EXPECT_EQ(test, -EPERM, xnheap_check_block(heap, block));
		KUNIT_EXPECT_EQ(test, 0, xnheap_usable_size(heap, block));
		KUNIT_EXPECT_NULL(test, xnheap_realloc(heap, block, size));
		KUNIT_EXPECT_NULL(test, xnheap_at(heap, offset));
		KUNIT_EXPECT_EQ(test, -EPERM, sharing_free(heap, offset, b));
		KUNIT_EXPECT_EQ(test, -EPERM, sharing_free(heap, offset_of(heap, own), a));
		KUNIT_EXPECT_EQ(test, foreign + 4, heap->failed[XNHEAP_FREE_FOREIGN]);
		KUNIT_EXPECT_EQ(test, -EPERM, xnheap_lend(heap, block, peer_of(b)));
		KUNIT_EXPECT_EQ(test, -EPERM,
				PTR_ERR(xnheap_adopt(heap, offset, peer_of(b))));
		KUNIT_EXPECT_EQ(test, -EPERM,
				PTR_ERR(xnheap_adopt(heap, offset_of(heap, own), NULL)));
		KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(heap));
		EXPECT_SOUND(test, heap);

		KUNIT_EXPECT_EQ(test, 0, sharing_free(heap, offset, a));
		KUNIT_EXPECT_EQ(test, -EINVAL, sharing_free(heap, offset, a));
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, own));
		KUNIT_EXPECT_EQ(test, 0, a->bytes);
		KUNIT_EXPECT_EQ(test, 0, a->blocks);
		EXPECT_SOUND(test, heap);
	}
	close_as(heap, a);
	close_as(heap, b);
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
}

static void blocks_pass_from_one_to_another(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1), *b = open_as(test, heap, 2);
	u_long size, offset, bytes;
	u8 *block;

	KUNIT_ASSERT_EQ(test, 0, xnheap_set_quota(heap, EXTENT, EXTENT));
	for_each_size(size, heap) {
		block = alloc_as(test, heap, a, size);
		offset = offset_of(heap, block);
		bytes = a->bytes;
		KUNIT_EXPECT_EQ(test, xnheap_used_mem(heap), bytes);
		KUNIT_EXPECT_PTR_EQ(test, block, xnheap_adopt(heap, offset, peer_of(a)));
		KUNIT_EXPECT_EQ(test, 0, a->bytes + a->blocks);
		KUNIT_EXPECT_PTR_EQ(test, block, xnheap_at(heap, offset));
		KUNIT_EXPECT_EQ(test, 0, xnheap_check_block(heap, block));
		KUNIT_EXPECT_GE(test, xnheap_usable_size(heap, block), size);
		EXPECT_SOUND(test, heap);
		KUNIT_EXPECT_EQ(test, 0, xnheap_lend(heap, block, peer_of(b)));
		KUNIT_EXPECT_EQ(test, bytes, b->bytes);
		KUNIT_EXPECT_EQ(test, 1, b->blocks);
		KUNIT_EXPECT_NULL(test, xnheap_at(heap, offset));
		EXPECT_SOUND(test, heap);
		KUNIT_EXPECT_PTR_EQ(test, block, xnheap_adopt(heap, offset, NULL));
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	}
	close_as(heap, a);
	close_as(heap, b);
}

static void what_is_no_block_is_refused(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 7);
	u8 *block = xnheap_alloc(heap, 40);
	u_long offset = offset_of(heap, block), i;
	const u_long none[] = {
		offset + 1, offset + 8, offset + 32, EXTENT - 8, EXTENT, EXTENTS * EXTENT,
		XNHEAP_MAX_EXTENTS * EXTENT, ~0UL, ~0UL - 7, LONG_MAX,
	};

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		long want = none[i] < EXTENT ? -EINVAL : -EFAULT;

		KUNIT_EXPECT_NULL(test, xnheap_at(heap, none[i]));
		KUNIT_EXPECT_EQ_MSG(test, want, PTR_ERR(xnheap_adopt(heap, none[i], NULL)),
				    "%lu", none[i]);
		KUNIT_EXPECT_TRUE(test, sharing_free(heap, none[i], a) < 0);
	}
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_lend(heap, block + 8, peer_of(a)));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_lend(heap, test, peer_of(a)));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_lend(heap, NULL, peer_of(a)));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_lend(heap, block, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_lend(heap, block, ERR_PTR(-EBADF)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR(xnheap_adopt(heap, offset, ERR_PTR(-EBADF))));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_post(heap, block + 8));
	KUNIT_EXPECT_EQ(test, -EFAULT, xnheap_post(heap, test));
	KUNIT_EXPECT_EQ(test, -ENODEV, xnheap_post(heap, block));
	KUNIT_EXPECT_PTR_EQ(test, block, xnheap_at(heap, offset));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	KUNIT_EXPECT_NULL(test, xnheap_at(heap, offset));
	close_as(heap, a);
}

static void a_file_has_no_more_than_it_may(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1), *b = open_as(test, heap, 2);
	u_long page = xnheap_page_size(heap), quota = 0, used;
	u8 *block;

	/* A quarter each, and half in all */
	while (!IS_ERR(try_alloc_as(heap, a, page)))
		quota++;
	KUNIT_EXPECT_EQ(test, quota, a->blocks);
	KUNIT_EXPECT_LE(test, a->bytes, EXTENT / 4);
	KUNIT_EXPECT_GT(test, a->bytes + a->bytes / quota, EXTENT / 4);
	KUNIT_EXPECT_EQ(test, -EDQUOT, PTR_ERR(try_alloc_as(heap, a, page)));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_quota(heap, 0, a->bytes + 2 * page));
	alloc_as(test, heap, b, page);
	alloc_as(test, heap, b, page);
	used = xnheap_used_mem(heap);
	KUNIT_EXPECT_EQ(test, -EDQUOT, PTR_ERR(try_alloc_as(heap, b, page)));
	KUNIT_EXPECT_EQ(test, used, xnheap_used_mem(heap));
	/* What the kernel lends is limited for each alone */
	block = xnheap_alloc(heap, page);
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_quota(heap, b->bytes + page - 1, b->bytes + a->bytes));
	KUNIT_EXPECT_EQ(test, -EDQUOT, xnheap_lend(heap, block, peer_of(b)));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_quota(heap, EXTENT, b->bytes + a->bytes));
	KUNIT_EXPECT_EQ(test, 0, xnheap_lend(heap, block, peer_of(b)));
	KUNIT_EXPECT_EQ(test, xnheap_used_mem(heap), a->bytes + b->bytes);
	KUNIT_EXPECT_EQ(test, 3, heap->failed[XNHEAP_ALLOC_QUOTA]);
	EXPECT_SOUND(test, heap);
	close_as(heap, a);
	close_as(heap, b);
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
}

/* Who had a number has nothing of who has it now. */
static void a_number_is_another_files_later(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1), *b;
	u8 *block;

	close_as(heap, a);
	b = open_as(test, heap, 1);
	block = alloc_as(test, heap, b, 1);
	KUNIT_EXPECT_EQ(test, -EPERM,
			PTR_ERR(xnheap_adopt(heap, offset_of(heap, block), peer_of(a))));
	KUNIT_EXPECT_PTR_EQ(test, block,
			    xnheap_adopt(heap, offset_of(heap, block), peer_of(b)));
	KUNIT_EXPECT_EQ(test, -ENODEV, xnheap_lend(heap, block, peer_of(a)));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	close_as(heap, b);
}

/* All of it, and nothing else, however it is spread. */
static void what_is_a_files_goes_with_it(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1), *b = open_as(test, heap, 2);
	struct owner *of[] = { a, b, NULL };
	struct rnd_state rnd;
	u8 *block, *kept[64];
	u_long i, n = 0, others, lent = 0;

	prandom_seed_state(&rnd, 3);
	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_quota(heap, EXTENT, 2 * EXTENT));
	for (i = 0; i < 300; i++) {
		u_long size = 1 + random_below(&rnd, 3 * xnheap_page_size(heap));
		struct owner *owner = of[i % 3];

		block = owner ? try_alloc_as(heap, owner, size) : xnheap_alloc(heap, size);
		if (IS_ERR_OR_NULL(block))
			break;
		if (!owner && n < ARRAY_SIZE(kept))
			kept[n++] = block;
		else if (!owner)
			lent += !xnheap_lend(heap, block, peer_of(a));
	}
	KUNIT_ASSERT_GT(test, a->blocks, 0);
	others = xnheap_used_mem(heap) - a->bytes;
	close_as(heap, a);
	KUNIT_EXPECT_EQ(test, 0, a->blocks + a->bytes);
	KUNIT_EXPECT_EQ(test, others, xnheap_used_mem(heap));
	EXPECT_SOUND(test, heap);
	block = xnheap_alloc(heap, 1);
	KUNIT_EXPECT_EQ(test, -ENODEV, xnheap_lend(heap, block, peer_of(a)));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, block));
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, kept[i]));
	KUNIT_EXPECT_EQ(test, xnheap_used_mem(heap), b->bytes);
	close_as(heap, b);
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
}

/* Of one run, if a page has room for so many: more than are looked at in a hold of the lock */
static void what_is_a_files_is_found_after_others(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1);
	u8 *others[100];
	u_long i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = xnheap_alloc(heap, 1);
		KUNIT_ASSERT_NOT_NULL(test, others[i]);
	}
	alloc_as(test, heap, a, 1);
	close_as(heap, a);
	KUNIT_EXPECT_EQ(test, 0, a->blocks);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, others[i]));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
}

/* A block in each page keeps it from other uses, and takes little of a limit. */
static void what_is_reserved_stays_the_kernels(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1);
	u_long page = xnheap_page_size(heap), n = 0, i;
	struct xnheap_reservation *r = xnheap_reserve(heap, page, 3);
	u8 *mine[3];

	KUNIT_ASSERT_FALSE(test, IS_ERR(r));
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_quota(heap, EXTENT, EXTENT));
	while (!IS_ERR(try_alloc_as(heap, a, 1)))
		n++;
	KUNIT_EXPECT_GT(test, n, 0);
	KUNIT_EXPECT_NULL(test, xnheap_alloc(heap, page));
	for (i = 0; i < ARRAY_SIZE(mine); i++) {
		mine[i] = xnheap_alloc_reserved(r);
		KUNIT_EXPECT_NOT_NULL(test, mine[i]);
	}
	/* One that is lent comes back there, though its file frees it */
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_quota(heap, 2 * EXTENT, EXTENT));
	KUNIT_EXPECT_EQ(test, 0, xnheap_lend(heap, mine[0], peer_of(a)));
	close_as(heap, a);
	EXPECT_SOUND(test, heap);
	mine[0] = xnheap_alloc_reserved(r);
	KUNIT_EXPECT_NOT_NULL(test, mine[0]);
	for (i = 0; i < ARRAY_SIZE(mine); i++)
		KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, mine[i]));
	KUNIT_EXPECT_EQ(test, 0, xnheap_unreserve(r));
	KUNIT_EXPECT_EQ(test, 0, xnheap_used_mem(heap));
}

static void offsets_stay_while_it_grows(struct kunit *test)
{
	struct xnheap *heap = make(test);
	struct owner *a = open_as(test, heap, 1);
	u8 *first = xnheap_alloc(heap, EXTENT), *second, *third;
	size_t offset;
	u64 cookie;

	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_EXPECT_EQ(test, 0, offset_of(heap, first));
	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	second = xnheap_alloc(heap, EXTENT);
	KUNIT_ASSERT_EQ(test, 0, xnheap_grow(heap));
	third = xnheap_alloc(heap, EXTENT);
	KUNIT_EXPECT_EQ(test, 0, offset_of(heap, first));
	KUNIT_EXPECT_EQ(test, EXTENT, offset_of(heap, second));
	KUNIT_EXPECT_EQ(test, 2 * EXTENT, offset_of(heap, third));
	KUNIT_EXPECT_EQ(test, 0, xnheap_offset(heap, third + 5, &offset, &cookie));
	KUNIT_EXPECT_EQ(test, 2 * EXTENT + 5, offset);
	KUNIT_EXPECT_EQ(test, XNHEAP_NO_COOKIE, cookie);
	KUNIT_EXPECT_PTR_EQ(test, third, xnheap_at(heap, 2 * EXTENT));
	KUNIT_EXPECT_NULL(test, memchr_inv(third, 0, EXTENT));
	/* That is the window, whatever else it is told */
	KUNIT_EXPECT_EQ(test, -ENOSPC, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, EXTENT, 0, 0));
	KUNIT_EXPECT_EQ(test, -ENOSPC, xnheap_grow(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_set_growth(heap, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_shrink(heap));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_growth(heap, 1, EXTENT, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_extend(heap, heap, EXTENT));
	/* A file is told as much */
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, third));
	KUNIT_ASSERT_EQ(test, 0, xnheap_set_quota(heap, EXTENT, EXTENT));
	KUNIT_EXPECT_PTR_EQ(test, third, alloc_as(test, heap, a, EXTENT));
	close_as(heap, a);
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, first));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, second));
	EXPECT_SOUND(test, heap);
}

static void what_cannot_be_shared(struct kunit *test)
{
	static const unsigned int flags[] = {
		0, XNHEAP_VMALLOC | XNHEAP_PAGES, XNHEAP_VMALLOC | XNHEAP_PERCPU,
		XNHEAP_VMALLOC | XNHEAP_DEFER, XNHEAP_VMALLOC | XNHEAP_DEBUG,
		XNHEAP_VMALLOC | 0x80,
	};
	static const char * const labels[] = {
		"", ".", "..", "a/b", "a!b", "a b", "a\n", "thirty-one-characters-and-1-more",
	};
	const size_t size = 4 * PAGE_SIZE;
	struct xnheap *heap, *twin;
	struct xnheap plain;
	unsigned int i;
	void *area;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		heap = xnheap_create_shared("shared", size, 512, flags[i], 0);
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, PTR_ERR(heap), "flags %x", flags[i]);
	}
	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		heap = xnheap_create_shared(labels[i], size, 512, XNHEAP_VMALLOC, 0);
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, PTR_ERR(heap), "label \"%s\"", labels[i]);
	}
	heap = xnheap_create_shared("shared", size + 512, 512, XNHEAP_VMALLOC, 0);
	KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR(heap));
	heap = xnheap_create_shared("shared", size, 512, XNHEAP_VMALLOC, size - 1);
	KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR(heap));

	area = memory_get(test, size);
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_init_flags(&plain, area, size, 512,
							 XNHEAP_SHARED));
	KUNIT_EXPECT_EQ(test, size, xnheap_overhead_flags(size, 512, XNHEAP_SHARED));
	KUNIT_EXPECT_EQ(test, 0, xnheap_rounded_size_flags(size, 512, XNHEAP_SHARED));

	heap = xnheap_create("shared", size, 512, XNHEAP_VMALLOC | XNHEAP_SHARED);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	KUNIT_EXPECT_EQ(test, XNHEAP_MAX_EXTENTS * size, heap->sharing->window);
	twin = xnheap_create_shared("shared", size, 512, XNHEAP_VMALLOC, 0);
	KUNIT_EXPECT_EQ(test, -EEXIST, PTR_ERR(twin));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_label(heap, "other"));
	KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_share(heap, 01000));
	KUNIT_EXPECT_EQ(test, 0, xnheap_share(heap, 0640));
	KUNIT_EXPECT_EQ(test, -EBADF, PTR_ERR(xnheap_peer_get(heap, -1)));
	xnheap_delete(heap);
	heap = xnheap_create_shared("shared", size, 512, XNHEAP_VMALLOC, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	xnheap_delete(heap);
}

static void calls_that_are_for_shared_heaps_alone(struct kunit *test)
{
	struct xnheap *heap = xnheap_create("plain", 4 * PAGE_SIZE, 512, XNHEAP_VMALLOC);
	struct xnheap *of[] = { NULL, heap };
	struct owner owner = { .nr = 1 };
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	for (i = 0; i < ARRAY_SIZE(of); i++) {
		KUNIT_EXPECT_NULL(test, xnheap_at(of[i], 0));
		KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR(xnheap_adopt(of[i], 0, NULL)));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_lend(of[i], of[i], peer_of(&owner)));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_post(of[i], of[i]));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_share(of[i], 0600));
		KUNIT_EXPECT_EQ(test, -EINVAL, xnheap_set_quota(of[i], 1, 1));
		KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR(xnheap_peer_get(of[i], 0)));
	}
	xnheap_delete(heap);
}

static struct kunit_case cases[] = {
	SHARED_CASE(nobody_frees_what_is_anothers),
	SHARED_CASE(blocks_pass_from_one_to_another),
	SHARED_CASE(what_is_no_block_is_refused),
	SHARED_CASE(a_file_has_no_more_than_it_may),
	SHARED_CASE(a_number_is_another_files_later),
	SHARED_CASE(what_is_a_files_goes_with_it),
	SHARED_CASE(what_is_a_files_is_found_after_others),
	SHARED_CASE(what_is_reserved_stays_the_kernels),
	SHARED_CASE(offsets_stay_while_it_grows),
	KUNIT_CASE(what_cannot_be_shared),
	KUNIT_CASE(calls_that_are_for_shared_heaps_alone),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_shared",
	.test_cases = cases,
};

kunit_test_suite(suite);
