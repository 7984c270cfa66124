// SPDX-License-Identifier: GPL-2.0
/* Reservations: what is set aside is there, and for nobody else. */
#include <linux/err.h>

#include "model.h"

/* The first place in the model that is free, or that after the last one. */
u32 model_place(void)
{
	u32 i = 0;

	while (i < XNHEAP_MAX_RESERVATIONS && model.reserved[i].handle)
		i++;
	return i;
}

/* Whether pages in any order will do for blocks of @size bytes, and how many. */
static bool expect_runs(size_t size, size_t n, size_t *pages)
{
	const struct xnheap_bucket *bucket;

	*pages = 0;
	if (size > fuzz_heap.small_max)
		return false;
	bucket = bucket_of_size(&fuzz_heap, size);
	*pages = (n - 1) / bucket->blocks + 1;
	return bucket->pages == 1;
}

/* Bytes of a block: of its bucket, or where no extent has room for a run, of pages. */
static size_t expect_block(size_t size)
{
	size_t p = model.spec.page_size;
	const struct xnheap_bucket *bucket;

	if (size <= fuzz_heap.small_max) {
		bucket = bucket_of_size(&fuzz_heap, size);
		if (bucket->pages * p <= fuzz_heap.largest_span)
			return bucket->size;
	}
	return (size + p - 1) / p * p;
}

void model_reserve(size_t size, size_t n)
{
	struct reserved *of = &model.reserved[model_place()];
	u32 free = fuzz_heap.free_pages, had = fuzz_heap.reserved_pages;
	bool sound = size && size <= XNHEAP_MAX_EXTENT_SIZE && n;
	struct xnheap_reservation *handle;
	size_t pages;
	long ret;

	fuzz_call("r%u = reserve(%zu, %zu)", (u32)(of - model.reserved), size, n);
	handle = xnheap_reserve(&fuzz_heap, size, n);
	ret = IS_ERR(handle) ? PTR_ERR(handle) : 0;
	fuzz_call(" = %ld\n", ret);
	CHECK(handle && (ret == -EINVAL) == !sound);
	CHECK((ret == -EOPNOTSUPP) == (sound && model_defers()));
	/* Pages are set aside, or all is as it was */
	CHECK(free - fuzz_heap.free_pages == fuzz_heap.reserved_pages - had);
	if (ret) {
		CHECK(ret == -EINVAL || ret == -ENOMEM || ret == -ENOSPC || ret == -EOPNOTSUPP);
		CHECK(fuzz_heap.free_pages == free);
		if (ret == -ENOMEM && expect_runs(size, n, &pages))
			CHECK(pages > free);
		model_after_call();
		return;
	}
	if (expect_runs(size, n, &pages))
		CHECK(free - fuzz_heap.free_pages == pages);
	CHECK(of < model.reserved + XNHEAP_MAX_RESERVATIONS);
	*of = (struct reserved) { handle, expect_block(size), n, 0 };
	model_after_call();
}

bool model_alloc_reserved(u8 nr)
{
	struct reserved *of = &model.reserved[nr % (XNHEAP_MAX_RESERVATIONS + 1)];
	struct heap_stats now;
	size_t bytes;
	void *block;

	if (model.nr_live == MAX_LIVE || model_spent())
		return false;
	fuzz_call("b%u = alloc_reserved(r%u)", model.calls + 1, (u32)(of - model.reserved));
	block = xnheap_alloc_reserved(of->handle);
	heap_get_stats(&fuzz_heap, &now);
	bytes = now.used - model.want.used;
	fuzz_call(" = %s%zu bytes\n", block ? "" : "NULL, ", bytes);
	/* It has none if there is no such reservation */
	CHECK(!block == (of->out == of->n));
	if (!block) {
		CHECK(!bytes);
		model.want.failed[XNHEAP_ALLOC_RESERVED] += !!of->handle;
		model_after_call();
		return false;
	}
	CHECK(bytes == of->bytes);
	of->out++;
	model.want.used = now.used;
	model_peak(now.used + now.kept, 0);
	model_add((unsigned long)block, bytes, false);
	model_live[model.nr_live - 1].from = of - model.reserved + 1;
	model_after_call();
	return true;
}

/* What is out of it stays; whole pages as if they had come straight from the ranges. */
void model_unreserve(u8 nr)
{
	u8 from = nr % (XNHEAP_MAX_RESERVATIONS + 1) + 1;
	struct reserved *of = &model.reserved[from - 1];
	struct xnheap_reservation *handle = of->handle;
	bool pages;
	u32 i;

	fuzz_call("unreserve(r%u)", from - 1);
	CHECK(xnheap_unreserve(handle) == (handle ? 0 : -EINVAL));
	fuzz_call(" = %d\n", handle ? 0 : -EINVAL);
	CHECK(xnheap_unreserve(handle) == -EINVAL);
	pages = fuzz_heap.page_block_allocs != model.want.page_block_allocs;
	for (i = 0; i < model.nr_live; i++) {
		if (model_live[i].from != from)
			continue;
		model_live[i].from = 0;
		model_live[i].pages = pages;
		model.want.page_block_allocs += pages;
		if (pages)
			model.want.page_block_pages += model_live[i].bytes / model.spec.page_size;
	}
	*of = (struct reserved) { };
	model_after_call();
}
