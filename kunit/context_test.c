// SPDX-License-Identifier: GPL-2.0
/* Contexts: what may be called where, and side by side. */

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/hardirq.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "kunit_xnheap.h"

#define PATIENCE	(60 * HZ)	/* of a test that would hang else */

/*
 * What is run in a context. Nothing may be expected there, since a failure is
 * told in ways that sleep: it counts what went wrong.
 */
struct work {
	void (*run)(struct work *work);
	struct test_heap *th;
	u8 *spare;			/* memory of a second extent */
	struct test_heap *other;	/* of which a block is reserved */
	struct xnheap_reservation *reserved;
	unsigned int wrong;
	unsigned int line;		/* of what went wrong first */
	bool in_context;		/* as its entry says */
	struct completion done;
	struct hrtimer hrtimer;
	struct timer_list timer;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
};

static void count(struct work *work, bool right, unsigned int line)
{
	if (right)
		return;
	if (!work->wrong++)
		work->line = line;
}

#define EXPECT(work, condition)	count(work, condition, __LINE__)

static int agree(void *block)
{
	return 0;
}

static int disagree(void *block)
{
	return -EBUSY;
}

/* Those that are built on alloc and free, and may be made in NMI */
static void make_calls_for_many(struct work *work)
{
	struct xnheap *heap = &work->th->heap;
	void *blocks[10] = { };
	u8 *block = xnheap_zalloc(heap, 40);

	EXPECT(work, block && !memchr_inv(block, 0, 40));
	EXPECT(work, xnheap_usable_size(heap, block) >= 40);
	EXPECT(work, xnheap_block_size(heap, 40) >= 40);
	EXPECT(work, xnheap_free(heap, block) == 0);
	EXPECT(work, xnheap_usable_size(heap, block) == 0);
	block = xnheap_calloc(heap, 5, 8);
	EXPECT(work, block && !memchr_inv(block, 0, 40));
	EXPECT(work, xnheap_free(heap, block) == 0);
	EXPECT(work, xnheap_alloc_bulk(heap, 16, 10, blocks) == 10);
	EXPECT(work, xnheap_free_bulk(heap, 10, blocks) == 0);
	EXPECT(work, !memchr_inv(blocks, 0, sizeof(blocks)));
	block = xnheap_alloc_reserved(work->reserved);
	EXPECT(work, block);
	EXPECT(work, !xnheap_alloc_reserved(work->reserved));
	EXPECT(work, xnheap_free(&work->other->heap, block) == 0);
}

static void make_calls_built_on_them(struct work *work)
{
	struct xnheap *heap = &work->th->heap;
	u_long ps = work->th->kind.page_size;
	u8 *block, *other;

	make_calls_for_many(work);
	block = xnheap_realloc(heap, NULL, ps);
	EXPECT(work, block);
	*block = 0x5a;
	other = xnheap_realloc(heap, block, 3 * ps);
	EXPECT(work, other && *other == 0x5a);
	EXPECT(work, other == xnheap_realloc(heap, other, 2 * ps));
	EXPECT(work, xnheap_free(heap, other) == 0);
}

