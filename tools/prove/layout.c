// SPDX-License-Identifier: GPL-2.0
/*
 * The buckets that a heap gets, by the plan of a page size and of flags: BYTES,
 * FLAGS; NR of them, for requests of up to SMALL bytes.
 */

#include "heap.c"
#include "bucket.c"
#include "extent.c"
#include "plan.c"

#include "stubs.h"

/* As bucket_layout() writes it, and nothing behind it */
static struct {
	u16 class[(SMALL / 8 + 3) / 4 * 4];
	struct xnheap_bucket bucket[NR];
} header;

static struct xnheap heap;

#pragma CPROVER check push
#pragma CPROVER check disable "conversion"

/*
 * Every address in a run: whether a block starts there, and which. Those behind
 * the last block have a bit, too, which is never set.
 */
static void check_blocks(const struct xnheap_bucket *bucket, u32 bits)
{
	u32 offset = nondet_u32(), nr;

	__CPROVER_assume(offset < bucket->pages * BYTES);
	if (bucket_block(bucket, offset, &nr)) {
		CHECK(nr < bits);
		CHECK(nr * bucket->size == offset);
	} else {
		CHECK(offset % bucket->size != 0);
	}
}

static void check_bucket(const struct bucket_plan *plan, u32 b)
{
	const struct xnheap_bucket *bucket = &header.bucket[b];
	u32 bytes = bucket->pages * BYTES;

	CHECK(bucket->nr == b && bucket->kind == bucket_kind(b));
	CHECK(bucket_of_kind(&heap, bucket->kind) == bucket);
	CHECK(bucket->size % 8 == 0 && bucket->size > (b ? bucket[-1].size : 0));
	CHECK(bucket->blocks >= 2 && bucket->edge == bucket->blocks - 2);
	CHECK(bucket->pages >= 1 && bucket->pages <= 8);
	CHECK(bucket->blocks * bucket->size <= bytes);
	CHECK(bucket->wide == (bucket->blocks > 64));
	CHECK(!bucket->wide || bucket->pages == 1);
	CHECK(bucket->blocks <= 64 * plan->words);
	CHECK(bucket->plain == (bucket->pages == 1 &&
				(!bucket->wide || bucket->blocks % 64 == 0)));
	/* Wide and ragged ones come first, then wide ones, then the narrow */
	CHECK((bucket->kind < heap.narrow) == bucket->wide);
	CHECK((bucket->kind < heap.wide) == (bucket->wide && !bucket->plain));
	CHECK(!bucket->run && !bucket->head && *bucket->word == ~0UL);
	CHECK(!bucket->runs && !bucket->allocs && !bucket->frees);
	check_blocks(bucket, bucket->wide ? 64 * plan->words : 64);
}

#pragma CPROVER check pop

int main(void)
{
	struct bucket_plan plan;
	u32 b, i = 0;

	plan_buckets(&plan, BYTES, FLAGS, XNHEAP_MAX_EXTENT_SIZE);
	CHECK(plan.nr == NR && plan.small_max == SMALL);
	CHECK(plan.bytes == sizeof(header));
	bucket_layout(&heap, &plan, (u_long)&header);
	CHECK(heap.nr_buckets == NR && heap.small_max == SMALL);
	for (b = 0; b < NR; b++) {
		check_bucket(&plan, b);
		/* The least that is large enough */
		for (; i < header.bucket[b].size / 8; i++)
			CHECK(heap.class[i] == header.bucket[b].kind);
	}
	CHECK(i == SMALL / 8);
	return 0;
}
