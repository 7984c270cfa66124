// SPDX-License-Identifier: GPL-2.0
/* The calls for blocks, and those built on them, held against what the header says. */
#include <linux/overflow.h>

#include "model.h"

/* What a call returns that needs a live block, whosever. */
int model_expect_live(unsigned long address)
{
	u32 e;

	if (model_live_at(address) >= 0)
		return 0;
	for (e = 0; e < model.extents; e++)
		if (address - model.extent[e].start < model.extent[e].size)
			return -EINVAL;
	return -EFAULT;
}

/* A live block that a peer has, and the kernel has not */
static bool is_peers(int i)
{
	return i >= 0 && model_live[i].peer;
}

/* What freeing @address returns. */
static int expect_free(unsigned long address)
{
	if (!address)
		return 0;
	return is_peers(model_live_at(address)) ? -EPERM : model_expect_live(address);
}

void model_refused(int ret)
{
	if (ret == -EFAULT)
		model.want.failed[XNHEAP_FREE_OUTSIDE]++;
	else if (ret == -EINVAL)
		model.want.failed[XNHEAP_FREE_INVALID]++;
	else if (ret == -EPERM)
		model.want.failed[XNHEAP_FREE_FOREIGN]++;
	else if (ret == -EAGAIN)
		model.want.free_busy++;
	else
		model.want.failed[XNHEAP_FREE_REFUSED]++;
}

/*
 * What an allocation ought to give: the bytes of the block, 0 for NULL
 */

static unsigned long free_blocks(u32 b)
{
	struct bucket_stats stats;

	heap_get_bucket(&fuzz_heap, b, &stats);
	return stats.free;
}

/* The first bucket from @b on whose blocks hold @size bytes at multiples of @align. */
static u32 bucket_for(u32 b, size_t size, size_t align)
{
	const struct xnheap_bucket *bucket = fuzz_heap.buckets;

	while (b < fuzz_heap.nr_buckets && (bucket[b].size < size || bucket[b].size % align))
		b++;
	return b;
}

static u32 bucket_with_free(u32 b, size_t size, size_t align)
{
	for (b = bucket_for(b, size, align); b < fuzz_heap.nr_buckets;
	     b = bucket_for(b + 1, size, align))
		if (free_blocks(b))
			break;
	return b;
}

/* The pages of the range, page block or run that begins with page @p of extent @e. */
static u32 pages_from(u32 e, u32 p, bool *free)
{
	const struct xnheap_page *page = page_after(&fuzz_heap, fuzz_heap.extent[e].map, p);

	*free = page->type == PAGE_FREE;
	return page->type <= PAGE_BLOCK ? page->count :
	       bucket_run_pages(&fuzz_heap, bucket_of_run(&fuzz_heap, page));
}

/* The longest free range, by looking at all pages. */
static u32 longest_free(void)
{
	u32 e, p, n, longest = 0;
	bool free;

	for (e = 0; e < model.extents; e++) {
		for (p = 0; p < fuzz_heap.extent[e].nr_pages; p += n) {
			n = pages_from(e, p, &free);
			if (free && n > longest)
				longest = n;
		}
	}
	return longest;
}

/* How many pages are free from @address on, where a page block ends; likewise. */
static u32 free_from(unsigned long address)
{
	u32 e = 0, p, n, at;
	bool free;

	while (address - 1 - model.extent[e].base >= model.extent[e].span)
		e++;
	at = (address - model.extent[e].base) / model.spec.page_size;
	for (p = 0; p < at; p += n)
		n = pages_from(e, p, &free);
	CHECK(p == at);
	if (p == fuzz_heap.extent[e].nr_pages)
		return 0;
	n = pages_from(e, p, &free);
	return free ? n : 0;
}

/*
 * From the buckets, if it is for them: a free block; a new run, unless there is
 * a larger free block and pages are short; else the least free block.
 */
static size_t expect_small(size_t size, size_t align)
{
	u32 b = bucket_for(0, size, align), larger;
	const struct xnheap_bucket *bucket = &fuzz_heap.buckets[b];
	bool run;

	if (b == fuzz_heap.nr_buckets)
		return 0;
	if (free_blocks(b))
		return bucket->size;
	larger = bucket_with_free(b, size, align);
	run = range_largest(&fuzz_heap) >= bucket->pages;
	if (larger == fuzz_heap.nr_buckets)
		return run ? bucket->size : 0;
	if (run && fuzz_heap.free_pages >= fuzz_heap.scarce_below)
		return bucket->size;
	return fuzz_heap.buckets[larger].size;
}