/* Every call that may be made anywhere but in NMI. */
static void make_every_call(struct work *work)
{
	struct xnheap *heap = &work->th->heap;
	u_long ps = work->th->kind.page_size, used, size, align;
	u_long area = work->th->area_size;
	u8 *block, *other;

	EXPECT(work, xnheap_size(heap) == area);
	EXPECT(work, xnheap_page_size(heap) == ps);
	EXPECT(work, xnheap_usable_mem(heap) == xnheap_page_count(heap) * ps);
	EXPECT(work, xnheap_largest_free(heap) == xnheap_usable_mem(heap));
	EXPECT(work, xnheap_extend(heap, work->spare, area) == 0);
	EXPECT(work, xnheap_extend(heap, work->spare, area) == -EEXIST);
	EXPECT(work, xnheap_extend(heap, NULL, area) == -EINVAL);
	EXPECT(work, xnheap_size(heap) == 2 * area);
	EXPECT(work, xnheap_overhead_flags(area, ps, work->th->kind.flags) <
		     area);
	EXPECT(work, xnheap_rounded_size_flags(area, ps, work->th->kind.flags) >
		     area);
	for (size = 1; size <= 4 * ps; size *= 2) {
		used = xnheap_used_mem(heap);
		block = xnheap_alloc(heap, size);
		other = xnheap_alloc(heap, size);
		EXPECT(work, block && other && block != other);
		if (!block || !other)
			return;
		memset(block, 0xff, size);
		memset(other, 0xff, size);
		EXPECT(work, xnheap_used_mem(heap) ==
			     used + 2 * rounded(work->th, size));
		EXPECT(work, xnheap_check_block(heap, block) == 0);
		EXPECT(work, xnheap_check_block(heap, block + 1) == -EINVAL);
		EXPECT(work, xnheap_free(heap, block) == 0);
		EXPECT(work, xnheap_free(heap, block) == -EINVAL);
		EXPECT(work, xnheap_free(heap, NULL) == 0);
		EXPECT(work, xnheap_test_and_free(heap, other, disagree) ==
			     -EBUSY);
		EXPECT(work, xnheap_test_and_free(heap, other, agree) == 0);
		EXPECT(work, xnheap_used_mem(heap) == used);
	}
	EXPECT(work, !xnheap_alloc(heap, 0));
	EXPECT(work, !xnheap_alloc(heap, 2 * area));
	make_calls_built_on_them(work);
	for (align = 1; align <= ps; align *= 2) {
		for (size = 1; size <= 4 * ps; size = size * 3 + 1) {
			block = xnheap_alloc_aligned(heap, size, align);
			other = xnheap_alloc_aligned(heap, size, align);
			EXPECT(work, block && !((u_long)block % align));
			EXPECT(work, other && !((u_long)other % align));
			if (!block || !other)
				return;
			memset(block, 0xff, size);
			memset(other, 0xff, size);
			EXPECT(work, xnheap_free(heap, block) == 0);
			EXPECT(work, xnheap_free(heap, other) == 0);
			EXPECT(work, xnheap_free(heap, block) == -EINVAL);
		}
	}
	EXPECT(work, !xnheap_alloc_aligned(heap, 0, 8));
	EXPECT(work, !xnheap_alloc_aligned(heap, 8, 2 * ps));
	EXPECT(work, !xnheap_alloc_aligned(heap, 8, 24));
}

/* Each context: get into it, run the work, wait for the end of that. */

static void enter_task(struct work *work)
{
	work->in_context = !in_interrupt() && !irqs_disabled();
	work->run(work);
}

static void enter_preemption_off(struct work *work)
{
	preempt_disable();
	work->in_context = !in_interrupt();
	work->run(work);
	preempt_enable();
}

static void enter_interrupts_off(struct work *work)
{
	unsigned long flags;

	local_irq_save(flags);
	work->in_context = irqs_disabled();
	work->run(work);
	local_irq_restore(flags);
}

static void enter_bh_off(struct work *work)
{
	local_bh_disable();
	work->in_context = in_softirq();
	work->run(work);
	local_bh_enable();
}

static void enter_raw_spinlock(struct work *work)
{
	static DEFINE_RAW_SPINLOCK(lock);
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	work->in_context = true;
	work->run(work);
	raw_spin_unlock_irqrestore(&lock, flags);
}

static void run_in_tasklet(struct tasklet_struct *tasklet)
{
	struct work *work = container_of(tasklet, struct work, tasklet);

	work->in_context = in_serving_softirq();
	work->run(work);
	complete(&work->done);
}

static void enter_tasklet(struct work *work)
{
	tasklet_setup(&work->tasklet, run_in_tasklet);
	tasklet_schedule(&work->tasklet);
	count(work, wait_for_completion_timeout(&work->done, PATIENCE), __LINE__);
	tasklet_kill(&work->tasklet);
}

static void run_in_timer(struct timer_list *timer)
{
	struct work *work = container_of(timer, struct work, timer);

	work->in_context = in_serving_softirq();
	work->run(work);
	complete(&work->done);
}

static void enter_timer(struct work *work)
{
	timer_setup(&work->timer, run_in_timer, 0);
	mod_timer(&work->timer, jiffies);
	count(work, wait_for_completion_timeout(&work->done, PATIENCE), __LINE__);
#if KERNEL_VERSION(6, 2, 0) <= LINUX_VERSION_CODE
	timer_delete_sync(&work->timer);
#else
	del_timer_sync(&work->timer);
#endif
}

