// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps that are shared: whose each block is. A peer is as a file is to user/: its owner has
 * a number until it is closed and all its blocks are freed, which others may have then; but
 * callers may know it still.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/math.h>
#include <linux/minmax.h>

#include "api/sharing.h"
#include "model.h"

static struct peer {
	struct owner owner;
	enum { PEER_GONE, PEER_OPEN, PEER_CLOSED } state;
	size_t bytes, blocks;
	struct owner_walk walk;		/* once it is closed */
	size_t slices, found;
} peers[MAX_PEERS];

/* Of another heap */
static struct owner stranger = { .nr = 1, .device = &stranger };

static size_t limit_each, limit_all;
static struct heap_stats owned;		/* all peers' */

/*
 * Offsets
 */

size_t model_offset(unsigned long address)
{
	u32 e = 0;

	while (address - model.extent[e].start >= model.extent[e].size)
		e++;
	return address - model.extent[e].start +
	       (model.spec.shared ? e * model.spec.area.size : 0);
}

/* The last address, if there is none. */
static unsigned long address_at(size_t offset)
{
	size_t e = offset / model.spec.area.size;

	return e < model.extents ? model.extent[e].start + offset % model.spec.area.size : -1UL;
}

/*
 * Peers
 */

/* A block becomes a peer's, by its number + 1, or the kernel's. */
void model_own(u32 i, u8 to)
{
	struct live *block = &model_live[i];
	struct peer *peer;

	if (block->peer) {
		peer = &peers[block->peer - 1];
		peer->bytes -= block->bytes;
		peer->blocks--;
		owned.peers_used -= block->bytes;
		owned.peers_blocks--;
	}
	block->peer = to;
	if (to) {
		peer = &peers[to - 1];
		peer->bytes += block->bytes;
		peer->blocks++;
		owned.peers_used += block->bytes;
		owned.peers_blocks++;
	}
}

size_t model_owned(u8 nr)
{
	return nr < MAX_PEERS ? peers[nr].bytes : owned.peers_used;
}

/* Enough, and few, so that one soon has a number that another had */
static const u16 numbers[MAX_PEERS] = {
	1, XNHEAP_MAX_PEERS, 2, XNHEAP_MAX_PEERS - 1, 256, 255 };

/* The peer that has it now, or NULL */
static const struct peer *peer_at(u16 number)
{
	u32 i;

	for (i = 0; i < MAX_PEERS; i++)
		if (peers[i].state != PEER_GONE && peers[i].owner.nr == number)
			return &peers[i];
	return NULL;
}

/* One that is open, by whatever is to be done before */
static struct peer *open_peer(u8 nr)
{
	struct peer *peer = &peers[nr];
	u32 i = 0;

	if (peer->state == PEER_OPEN)
		return peer;
	while (peer->state != PEER_GONE)
		model_close_some(nr);
	while (peer_at(numbers[i]))
		i++;
	*peer = (struct peer) {
		.owner = { .nr = numbers[i], .device = &peers },
		.state = PEER_OPEN,
	};
	fuzz_call("p%u = open(), number %u\n", nr, numbers[i]);
	sharing_open(&fuzz_heap, &peer->owner);
	model_after_call();
	return peer;
}

/* One of the heap's, in whatever state; or NULL */
static struct peer *peer_of(u8 who)
{
	return who % 8 < MAX_PEERS ? &peers[who % 8] : NULL;
}

static struct xnheap_peer *handle_of(u8 who)
{
	struct peer *peer = peer_of(who);

	if (peer)
		return (void *)&peer->owner;
	if (who % 8 == MAX_PEERS)
		return NULL;
	return who & 8 ? (void *)&stranger : ERR_PTR(-EINVAL);
}

static const char *words(u8 who)
{
	static char text[4] = "p0";

	if (!peer_of(who))
		return who % 8 == MAX_PEERS ? "NULL" : "a stranger";
	text[1] = '0' + who % 8;
	return text;
}

/*
 * Calls of peers
 */

/* Bytes that a peer may have in addition */
static size_t left_of(const struct peer *peer)
{
	size_t each = limit_each ?: model.spec.area.size / 4;
	size_t all = limit_all ?: model.spec.area.size / 2;

	each = each > peer->bytes ? each - peer->bytes : 0;
	all = all > owned.peers_used ? all - owned.peers_used : 0;
	return min(each, all);
}

