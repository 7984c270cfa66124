// SPDX-License-Identifier: GPL-2.0
/* Waiting for blocks that the kernel posts. */

#include <fcntl.h>
#include <sys/uio.h>

#include "test.h"

static int post(u64 offset)
{
	return driver_block(OP_POST, offset, NO_PEER);
}

/* A block of the kernel's, lent to peer 0. */
static u64 lent(void)
{
	u64 offset = driver_alloc(32);

	expect_equal(driver_block(OP_LEND, offset, 0), 0);
	return offset;
}

static void expect_read(int fd, u64 offset)
{
	u64 got = ~0ULL;

	expect_errno(read(fd, &got, sizeof(got)) == sizeof(got) ? 0 : -1, 0);
	expect_equal(got, offset);
}

static void expect_nothing(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	expect_equal(poll(&pollfd, 1, 0), 0);
}

static int make_peer(void)
{
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	expect_equal(driver_get(0, fd, 0), 0);
	return fd;
}

void wait_read(void)
{
	u64 block[5], got[6];
	char odd[20];
	int fd, i;

	fd = make_peer();
	for (i = 0; i < 5; i++) {
		block[i] = lent();
		expect_equal(post(block[i]), 0);
	}
	expect_read(fd, block[0]);
	/* As many as are there, whole ones only */
	expect(read(fd, odd, sizeof(odd)) == 16);
	expect(!memcmp(odd, &block[1], 16));
	memset(got, 0, sizeof(got));
	expect(read(fd, got, sizeof(got)) == 16);
	expect(!memcmp(got, &block[3], 16));
	/* One block may be posted again, and one of the process's own be */
	expect_equal(post(block[2]), 0);
	expect_equal(post(block[2]), 0);
	expect(read(fd, got, sizeof(got)) == 16);
	expect(got[0] == block[2] && got[1] == block[2]);
	expect_errno(read(fd, got, 7), EINVAL);
	expect_nothing(fd);
}

/* After a moment, have a hard interrupt post it. */
static pid_t post_later(u64 block)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	expect(pid >= 0);
	if (!pid) {
		sleep_ms(100);
		expect_equal(driver_in(IN_HARD_IRQ, OP_POST, block, NO_PEER), 0);
		_exit(PASS);
	}
	return pid;
}

static void ends_well(pid_t pid)
{
	int status;

	expect(waitpid(pid, &status, 0) == pid);
	expect_equal(status, 0);
}

void wait_blocked(void)
{
	u64 block, start;
	pid_t pid;
	int fd, i;

	fd = make_peer();
	block = lent();
	for (i = 0; i < 5; i++) {
		start = now_ms();
		pid = post_later(block);
		expect_read(fd, block);
		expect(now_ms() - start >= 90);
		ends_well(pid);
	}
}

void wait_poll(void)
{
	struct pollfd pollfd = { .events = POLLIN };
	u64 block, start;
	pid_t pid;
	int i;

	pollfd.fd = make_peer();
	block = lent();
	start = now_ms();
	expect_equal(poll(&pollfd, 1, 50), 0);
	expect(now_ms() - start >= 45);
	for (i = 0; i < 5; i++) {
		start = now_ms();
		pid = post_later(block);
		expect_equal(poll(&pollfd, 1, 20000), 1);
		expect_equal(pollfd.revents, POLLIN);
		expect(now_ms() - start >= 90 && now_ms() - start < 19000);
		ends_well(pid);
		expect_equal(poll(&pollfd, 1, 0), 1);
		expect_read(pollfd.fd, block);
		expect_nothing(pollfd.fd);
	}
}

