// SPDX-License-Identifier: GPL-2.0
/*
 * The process of the demo: answers what demo_shared.ko sends, where it lies.
 *
 * Ends well when the heap ends, and when it is interrupted.
 *
 * Usage: peer [-p] [LABEL]
 *   -p  wait by poll(), not by read()
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <xnheap.h>

#include "message.h"

#define PRIORITY	60		/* above that of interrupts' threads */
#define AT_ONCE		16
#define LIMIT		10000000000LL	/* ns */

static int interrupted;
static unsigned long received, wrong;

static void interrupt(int signal)
{
	(void)signal;
	__atomic_store_n(&interrupted, 1, __ATOMIC_RELAXED);
}

static int is_interrupted(void)
{
	return __atomic_load_n(&interrupted, __ATOMIC_RELAXED);
}

static int fail(const char *what, const char *label)
{
	fprintf(stderr, "error: %s %s: %s\n", what, label, strerror(errno));
	return 1;
}

/* Others who have mapped the heap may write to it: size is what was read, once. */
static int is_right(const struct message *msg, __u32 size)
{
	__u32 i;

	for (i = 0; i < size; i++)
		if (msg->payload[i] != (__u8)msg->seq)
			return 0;
	return msg->state == MESSAGE_SENT;
}

static __u64 now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void answer(struct message *msg, __u64 read)
{
	const __u32 size = __atomic_load_n(&msg->size, __ATOMIC_RELAXED);
	__u32 i;

	received++;
	if (size >= MAX_PAYLOAD || !is_right(msg, size)) {
		wrong++;
		return;
	}
	for (i = 0; i < size; i++)
		msg->payload[i] = ~msg->payload[i];
	msg->read = read;
	msg->time = now();
	/* From here on it is the kernel's to free */
	__atomic_store_n(&msg->state, MESSAGE_ANSWERED, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
	const int polls = argc > 1 && !strcmp(argv[1], "-p");
	const char *label = argc > 1 + polls ? argv[1 + polls] : DEMO_LABEL;
	const struct sched_param priority = { .sched_priority = PRIORITY };
	const struct sigaction action = { .sa_handler = interrupt };
	void *blocks[AT_ONCE];
	struct xnh *heap;
	ssize_t n, i;
	__u64 read;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	heap = xnh_attach(label, O_RDWR);
	if (!heap)
		return fail("cannot attach the heap", label);
	/* Before the loop, so that nothing in it has to wait for memory */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) || xnh_populate(heap))
		return fail("cannot have all memory of", label);
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		return fail("cannot be real-time for", label);
	if (xnh_listen(heap, 1))
		return fail("cannot listen to", label);

	/* With a limit it waits by poll() */
	while (!is_interrupted() &&
	       (n = xnh_wait(heap, blocks, AT_ONCE, polls ? LIMIT : -1)) >= 0) {
		read = now();
		for (i = 0; i < n; i++)
			answer(blocks[i], read);
	}

	if (!is_interrupted() && errno != ENODEV)
		return fail("cannot wait for", label);
	printf("%lu messages, %lu wrong, %s\n", received, wrong,
	       is_interrupted() ? "interrupted" : "until the heap ended");
	xnh_detach(heap);
	return wrong != 0;
}