/* A block was had, found to be too large, and freed. */
static void gave_back(size_t bytes)
{
	struct heap_stats now;

	heap_get_stats(&fuzz_heap, &now);
	model_peak(model.want.used + bytes, 0);
	if (now.page_block_allocs == model.want.page_block_allocs)
		return;
	model.want.page_block_allocs++;
	model.want.page_block_frees++;
}

bool model_alloc_owned(u8 nr, size_t size, size_t align)
{
	bool sound = align && !(align & (align - 1)) && align <= model.spec.page_size;
	struct peer *peer = open_peer(nr);
	size_t left = left_of(peer);
	struct expected expected = { 0 };
	size_t offset = 1;
	void *block;
	int ret;

	if (model.nr_live == MAX_LIVE)
		return false;
	if (sound && size <= left)
		expected = model_expect(size, align);
	expected.peer = nr + 1;
	fuzz_call("b%u = alloc(p%u, %zu, %zu)", model.calls + 1, nr, size, align);
	ret = sharing_alloc(&fuzz_heap, size, align, &peer->owner, &offset);
	block = ret ? NULL : (void *)address_at(offset);
	CHECK(!ret || offset == 1);
	if (ret == -EDQUOT) {
		fuzz_call(" = %d, %zu are left\n", ret, left);
		CHECK(size > left || expected.bytes > left);
		if (size <= left)
			gave_back(expected.bytes);
		model.want.failed[XNHEAP_ALLOC_QUOTA]++;
		model_after_call();
		return false;
	}
	CHECK(size <= left && (ret ? ret == -ENOMEM : expected.bytes <= left));
	model_allocated(block, size, sound ? align : 0, expected, 0);
	return !ret;
}

/* Of one that is open, whatever is there */
void model_free_owned(u8 nr, size_t offset)
{
	struct peer *peer = open_peer(nr);
	unsigned long address = address_at(offset);
	int i = model_live_at(address), expected = model_expect_live(address), ret;

	if (i >= 0 && model_live[i].peer != nr + 1)
		expected = -EPERM;
	fuzz_call("free(p%u, %s)", nr, model_words(address));
	ret = sharing_free(&fuzz_heap, offset, &peer->owner);
	fuzz_call(" = %d\n", ret);
	CHECK(ret == expected);
	if (ret)
		model_refused(ret);
	else
		model_freed(address);
	model_after_call();
}

/* A live block, by who can free it; of one that is closed, nobody else yet. */
void model_free_anyones(u32 i, u8 how)
{
	const struct live *block = &model_live[i];

	if (!block->peer) {
		model_free(block->start, how);
	} else if (peers[block->peer - 1].state == PEER_OPEN) {
		model_free_owned(block->peer - 1, model_offset(block->start));
	} else {
		model_adopt(model_offset(block->start), MAX_PEERS, 0);
		model_free(block->start, how);
	}
}

void model_close(u8 nr)
{
	struct peer *peer = &peers[nr];

	if (peer->state != PEER_OPEN)
		return;
	fuzz_call("close(p%u)\n", nr);
	sharing_close(&fuzz_heap, &peer->owner);
	peer->state = PEER_CLOSED;
	peer->found = peer->blocks;
	model_after_call();
}

/* What a slice looks at is 32 owners of a run at least, or a page, or up to a block. */
static size_t most_slices(const struct peer *peer)
{
	return model.want.pages * (1 + model.spec.page_size / 32 / 32) + model.extents +
	       peer->found;
}

/* A slice of what follows a close. False: that was all, or it is open. */
bool model_close_some(u8 nr)
{
	struct peer *peer = &peers[nr];
	bool more;
	int i;

	if (peer->state != PEER_CLOSED)
		return false;
	fuzz_call("free some of p%u's", nr);
	more = sharing_free_some(&fuzz_heap, &peer->owner, &peer->walk);
	if (!more) {
		fuzz_call(", which are none\n");
		CHECK(!peer->blocks);
		sharing_forget(&fuzz_heap, &peer->owner);
		peer->state = PEER_GONE;
		model_after_call();
		return false;
	}
	CHECK(peer->blocks && ++peer->slices <= most_slices(peer));
	fuzz_call(": %s\n", peer->walk.found ? model_words(peer->walk.found) : "none yet");
	if (peer->walk.found) {
		i = model_live_at(peer->walk.found);
		CHECK(i >= 0 && model_live[i].peer == nr + 1);
		model_freed(peer->walk.found);
	}
	model_after_call();
	return true;
}