void wait_nonblocking(void)
{
	u64 block, got, more = 0;
	struct iovec vec[2] = { { &got, sizeof(got) }, { &more, sizeof(more) } };
	int fd;

	make_heap();
	fd = open_heap(O_RDWR | O_NONBLOCK);
	expect_equal(driver_get(0, fd, 0), 0);
	expect_errno(read(fd, &got, sizeof(got)), EAGAIN);
	block = lent();
	expect_equal(post(block), 0);
	expect_read(fd, block);
	expect_errno(read(fd, &got, sizeof(got)), EAGAIN);
	expect_errno(fcntl(fd, F_SETFL, 0), 0);
	expect_equal(post(block), 0);
	expect_read(fd, block);
	/* Of one read alone, which may be in two pieces */
	expect_errno(preadv2(fd, vec, 2, -1, RWF_NOWAIT), EAGAIN);
	expect_equal(post(block), 0);
	expect_equal(post(block), 0);
	expect(preadv2(fd, vec, 2, -1, RWF_NOWAIT) == 2 * sizeof(got));
	expect_equal(got, block);
	expect_equal(more, block);
	expect_errno(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	expect_errno(read(fd, &got, sizeof(got)), EAGAIN);
}

void wait_signal(void)
{
	struct sigaction action = { .sa_flags = SA_RESTART };
	u64 block, got;
	pid_t pid;
	int fd;

	fd = make_peer();
	block = lent();
	nothing_on_signal(SIGALRM);
	ualarm(50000, 0);
	expect_errno(read(fd, &got, sizeof(got)), EINTR);

	/* Restarted, it gets what is posted later */
	expect(!sigaction(SIGALRM, NULL, &action));
	action.sa_flags = SA_RESTART;
	expect(!sigaction(SIGALRM, &action, NULL));
	pid = post_later(block);
	ualarm(20000, 0);
	expect_read(fd, block);
	ends_well(pid);
}

static int listen_to(int fd, unsigned long on)
{
	return ioctl(fd, XNHEAP_IOC_LISTEN, on);
}

void wait_listen(void)
{
	int fd[MAX_LISTENERS + 1], i;
	u64 block, own;

	make_heap();
	block = driver_alloc(100);
	expect_equal(post(block), -ENODEV);
	for (i = 0; i <= MAX_LISTENERS; i++) {
		fd[i] = open_heap(O_RDWR);
		expect_errno(listen_to(fd[i], 1), i < MAX_LISTENERS ? 0 : EBUSY);
	}
	/* Who listens already does; who does not need not end it */
	expect_errno(listen_to(fd[0], 1), 0);
	expect_errno(listen_to(fd[MAX_LISTENERS], 0), 0);
	expect_equal(post(block), 0);
	for (i = 0; i < MAX_LISTENERS; i++) {
		expect_read(fd[i], block);
		expect_nothing(fd[i]);
	}
	expect_nothing(fd[MAX_LISTENERS]);

	/* One's own block is nobody else's concern */
	own = alloc(fd[3], 100);
	expect_equal(driver_get(0, fd[3], 0), 0);
	expect_equal(driver_block(OP_ADOPT, own, 0), 0);
	expect_equal(driver_block(OP_LEND, own, 0), 0);
	expect_equal(post(own), 0);
	expect_read(fd[3], own);
	for (i = 0; i < MAX_LISTENERS; i++)
		expect_nothing(fd[i]);

	/* Where one listens no more, or is closed, there is room */
	expect_errno(listen_to(fd[0], 0), 0);
	expect_errno(listen_to(fd[MAX_LISTENERS], 1), 0);
	expect_errno(listen_to(fd[0], 1), EBUSY);
	close(fd[1]);
	expect_errno(listen_to(fd[0], 1), 0);
	expect_errno(listen_to(fd[0], 0), 0);
	expect_equal(post(block), 0);
	expect_nothing(fd[0]);
	expect_read(fd[2], block);
	expect_read(fd[MAX_LISTENERS], block);
}

void wait_overflow(void)
{
	u64 got[MAX_POSTS + 1], block[MAX_POSTS];
	int fd, other, i;

	make_heap();
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDWR);
	expect_errno(listen_to(fd, 1), 0);
	for (i = 0; i < MAX_POSTS; i++) {
		block[i] = driver_alloc(32);
		expect_equal(post(block[i]), 0);
	}
	expect_equal(info(fd).lost, 0);
	expect_equal(post(block[0]), -ENOSPC);
	expect_equal(info(fd).lost, 1);

	/* One that is full keeps others from nothing */
	expect_errno(listen_to(other, 1), 0);
	expect_equal(post(block[7]), -ENOSPC);
	expect_read(other, block[7]);
	expect_equal(info(other).lost, 0);
	expect_equal(info(fd).lost, 2);

	expect(read(fd, got, sizeof(got)) == sizeof(block));
	expect(!memcmp(got, block, sizeof(block)));
	expect_equal(post(block[9]), 0);
	expect_read(fd, block[9]);
	expect_equal(info(fd).lost, 2);
}

#define POSTS	200

/* Read until the last, which each reader gets one of, and tell by a pipe. */
static void read_some(int fd, int to, u64 last)
{
	u64 got[3], sum[2] = {};
	ssize_t n;

	for (;;) {
		int i;

		n = read(fd, got, sizeof(got[0]) * (1 + sum[0] % 3));
		expect(n > 0 && !(n % 8));
		for (i = 0; i < n / 8; i++) {
			if (got[i] == last) {
				/* More of it is others' */
				while (++i < n / 8)
					expect_equal(got[i], last);
				expect(write(to, sum, sizeof(sum)) == sizeof(sum));
				return;
			}
			sum[0]++;
			sum[1] += got[i];
		}
	}
}

void wait_several(void)
{
	u64 block, last, sum[2], got[2] = {}, should[2] = {};
	int fd, ends[2], i, ret;

	fd = make_peer();
	last = lent();
	expect(!pipe(ends));
	fflush(stdout);
	for (i = 0; i < 4; i++) {
		if (!fork()) {
			read_some(fd, ends[1], last);
			_exit(PASS);
		}
	}
	for (i = 0; i < POSTS; i++) {
		block = lent();
		should[0]++;
		should[1] += block;
		while ((ret = driver_in(IN_HARD_IRQ, OP_POST, block, NO_PEER)) == -ENOSPC)
			sleep_ms(1);
		expect_equal(ret, 0);
	}
	/* One each, and no reader takes two, as it ends by the first */
	for (i = 0; i < 4; i++) {
		struct pollfd pollfd = { .fd = ends[0], .events = POLLIN };

		do
			expect_equal(post(last), 0);
		while (!poll(&pollfd, 1, 200));
		expect(read(ends[0], sum, sizeof(sum)) == sizeof(sum));
		got[0] += sum[0];
		got[1] += sum[1];
	}
	expect_equal(got[0], should[0]);
	expect_equal(got[1], should[1]);
}

void wait_errors(void)
{
	void *nowhere = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	u64 block, own;
	int fd;

	expect(nowhere != MAP_FAILED);
	fd = make_peer();
	block = driver_alloc(100);
	expect_equal(post(block + 32), -EINVAL);
	expect_equal(post(BLOCK_STRAY), -EFAULT);
	expect(post(BLOCK_NULL) < 0);
	expect_equal(post(block), -ENODEV);
	own = lent();
	expect_equal(post(own), 0);
	expect_errno(read(fd, nowhere, 8), EFAULT);
	expect_errno(try_free(fd, own), 0);
	expect_equal(post(own), -EINVAL);
	expect_equal(driver_block(OP_FREE, block, 0), 0);
	expect_equal(post(block), -EINVAL);
}
