// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads on two processors, and one allocator for both: a heap, one with
 * XNHEAP_PERCPU, and the C library's malloc(). Each round has all of them work in
 * turn, so that what disturbs the machine disturbs each alike. In a kernel nobody is
 * preempted who has a lock or waits for it: a run in which that may have been is made
 * again, up to TRIES times; and it is short, so that most go well.
 *
 * Usage: threads ROUNDS, an odd number
 */

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include "core/validate.h"
#include "threads.h"

#define THREADS		2
#define STEPS		2000
#define SLOTS		1024
#define MAX_ROUNDS	1001
#define TRIES		5

/* A block and what was written to both of its ends. */
struct item {
	unsigned long *at;
	unsigned long words, pattern;
};

/* What one thread hands over to the other. Each has a line that it writes to. */
struct ring {
	struct {
		unsigned long pushed, popped_seen;
	} __aligned(64);
	struct {
		unsigned long popped, pushed_seen;
	} __aligned(64);
	struct item slot[RING_SLOTS];
};

struct thread {
	pthread_t id;
	unsigned int nr;
	int processor;
	struct xnheap *heap;		/* NULL: malloc() */
	const struct workload *workload;
	struct ring *to, *from;
	u64 rnd, calls, locked, start, end;
	long preempted;
	unsigned long pattern;
	struct item slot[SLOTS];
} __aligned(64);

struct workload {
	const char *name;
	void (*run)(struct thread *t, unsigned int steps);
};

__thread unsigned int this_cpu;
__thread unsigned long locks_taken;
unsigned int nr_cpu_ids;

static struct thread threads[THREADS];
static struct ring rings[THREADS];

/*
 * What the workloads are made of
 */

static __always_inline void get(struct thread *t, struct item *item, unsigned long words)
{
	size_t size = words * sizeof(long);

	item->at = t->heap ? xnheap_alloc(t->heap, size) : malloc(size);
	CHECK(item->at);
	item->words = words;
	item->pattern = t->pattern += THREADS;
	item->at[0] = item->pattern;
	item->at[words - 1] = item->pattern;
	t->calls++;
}

static __always_inline void get_any(struct thread *t, struct item *item)
{
	get(t, item, 1 + draw(&t->rnd, MAX_SIZE / sizeof(long)));
}

static __always_inline void put(struct thread *t, struct item *item)
{
	CHECK(item->at[0] == item->pattern);
	CHECK(item->at[item->words - 1] == item->pattern);
	if (t->heap)
		CHECK(!xnheap_free(t->heap, item->at));
	else
		free(item->at);
	item->at = NULL;
	t->calls++;
}

static __always_inline void push(struct ring *ring, const struct item *item)
{
	while (ring->pushed - ring->popped_seen == RING_SLOTS) {
		cpu_relax();
		/* They were copied from there */
		ring->popped_seen = smp_load_acquire(&ring->popped);
	}
	ring->slot[ring->pushed % RING_SLOTS] = *item;
	/* With what it and its block hold */
	smp_store_release(&ring->pushed, ring->pushed + 1);
}

static __always_inline void pop(struct ring *ring, struct item *item)
{
	while (ring->popped == ring->pushed_seen) {
		cpu_relax();
		/* With what they and their blocks hold */
		ring->pushed_seen = smp_load_acquire(&ring->pushed);
	}
	*item = ring->slot[ring->popped % RING_SLOTS];
	/* It was copied from there */
	smp_store_release(&ring->popped, ring->popped + 1);
}

/*
 * The workloads
 */

static void run_pairs(struct thread *t, unsigned int steps)
{
	struct item item;

	while (steps--) {
		get(t, &item, 64 / sizeof(long));
		put(t, &item);
	}
}

static void run_random(struct thread *t, unsigned int steps)
{
	struct item *item;

	while (steps--) {
		item = &t->slot[draw(&t->rnd, SLOTS)];
		if (item->at)
			put(t, item);
		else
			get_any(t, item);
	}
}