static void hrtimer_start_hard(struct hrtimer *timer,
			       enum hrtimer_restart (*fn)(struct hrtimer *))
{
#if KERNEL_VERSION(6, 13, 0) <= LINUX_VERSION_CODE
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer->function = fn;
#endif
	hrtimer_start(timer, ns_to_ktime(1000), HRTIMER_MODE_REL_HARD);
}

static enum hrtimer_restart run_in_hrtimer(struct hrtimer *timer)
{
	struct work *work = container_of(timer, struct work, hrtimer);

	work->in_context = in_hardirq();
	work->run(work);
	complete(&work->done);
	return HRTIMER_NORESTART;
}

static void enter_hrtimer(struct work *work)
{
	hrtimer_start_hard(&work->hrtimer, run_in_hrtimer);
	count(work, wait_for_completion_timeout(&work->done, PATIENCE), __LINE__);
	hrtimer_cancel(&work->hrtimer);
}

static void run_in_irq_work(struct irq_work *irq_work)
{
	struct work *work = container_of(irq_work, struct work, irq_work);

	work->in_context = in_hardirq();
	work->run(work);
	complete(&work->done);
}

static void enter_irq_work(struct work *work)
{
	work->irq_work = IRQ_WORK_INIT_HARD(run_in_irq_work);
	irq_work_queue(&work->irq_work);
	count(work, wait_for_completion_timeout(&work->done, PATIENCE), __LINE__);
	irq_work_sync(&work->irq_work);
}

static void run_in_call(void *data)
{
	struct work *work = data;

	work->in_context = irqs_disabled();
	work->run(work);
}

static void enter_cpu_call(struct work *work)
{
	unsigned int cpu = cpumask_any_but(cpu_online_mask,
					   raw_smp_processor_id());

	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	smp_call_function_single(cpu, run_in_call, work, 1);
}

/* As nmi_enter() does, as far as it can be undone here. */
static void enter_feigned_nmi(struct work *work)
{
	unsigned long flags;

	local_irq_save(flags);
	__preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET);
	work->in_context = in_nmi();
	work->run(work);
	__preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET);
	local_irq_restore(flags);
}

static const struct heap_kind kinds[] = {
	{ "512-byte pages", 512, 24, 1, 3 },
	{ "512-byte pages, fine", 512, 24, 1, 3, XNHEAP_FINE },
#ifdef XNHEAP_OBSERVE
	{ "512-byte pages, debug", 512, 24, 1, 3, XNHEAP_DEBUG },
#endif
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

static const struct context {
	const char *name;
	void (*enter)(struct work *work);
} contexts[] = {
	{ "in a task", enter_task },
	{ "with preemption off", enter_preemption_off },
	{ "with interrupts off", enter_interrupts_off },
	{ "with bottom halves off", enter_bh_off },
	{ "with a raw spinlock held", enter_raw_spinlock },
	{ "in a tasklet", enter_tasklet },
	{ "in a timer", enter_timer },
	{ "in a hard hrtimer", enter_hrtimer },
	{ "in a hard irq_work", enter_irq_work },
	{ "in a call to another CPU", enter_cpu_call },
};

KUNIT_ARRAY_PARAM_DESC(context, contexts, name);

static struct work *work_make(struct kunit *test,
			      const struct heap_kind *kind,
			      void (*run)(struct work *work))
{
	struct work *work = kunit_kzalloc(test, sizeof(*work), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, work);
	work->run = run;
	work->spare = memory_get(test, kind->pages * kind->page_size);
	work->th = heap_make(test, kind);
	work->other = heap_make(test, kind);
	work->reserved = xnheap_reserve(&work->other->heap, 100, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(work->reserved));
	init_completion(&work->done);
	return work;
}

static void expect_all_right(struct kunit *test, struct work *work)
{
	KUNIT_EXPECT_TRUE(test, work->in_context);
	KUNIT_EXPECT_EQ_MSG(test, 0U, work->wrong, "first in line %u",
			    work->line);
	EXPECT_SOUND(test, &work->th->heap);
}

static void every_call_of_the_table_may_be_made(struct kunit *test)
{
	const struct context *context = test->param_value;
	struct work *work = work_make(test, &kinds[0], make_every_call);

	context->enter(work);
	expect_all_right(test, work);
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(&work->th->heap));
}

