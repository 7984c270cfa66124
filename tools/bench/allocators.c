// SPDX-License-Identifier: GPL-2.0
/*
 * The allocators under test. To add one: its open() and close(), what one call
 * of each kind is, and a line in the table at the end.
 */

#include <linux/genalloc.h>
#include <linux/irqflags.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#if KERNEL_VERSION(6, 7, 0) <= LINUX_VERSION_CODE
#include <linux/objpool.h>
#define HAVE_OBJPOOL
#endif

#if KERNEL_VERSION(6, 18, 0) <= LINUX_VERSION_CODE
#define HAVE_KMALLOC_NOLOCK
#endif

#include "../../xnheap/core/bucket.h"
#include "bench.h"

/*
 * The calls of allocator @name, of which alloc_name() and free_name() are one
 * each. They are called directly, so that no more than they is measured, and
 * with @irqs irqs_off, or irqs_on where PREEMPT_RT does not allow that: a timer
 * that fires then counts into what they cost.
 */
#define CALLS(name, irqs)						\
static void *bench_##name##_alloc(size_t size)				\
{									\
	unsigned long flags;						\
	void *block;							\
									\
	irqs##_save(flags);						\
	block = bench_cost(&bench_alloc, alloc_##name(size));		\
	irqs##_restore(flags);						\
	return block;							\
}									\
									\
static void bench_##name##_free(void *block, size_t size)		\
{									\
	unsigned long flags;						\
									\
	irqs##_save(flags);						\
	bench_cost(&bench_free, free_##name(block, size));		\
	irqs##_restore(flags);						\
}									\
									\
static void bench_##name##_play(const struct bench_step *step,		\
				u32 steps, void **place)		\
{									\
	void **at;							\
									\
	for (; steps-- > 0; step++) {					\
		at = place + step->place;				\
		if (*at) {						\
			free_##name(*at, step->size);			\
			*at = NULL;					\
		} else {						\
			*at = alloc_##name(step->size);			\
		}							\
	}								\
}

#define irqs_off_save(flags)	local_irq_save(flags)
#define irqs_off_restore(flags)	local_irq_restore(flags)
#define irqs_on_save(flags)	((flags) = 0)
#define irqs_on_restore(flags)	((void)(flags))

#define CALLS_OF(name)							\
	.alloc = bench_##name##_alloc, .free = bench_##name##_free,	\
	.play = bench_##name##_play

/* Memory for a pool: of those that bring none themselves. */
static void *memory, *area;

/* How many pages an area has must not depend on where it happens to lie. */
static int area_open(size_t bytes)
{
	memory = vzalloc(bytes + XNHEAP_MAX_PAGE_SIZE);
	area = PTR_ALIGN(memory, XNHEAP_MAX_PAGE_SIZE);
	return memory ? 0 : -ENOMEM;
}

static void area_close(void)
{
	vfree(memory);
	memory = NULL;
}

/* What no allocator behind a raw spinlock can do without. */
static DEFINE_RAW_SPINLOCK(lock);

static int nothing_open(const struct bench_load *load)
{
	return 0;
}

static void nothing_close(void)
{
}

static __always_inline int lock_pair(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	raw_spin_unlock_irqrestore(&lock, flags);
	return 0;
}

static __always_inline void *alloc_lock(size_t size)
{
	lock_pair();
	return &lock;
}

static __always_inline int free_lock(void *block, size_t size)
{
	return lock_pair();
}

CALLS(lock, irqs_off)

/* xnheap */
static struct xnheap heap;

static int xnheap_open(const struct bench_load *load, u_long page_size,
		       unsigned int flags)
{
	int ret = area_open(load->bytes);

	if (!ret)
		ret = xnheap_init_flags(&heap, area, load->bytes, page_size,
					flags);
	if (ret)
		area_close();
	return ret;
}

#define XNHEAP_KIND(name, page_size, flags)				\
static int xnheap_##name##_open(const struct bench_load *load)		\
{									\
	return xnheap_open(load, page_size, flags);			\
}

XNHEAP_KIND(512, 512, 0)
XNHEAP_KIND(4096, 4096, 0)
XNHEAP_KIND(32768, 32768, 0)
XNHEAP_KIND(percpu_4096, 4096, XNHEAP_PERCPU)
XNHEAP_KIND(fine_512, 512, XNHEAP_FINE)
XNHEAP_KIND(fine_4096, 4096, XNHEAP_FINE)
XNHEAP_KIND(fine_8192, 8192, XNHEAP_FINE)
XNHEAP_KIND(fine_16384, 16384, XNHEAP_FINE)
XNHEAP_KIND(fine_32768, 32768, XNHEAP_FINE)

static void xnheap_close(void)
{
	xnheap_destroy(&heap, NULL, NULL);
	area_close();
}

static __always_inline void *alloc_heap(size_t size)
{
	return xnheap_alloc(&heap, size);
}

static __always_inline int free_heap(void *block, size_t size)
{
	return xnheap_free(&heap, block);
}

CALLS(heap, irqs_off)

static void heap_waste(struct bench_waste *waste, u64 payload)
{
	u_long used = xnheap_used_mem(&heap), tails = 0;
	void *end = heap.bucket_place + heap.small_max / XNHEAP_MIN_BLOCK;
	unsigned int i;

	for (i = 0; i < heap.nr_buckets; i++) {
		const struct xnheap_bucket *bucket = &heap.buckets[i];
		u_long run = bucket->pages * xnheap_page_size(&heap);

		tails += bucket->runs * (run - bucket->blocks * bucket->size);
	}
	waste->rounding += used - payload;
	waste->tails += tails;
	/* The tables are beside the area */
	waste->metadata += xnheap_size(&heap) - xnheap_usable_mem(&heap) +
			   (end - heap.tables);
	waste->free += xnheap_usable_mem(&heap) - used - tails;
}

/* kmalloc: takes locks that sleep on PREEMPT_RT */
static __always_inline void *alloc_kmalloc(size_t size)
{
	return kmalloc(size, GFP_ATOMIC | __GFP_NOWARN);
}

static __always_inline int free_kmalloc(void *block, size_t size)
{
	kfree(block);
	return 0;
}

CALLS(kmalloc, irqs_on)

/*
 * The kernel's own count of pages that hold slabs and large kmalloc blocks,
 * with what each CPU has not added to it yet.
 */
static u_long kmalloc_taken(void)
{
	const enum node_stat_item item = NR_SLAB_UNRECLAIMABLE_B;
	long pages = 0;
	int node, cpu;

	for_each_online_node(node) {
		pg_data_t *pgdat = NODE_DATA(node);

		pages += atomic_long_read(&pgdat->vm_stat[item]);
		for_each_online_cpu(cpu)
			pages += per_cpu_ptr(pgdat->per_cpu_nodestats,
					     cpu)->vm_node_stat_diff[item];
	}
	return pages << PAGE_SHIFT;
}

#ifdef HAVE_KMALLOC_NOLOCK
static __always_inline void *alloc_nolock(size_t size)
{
	return kmalloc_nolock(size, 0, NUMA_NO_NODE);
}

static __always_inline int free_nolock(void *block, size_t size)
{
	kfree_nolock(block);
	return 0;
}

CALLS(nolock, irqs_on)
#endif

/* gen_pool: granules of 64 bytes, as a compromise of speed and waste */
#define GRANULE_ORDER	6

static struct gen_pool *pool;

static int gen_pool_open(const struct bench_load *load)
{
	int ret = area_open(load->bytes);

	if (ret)
		return ret;
	pool = gen_pool_create(GRANULE_ORDER, NUMA_NO_NODE);
	ret = pool ? gen_pool_add(pool, (u_long)area, load->bytes,
				  NUMA_NO_NODE) : -ENOMEM;
	if (ret) {
		if (pool)
			gen_pool_destroy(pool);
		area_close();
	}
	return ret;
}

static int gen_pool_best_open(const struct bench_load *load)
{
	int ret = gen_pool_open(load);

	if (!ret)
		gen_pool_set_algo(pool, gen_pool_best_fit, NULL);
	return ret;
}

static void gen_pool_close(void)
{
	gen_pool_destroy(pool);
	area_close();
}

static __always_inline void *alloc_gen_pool(size_t size)
{
	return (void *)gen_pool_alloc(pool, size);
}

static __always_inline int free_gen_pool(void *block, size_t size)
{
	gen_pool_free(pool, (u_long)block, size);
	return 0;
}

CALLS(gen_pool, irqs_off)

/*
 * mempool: it asks its backing first, and with kmalloc() there would be as
 * slow as that; so its backing fails once its reserve is full.
 */
static mempool_t *mempool;

static void *mempool_backing(gfp_t gfp, void *size)
{
	return mempool ? NULL : kmalloc((size_t)size, gfp);
}

static void mempool_release(void *block, void *size)
{
	kfree(block);
}

static int mempool_open(const struct bench_load *load)
{
	mempool = mempool_create(load->blocks, mempool_backing,
				 mempool_release, (void *)load->size);
	return mempool ? 0 : -ENOMEM;
}

static void mempool_close(void)
{
	mempool_destroy(mempool);
	mempool = NULL;
}

static __always_inline void *alloc_mempool(size_t size)
{
	return mempool_alloc(mempool, GFP_ATOMIC | __GFP_NOWARN);
}

static __always_inline int free_mempool(void *block, size_t size)
{
	mempool_free(block, mempool);
	return 0;
}

CALLS(mempool, irqs_on)

#ifdef HAVE_OBJPOOL
static struct objpool_head objpool;

static int objpool_open(const struct bench_load *load)
{
	return objpool_init(&objpool, load->blocks, load->size, GFP_KERNEL,
			    NULL, NULL, NULL);
}

static void objpool_close(void)
{
	objpool_fini(&objpool);
}

static __always_inline void *alloc_objpool(size_t size)
{
	return objpool_pop(&objpool);
}

static __always_inline int free_objpool(void *block, size_t size)
{
	return objpool_push(block, &objpool);
}

CALLS(objpool, irqs_off)
#endif

const struct allocator allocators[] = {
	{ "lock", .floor = true,
	  .open = nothing_open, .close = nothing_close, CALLS_OF(lock) },
	{ "xnheap-4096",
	  .open = xnheap_4096_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-32768",
	  .open = xnheap_32768_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-512",
	  .open = xnheap_512_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-fine-4096",
	  .open = xnheap_fine_4096_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-fine-8192",
	  .open = xnheap_fine_8192_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-fine-16384",
	  .open = xnheap_fine_16384_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-fine-32768",
	  .open = xnheap_fine_32768_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-fine-512",
	  .open = xnheap_fine_512_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "xnheap-percpu-4096",
	  .open = xnheap_percpu_4096_open, .close = xnheap_close,
	  .waste = heap_waste, CALLS_OF(heap) },
	{ "kmalloc", .taken = kmalloc_taken,
	  .open = nothing_open, .close = nothing_close, CALLS_OF(kmalloc) },
#ifdef HAVE_KMALLOC_NOLOCK
	{ "kmalloc_nolock", .taken = kmalloc_taken,
	  .open = nothing_open, .close = nothing_close, CALLS_OF(nolock) },
#endif
	{ "gen_pool-first-fit", .slow = true, .beside = 8 << GRANULE_ORDER,
	  .open = gen_pool_open, .close = gen_pool_close, CALLS_OF(gen_pool) },
	{ "gen_pool-best-fit", .slow = true, .beside = 8 << GRANULE_ORDER,
	  .open = gen_pool_best_open, .close = gen_pool_close, CALLS_OF(gen_pool) },
	{ "mempool", .fixed = true,
	  .open = mempool_open, .close = mempool_close, CALLS_OF(mempool) },
#ifdef HAVE_OBJPOOL
	{ "objpool", .fixed = true,
	  .open = objpool_open, .close = objpool_close, CALLS_OF(objpool) },
#endif
};

const unsigned int nr_allocators = ARRAY_SIZE(allocators);

const struct allocator *allocator_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_allocators; i++)
		if (!strcmp(allocators[i].name, name))
			return &allocators[i];
	return NULL;
}