static void run_one_way(struct thread *t, unsigned int steps)
{
	struct item item;

	while (steps--) {
		if (t->nr) {
			pop(t->from, &item);
			put(t, &item);
		} else {
			get_any(t, &item);
			push(t->to, &item);
		}
	}
}

/* One sends a block and frees the one that comes back, of the other. */
static void run_to_and_fro(struct thread *t, unsigned int steps)
{
	struct item item;

	for (steps /= 4; steps; steps--) {
		if (t->nr) {
			pop(t->from, &item);
			put(t, &item);
		}
		get(t, &item, 64 / sizeof(long));
		push(t->to, &item);
		if (!t->nr) {
			pop(t->from, &item);
			put(t, &item);
		}
	}
}

static const struct workload workloads[] = {
	{ "pair-64", run_pairs },
	{ "random-512", run_random },
	{ "one-way-512", run_one_way },
	{ "to-and-fro-64", run_to_and_fro },
};

/*
 * Measuring one
 */

/* Wait for the other thread. */
static void meet(void)
{
	static u32 met;
	u32 all = __atomic_fetch_add(&met, 1, __ATOMIC_ACQ_REL) / THREADS * THREADS + THREADS;

	/* What it did before is done */
	while ((int)(smp_load_acquire(&met) - all) < 0)
		cpu_relax();
}

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* How often the thread had to leave its processor. */
static long preemptions(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

static void *run_thread(void *thread)
{
	struct thread *t = thread;
	cpu_set_t set;
	u64 calls;
	u32 i;

	CPU_ZERO(&set);
	CPU_SET(t->processor, &set);
	CHECK(!pthread_setaffinity_np(pthread_self(), sizeof(set), &set));
	this_cpu = t->nr;

	t->workload->run(t, STEPS);	/* to warm up */
	t->calls = 0;
	locks_taken = 0;
	meet();
	t->preempted = -preemptions();
	meet();
	t->start = now();
	t->workload->run(t, STEPS);
	t->end = now();
	t->preempted += preemptions();
	calls = t->calls;
	t->locked = locks_taken;

	for (i = 0; i < SLOTS; i++)
		if (t->slot[i].at)
			put(t, &t->slot[i]);
	t->calls = calls;
	return NULL;
}

struct xnheap *heap_open(unsigned long flags)
{
	static u8 area[HEAP_BYTES] __aligned(PAGE_BYTES);
	static struct xnheap heap;

	CHECK(!xnheap_init_flags(&heap, area, sizeof(area), PAGE_BYTES, flags));
	return &heap;
}

/* All was freed: so says the heap, once CPUs keep nothing, and is sound. */
void heap_close(struct xnheap *heap, u64 failed)
{
	static struct validation validation;
	struct heap_stats stats;
	unsigned int cpu, i;

	for (cpu = 0; heap->cpu && cpu < nr_cpu_ids; cpu++)
		cpu_drain(heap, cpu);
	heap_get_stats(heap, &stats);
	CHECK(!stats.used);
	CHECK(!stats.kept);
	CHECK(!heap_live_blocks(heap));
	for (i = 0; i < XNHEAP_NR_FAILURES; i++)
		failed -= stats.failed[i];
	CHECK(!failed);
	validate_begin(&validation, heap);
	while (validate_slice(&validation))
		;
	if (validation.fault)
		die("page %u: not so: %s", validation.page, validation.fault);
	CHECK(validation.summed);
	CHECK(!xnheap_destroy(heap, NULL, NULL));
}

enum allocator {
	MALLOC,
	HEAP,
	PERCPU,
	NR_ALLOCATORS
};

struct result {
	double speed;			/* calls in a nanosecond */
	double locked;			/* of them, the share that took the heap's lock */
};

/* False: it was disturbed. */
static bool measure(const struct workload *workload, enum allocator allocator,
		    struct result *result)
{
	struct xnheap *heap = NULL;
	struct thread *t = threads;
	u64 calls, start, end;
	unsigned int i;

	if (allocator != MALLOC)
		heap = heap_open(allocator == PERCPU ? XNHEAP_PERCPU : 0);
	for (i = 0; i < THREADS; i++) {
		t[i].nr = i;
		t[i].heap = heap;
		t[i].workload = workload;
		t[i].to = &rings[i];
		t[i].from = &rings[!i];
		t[i].rnd = i;
		t[i].pattern = i;
		CHECK(!pthread_create(&t[i].id, NULL, run_thread, &t[i]));
	}
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_join(t[i].id, NULL));
	calls = t[0].calls + t[1].calls;
	start = min(t[0].start, t[1].start);
	end = max(t[0].end, t[1].end);
	if (heap)
		heap_close(heap, 0);
	*result = (struct result) {
		.speed = (double)calls / (end - start),
		.locked = (double)(t[0].locked + t[1].locked) / calls,
	};
	return !t[0].preempted && !t[1].preempted;
}

