// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on a heap with XNHEAP_PERCPU that has one page, and each of them
 * interrupted by another one at each point that cpu_hook() is told of: on each state
 * in todo.h, with up to two of a run's blocks in stacks, the CPU's or the depot's; of
 * the latter, not interrupted.
 */

#include "sources.h"
#include "state.h"

#define SLOTS		2
#define BLOCKS		(PAGE / PERCPU_MIN_BLOCK)	/* in the page */
#define ALL_BLOCKS	(BIT(BLOCKS) - 1)

static_assert(PAGES == 1 && BUCKETS == 1);

/* What goes on after something wrong is not looked at */
#undef CHECK
#define CHECK(condition)	SOUND(NULL, condition)

#pragma CPROVER check push
#pragma CPROVER check disable "pointer"
#pragma CPROVER check disable "bounds"
#pragma CPROVER check disable "signed-overflow"

/* As struct xnheap_cpu; the second stack is that of page blocks */
static struct stacks {
	bool busy;
	struct {
		unsigned long top, limit;
		u64 popped, filled, flushed;
		struct cpu_slot slot[SLOTS];
		u8 rest[CPU_STACK_BYTES - sizeof(struct cpu_stack) -
			SLOTS * sizeof(struct cpu_slot)];
	} stack[2] __aligned(8);
} cpu, depot;

/* What should be live, a bit for each 16 bytes; and what should be counted */
static unsigned long live;
static u64 allocs, failed, refused;

static struct cpu_slot slot_of(u32 nr)
{
	return (struct cpu_slot) { BASE0 + nr * PERCPU_MIN_BLOCK, entry_at(0, 0)->live };
}

/* Put a live block into a stack */
static void write_slot(struct stacks *stacks, u32 nr)
{
	stacks->stack[0].slot[stacks->stack[0].filled++] = slot_of(nr);
	stacks->stack[0].top += sizeof(struct cpu_slot);
	entry_at(0, 0)->live[0] &= ~BIT(nr);
	live &= ~BIT(nr);
}

/* Have the lowest, the highest of a run's blocks in these stacks; or nowhere, if NULL */
static bool write_stacks(struct stacks *lowest, struct stacks *highest)
{
	unsigned long left = entry_at(0, 0)->live[0];

	heap.cpu = (void *)&cpu;
	heap.depot = (void *)&depot;
	cpu.stack[0].limit = SLOTS * sizeof(struct cpu_slot);
	depot.stack[0].limit = SLOTS * sizeof(struct cpu_slot);
	live = left;
	if ((lowest || highest) && state[0][0] < RUN)
		return false;
	if (highest && !(left & (left - 1)))
		return false;
	if (lowest)
		write_slot(lowest, __ffs(left));
	if (highest)
		write_slot(highest, __fls(left));
	allocs = buckets[0].allocs - cpu.stack[0].filled - depot.stack[0].filled +
		 heap.page_block_allocs;
	return true;
}

/* Check stacks, and add what they have to @kept. Returns how many blocks. */
static u32 check_stacks(const struct stacks *stacks, unsigned long *kept)
{
	u32 n = stacks->stack[0].top / sizeof(struct cpu_slot), i, nr;

	CHECK(!stacks->busy && !stacks->stack[1].top);
	CHECK(n <= SLOTS && stacks->stack[0].top % sizeof(struct cpu_slot) == 0);
	for (i = 0; i < n; i++) {
		nr = (stacks->stack[0].slot[i].block - BASE0) / PERCPU_MIN_BLOCK;
		CHECK(nr < BLOCKS && !(*kept & BIT(nr)));
		CHECK(stacks->stack[0].slot[i].block == slot_of(nr).block);
		CHECK(stacks->stack[0].slot[i].live == slot_of(nr).live);
		*kept |= BIT(nr);
	}
	return n;
}

/*
 * What is live is what should be; all else that has left its run is in one stack,
 * once; and the counters say so.
 */
static void check_cpu(void)
{
	const struct entry *entry = entry_at(0, 0);
	unsigned long kept = 0;
	u32 n = check_stacks(&cpu, &kept), page_blocks;

	n += check_stacks(&depot, &kept);
	CHECK(!(kept & live));
	CHECK(entry->live[0] == live);
	page_blocks = entry->page.type == PAGE_BLOCK;
	if (entry->page.type == PAGE_RUN_WORD)
		CHECK(entry->bits[0] == (live | kept));
	else
		CHECK(live == page_blocks && !kept);

	/* As heap_get_bucket() has it */
	CHECK(buckets[0].allocs - cpu.stack[0].filled + cpu.stack[0].popped -
	      depot.stack[0].filled + heap.page_block_allocs == allocs);
	CHECK(buckets[0].allocs - buckets[0].frees - n + page_blocks == popcount(live, BLOCKS));
	CHECK(heap.failed[XNHEAP_ALLOC_FULL] + heap.failed[XNHEAP_ALLOC_KEPT] == failed);
	CHECK(heap.failed[XNHEAP_FREE_INVALID] == refused);
}