/*
 * Calls of the kernel
 */

/* In NMI, in which the lock may be taken: then true. */
static bool begin(u8 how)
{
	fuzz_in_nmi = how & 1;
	fuzz_lock_taken = (how & 3) == 3;
	return fuzz_lock_taken;
}

static void end(void)
{
	fuzz_in_nmi = false;
	fuzz_lock_taken = false;
}

void model_adopt(size_t offset, u8 who, u8 how)
{
	struct xnheap_peer *handle = handle_of(who);
	struct peer *peer = peer_of(who);
	unsigned long address = address_at(offset);
	int i = model_live_at(address), expected = model_expect_live(address), ret;
	void *block;

	if (i >= 0 && (!model_live[i].peer || (peer && peer != &peers[model_live[i].peer - 1])))
		expected = -EPERM;
	if (begin(how))
		expected = -EAGAIN;
	if (handle && !peer)
		expected = -EINVAL;
	fuzz_call("adopt(%s, %s)", model_words(address), words(who));
	block = xnheap_adopt(&fuzz_heap, offset, handle);
	end();
	ret = IS_ERR(block) ? PTR_ERR(block) : 0;
	fuzz_call(" = %d\n", ret);
	CHECK(ret == expected && (ret || block == (void *)address));
	if (!ret)
		model_own(i, 0);
	model_after_call();
}

void model_lend(unsigned long address, u8 who, u8 how)
{
	struct peer *peer = peer_of(who);
	int i = model_live_at(address), expected = model_expect_live(address), ret;
	size_t limit = limit_each ?: model.spec.area.size / 4;

	if (peer && i >= 0) {
		if (model_live[i].peer)
			expected = -EPERM;
		else if (peer->state != PEER_OPEN)
			expected = -ENODEV;
		else if (limit < peer->bytes || model_live[i].bytes > limit - peer->bytes)
			expected = -EDQUOT;
	}
	if (begin(how))
		expected = -EAGAIN;
	if (!peer)
		expected = -EINVAL;
	fuzz_call("lend(%s, %s)", model_words(address), words(who));
	ret = xnheap_lend(&fuzz_heap, (void *)address, handle_of(who));
	end();
	fuzz_call(" = %d\n", ret);
	CHECK(ret == expected);
	if (!ret)
		model_own(i, who % 8 + 1);
	model_after_call();
}

void model_set_quota(size_t each, size_t all)
{
	fuzz_call("set_quota(%zu, %zu)\n", each, all);
	CHECK(xnheap_set_quota(&fuzz_heap, each, all) == 0);
	limit_each = each;
	limit_all = all;
	model_after_call();
}

/*
 * Questions
 */

/* The largest request whose block has no more than @bytes */
static size_t largest_within(size_t bytes)
{
	size_t pages = round_down(bytes, model.spec.page_size), largest = 0;
	u32 b;

	for (b = 0; b < fuzz_heap.nr_buckets && fuzz_heap.buckets[b].size <= bytes; b++)
		largest = fuzz_heap.buckets[b].size;
	/* What is not for a bucket takes pages */
	return b == fuzz_heap.nr_buckets && pages > largest ? pages : largest;
}

void model_ask_largest(u8 nr)
{
	struct peer *peer = open_peer(nr);
	size_t left = left_of(peer), largest = xnheap_largest_free(&fuzz_heap);

	fuzz_call("largest(p%u), %zu are left\n", nr, left);
	CHECK(sharing_largest(&fuzz_heap, &peer->owner) == min(largest, largest_within(left)));
	model_after_call();
}

