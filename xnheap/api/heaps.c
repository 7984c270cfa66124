// SPDX-License-Identifier: GPL-2.0
/* Making heaps, extending and ending them; the list of those that live. */

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "deferred.h"
#include "sharing.h"

#define warn(heap, fmt, ...) \
	pr_warn_ratelimited("xnheap: %s: " fmt, (heap)->label, ##__VA_ARGS__)

DEFINE_MUTEX(heaps_lock);	/* for the list */
LIST_HEAD(heaps);

/*
 * Clear a heap and put it into the list, unless it is there: that alone tells
 * which heaps live, as a new one may hold anything.
 */
static bool list_claim(struct xnheap *heap)
{
	struct xnheap *live;
	bool found = false;

	mutex_lock(&heaps_lock);
	list_for_each_entry(live, &heaps, list)
		found |= live == heap;
	if (!found) {
		memset(heap, 0, sizeof(*heap));
		list_add_tail(&heap->list, &heaps);
	}
	mutex_unlock(&heaps_lock);
	return !found;
}

static void list_leave(struct xnheap *heap)
{
	mutex_lock(&heaps_lock);
	list_del(&heap->list);
	mutex_unlock(&heaps_lock);
}

/* Readers may copy a label at any moment: it is written under the lock. */
static void write_label(struct xnheap *heap, const char *label)
{
	heap_lock(heap);
	strscpy(heap->label, label, sizeof(heap->label));
	heap_unlock(heap);
}

/* Add an extent as laid out in @plan. */
static int add_extent(struct xnheap *heap, const struct xnheap_extent *plan)
{
	struct xnheap_extent *ext;

	heap_lock(heap);
	ext = extent_claim(heap, plan);
	heap_unlock(heap);
	if (IS_ERR(ext))
		return PTR_ERR(ext);

	extent_format(heap, ext);
	observe(extent, heap, ext);

	heap_lock(heap);
	heap_add_extent(heap, ext);
	if (heap->cpu)
		cpu_set_limits_locked(heap);
	WRITE_ONCE(heap->largest_span,
		   max_t(size_t, heap->largest_span, ext->span));
	heap_unlock(heap);
	return 0;
}

void heap_free_tables(struct xnheap *heap)
{
	deferred_free(heap);
	cpu_stacks_free(heap);
	kvfree(heap->sharing);
	kfree(heap->reservations);
	kvfree(heap->tables);
}

static u32 kind_of(const struct xnheap *heap)
{
	if (heap->waiting || heap->sharing)
		return HEAP_MAGIC_OTHER;
	return heap->cpu ? HEAP_MAGIC_PERCPU : HEAP_MAGIC;
}

/* Make a heap. Where an observer may add flags, they went through it. */
int heap_begin(struct xnheap *heap, const struct heap_spec *spec)
{
	struct xnheap_extent ext;
	struct heap_plan plan;
	void *tables;
	int ret;

	if (!heap || !heap_plan(&plan, spec->area.size, spec->page_size,
				spec->flags))
		return -EINVAL;
	ret = extent_layout(&ext, &spec->area, &plan.shape);
	if (ret)
		return ret;
	if (!list_claim(heap))
		return -EBUSY;
	ret = -ENOMEM;
	tables = kvzalloc(plan.tables_size, GFP_KERNEL);
	if (!tables)
		goto leave;

	heap_setup(heap, &plan, tables);
	heap->apart = spec->apart;
	heap->backing = spec->backing;
	heap->extent_size = spec->area.size;
	if (plan.flags & XNHEAP_PERCPU && !cpu_stacks_init(heap))
		goto free;
	if (plan.flags & XNHEAP_DEFER && !deferred_init(heap))
		goto free;
	if (plan.flags & XNHEAP_SHARED && !sharing_init(heap, spec->window))
		goto free;
	strscpy(heap->label, spec->label ?: "heap", sizeof(heap->label));
	ret = xnheap_observer ? xnheap_observer->begin(heap) : 0;
	if (ret)
		goto free;
	ext.memory = spec->memory;
	/* There is no other that it could overlap */
	WARN_ON(add_extent(heap, &ext));
	/* Whoever finds it valid finds all of it */
	smp_store_release(&heap->magic, kind_of(heap));
	observe(named, heap);
	return 0;

free:
	heap_free_tables(heap);
leave:
	list_leave(heap);
	return ret;
}

/* Whether the page map has memory of its own, which is not of the area. */
static bool is_apart(const struct extent_area *area)
{
	return area->map && area->map - area->start >= area->size &&
	       area->start - area->map >= area->map_size;
}

static struct extent_area area_of(const struct xnheap_area *area)
{
	return (struct extent_area) {
		.start = (unsigned long)area->start,
		.size = area->size,
		.map = (unsigned long)area->map,
		.map_size = area->map ? area->map_size : 0,
		.cookie = area->cookie,
	};
}

int xnheap_init_area(struct xnheap *heap, const struct xnheap_area *area,
		     size_t pagesize, unsigned int flags)
{
	struct heap_spec spec = { .page_size = pagesize };

	if (!area || flags & XNHEAP_SHARED)
		return -EINVAL;
	spec.area = area_of(area);
	spec.apart = area->map;
	spec.flags = spec.apart ? flags : observed_flags(flags);
	if (spec.apart && (!is_apart(&spec.area) ||
			   flags & (XNHEAP_DEBUG | XNHEAP_PERCPU)))
		return -EINVAL;
	return heap_begin(heap, &spec);
}
EXPORT_SYMBOL_GPL(xnheap_init_area);

int xnheap_init_flags(struct xnheap *heap, void *heapaddr, size_t heapsize,
		      size_t pagesize, unsigned int flags)
{
	const struct xnheap_area area = {
		.start = heapaddr,
		.size = heapsize,
		.cookie = XNHEAP_NO_COOKIE,
	};

	return xnheap_init_area(heap, &area, pagesize, flags);
}
EXPORT_SYMBOL_GPL(xnheap_init_flags);

int xnheap_init(xnheap_t *heap, void *heapaddr, u_long heapsize,
		u_long pagesize)
{
	return xnheap_init_flags(heap, heapaddr, heapsize, pagesize, 0);
}
EXPORT_SYMBOL_GPL(xnheap_init);

int xnheap_init_apart(struct xnheap *heap, void *heapaddr, size_t heapsize,
		      size_t pagesize, void *mapaddr, size_t mapsize,
		      unsigned int flags)
{
	const struct xnheap_area area = {
		.start = heapaddr,
		.size = heapsize,
		.map = mapaddr,
		.map_size = mapsize,
		.cookie = XNHEAP_NO_COOKIE,
	};

	return mapaddr ? xnheap_init_area(heap, &area, pagesize, flags) :
			 -EINVAL;
}
EXPORT_SYMBOL_GPL(xnheap_init_apart);

int heap_extend(struct xnheap *heap, const struct extent_area *area,
		void *memory)
{
	struct extent_shape shape = extent_shape(heap);
	struct xnheap_extent plan;

	/* It may have interrupted the lock's owner */
	if (in_nmi())
		return -EAGAIN;
	if (extent_layout(&plan, area, &shape))
		return -EINVAL;
	plan.memory = memory;
	return add_extent(heap, &plan);
}

/*
 * Take out an extent of which nothing is in use, if it is of the heap's own memory, and
 * @keep pages stay free then: that memory's handle, or NULL.
 */
void *heap_take_extent(struct xnheap *heap, unsigned int nr, u32 keep)
{
	struct xnheap_extent *ext = &heap->extent[nr];
	void *memory = NULL;

	heap_lock(heap);
	if (ext->span && ext->memory && heap->free_pages >= (u64)keep + ext->nr_pages) {
		memory = ext->memory;
		if (!heap_retire_extent(heap, ext))
			memory = NULL;
		else if (heap->cpu)
			cpu_set_limits_locked(heap);
	}
	heap_unlock(heap);
	return memory;
}

/* Nobody reads any more of an extent that was taken out: let another have its number. */
void heap_forget_extent(struct xnheap *heap, unsigned int nr)
{
	heap_lock(heap);
	heap->extent[nr].retired = false;
	heap_unlock(heap);
}

static int extend(struct xnheap *heap, const struct xnheap_area *from,
		  unsigned long caller)
{
	struct extent_area area;
	int ret;

	if (!heap_is_valid(heap) || !from || heap->apart != !!from->map || heap->sharing)
		return -EINVAL;
	area = area_of(from);
	if (heap->apart && !is_apart(&area))
		return -EINVAL;
	ret = heap_extend(heap, &area, NULL);
	if (!ret)
		observe(extended, heap, area.size, caller);
	return ret;
}

int xnheap_extend_area(struct xnheap *heap, const struct xnheap_area *area)
{
	return extend(heap, area, _RET_IP_);
}
EXPORT_SYMBOL_GPL(xnheap_extend_area);

int xnheap_extend(xnheap_t *heap, void *extaddr, u_long extsize)
{
	const struct xnheap_area area = {
		.start = extaddr,
		.size = extsize,
		.cookie = XNHEAP_NO_COOKIE,
	};

	return extend(heap, &area, _RET_IP_);
}
EXPORT_SYMBOL_GPL(xnheap_extend);

int xnheap_extend_apart(struct xnheap *heap, void *extaddr, size_t extsize,
			void *mapaddr, size_t mapsize)
{
	const struct xnheap_area area = {
		.start = extaddr,
		.size = extsize,
		.map = mapaddr,
		.map_size = mapsize,
		.cookie = XNHEAP_NO_COOKIE,
	};

	return mapaddr ? extend(heap, &area, _RET_IP_) : -EINVAL;
}
EXPORT_SYMBOL_GPL(xnheap_extend_apart);

/*
 * Have a live heap served by other.c from now on. Calls that had the lock meanwhile have
 * ended then. One that was preempted before it took the lock still ends as it began.
 */
void heap_become_other(struct xnheap *heap)
{
	mutex_lock(&heaps_lock);
	heap_lock(heap);
	WRITE_ONCE(heap->magic, HEAP_MAGIC_OTHER);
	heap_unlock(heap);
	mutex_unlock(&heaps_lock);
	synchronize_rcu();
}

/* Nobody finds a heap any more; who does already is waited for. */
void heap_leave(struct xnheap *heap)
{
	list_leave(heap);
	observe(unnamed, heap);
}

/* End a heap that was left, but for its tables: they tell of its extents, then are freed. */
void heap_end(struct xnheap *heap, unsigned long caller)
{
	unsigned long blocks;
	size_t bytes;

	if (heap->waiting)
		deferred_end(heap);
	WRITE_ONCE(heap->magic, 0);

	blocks = heap_live_blocks(heap);
	bytes = heap_used(heap);
	/* That processes have some is no mistake of the heap's user */
	if (heap->sharing) {
		blocks -= heap->sharing->blocks;
		bytes -= heap->sharing->bytes;
	}
	if (blocks)
		warn(heap, "destroyed with %lu blocks, %zu bytes, still allocated\n",
		     blocks, bytes);
	observe(end, heap, blocks, caller);
}

int xnheap_destroy(xnheap_t *heap,
		   void (*flushfn)(xnheap_t *heap, void *extaddr,
				   u_long extsize, void *cookie),
		   void *cookie)
{
	const struct xnheap_extent *ext;
	unsigned int i;

	if (!heap_is_valid(heap) || heap->backing)
		return -EINVAL;
	heap_leave(heap);
	heap_end(heap, _RET_IP_);
	for (i = 0; flushfn && i < heap->nr_extents; i++) {
		ext = &heap->extent[i];
		flushfn(heap, (void *)ext->start, ext->size, cookie);
	}
	heap_free_tables(heap);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_destroy);

int xnheap_set_label(struct xnheap *heap, const char *fmt, ...)
{
	char label[XNHEAP_LABEL_LEN];
	va_list args;
	int len;

	if (!heap_is_valid(heap) || !fmt || heap->sharing)
		return -EINVAL;
	va_start(args, fmt);
	len = vscnprintf(label, sizeof(label), fmt, args);
	va_end(args);
	if (!len)
		return -EINVAL;
	write_label(heap, label);
	observe(named, heap);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_set_label);