/* NMI */

static struct work *nmi_work;
static u8 *nmi_block;

/* In NMI, with the heap's lock taken by what it interrupted. */
static void give_up(struct work *work)
{
	struct xnheap *heap = &work->th->heap;
	void *blocks[2] = { };

	EXPECT(work, !xnheap_alloc(heap, 1));
	EXPECT(work, !xnheap_alloc(heap, 1024));
	EXPECT(work, !xnheap_alloc_aligned(heap, 1, 1));
	EXPECT(work, !xnheap_alloc_aligned(heap, 100, 64));
	EXPECT(work, xnheap_free(heap, nmi_block) == -EAGAIN);
	EXPECT(work, xnheap_free(heap, NULL) == 0);
	EXPECT(work, xnheap_test_and_free(heap, NULL, agree) == 0);
	EXPECT(work, xnheap_test_and_free(heap, nmi_block, agree) == -EAGAIN);
	EXPECT(work, xnheap_check_block(heap, nmi_block) == -EAGAIN);
	EXPECT(work, xnheap_check_block(heap, NULL) == -EFAULT);
	EXPECT(work, !xnheap_zalloc(heap, 1));
	EXPECT(work, !xnheap_calloc(heap, 1, 1));
	EXPECT(work, !xnheap_alloc_bulk(heap, 1, 2, blocks));
	EXPECT(work, !xnheap_alloc_reserved(work->reserved));
	blocks[1] = nmi_block;
	EXPECT(work, xnheap_free_bulk(heap, 2, blocks) == -EAGAIN);
	EXPECT(work, blocks[1] == nmi_block);
	EXPECT(work, xnheap_usable_size(heap, nmi_block) == 0);
	EXPECT(work, !xnheap_realloc(heap, nmi_block, 101));
	EXPECT(work, !xnheap_realloc(heap, NULL, 1));
	EXPECT(work, xnheap_extend(heap, work->spare, work->th->area_size) ==
		     -EAGAIN);
}

/* Called with the heap's lock held. */
static int find_the_lock_held(void *block)
{
	enter_feigned_nmi(nmi_work);
	return -EBUSY;
}

static void nmi_gives_up_where_the_lock_is_taken(struct kunit *test)
{
	struct work *work = work_make(test, test->param_value, give_up);
	struct xnheap *heap = &work->th->heap;
	typeof(heap->failed) failed = { [XNHEAP_FREE_REFUSED] = 1 };

	nmi_work = work;
	nmi_block = xnheap_alloc(heap, 100);
	work->reserved = xnheap_reserve(heap, 8, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(work->reserved));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			xnheap_test_and_free(heap, nmi_block,
					     find_the_lock_held));
	expect_all_right(test, work);
	KUNIT_EXPECT_EQ(test, 8ULL, busy_read(&heap->alloc_busy));
	KUNIT_EXPECT_EQ(test, 3ULL, busy_read(&heap->free_busy));
	KUNIT_EXPECT_EQ(test, 0, memcmp(failed, heap->failed, sizeof(failed)));
	KUNIT_EXPECT_EQ(test, rounded(work->th, 100), xnheap_used_mem(heap));
	KUNIT_EXPECT_EQ(test, 0, xnheap_free(heap, nmi_block));
	KUNIT_EXPECT_NOT_NULL(test, xnheap_alloc_reserved(work->reserved));
}

static void calls_that_find_it_busy_are_counted_beyond_32_bits(struct kunit *test)
{
	u64 first = 3ULL << 31, n;
	struct xnheap_busy_count count = {
		.low = ATOMIC_INIT(S32_MAX - 1),
		.halves = ATOMIC_INIT(2),
	};

	for (n = first - 2; n < first + 2; n++) {
		KUNIT_EXPECT_EQ(test, n, busy_read(&count));
		busy_inc(&count);
	}
	/* Read by who interrupts, before the top bit's change is told */
	atomic_dec(&count.halves);
	KUNIT_EXPECT_EQ(test, n, busy_read(&count));
	atomic_set(&count.halves, 3);
	atomic_set(&count.low, -1);
	KUNIT_EXPECT_EQ(test, (4ULL << 31) - 1, busy_read(&count));
	busy_inc(&count);
	KUNIT_EXPECT_EQ(test, 4ULL << 31, busy_read(&count));
}

