// SPDX-License-Identifier: GPL-2.0
/*
 * The tables that a heap gets, by the plan of a page size and of flags: BYTES,
 * FLAGS; NR buckets, for requests of up to SMALL bytes.
 */

#include "sources.h"

/* A bin for each length up to 31 pages, then 16 for each doubling; 1 GiB is the last */
#define BINS	(16 * __builtin_ctzl(XNHEAP_MAX_EXTENT_SIZE / BYTES) - 47)

/* An index by alignment, to 2^0, 2^1 ... the page size, where sizes are finer */
#define ALIGNMENTS	(FLAGS & XNHEAP_FINE ? __builtin_ctzl(BYTES) + 1 : 0)

/* As heap_setup() lays them out, and nothing after them */
static struct {
	struct xnheap_extent extent[XNHEAP_MAX_EXTENTS];
	struct xnheap_by_address by_address[XNHEAP_MAX_EXTENTS];
	struct xnheap_page range[BINS + 1];
	struct xnheap_bucket bucket[NR + XNHEAP_MAX_RESERVATIONS];
	struct xnheap_index aligned[ALIGNMENTS];
	u16 size_class[SMALL / XNHEAP_MIN_BLOCK];
} tables;

static struct xnheap heap;

#pragma CPROVER check push
#pragma CPROVER check disable "conversion"

/* Every address in a run: in which block it lies, and whether one starts there. */
static void check_blocks(const struct xnheap_bucket *bucket, u32 bits)
{
	struct xnheap_page run = { .bucket = bucket->place };
	u32 offset = nondet_u32();
	struct block block;

	__CPROVER_assume(offset < bucket->pages * BYTES);
	block = block_in_run(&heap, &run, offset % BYTES, offset / BYTES, bucket->type);
	CHECK(block.page == &run && block.bucket == bucket);
	CHECK(block.nr * bucket->size <= offset);
	CHECK(offset - block.nr * bucket->size < bucket->size);
	if (block.where == BLOCK_RUN_REST) {
		CHECK(block.nr >= bucket->blocks);
		return;
	}
	/* Those after the last block may have a bit, too, which is never set */
	CHECK(block.nr < bits);
	CHECK(block.where == (block.nr * bucket->size == offset ?
			      BLOCK_START : BLOCK_INSIDE));
}

static void check_bucket(const struct size_classes *classes, u32 b)
{
	const struct xnheap_bucket *bucket = &tables.bucket[b];
	u32 bytes = bucket->pages * BYTES;
	bool partial = bucket->summary && bucket->blocks % 64;

	CHECK(bucket->nr == b && bucket->place == b * sizeof(*bucket));
	CHECK(bucket_at(&heap, bucket->place) == bucket);
	CHECK(bucket->size % 8 == 0 && bucket->size > (b ? bucket[-1].size : 0));
	CHECK(bucket->blocks >= 2 && bucket->count_one_out == bucket->blocks - 2);
	CHECK(bucket->pages >= 1 && bucket->pages <= 8);
	CHECK(bucket->blocks * bucket->size <= bytes);
	CHECK(bucket->summary == (bucket->blocks > 64));
	CHECK(!bucket->summary || bucket->pages == 1);
	CHECK(bucket->blocks <= 64 * classes->words);
	CHECK(bucket->simple == (bucket->pages == 1 && !partial));
	CHECK(bucket->type == (!bucket->summary ? PAGE_RUN_WORD :
			       partial ? PAGE_RUN_PARTIAL : PAGE_RUN_WORDS));
	CHECK(!bucket->run && list_empty(&bucket->queue));
	CHECK(*bucket->cursor == ~0UL);
	CHECK(!bucket->runs && !bucket->allocs && !bucket->frees);
	check_blocks(bucket, partial ? bucket->blocks :
			     bucket->summary ? 64 * classes->words : 64);
}

/* That a search comes to an end, and what it finds from each bucket on. */
static void check_alignment(const struct xnheap_index *aligned, unsigned long align)
{
	u32 b, found = NR;

	CHECK(aligned->word[NR / 64] >> NR % 64 == 1);
	for (b = NR; b--;) {
		if (tables.bucket[b].size % align == 0)
			found = b;
		CHECK(index_find(aligned, b) == found);
		/* No bucket has a run yet */
		CHECK(index_find_and(aligned, &heap.bucket_index, b) == NR);
	}
}

#pragma CPROVER check pop

int main(void)
{
	struct heap_plan plan;
	u32 b, i = 0;

	CHECK(heap_plan(&plan, XNHEAP_MAX_EXTENT_SIZE, BYTES, FLAGS));
	CHECK(plan.tables_size ==
	      offsetof(typeof(tables), size_class) + sizeof(tables.size_class));
	heap_setup(&heap, &plan, &tables);
	CHECK(heap.nr_buckets == NR && heap.small_max == SMALL);
	CHECK(heap.nr_bins == BINS && !tables.range[BINS].list.next);
	for (b = 0; b < BINS; b++)
		CHECK(list_empty(&tables.range[b].list));
	CHECK(index_find(&heap.range_index, 0) == BINS);
	CHECK(index_find(&heap.bucket_index, 0) == NR);
	CHECK(heap.aligned == (ALIGNMENTS ? tables.aligned : NULL));
	for (b = 0; b < ALIGNMENTS; b++)
		check_alignment(&tables.aligned[b], 1UL << b);
	for (b = 0; b < NR; b++) {
		check_bucket(&plan.classes, b);
		/* The least that is large enough */
		for (; i < tables.bucket[b].size / 8; i++)
			CHECK(heap.bucket_place[i] == tables.bucket[b].place);
	}
	CHECK(i == SMALL / 8);
	return 0;
}