/* Of ranges, the one at the head of the last bin is found, others perhaps. */
static struct expected expect_pages_for(size_t size)
{
	size_t pages = (size - 1) / model.spec.page_size + 1;
	size_t bytes = pages * model.spec.page_size;

	if (pages <= range_largest(&fuzz_heap))
		return (struct expected) { bytes };
	if (pages <= longest_free())
		return (struct expected) { bytes, true };
	return (struct expected) { 0 };
}

/* Whether blocks of bucket @b are in this CPU's stack, or the depot's */
static unsigned long kept(u32 b, u32 nr)
{
	return fuzz_heap.cpu && b < fuzz_heap.nr_buckets ?
	       cpu_kept_by(&fuzz_heap, &fuzz_heap.buckets[b], nr).blocks : 0;
}

struct expected model_expect(size_t size, size_t align)
{
	struct expected expected;
	u32 b;

	if (!size || size > XNHEAP_MAX_EXTENT_SIZE)
		return (struct expected) { 0 };
	b = bucket_for(0, size, align);
	if (kept(b, 0) || kept(b, CPU_DEPOT))
		return (struct expected) { fuzz_heap.buckets[b].size };
	expected = (struct expected) { expect_small(size, align) };
	if (!expected.bytes)
		expected = expect_pages_for(size);
	/* What is kept is given back, as long as there is nothing else */
	if ((expected.perhaps || !expected.bytes) && cpu_kept_bytes(&fuzz_heap))
		expected = (struct expected) { 0, true };
	return expected;
}

/* A request failed: count that; nothing is there for it, not even with a CPU. */
static void refused(size_t size, size_t align)
{
	if (!align) {
		model.want.failed[XNHEAP_ALLOC_ALIGN]++;
		return;
	}
	if (!size || size > XNHEAP_MAX_EXTENT_SIZE) {
		model.want.failed[XNHEAP_ALLOC_SIZE]++;
		return;
	}
	model.want.failed[XNHEAP_ALLOC_FULL]++;
	CHECK(!cpu_kept_bytes(&fuzz_heap));
	CHECK(!expect_small(size, align));
	CHECK((size - 1) / model.spec.page_size >= range_largest(&fuzz_heap));
}

/* A block that was got for @size bytes */
static void check_block(unsigned long start, size_t bytes, bool pages, size_t size)
{
	CHECK(bytes >= size && size);
	CHECK(start % XNHEAP_ALIGN_OF(model.spec.flags) == 0);
	CHECK(bytes % XNHEAP_ALIGN_OF(model.spec.flags) == 0);
	if (pages)
		CHECK(bytes % model.spec.page_size == 0 && start % model.spec.page_size == 0);
	else if (!(model.spec.flags & XNHEAP_FINE))
		CHECK(start % bytes == 0);
	else
		CHECK(start % (bytes > 1024 ? 16 : 8) == 0);
}

static void add_block(unsigned long start, size_t bytes, bool pages)
{
	model.want.page_block_allocs += pages;
	model.want.page_block_pages += pages ? bytes / model.spec.page_size : 0;
	model_add(start, bytes, pages);
}

/* @from: the block that moved, or 0; it is still there for the model */
void model_allocated(void *block, size_t size, size_t align, struct expected expected,
		     unsigned long from)
{
	unsigned long start = (unsigned long)block;
	size_t had = from && block ? model_live[model_live_at(from)].bytes : 0;
	struct heap_stats now;
	size_t bytes;
	bool pages;

	heap_get_stats(&fuzz_heap, &now);
	bytes = now.used + had - model.want.used;
	fuzz_call(" = %s%zu bytes\n", block ? "" : "NULL, ", bytes);
	if (!block) {
		CHECK(!bytes);
		CHECK(expected.perhaps || !expected.bytes);
		refused(size, align);
		model_after_call();
		return;
	}
	CHECK(align && start % align == 0);
	CHECK(expected.perhaps || expected.bytes);
	if (expected.bytes && (align == 1 ? bytes != expected.bytes : bytes > expected.bytes))
		fuzz_fail("a block of %zu bytes, expected %zu", bytes, expected.bytes);
	pages = now.page_block_allocs != model.want.page_block_allocs;
	check_block(start, bytes, pages, size);
	/* What CPUs keep counts to the peak; while one moves, that is not known */
	if (from && fuzz_heap.cpu)
		model_peak(now.used + now.kept, now.peak);
	else
		model_peak(now.used + had + now.kept, 0);
	model.want.used += bytes;
	add_block(start, bytes, pages);
	model_own(model.nr_live - 1, expected.peer);
	if (from)
		model_freed(from);
	model_after_call();
}