static void be_served(struct work *work)
{
	struct xnheap *heap = &work->th->heap;
	u8 *block = xnheap_alloc(heap, 1);

	EXPECT(work, block);
	EXPECT(work, xnheap_check_block(heap, block) == 0);
	EXPECT(work, xnheap_test_and_free(heap, block, disagree) == -EBUSY);
	EXPECT(work, xnheap_free(heap, block) == 0);
	EXPECT(work, xnheap_free(heap, block) == -EINVAL);
	EXPECT(work, xnheap_free(heap, NULL) == 0);
	block = xnheap_alloc_aligned(heap, 40, 64);
	EXPECT(work, block && !((u_long)block % 64));
	EXPECT(work, !xnheap_realloc(heap, block, 8));
	EXPECT(work, xnheap_free(heap, block) == 0);
	make_calls_for_many(work);
	/* Nor would it wait for the lock if it were taken */
	EXPECT(work, xnheap_extend(heap, work->spare, work->th->area_size) ==
		     -EAGAIN);
	EXPECT(work, xnheap_extend(heap, NULL, 0) == -EAGAIN);
	EXPECT(work, xnheap_size(heap) == work->th->kind.extents * work->th->area_size);
}

static void nmi_is_served_where_the_lock_is_free(struct kunit *test)
{
	struct work *work = work_make(test, test->param_value, be_served);

	enter_feigned_nmi(work);
	expect_all_right(test, work);
}

/* Side by side */

#define HELD	24

/* A party that allocates and frees, and looks after what it holds. */
struct party {
	struct test_heap *th;
	struct rnd_state rnd;
	struct held held[HELD];
	u64 id;
	unsigned int wrong;
	unsigned int rounds;
	struct hrtimer timer;
	struct completion *done;
	u8 *spare;
};

static void party_free(struct party *party, struct held *block)
{
	u64 *word = (u64 *)block->at;

	/* Another one's mark in it: two have had the same block */
	if (memchr_inv(block->at, block->mark, block->size) ||
	    xnheap_free(&party->th->heap, word))
		party->wrong++;
	block->at = NULL;
}

static void party_step(struct party *party)
{
	struct held *block = &party->held[random_below(&party->rnd, HELD)];

	if (block->at) {
		party_free(party, block);
		/* Somebody may have it by now: if not, it is refused */
		if (xnheap_free(&party->th->heap, (u8 *)party->th->area[0] + 1) !=
		    -EINVAL)
			party->wrong++;
		return;
	}
	block->size = random_size(&party->rnd, party->th);
	if (random_below(&party->rnd, 4))
		block->at = xnheap_alloc(&party->th->heap, block->size);
	else
		block->at = xnheap_alloc_aligned(&party->th->heap, block->size,
						 1 << random_below(&party->rnd, 10));
	if (!block->at)
		return;
	block->mark = party->id;
	memset(block->at, block->mark, block->size);
}

static void party_end(struct party *party)
{
	unsigned int i;

	for (i = 0; i < HELD; i++)
		if (party->held[i].at)
			party_free(party, &party->held[i]);
}

static struct party *parties_make(struct kunit *test, unsigned int n,
				  struct test_heap *th)
{
	struct party *party = kunit_kcalloc(test, n, sizeof(*party), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, party);
	for (i = 0; i < n; i++) {
		party[i].th = th;
		party[i].id = i + 1;
		prandom_seed_state(&party[i].rnd, i + 100);
	}
	return party;
}

static void expect_empty(struct kunit *test, struct test_heap *th, u_long most)
{
	KUNIT_EXPECT_EQ(test, 0UL, xnheap_used_mem(&th->heap));
	KUNIT_EXPECT_GE(test, xnheap_largest_free(&th->heap), most);
	EXPECT_SOUND(test, &th->heap);
}

