// SPDX-License-Identifier: GPL-2.0
/*
 * Several CPUs, which one thread is in turns: how many of their calls take the heap's
 * lock, and how much fits. Neither depends on time, so that every run tells the same.
 */

#include "threads.h"

#define CPUS		NR_CPUS
#define TURNS		200000
#define PLACES		1024
#define WARM_UP		10
#define ROUNDS		30
/* Their mean is half of MAX_SIZE: there are no twice as many */
#define MAX_BLOCKS	(HEAP_BYTES / MAX_SIZE * 4)

static struct xnheap *heap;
static u64 rnd, calls;

static void *places[CPUS][PLACES];

static struct queue {
	void *block[RING_SLOTS];
	unsigned int pushed, popped;
} queues[CPUS / 2];

static void *alloc(void)
{
	void *block = xnheap_alloc(heap, 1 + draw(&rnd, MAX_SIZE));

	CHECK(block);
	calls++;
	return block;
}

static void free_block(void *block)
{
	CHECK(!xnheap_free(heap, block));
	calls++;
}

/* Each CPU frees its own blocks. */
static void take_any(void)
{
	void **place;

	this_cpu = draw(&rnd, CPUS);
	place = &places[this_cpu][draw(&rnd, PLACES)];
	if (*place) {
		free_block(*place);
		*place = NULL;
	} else {
		*place = alloc();
	}
}

/* Every second CPU frees what the one before it allocated, up to @n at a time. */
static void pass_on(unsigned int n)
{
	struct queue *queue;

	n = 1 + draw(&rnd, n);
	this_cpu = draw(&rnd, CPUS);
	queue = &queues[this_cpu / 2];
	if (this_cpu % 2)
		for (; n && queue->popped != queue->pushed; n--)
			free_block(queue->block[queue->popped++ % RING_SLOTS]);
	else
		for (; n && queue->pushed - queue->popped != RING_SLOTS; n--)
			queue->block[queue->pushed++ % RING_SLOTS] = alloc();
}

static void pass_few_on(void)
{
	pass_on(4);
}

static void pass_many_on(void)
{
	pass_on(64);
}

static void free_all(void)
{
	unsigned int i, k;

	for (i = 0; i < CPUS; i++)
		for (k = 0; k < PLACES; k++)
			if (places[i][k]) {
				free_block(places[i][k]);
				places[i][k] = NULL;
			}
	for (i = 0; i < ARRAY_SIZE(queues); i++)
		while (queues[i].popped != queues[i].pushed)
			free_block(queues[i].block[queues[i].popped++ % RING_SLOTS]);
}

/* The share of calls that took the lock, once it is warm. */
static double locked(void (*turn)(void), unsigned long flags)
{
	double share;
	unsigned int i;

	heap = heap_open(flags);
	rnd = 0;
	for (i = 0; i < TURNS; i++)
		turn();
	calls = 0;
	locks_taken = 0;
	for (i = 0; i < TURNS; i++)
		turn();
	share = (double)locks_taken / calls;
	free_all();
	heap_close(heap, 0);
	return share;
}

/*
 * As tools/bench/churn.c: any CPU allocates until nothing is found, then any frees,
 * until a random half is left. The mean of the bytes asked for, over the heap's.
 */
static double payload(unsigned long flags)
{
	static struct {
		void *at;
		u32 size;
	} blocks[MAX_BLOCKS], *block;
	unsigned int n = 0, left, i;
	u64 bytes = 0, sum = 0;

	heap = heap_open(flags);
	rnd = 0;
	for (i = 0; i < WARM_UP + ROUNDS; i++) {
		for (;;) {
			CHECK(n < MAX_BLOCKS);
			this_cpu = draw(&rnd, CPUS);
			block = &blocks[n];
			block->size = 1 + draw(&rnd, MAX_SIZE);
			block->at = xnheap_alloc(heap, block->size);
			if (!block->at)
				break;
			bytes += block->size;
			n++;
		}
		if (i >= WARM_UP)
			sum += bytes;
		left = i < WARM_UP + ROUNDS - 1 ? n / 2 : 0;
		while (n > left) {
			this_cpu = draw(&rnd, CPUS);
			block = &blocks[draw(&rnd, n)];
			free_block(block->at);
			bytes -= block->size;
			*block = blocks[--n];
		}
	}
	heap_close(heap, WARM_UP + ROUNDS);
	return (double)sum / ROUNDS / HEAP_BYTES;
}

void play_in_turns(void)
{
	static const struct {
		const char *name;
		void (*turn)(void);
	} rows[] = {
		{ "random-512", take_any },
		{ "one-way-512, few at once", pass_few_on },
		{ "one-way-512, many", pass_many_on },
	};
	unsigned int i;

	nr_cpu_ids = CPUS;
	printf("Four CPUs: calls that took the lock, and payload at the first failure\n\n");
	printf("  %-24s %9s %9s\n", "", "heap", "PERCPU");
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		printf("  %-24s %8.2f%% %8.2f%%\n", rows[i].name,
		       100 * locked(rows[i].turn, 0),
		       100 * locked(rows[i].turn, XNHEAP_PERCPU));
	printf("  %-24s %9.4f %9.4f\n", "payload, sizes to 512",
	       payload(0), payload(XNHEAP_PERCPU));
}