bool model_alloc(size_t size)
{
	struct expected expected;
	void *block;

	if (model.nr_live == MAX_LIVE)
		return false;
	expected = model_expect(size, 1);
	fuzz_call("b%u = alloc(%zu)", model.calls + 1, size);
	block = xnheap_alloc(&fuzz_heap, size);
	model_allocated(block, size, 1, expected, 0);
	return block;
}

bool model_alloc_aligned(size_t size, size_t align)
{
	bool sound = align && !(align & (align - 1)) && align <= model.spec.page_size;
	struct expected expected = { 0 };
	void *block;

	if (model.nr_live == MAX_LIVE)
		return false;
	if (sound)
		expected = model_expect(size, align);
	fuzz_call("b%u = alloc_aligned(%zu, %zu)", model.calls + 1, size, align);
	block = xnheap_alloc_aligned(&fuzz_heap, size, align);
	model_allocated(block, size, sound ? align : 0, expected, 0);
	return block;
}

/* Whether calls may write to blocks: the memory of a heap apart may be a device's. */
static bool writes(void)
{
	return !model.spec.apart || model.spec.shared;
}

/* An array of @n, or if that is 0, just so many bytes. */
void model_zalloc(size_t n, size_t size)
{
	struct expected expected = { 0 };
	size_t bytes = n ? array_size(n, size) : size;
	struct fuzz_write write;
	void *block;

	if (model.nr_live == MAX_LIVE)
		return;
	if (writes())
		expected = model_expect(bytes, 1);
	if (n)
		fuzz_call("b%u = calloc(%zu, %zu)", model.calls + 1, n, size);
	else
		fuzz_call("b%u = zalloc(%zu)", model.calls + 1, size);
	block = n ? xnheap_calloc(&fuzz_heap, n, size) : xnheap_zalloc(&fuzz_heap, size);
	write = fuzz_written();
	CHECK(write.to == block && !write.from && write.n == (block ? bytes : 0));
	if (!block && !writes()) {
		fuzz_call(" = NULL\n");
		model_after_call();
		return;
	}
	model_allocated(block, bytes, 1, expected, 0);
}

/* A block of pages gets more or fewer where it is: whether it can. */
static bool resize_pages(int i, size_t size)
{
	size_t page_size = model.spec.page_size, pages = (size - 1) / page_size + 1;
	size_t had = model_live[i].bytes / page_size;

	if (pages > had && pages - had > free_from(model_live[i].start + model_live[i].bytes))
		return false;
	model.want.page_block_pages += pages - had;
	model.want.used += (pages - had) * page_size;
	model_peak(model.want.used + cpu_kept_bytes(&fuzz_heap), 0);
	model_resize(i, pages * page_size);
	return true;
}

void model_realloc(unsigned long address, size_t size)
{
	int i = model_live_at(address);
	struct expected expected;
	struct fuzz_write write;
	bool stays = false;
	size_t had = 0;
	void *block;

	if (model.nr_live == MAX_LIVE)
		return;
	fuzz_call("b%u = realloc(%s, %zu)", model.calls + 1, model_words(address), size);
	expected = model_expect(size, 1);
	/* Another's is none */
	if (is_peers(i))
		i = -1;
	if (i >= 0 && size && size <= XNHEAP_MAX_EXTENT_SIZE) {
		had = model_live[i].bytes;
		stays = model_live[i].pages ? resize_pages(i, size) : size <= had;
	}
	block = xnheap_realloc(&fuzz_heap, (void *)address, size);
	write = fuzz_written();
	if (!address || !size || size > XNHEAP_MAX_EXTENT_SIZE) {
		CHECK(!write.n);
		model_allocated(block, size, 1, expected, 0);
		return;
	}
	if (i >= 0 && !stays && writes()) {
		CHECK(write.to == block && write.n == (!block ? 0 : had < size ? had : size));
		CHECK(!block || write.from == (void *)address);
		model_allocated(block, size, 1, expected, address);
		return;
	}
	CHECK(!write.n);
	CHECK(block == (stays ? (void *)address : NULL));
	fuzz_call(" = %s\n", stays ? "the same" : "NULL");
	if (i < 0)
		model_refused(model_expect_live(address) ?: -EINVAL);
	model_after_call();
}