static enum hrtimer_restart party_in_hrtimer(struct hrtimer *timer)
{
	struct party *party = container_of(timer, struct party, timer);
	unsigned int i;

	for (i = 0; i < 20; i++)
		party_step(party);
	if (--party->rounds) {
		hrtimer_forward_now(timer, ns_to_ktime(50000));
		return HRTIMER_RESTART;
	}
	complete(party->done);
	return HRTIMER_NORESTART;
}

static void a_hard_interrupt_shares_a_heap_with_what_it_interrupts(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct test_heap *th = heap_make(test, test->param_value);
	struct party *party = parties_make(test, 2, th);
	u_long most = xnheap_largest_free(&th->heap);
	unsigned long end = jiffies + PATIENCE;

	party[1].rounds = 300;
	party[1].done = &done;
	hrtimer_start_hard(&party[1].timer, party_in_hrtimer);
	while (!completion_done(&done) && time_before(jiffies, end)) {
		party_step(&party[0]);
		cond_resched();
	}
	hrtimer_cancel(&party[1].timer);
	KUNIT_EXPECT_EQ(test, 0U, party[1].rounds);
	party_end(&party[0]);
	party_end(&party[1]);
	KUNIT_EXPECT_EQ(test, 0U, party[0].wrong);
	KUNIT_EXPECT_EQ(test, 0U, party[1].wrong);
	expect_empty(test, th, most);
}

static int party_in_thread(void *data)
{
	struct party *party = data;

	while (party->rounds--) {
		party_step(party);
		if (!(party->rounds % 64))
			cond_resched();
		/* One of them adds an extent, while the others go on */
		if (party->spare && party->rounds == 1000)
			party->wrong += !!xnheap_extend(&party->th->heap,
							party->spare,
							party->th->area_size);
	}
	party_end(party);
	kthread_complete_and_exit(party->done, 0);
}

static void threads_side_by_side_each_keep_their_blocks(struct kunit *test)
{
	const struct heap_kind *kind = test->param_value;
	u_long area = kind->pages * kind->page_size;
	u8 *spare = memory_get(test, 3 * area);
	DECLARE_COMPLETION_ONSTACK(done);
	struct test_heap *th = heap_make(test, kind);
	u_long most = xnheap_largest_free(&th->heap);
	unsigned int n = 2 * num_online_cpus() + 2, i, cpu = 0;
	struct party *party = parties_make(test, n, th);
	struct task_struct **task;

	task = kunit_kcalloc(test, n, sizeof(*task), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, task);
	for (i = 0; i < n; i++) {
		party[i].rounds = 3000;
		party[i].done = &done;
		if (i < 3)
			party[i].spare = spare + i * area;
		task[i] = kthread_create(party_in_thread, &party[i],
					 "xnheap-%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task[i]));
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		kthread_bind(task[i], cpu);
	}
	for (i = 0; i < n; i++)
		wake_up_process(task[i]);
	for (i = 0; i < n; i++)
		wait_for_completion(&done);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, 0U, party[i].wrong);
	KUNIT_EXPECT_EQ(test, 4 * th->area_size, xnheap_size(&th->heap));
	expect_empty(test, th, most);
}

/* Of those who make one heap at a time, each on its own memory, one does. */
struct maker {
	struct xnheap *heap;
	struct completion *begin, *done;
	u8 *area;
	int ret;
};

#define MAKER_AREA	SZ_16K

static int maker_in_thread(void *data)
{
	struct maker *maker = data;

	wait_for_completion(maker->begin);
	maker->ret = xnheap_init(maker->heap, maker->area, MAKER_AREA, 512);
	kthread_complete_and_exit(maker->done, 0);
}

