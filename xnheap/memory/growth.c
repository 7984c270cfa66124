// SPDX-License-Identifier: GPL-2.0
/* Heaps that grow by themselves: a thread for each, which looks at the notes of calls. */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/prio.h>
#include <uapi/linux/sched/types.h>

#include "own.h"

#define PRIORITY	(MAX_RT_PRIO / 2)	/* as of interrupt threads */

/* How soon to try again where an extent could not be had, or to tell the same again */
#define RETRY		(HZ / 10)
/* How often to look whether there is too much, and how often in a row there must be */
#define LOOK		(HZ / 4)
#define LOOKS_ABOVE	5

/* In hard interrupt context, on PREEMPT_RT too. */
static void wake(struct irq_work *work)
{
	swake_up_one(&container_of(work, struct growth, level.work)->wake);
}

void growth_init(struct growth *growth)
{
	mutex_init(&growth->control);
	mutex_init(&growth->notifying);
	init_swait_queue_head(&growth->wake);
	growth->level.work = IRQ_WORK_INIT_HARD(wake);
	growth->priority = PRIORITY;
	growth->next_failed = get_jiffies_64();
	growth->next_low = growth->next_failed;
}

bool growth_is_current(const struct growth *growth)
{
	return READ_ONCE(growth->thread) == current;
}

static bool is_low(const struct own_heap *own)
{
	return level_free(&own->heap) < READ_ONCE(own->growth.level.low_pages);
}

static u32 pages_of(const struct xnheap *heap, size_t bytes)
{
	size_t pages = bytes >> heap->page_shift;

	return min_t(size_t, pages + !!(bytes & heap->page_mask), U32_MAX);
}

static void tell(struct own_heap *own, enum xnheap_event event)
{
	struct growth *growth = &own->growth;

	observe(level, &own->heap, event);
	mutex_lock(&growth->notifying);
	if (growth->notify)
		growth->notify(&own->heap, event, growth->data);
	mutex_unlock(&growth->notifying);
}

/* An extent came for a note: how long did that take? */
static void note_wait(struct xnheap_level *level)
{
	u64 since = READ_ONCE(level->since);
	s64 wait = local_clock() - since;

	/* Clocks of two CPUs may differ by a little */
	if (since && wait > (s64)level->longest_wait)
		WRITE_ONCE(level->longest_wait, wait);
	WRITE_ONCE(level->since, 0);
}

/* Add extents while it is low: how many. Not another after one that could not be had. */
static unsigned int grow(struct own_heap *own)
{
	struct xnheap_level *level = &own->growth.level;
	unsigned int n = 0;

	while (is_low(own) && !kthread_should_stop() && !own_grow(own, _THIS_IP_)) {
		note_wait(level);
		n++;
	}
	WRITE_ONCE(level->grown, level->grown + n);
	return n;
}

/* Let calls leave a note again. True if it is low again already. */
static bool rearm(struct own_heap *own)
{
	atomic_t *low = &own->growth.level.low;

	/* Full barriers: whoever makes it low later finds that it can leave a note */
	atomic_xchg(low, LEVEL_ABOVE);
	return is_low(own) && atomic_cmpxchg(low, LEVEL_ABOVE, LEVEL_NOTED) == LEVEL_ABOVE;
}

/* Whether there was too much free for long enough. */
static bool is_high(struct own_heap *own)
{
	struct xnheap *heap = &own->heap;
	u64 enough = READ_ONCE(own->growth.level.high) + (u64)heap->extent_size;

	if ((u64)level_free(heap) << heap->page_shift < enough)
		own->growth.looks_above = 0;
	else if (own->growth.looks_above < LOOKS_ABOVE)
		own->growth.looks_above++;
	return own->growth.looks_above == LOOKS_ABOVE;
}

/* Give back what is too much; how long until that has to be looked at again. */
static long give_back(struct own_heap *own)
{
	size_t high = READ_ONCE(own->growth.level.high);
	struct xnheap *heap = &own->heap;

	if (high && is_high(own) && own_shrink(own, pages_of(heap, high), _THIS_IP_))
		tell(own, XNHEAP_SHRUNK);
	if (!own_release_gone(own) || (high && READ_ONCE(heap->nr_sorted) > 1))
		return LOOK;
	return MAX_SCHEDULE_TIMEOUT;
}

/* Allocations failed, and a while has passed since that was told: others may, too. */
static bool failed_due(const struct growth *growth)
{
	return atomic_read(&growth->level.failed) &&
	       time_after_eq64(get_jiffies_64(), growth->next_failed);
}

static bool failed_take(struct growth *growth)
{
	if (!failed_due(growth))
		return false;
	growth->next_failed = get_jiffies_64() + RETRY;
	atomic_xchg(&growth->level.failed, 0);
	return true;
}

/* Likewise: who allocates and frees around the mark makes it fall as often as it likes. */
static bool low_take(struct growth *growth)
{
	if (!growth->fell || time_before64(get_jiffies_64(), growth->next_low))
		return false;
	growth->next_low = get_jiffies_64() + RETRY;
	growth->fell = false;
	return true;
}

/* Do what there is to do; how long until there may be more that nobody notes. */
static long look(struct own_heap *own)
{
	struct xnheap_level *level = &own->growth.level;
	bool low = is_low(own) || atomic_read(&level->low) == LEVEL_NOTED;
	bool failed = failed_take(&own->growth);
	unsigned int grown;

	if (low && atomic_xchg(&level->low, LEVEL_KNOWN) != LEVEL_KNOWN)
		own->growth.fell = true;
	grown = grow(own);
	if (low_take(&own->growth))
		tell(own, XNHEAP_LOW);
	if (failed)
		tell(own, XNHEAP_FAILED);
	if (grown)
		tell(own, XNHEAP_GROWN);
	if (is_low(own)) {
		own->growth.looks_above = 0;
		return RETRY;
	}
	return rearm(own) ? 0 : give_back(own);
}

