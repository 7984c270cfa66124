// SPDX-License-Identifier: GPL-2.0
/* Owners of blocks, on heaps that are shared with processes. */

#include <linux/err.h>
#include <linux/minmax.h>

#include "owner.h"

/* What a search looks at in one hold of the lock: entries of the page map, owners of a run */
#define WALK_PAGES	8
#define WALK_BLOCKS	32

noinline
int owner_find(struct xnheap *heap, unsigned long address, struct block *block)
{
	path_enter(owner_find);
	*block = block_find(heap, (void *)address);
	if (block->where == BLOCK_START && block_is_live(*block))
		return 0;
	return block->where == BLOCK_OUTSIDE ? -EFAULT : -EINVAL;
}

int owner_take(struct xnheap *heap, struct block block, struct owner *owner, size_t limit)
{
	struct xnheap_sharing *sharing = heap->sharing;
	size_t bytes = block_size(heap, block);

	if (owner->closed)
		return -ENODEV;
	if (owner->bytes + bytes > limit)
		return -EDQUOT;
	*owner_of(heap, block) = owner->nr;
	/* The file's process is told of them without the lock */
	WRITE_ONCE(owner->bytes, owner->bytes + bytes);
	WRITE_ONCE(owner->blocks, owner->blocks + 1);
	sharing->bytes += bytes;
	sharing->blocks++;
	sharing->passed++;
	return 0;
}

void owner_leave(struct xnheap *heap, struct block block)
{
	u16 *nr = owner_of(heap, block);
	struct xnheap_sharing *sharing = heap->sharing;
	struct owner *owner = sharing->owner[*nr];
	size_t bytes = block_size(heap, block);

	*nr = OWNER_KERNEL;
	WRITE_ONCE(owner->bytes, owner->bytes - bytes);
	WRITE_ONCE(owner->blocks, owner->blocks - 1);
	sharing->bytes -= bytes;
	sharing->blocks--;
	sharing->passed++;
}

/* What would be too much is refused before, not to break up what is free for it. */
void *owner_alloc(struct xnheap *heap, size_t size, size_t align, struct owner *owner)
{
	size_t left = owner_left(heap, owner);
	struct block found;
	void *block;
	int ret;

	path_enter(owner_alloc);
	if (size > left)
		goto too_much;
	block = heap_alloc_aligned(heap, size, align);
	if (!block)
		return NULL;
	found = block_find(heap, block);
	ret = owner_take(heap, found, owner, owner->bytes + left);
	if (!ret)
		return block;
	path_mark(over_quota);
	free_found(heap, found, NULL);
too_much:
	heap->failed[XNHEAP_ALLOC_QUOTA]++;
	return ERR_PTR(-EDQUOT);
}

int owner_free(struct xnheap *heap, unsigned long address, u16 owner,
	       int (*ckfn)(void *block))
{
	struct block block;
	int ret;

	if (owner_find(heap, address, &block))
		return heap_refuse_found(heap, block);
	if (*owner_of(heap, block) != owner)
		return heap_refuse(heap, XNHEAP_FREE_FOREIGN, -EPERM);
	if (ckfn) {
		ret = ckfn((void *)address);
		if (ret)
			return heap_refuse(heap, XNHEAP_FREE_REFUSED, ret);
	}
	if (owner != OWNER_KERNEL)
		owner_leave(heap, block);
	return free_found(heap, block, NULL);
}

int owner_check(struct xnheap *heap, unsigned long address, u16 owner)
{
	struct block block;
	int ret = owner_find(heap, address, &block);

	return !ret && *owner_of(heap, block) != owner ? -EPERM : ret;
}

/* Look at the owners of a run's blocks, from the one where the walk is. */
static void walk_run(struct xnheap *heap, struct block block, u16 owner,
		     struct owner_walk *walk)
{
	u32 end = min_t(u32, block.bucket->blocks, walk->block + WALK_BLOCKS);
	const u16 *nr;

	block.nr = walk->block;
	for (nr = owner_of(heap, block); block.nr < end; block.nr++, nr++) {
		if (*nr == owner) {
			walk->found = block_start(heap, block);
			walk->block = block.nr + 1;
			return;
		}
		path_mark(walked_block);
	}
	walk->block = end;
	if (end == block.bucket->blocks) {
		walk->block = 0;
		walk->page++;
	}
}

/*
 * Between two calls, blocks may go, and others come, none of which is the owner's. So it
 * does no harm if the walk goes on within one of those: there is no block's first page.
 */
bool owner_walk(struct xnheap *heap, u16 owner, struct owner_walk *walk)
{
	const struct xnheap_extent *ext = &heap->extent[walk->extent];
	struct block block = { };
	unsigned int n;

	path_enter(owner_walk);
	walk->found = 0;
	for (n = 0; n < WALK_PAGES && walk->page < ext->nr_pages; n++) {
		path_mark(walked_page);
		block.page = page_after(heap, ext->map, walk->page);
		if (block.page->type >= PAGE_RUN_PARTIAL) {
			block.bucket = bucket_of_run(heap, block.page);
			walk_run(heap, block, owner, walk);
			return true;
		}
		walk->block = 0;
		walk->page++;
		if (block.page->type != PAGE_BLOCK)
			continue;
		if (*owner_of(heap, block) == owner) {
			walk->found = block_start(heap, block);
			return true;
		}
		walk->page += block.page->count - 1;
	}
	if (walk->page < ext->nr_pages)
		return true;
	walk->page = 0;
	return ++walk->extent < heap->nr_extents;
}
