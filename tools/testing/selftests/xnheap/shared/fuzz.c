// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz shared heaps from user space: processes do all that can be done with their devices,
 * in no order, and are killed; meanwhile the kernel uses the heaps from a timer in hard
 * interrupts, and makes and ends them. Every so often all processes end; then nothing may
 * be lost, and each heap must be sound. xnheap.ko and xnheap_shared_test.ko are loaded.
 * Prints KTAP; exits with 0 if nothing went wrong.
 *
 * Usage: xnheap-shared-fuzz [SECONDS [SEED [PROCESSES]]]
 */

#include <sys/resource.h>
#include <sys/socket.h>

#include "fuzz.h"

#define ROUND_MS	20000		/* after which all end */
#define SILENCE_MS	60000		/* in which each must make a step, or end */

struct board *board;

static u64 seed;
static unsigned int killed, rounds;
static u64 due[MAX_WORKERS];		/* when each must have made a step, or ended */
static u64 made[MAX_WORKERS];		/* its steps, as they were found last */
static bool dying[MAX_WORKERS];

static void begin_worker(unsigned int nr)
{
	u64 its = any();
	pid_t pid = fork();

	if (pid < 0)
		fail(__FILE__, __LINE__, "no process can be had: errno %d", errno);
	if (!pid)
		work(nr, its);
	setpgid(pid, pid);
	board->worker[nr].pid = pid;
	due[nr] = now_ms() + SILENCE_MS;
	dying[nr] = false;
}

/* Whether it has, by itself or killed; those that it made end with it. */
static bool has_ended(unsigned int nr)
{
	pid_t pid = board->worker[nr].pid;
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_ms() > due[nr])
			fail(__FILE__, __LINE__, "process %d hangs in step %u", pid,
			     board->worker[nr].step);
		return false;
	}
	kill(-pid, SIGKILL);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		fail(__FILE__, __LINE__, "process %d found a fault", pid);
	killed++;
	return true;
}

static void kill_worker(unsigned int nr)
{
	kill(-board->worker[nr].pid, SIGKILL);
	kill(board->worker[nr].pid, SIGKILL);
	due[nr] = now_ms() + SILENCE_MS;
	dying[nr] = true;
}

static u64 steps_made(void)
{
	u64 steps = 0;
	unsigned int i;

	for (i = 0; i < board->nr; i++)
		steps += board->worker[i].steps;
	return steps;
}

static void tell(u64 begin)
{
	printf("# %llu s: %llu steps, %u processes ended, %u rounds\n",
	       (unsigned long long)(now_ms() - begin) / 1000, (unsigned long long)steps_made(),
	       killed, rounds);
	fflush(stdout);
}

/* Children of children may still be on their way out. */
static void check_heap(unsigned int heap)
{
	struct shared_call call = { .heap = heap, .op = OP_STORM };
	u64 end = now_ms() + SILENCE_MS;
	char name[16];

	if (driver_call(&call) == -EBADSLT)
		return;
	heap_name(heap, name);
	for (;;) {
		driver(OP_DROP, heap);
		call.op = OP_USED;
		driver_call(&call);
		if (!call.size || now_ms() > end)
			break;
		sleep_ms(10);
	}
	if (call.size)
		fail(__FILE__, __LINE__, "%s: %llu bytes are lost", name,
		     (unsigned long long)call.size);
	expect_sound(name);
	if (driver(OP_DELETE, heap))
		fail(__FILE__, __LINE__, "%s cannot be deleted", name);
	if (try_open(name, 0) >= 0)
		fail(__FILE__, __LINE__, "%s is there after its end", name);
}

static void make_sockets(void)
{
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, board->socket)) {
		board->socket[0] = -1;
		board->socket[1] = -1;
	}
}

static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < board->nr; i++)
		kill_worker(i);
	for (i = 0; i < board->nr; i++)
		while (!has_ended(i))
			sleep_ms(1);
	/* Descriptors on their way end with these */
	close(board->socket[0]);
	close(board->socket[1]);
	for (i = 0; i < HEAPS; i++)
		check_heap(i);
	driver(OP_RESET, 0);
	rounds++;
}

static void look_after(unsigned int nr)
{
	if (has_ended(nr))
		begin_worker(nr);
	if (dying[nr])
		return;
	if (board->worker[nr].steps != made[nr]) {
		made[nr] = board->worker[nr].steps;
		due[nr] = now_ms() + SILENCE_MS;
	}
	if (!below(16))
		kill_worker(nr);
}

/* For so long, unless the whole ends before. */
static void run_round(u64 begin, u64 end)
{
	u64 until = now_ms() + ROUND_MS, next = now_ms() + 5000;
	unsigned int i;

	make_sockets();
	for (i = 0; i < HEAPS; i++)
		make_one(i);
	for (i = 0; i < board->nr; i++)
		begin_worker(i);
	while (now_ms() < until && now_ms() < end) {
		sleep_ms(1 + below(20));
		look_after(below(board->nr));
		if (now_ms() > next) {
			tell(begin);
			next = now_ms() + 5000;
		}
	}
	check_all();
}

static void run(u64 ms)
{
	u64 begin = now_ms(), end = begin + ms;

	do
		run_round(begin, end);
	while (now_ms() < end);
	tell(begin);
	if (!steps_made())
		fail(__FILE__, __LINE__, "no step was made");
}

int main(int argc, char **argv)
{
	static const struct rlimit no_core;
	u64 seconds = argc > 1 ? strtoull(argv[1], NULL, 0) : 30;
	int status = FAIL;

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : now_ms();
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (board == MAP_FAILED)
		return FAIL;
	board->nr = argc > 3 ? strtoul(argv[3], NULL, 0) : 6;
	if (!board->nr || board->nr > MAX_WORKERS || !seconds) {
		fprintf(stderr, "usage: %s [SECONDS [SEED [PROCESSES, 1 to %u]]]\n", argv[0],
			MAX_WORKERS);
		return FAIL;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	seed_random(seed);
	printf("KTAP version 1\n1..1\n# seed %llu, %u processes\n", (unsigned long long)seed,
	       board->nr);
	fflush(stdout);
	if (!fork()) {
		run(1000 * seconds);
		fflush(stdout);
		_exit(PASS);
	}
	wait(&status);
	printf("%s 1 nothing is lost, and nothing hangs, whatever processes do for %llu s\n",
	       status ? "not ok" : "ok", (unsigned long long)seconds);
	return !!status;
}