/*
 * All of them
 */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *list, unsigned int n)
{
	qsort(list, n, sizeof(*list), compare);
	return list[n / 2];
}

/* Returns how many runs were disturbed, of NR_ALLOCATORS in each round. */
static unsigned int measure_all(const struct workload *workload, unsigned int rounds)
{
	static double heap_over[MAX_ROUNDS], percpu_over[MAX_ROUNDS], percpu_over_heap[MAX_ROUNDS],
		      heap_locked[MAX_ROUNDS], percpu_locked[MAX_ROUNDS];
	struct result result[NR_ALLOCATORS];
	unsigned int r, i, a, tries, disturbed = 0;

	fprintf(stderr, "%s: %u rounds ...\n", workload->name, rounds);
	for (r = 0; r < rounds; r++) {
		for (i = 0; i < NR_ALLOCATORS; i++) {
			a = (r + i) % NR_ALLOCATORS;
			for (tries = 1; !measure(workload, a, &result[a]); tries++) {
				if (tries == TRIES) {
					disturbed++;
					break;
				}
			}
		}
		heap_over[r] = result[HEAP].speed / result[MALLOC].speed;
		percpu_over[r] = result[PERCPU].speed / result[MALLOC].speed;
		percpu_over_heap[r] = result[PERCPU].speed / result[HEAP].speed;
		heap_locked[r] = result[HEAP].locked;
		percpu_locked[r] = result[PERCPU].locked;
	}
	printf("  %-14s %12.2f %12.2f %12.2f %11.2f%% %11.2f%%\n", workload->name,
	       median(heap_over, rounds), median(percpu_over, rounds),
	       median(percpu_over_heap, rounds), 100 * median(heap_locked, rounds),
	       100 * median(percpu_locked, rounds));
	fflush(stdout);
	return disturbed;
}

/* The first and the last processor that may be used: hardly two halves of one core. */
static void choose_processors(void)
{
	cpu_set_t set;
	int i, n = 0;

	CHECK(!sched_getaffinity(0, sizeof(set), &set));
	if (CPU_COUNT(&set) < THREADS)
		die("two processors are needed, and there is one that may be used");
	for (i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			threads[n++ != 0].processor = i;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned int i, runs, disturbed = 0;

	if (rounds % 2 == 0 || rounds > MAX_ROUNDS)
		die("usage: threads ROUNDS, an odd number up to %u", MAX_ROUNDS);
	choose_processors();
	play_in_turns();
	nr_cpu_ids = THREADS;
	printf("\nTwo threads: throughput, as a ratio, and calls that took the lock\n\n");
	printf("  %-14s %12s %12s %12s %12s %12s\n", "",
	       "heap", "PERCPU", "PERCPU", "heap", "PERCPU");
	printf("  %-14s %12s %12s %12s %12s %12s\n", "workload",
	       "over malloc", "over malloc", "over heap", "locked", "locked");
	for (i = 0; i < ARRAY_SIZE(workloads); i++)
		disturbed += measure_all(&workloads[i], rounds);
	runs = ARRAY_SIZE(workloads) * rounds * NR_ALLOCATORS;
	fprintf(stderr, "%u of %u runs were disturbed by other work\n", disturbed, runs);
	if (disturbed > runs / 10)
		die("too many: what was measured tells nothing");
	return 0;
}