enum what { NOTHING, ALLOC_IT, FREE_IT };

struct call {
	enum what what;
	unsigned long arg;	/* a size; or a block's number */
};

static void alloc_it(size_t size)
{
	unsigned long block = (unsigned long)xnheap_alloc(&heap, size);
	unsigned long nr = (block - BASE0) / PERCPU_MIN_BLOCK;

	if (!block) {
		failed++;
		return;
	}
	CHECK(nr < BLOCKS && block == slot_of(nr).block);
	CHECK(!(live & BIT(nr)));
	live |= BIT(nr);
	allocs++;
}

static void free_it(u32 nr)
{
	bool was = live & BIT(nr);
	int ret = xnheap_free(&heap, (void *)slot_of(nr).block);

	CHECK(ret == (was ? 0 : -EINVAL));
	live &= ~BIT(nr);
	refused += !was;
}

static void make(struct call call)
{
	if (call.what == ALLOC_IT)
		alloc_it(call.arg);
	else if (call.what == FREE_IT)
		free_it(call.arg);
}

/* The call that is interrupted, where, and by what */
static struct call outer, inner;
static enum cpu_point at;
static bool interrupted;

static void interrupt(struct xnheap *unused, enum cpu_point point)
{
	unsigned long top;

	if (interrupted || point != at)
		return;
	interrupted = true;
	top = cpu.stack[0].top;
	if (outer.what == FREE_IT)
		live &= ~BIT(outer.arg);
	make(inner);
	/* All that a call has of its own is its stacks */
	CHECK(cpu.busy == (point != CPU_CLAIMED));
	CHECK(!cpu.busy || cpu.stack[0].top == top);
}

static void prove_interrupted(struct call call, enum cpu_point point, struct call by)
{
	struct sight s;

	cpu_hook = interrupt;
	outer = call;
	inner = by;
	at = point;
	make(outer);
	CHECK(interrupted);
	check_heap(&s);
	check_cpu();
}

static void prove_call(struct call call)
{
	/* Nothing is live, or a block of the run is not */
	bool could = !live || (call.arg < PAGE && state[0][0] >= RUN && live != ALL_BLOCKS);
	struct sight s;

	make(call);
	if (call.what == ALLOC_IT)
		CHECK(!failed == could);
	check_heap(&s);
	check_cpu();
}

static void prove_interrupts(struct call call, enum cpu_point point)
{
	u32 n = cpu.stack[0].filled;

	CASE(prove_interrupted(call, point, (struct call) { ALLOC_IT, PERCPU_MIN_BLOCK }));
	CASE(prove_interrupted(call, point, (struct call) { ALLOC_IT, PAGE }));
	/* The lowest is what a free is of; what is popped is no block to free, either */
	if (live)
		CASE(prove_interrupted(call, point, (struct call) { FREE_IT, __ffs(live) }));
	if (live & (live - 1))
		CASE(prove_interrupted(call, point, (struct call) { FREE_IT, __fls(live) }));
	if (n)
		CASE(prove_interrupted(call, point, (struct call) {
			FREE_IT, (cpu.stack[0].slot[n - 1].block - BASE0) / PERCPU_MIN_BLOCK
		}));
}

static void prove_calls(struct stacks *lowest, struct stacks *highest)
{
	const struct call alloc = { ALLOC_IT, PERCPU_MIN_BLOCK };
	u32 nr;

	if (!write_stacks(lowest, highest))
		return;
	CASE(prove_call(alloc));
	CASE(prove_call((struct call) { ALLOC_IT, PAGE }));
	for (nr = 0; nr < BLOCKS; nr++)
		CASE(prove_call((struct call) { FREE_IT, nr }));

	/* What it has is used under the lock, where no interrupt comes in */
	if (depot.stack[0].top)
		return;
	prove_interrupts(alloc, CPU_ENTERED);
	if (cpu.stack[0].top)
		prove_interrupts(alloc, CPU_POPPED);
	if (live) {
		const struct call free = { FREE_IT, __ffs(live) };

		prove_interrupts(free, CPU_CLAIMED);
		prove_interrupts(free, CPU_ENTERED);
		if (state[0][0] >= RUN && cpu.stack[0].top < cpu.stack[0].limit)
			prove_interrupts(free, CPU_PUSHED);
	}
}

#pragma CPROVER check pop

static void prove_state(void)
{
	CASE(prove_calls(NULL, NULL));
	CASE(prove_calls(&cpu, NULL));
	CASE(prove_calls(NULL, &cpu));
	CASE(prove_calls(&cpu, &cpu));
	CASE(prove_calls(&depot, NULL));
	CASE(prove_calls(&depot, &cpu));
	CASE(prove_calls(&depot, &depot));
}

#include "each.h"