/* As many blocks as there are, up to @nr. */
void model_alloc_bulk(size_t size, u32 nr)
{
	struct expected first;
	void *blocks[MAX_BULK];
	struct heap_stats now;
	struct block block;
	size_t got, sum = 0, bytes;
	u32 i;

	if (model.nr_live + nr > MAX_LIVE)
		return;
	first = model_expect(size, 1);
	fuzz_call("b%u = alloc_bulk(%zu, %u)", model.calls + 1, size, nr);
	for (i = 0; i < MAX_BULK; i++)
		blocks[i] = &first;
	got = xnheap_alloc_bulk(&fuzz_heap, size, nr, blocks);
	fuzz_call(" = %zu\n", got);
	CHECK(got <= nr);
	for (i = got; i < MAX_BULK; i++)
		CHECK(blocks[i] == &first);
	CHECK(!nr || got || first.perhaps || !first.bytes);
	for (i = 0; i < got; i++) {
		block = block_find(&fuzz_heap, blocks[i]);
		CHECK(block.where == BLOCK_START);
		bytes = block_size(&fuzz_heap, block);
		CHECK(i || (first.bytes ? bytes == first.bytes : first.perhaps));
		check_block(block.address, bytes, !block.bucket, size);
		add_block(block.address, bytes, !block.bucket);
		sum += bytes;
	}
	if (got < nr)
		refused(size, 1);
	heap_get_stats(&fuzz_heap, &now);
	CHECK(now.used - model.want.used == sum);
	model.want.used += sum;
	model_peak(now.used + now.kept, fuzz_heap.cpu ? now.peak : 0);
	model_after_call();
}

/* Of the first bucket: whether a call for it takes no lock. */
static bool keeps_smallest(void)
{
	return kept(0, 0);
}

/* In NMI, the lock is taken. */
void model_alloc_busy(void)
{
	void *block = model.nr_live ? (void *)model_live[0].start : NULL, *none;

	/* They would need no lock */
	if (keeps_smallest())
		return;
	fuzz_in_nmi = true;
	fuzz_lock_taken = true;
	fuzz_call("alloc(1) in NMI, the lock is taken\n");
	CHECK(!xnheap_alloc(&fuzz_heap, 1));
	CHECK(!xnheap_alloc_aligned(&fuzz_heap, 1, 1));
	CHECK(!xnheap_zalloc(&fuzz_heap, 1));
	CHECK(!xnheap_alloc_bulk(&fuzz_heap, 1, 1, &none));
	CHECK(!xnheap_realloc(&fuzz_heap, block, 1));
	CHECK(!xnheap_usable_size(&fuzz_heap, block));
	fuzz_in_nmi = false;
	fuzz_lock_taken = false;
	model.want.alloc_busy += writes() ? 4 : 3;
	model_after_call();
}

/*
 * Freeing: a live block, or whatever
 */

static void *asked;
static int answer;

static int ask(void *block)
{
	CHECK(!asked);
	asked = block;
	return answer;
}

static void freed(unsigned long address, int ret, int expected)
{
	CHECK(ret == expected);
	if (ret)
		model_refused(ret);
	else if (address)
		model_freed(address);
	model_after_call();
}

/* Whether a block's free takes no lock: there is space in this CPU's stack. */
static bool is_to_be_kept(unsigned long address)
{
	const struct block block = block_find(&fuzz_heap, (void *)address);
	const struct cpu_stack *stack;

	if (!fuzz_heap.cpu || model_live_at(address) < 0 || !block.bucket)
		return false;
	stack = cpu_stack_at(cpu_stacks(&fuzz_heap, 0), block.bucket->place);
	return stack->top < stack->limit;
}

/* What a free of @address returns that finds the lock taken, but can do without. */
static int expect_unlocked(unsigned long address)
{
	if (!address || model_live_at(address) >= 0)
		return 0;
	return model_in_pages(address) ? -EINVAL : -EFAULT;
}

/* The lock is taken. */
static void free_in_nmi(unsigned long address)
{
	bool keep = is_to_be_kept(address), waits = model_defers();
	int expected = 0, ret, again;
	void *block = (void *)address;

	if (waits)
		expected = expect_unlocked(address);
	else if (address && !keep)
		expected = -EAGAIN;
	fuzz_in_nmi = true;
	fuzz_lock_taken = true;
	fuzz_call("free(%s) in NMI, the lock is taken", model_words(address));
	ret = xnheap_free(&fuzz_heap, block);
	fuzz_call(" = %d\n", ret);
	CHECK(ret == expected);
	/* If it waits, it is no block to others, either */
	again = ret ?: waits && address ? -EINVAL : 0;
	if (again) {
		CHECK(xnheap_free_bulk(&fuzz_heap, 1, &block) == again && block);
		model.want.free_busy++;
	}
	asked = NULL;
	CHECK(xnheap_test_and_free(&fuzz_heap, block, ask) == (address ? -EAGAIN : 0) && !asked);
	CHECK(xnheap_check_block(&fuzz_heap, block) == (address ? -EAGAIN : -EFAULT));
	fuzz_in_nmi = false;
	fuzz_lock_taken = false;
	model.want.free_busy += !!ret + !!address;
	if (!ret && address && waits && !keep)
		model_defer(address, MODEL_LOCK);
	else if (!ret && address)
		model_freed(address);
	model_after_call();
}