static void a_heap_that_several_make_at_a_time_is_made_once(struct kunit *test)
{
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	struct maker maker[4];
	u8 *memory = memory_get(test, ARRAY_SIZE(maker) * MAKER_AREA);
	struct completion begin, done;
	unsigned int round, i, made;
	struct task_struct *task;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	for (round = 0; round < 20; round++) {
		init_completion(&begin);
		init_completion(&done);
		for (i = 0; i < ARRAY_SIZE(maker); i++) {
			maker[i] = (struct maker) {
				heap, &begin, &done, memory + i * MAKER_AREA
			};
			task = kthread_run(maker_in_thread, &maker[i],
					   "xnheap-%u", i);
			KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		}
		complete_all(&begin);
		for (i = 0, made = 0; i < ARRAY_SIZE(maker); i++)
			wait_for_completion(&done);
		for (i = 0; i < ARRAY_SIZE(maker); i++) {
			made += !maker[i].ret;
			if (maker[i].ret)
				KUNIT_EXPECT_EQ(test, -EBUSY, maker[i].ret);
		}
		KUNIT_ASSERT_EQ(test, 1U, made);
		EXPECT_SOUND(test, heap);
		KUNIT_ASSERT_EQ(test, 0, xnheap_destroy(heap, NULL, NULL));
	}
}

/*
 * Somebody compares two facts, while extents are added. On a kernel with KCSAN,
 * which delays writes at times, an order that is wrong is seen.
 */
struct asker {
	struct xnheap *heap;
	struct completion begun, done;
	bool enough;
	u_long wrong;
};

static int ask_in_thread(void *data)
{
	struct asker *asker = data;
	u_long usable;

	complete(&asker->begun);
	while (!READ_ONCE(asker->enough)) {
		usable = xnheap_usable_mem(asker->heap);
		asker->wrong += usable > xnheap_size(asker->heap);
		cond_resched();
	}
	kthread_complete_and_exit(&asker->done, 0);
}

/* Nothing is mapped there, and all of it is usable. */
static u8 *nowhere(u_long i)
{
	return (u8 *)0x10000000 + i * SZ_4K;
}

static void no_more_is_usable_than_was_given(struct kunit *test)
{
	u_long bytes = xnheap_map_size(SZ_4K, 512, 0), i;
	u8 *maps = memory_get(test, XNHEAP_MAX_EXTENTS * bytes);
	struct xnheap *heap = kunit_kzalloc(test, sizeof(*heap), GFP_KERNEL);
	struct task_struct *task;
	struct asker asker;
	unsigned int cpu, failed = 0;

	KUNIT_ASSERT_NOT_NULL(test, heap);
	KUNIT_ASSERT_EQ(test, 0, xnheap_init_apart(heap, nowhere(0), SZ_4K, 512,
						   maps, bytes, 0));
	undo_later(test, destroy_heap, heap);
	asker = (struct asker) { .heap = heap };
	init_completion(&asker.begun);
	init_completion(&asker.done);
	task = kthread_create(ask_in_thread, &asker, "xnheap-ask");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu < nr_cpu_ids)
		kthread_bind(task, cpu);
	wake_up_process(task);
	wait_for_completion(&asker.begun);
	for (i = 1; i < XNHEAP_MAX_EXTENTS; i++)
		failed += !!xnheap_extend_apart(heap, nowhere(i), SZ_4K,
						maps + i * bytes, bytes);
	migrate_enable();
	WRITE_ONCE(asker.enough, true);
	wait_for_completion(&asker.done);
	KUNIT_EXPECT_EQ(test, 0U, failed);
	KUNIT_EXPECT_EQ(test, 0UL, asker.wrong);
	KUNIT_EXPECT_EQ(test, xnheap_size(heap), xnheap_usable_mem(heap));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(every_call_of_the_table_may_be_made,
			 context_gen_params),
	KUNIT_CASE_PARAM(nmi_gives_up_where_the_lock_is_taken, kind_gen_params),
	KUNIT_CASE(calls_that_find_it_busy_are_counted_beyond_32_bits),
	KUNIT_CASE_PARAM(nmi_is_served_where_the_lock_is_free, kind_gen_params),
	KUNIT_CASE_PARAM(a_hard_interrupt_shares_a_heap_with_what_it_interrupts,
			 kind_gen_params),
	KUNIT_CASE_PARAM(threads_side_by_side_each_keep_their_blocks,
			 kind_gen_params),
	KUNIT_CASE(a_heap_that_several_make_at_a_time_is_made_once),
	KUNIT_CASE(no_more_is_usable_than_was_given),
	{ }
};

static struct kunit_suite suite = {
	.name = "xnheap_context",
	.test_cases = cases,
};

kunit_test_suite(suite);