static bool has_work(const struct growth *growth)
{
	return kthread_should_stop() || READ_ONCE(growth->look) ||
	       atomic_read(&growth->level.low) == LEVEL_NOTED || failed_due(growth);
}

static int run(void *data)
{
	struct own_heap *own = data;
	struct growth *growth = &own->growth;
	long timeout = 0;

	while (!kthread_should_stop()) {
		swait_event_idle_timeout_exclusive(growth->wake, has_work(growth), timeout);
		WRITE_ONCE(growth->look, false);
		timeout = look(own);
		/* A note of what failed meanwhile does not make it look before that is due */
		if (growth->fell || time_before64(get_jiffies_64(), growth->next_failed))
			timeout = min_t(long, timeout, RETRY);
	}
	return 0;
}

static int set_priority(struct task_struct *thread, int priority)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = priority ? SCHED_FIFO : SCHED_NORMAL,
		.sched_priority = priority,
	};

	return sched_setattr_nocheck(thread, &attr);
}

static int start(struct own_heap *own)
{
	struct growth *growth = &own->growth;
	struct task_struct *thread;
	int ret;

	thread = kthread_create(run, own, "xnheap/%s", own->heap.label);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	ret = set_priority(thread, READ_ONCE(growth->priority));
	if (ret) {
		kthread_stop(thread);
		return ret;
	}
	WRITE_ONCE(growth->thread, thread);
	wake_up_process(thread);
	return 0;
}

/* No mark is left, nor a note; and then, no thread. */
static void stop(struct own_heap *own)
{
	struct growth *growth = &own->growth;
	struct xnheap_level *level = &growth->level;

	WRITE_ONCE(own->heap.level_mark, 0);
	WRITE_ONCE(level->low_pages, 0);
	if (growth->thread)
		kthread_stop(growth->thread);
	/* The thread may have left the last note */
	irq_work_sync(&level->work);
	WRITE_ONCE(growth->thread, NULL);
	growth->fell = false;
	atomic_set(&level->low, LEVEL_ABOVE);
	atomic_set(&level->failed, 0);
	WRITE_ONCE(level->high, 0);
	mutex_lock(&own->resizing);
	WRITE_ONCE(level->max, 0);
	mutex_unlock(&own->resizing);
}

void growth_end(struct own_heap *own)
{
	mutex_lock(&own->growth.control);
	stop(own);
	mutex_unlock(&own->growth.control);
}

/* Have calls leave notes. */
static void set_marks(struct own_heap *own, size_t low, size_t high, size_t max)
{
	struct xnheap_level *level = &own->growth.level;
	struct xnheap *heap = &own->heap;
	u32 pages = pages_of(heap, low);

	if (!heap->level) {
		level->lowest = U32_MAX;
		/* Whoever finds the mark, or the kind, finds the level */
		smp_store_release(&heap->level, level);
		heap_become_other(heap);
	}
	mutex_lock(&own->resizing);
	WRITE_ONCE(level->max, max);
	mutex_unlock(&own->resizing);
	WRITE_ONCE(level->high, high);
	WRITE_ONCE(level->low_pages, pages);
	/* Whoever finds the mark finds the level */
	smp_store_release(&heap->level_mark, max(pages, READ_ONCE(level->lowest)));
}

static int set_growth(struct own_heap *own, size_t low, size_t high, size_t max)
{
	struct growth *growth = &own->growth;
	int ret = 0;

	if (!low) {
		stop(own);
		return 0;
	}
	set_marks(own, low, high, max);
	if (growth->thread)
		growth_look(growth);
	else
		ret = start(own);
	if (ret)
		stop(own);
	return ret;
}

int xnheap_set_growth(struct xnheap *heap, size_t low, size_t high, size_t max)
{
	struct own_heap *own;
	int ret;

	if (!heap_is_own(heap) || (low && high && high < low) ||
	    (high && !heap_may_shrink(heap)))
		return -EINVAL;
	own = own_heap(heap);
	if (growth_is_current(&own->growth))
		return -EBUSY;
	mutex_lock(&own->growth.control);
	ret = set_growth(own, low, high, max);
	mutex_unlock(&own->growth.control);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_set_growth);

int xnheap_set_priority(struct xnheap *heap, int priority)
{
	struct growth *growth;
	int ret = 0;

	if (!heap_is_own(heap) || priority < 0 || priority >= MAX_RT_PRIO)
		return -EINVAL;
	growth = &own_heap(heap)->growth;
	/* Its thread must not wait for who may wait for it to end */
	if (growth_is_current(growth)) {
		ret = set_priority(current, priority);
		if (!ret)
			WRITE_ONCE(growth->priority, priority);
		return ret;
	}
	mutex_lock(&growth->control);
	if (growth->thread)
		ret = set_priority(growth->thread, priority);
	if (!ret)
		WRITE_ONCE(growth->priority, priority);
	mutex_unlock(&growth->control);
	return ret;
}
EXPORT_SYMBOL_GPL(xnheap_set_priority);

int xnheap_set_notify(struct xnheap *heap,
		      void (*notify)(struct xnheap *heap, enum xnheap_event event,
				     void *data),
		      void *data)
{
	struct growth *growth;
	bool held;

	if (!heap_is_own(heap))
		return -EINVAL;
	growth = &own_heap(heap)->growth;
	held = growth_is_current(growth);
	if (!held)
		mutex_lock(&growth->notifying);
	growth->notify = notify;
	growth->data = data;
	if (!held)
		mutex_unlock(&growth->notifying);
	return 0;
}
EXPORT_SYMBOL_GPL(xnheap_set_notify);