/* By its owner's word or after a grace period; if @nmi, in one, and the lock is taken. */
static void free_later(unsigned long address, bool rcu, bool nmi)
{
	int expected = nmi ? expect_unlocked(address) : expect_free(address), ret;
	void *block = (void *)address;

	fuzz_in_nmi = nmi;
	fuzz_lock_taken = nmi;
	fuzz_call("free_%s(%s)%s", rcu ? "rcu" : "deferred", model_words(address),
		  nmi ? " in NMI, the lock is taken" : "");
	ret = rcu ? xnheap_free_rcu(&fuzz_heap, block) : xnheap_free_deferred(&fuzz_heap, block);
	fuzz_call(" = %d\n", ret);
	fuzz_in_nmi = false;
	fuzz_lock_taken = false;
	CHECK(ret == expected);
	if (ret)
		model_refused(nmi ? -EAGAIN : ret);
	else if (address)
		model_defer(address, rcu ? MODEL_NEXT : MODEL_OWNER);
	model_after_call();
}

/* Ways of freeing, on heaps that know them */
#define FREE_DEFERRED	5
#define FREE_RCU	6

void model_free(unsigned long address, u8 how)
{
	int expected = expect_free(address), ret;
	void *block = (void *)address;

	if (model_defers() && (how % 8 == FREE_DEFERRED || how % 8 == FREE_RCU)) {
		free_later(address, how % 8 == FREE_RCU, how & 8);
		return;
	}
	switch (how % 8) {
	case 0:
		fuzz_call("check_block(%s)", model_words(address));
		ret = xnheap_check_block(&fuzz_heap, block);
		fuzz_call(" = %d\n", ret);
		CHECK(ret == (address ? expected : -EFAULT));
		model_after_call();
		return;
	case 1:
		fuzz_call("test_and_free(%s, NULL)", model_words(address));
		ret = xnheap_test_and_free(&fuzz_heap, block, NULL);
		break;
	case 2:
	case 3:
		asked = NULL;
		answer = how & 1 ? 5 : 0;
		fuzz_call("test_and_free(%s, %d)", model_words(address), answer);
		ret = xnheap_test_and_free(&fuzz_heap, block, ask);
		CHECK(asked == (expected ? NULL : block));
		if (!expected && address)
			expected = answer;
		break;
	case 4:
		free_in_nmi(address);
		return;
	default:
		fuzz_call("free(%s)", model_words(address));
		ret = xnheap_free(&fuzz_heap, block);
	}
	fuzz_call(" = %d\n", ret);
	freed(address, ret, expected);
}

/* Each of up to MAX_BULK pointers, in order. */
void model_free_bulk(const unsigned long *addresses, u32 n)
{
	void *blocks[MAX_BULK], *left[MAX_BULK];
	int first = 0, expected, ret;
	u32 i;

	fuzz_call("free_bulk(");
	for (i = 0; i < n; i++) {
		fuzz_call(" %s", model_words(addresses[i]));
		blocks[i] = (void *)addresses[i];
		expected = expect_free(addresses[i]);
		left[i] = expected ? blocks[i] : NULL;
		first = first ?: expected;
		if (expected)
			model_refused(expected);
		else if (addresses[i])
			model_freed(addresses[i]);
	}
	ret = xnheap_free_bulk(&fuzz_heap, n, blocks);
	fuzz_call(" ) = %d\n", ret);
	CHECK(ret == first);
	for (i = 0; i < n; i++)
		CHECK(blocks[i] == left[i]);
	model_after_call();
}

/* Nothing is kept any more: what is not allocated is free. */
void model_drain(void)
{
	fuzz_call("drain()\n");
	CHECK(xnheap_drain(&fuzz_heap) == 0);
	CHECK(!cpu_kept_bytes(&fuzz_heap));
	model_after_call();
}