/* What is at an offset, for the kernel and for whoever asks */
void model_ask_block(size_t offset, u8 how)
{
	unsigned long address = address_at(offset);
	int i = model_live_at(address);
	const struct live *block = i < 0 ? NULL : &model_live[i];
	size_t bytes = 1;
	u16 owner = 2;
	bool busy;
	void *at;

	fuzz_call("at, query(%s)\n", model_words(address));
	busy = begin(how);
	at = xnheap_at(&fuzz_heap, offset);
	end();
	CHECK(at == (block && !block->peer && !busy ? (void *)address : NULL));
	CHECK(sharing_query(&fuzz_heap, offset, &bytes, &owner) == (block ? 0 : -EINVAL));
	CHECK(bytes == (block ? block->bytes : 1));
	CHECK(owner == (!block ? 2 : block->peer ? peers[block->peer - 1].owner.nr : 0));
	model_after_call();
}

/* Where a block is, and whose */
void model_locate(unsigned long address)
{
	int i = model_live_at(address), expected = model_expect_live(address), ret;
	struct owner *owner = &stranger;
	size_t offset = 1;

	fuzz_call("locate(%s)", model_words(address));
	ret = sharing_locate(&fuzz_heap, (void *)address, &offset, &owner);
	fuzz_call(" = %d, %zu\n", ret, offset);
	CHECK(ret == expected);
	if (ret) {
		CHECK(offset == 1 && owner == &stranger);
	} else {
		CHECK(offset == model_offset(address));
		CHECK(xnheap_offset(&fuzz_heap, (void *)address, &offset, NULL) == 0);
		CHECK(offset == model_offset(address));
		CHECK(owner == (model_live[i].peer ? &peers[model_live[i].peer - 1].owner : NULL));
	}
	model_after_call();
}

/* A heap that is not shared refuses, whatever the block; in one that is, nothing is lost. */
void model_ask_shared(void)
{
	void *block = model.nr_live ? (void *)model_live[0].start : NULL;
	struct xnheap_peer *peer = handle_of(0);
	struct owner *owner, seen;
	const struct peer *at;
	size_t offset;
	u32 i;

	if (!model.spec.shared) {
		CHECK(!xnheap_at(&fuzz_heap, 0));
		CHECK(xnheap_adopt(&fuzz_heap, 0, peer) == ERR_PTR(-EINVAL));
		CHECK(xnheap_lend(&fuzz_heap, block, peer) == -EINVAL);
		CHECK(xnheap_set_quota(&fuzz_heap, 1, 1) == -EINVAL);
		CHECK(sharing_locate(&fuzz_heap, block, &offset, &owner) == -EINVAL);
		return;
	}
	CHECK(xnheap_set_label(&fuzz_heap, "fuzz") == -EINVAL);
	CHECK(xnheap_extend(&fuzz_heap, (void *)model.spec.area.start, 4096) == -EINVAL);
	for (i = 0; i < MAX_PEERS; i++) {
		at = peer_at(numbers[i]);
		CHECK(heap_get_owner(&fuzz_heap, numbers[i], &seen) == !!at);
		CHECK(!at || (seen.bytes == at->bytes && seen.blocks == at->blocks));
	}
	CHECK(!heap_get_owner(&fuzz_heap, OWNER_KERNEL, &seen));
}

/* After each call */
void model_check_shared(const struct heap_stats *now)
{
	u32 i;

	CHECK(now->peers_used == owned.peers_used && now->peers_blocks == owned.peers_blocks);
	for (i = 0; i < MAX_PEERS; i++)
		CHECK(peers[i].owner.bytes == peers[i].bytes &&
		      peers[i].owner.blocks == peers[i].blocks);
}

/* All were open once, and are no more: modules may know them. */
void model_begin_shared(void)
{
	u32 i;

	limit_each = 0;
	limit_all = 0;
	owned = (struct heap_stats) { };
	if (model.spec.shared)
		fuzz_heap.sharing->device = &peers;
	for (i = 0; i < MAX_PEERS; i++)
		peers[i] = (struct peer) {
			.owner = { .nr = 1, .device = &peers, .closed = true },
			.state = PEER_GONE,
		};
}

void model_end_shared(void)
{
	u32 i;

	for (i = 0; i < MAX_PEERS; i++) {
		model_close(i);
		while (model_close_some(i))
			;
	}
}
