// SPDX-License-Identifier: GPL-2.0
/* Files of a shared heap: closed, inherited, passed, many. */

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "test.h"

/* Of each of sizes from 32 bytes to 8 KiB; one is given away, and its offset told. */
static u64 use(int fd)
{
	u64 block = 0;
	unsigned int i;

	for (i = 5; i < 14; i++) {
		alloc(fd, 1 << i);
		block = alloc(fd, 1 << i);
	}
	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_block(OP_ADOPT, block, 0), 0);
	return block;
}

void file_close(void)
{
	struct shared_call call = { .op = OP_ALLOC };
	u64 block, kernels, others;
	int fd, other, i;

	make_heap();
	kernels = driver_alloc(100);
	other = open_heap(O_RDWR);
	others = alloc(other, 200);
	for (i = 0; i < 20; i++) {
		fd = open_heap(O_RDWR);
		block = use(fd);
		close(fd);
		expect_used(128 + 256 + 8192);
		expect_equal(driver_block(OP_AT, block, 0), 1);
		expect_equal(driver_block(OP_FREE, block, 0), 0);
	}
	expect_equal(driver_block(OP_AT, kernels, 0), 1);
	expect_equal(owner(other, others), XNHEAP_OWNER_SELF);

	/* All of many small ones */
	fd = open_heap(O_RDWR);
	for (i = 0; i < 1000; i++)
		alloc(fd, 32);
	close(fd);
	expect_used(128 + 256);
	expect_errno(try_free(other, others), 0);
	expect_equal(driver_block(OP_FREE, kernels, 0), 0);
	call.size = extent;
	expect_equal(driver_call(&call), 0);
	expect_equal(driver_block(OP_FREE, call.offset, 0), 0);
}

static void use_and_die(void *unused)
{
	int fd = open_heap(O_RDWR);

	(void)unused;
	use(fd);
	memset(map(fd), 1, page);
	raise(SIGKILL);
}

static void use_and_crash(void *unused)
{
	int fd = open_heap(O_RDWR);

	(void)unused;
	use(fd);
	memset(map(fd), 1, page);
	raise(SIGSEGV);
}

void file_killed(void)
{
	make_heap();
	in_child(use_and_die, NULL);
	expect_used(8192);
	in_child(use_and_crash, NULL);
	expect_used(2 * 8192);
}

static int shared_fd;
static u64 shared_block;

static void use_inherited(void *unused)
{
	(void)unused;
	expect_equal(owner(shared_fd, shared_block), XNHEAP_OWNER_SELF);
	expect_errno(try_free(shared_fd, shared_block), 0);
	shared_block = alloc(shared_fd, 1000);
	close(shared_fd);
}

void file_fork(void)
{
	int ends[2], mine;
	pid_t pid;
	char go;

	make_heap();
	shared_fd = open_heap(O_RDWR);
	shared_block = alloc(shared_fd, 100);
	expect_equal(in_child(use_inherited, NULL), 0);
	/* What the child allocated is the file's */
	sleep_ms(50);
	expect_equal(driver_used(), 1024);
	expect_equal(info(shared_fd).used, 1024);

	/* dup counts, too */
	mine = dup(shared_fd);
	close(shared_fd);
	sleep_ms(50);
	expect_equal(info(mine).used, 1024);

	expect(!pipe(ends));
	fflush(stdout);
	pid = fork();
	expect(pid >= 0);
	if (!pid) {
		expect(read(ends[0], &go, 1) == 1);
		expect_equal(info(mine).used, 1024);
		close(mine);
		_exit(PASS);
	}
	close(mine);
	sleep_ms(50);
	expect_equal(driver_used(), 1024);
	expect(write(ends[1], "", 1) == 1);
	expect(waitpid(pid, &mine, 0) == pid);
	expect_equal(mine, 0);
	expect_used(0);
}

static union {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
} control;

/* A message of a byte, with room for a descriptor. */
static struct msghdr *message(void)
{
	static char byte;
	static struct iovec vec = { &byte, 1 };
	static struct msghdr message;

	message.msg_iov = &vec;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	return &message;
}

static void pass(int to, int fd)
{
	struct msghdr *sent = message();
	struct cmsghdr *header = CMSG_FIRSTHDR(sent);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	expect(sendmsg(to, sent, 0) == 1);
}

static int receive(int from)
{
	struct msghdr *got = message();
	int fd;

	expect(recvmsg(from, got, 0) == 1);
	expect(CMSG_FIRSTHDR(got));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(got)), sizeof(fd));
	return fd;
}

void file_passed(void)
{
	unsigned char *at;
	int ends[2], fd;
	u64 block;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		skip("no sockets of AF_UNIX");
	make_heap();
	fflush(stdout);
	pid = fork();
	expect(pid >= 0);
	if (!pid) {
		fd = open_heap(O_RDWR);
		block = alloc(fd, 1000);
		memset(map(fd) + block, 's', 1000);
		pass(ends[1], fd);
		expect(write(ends[1], &block, sizeof(block)) == sizeof(block));
		_exit(PASS);
	}
	waitpid(pid, NULL, 0);
	/* Its process has ended, and it is on its way still */
	sleep_ms(50);
	expect_equal(driver_used(), 1024);
	fd = receive(ends[0]);
	expect(read(ends[0], &block, sizeof(block)) == sizeof(block));
	expect_equal(owner(fd, block), XNHEAP_OWNER_SELF);
	at = map(fd);
	expect(all_are(at + block, 1000, 's'));
	expect_errno(try_free(fd, block), 0);
	alloc(fd, 100);

	/* One that nobody takes is closed with its socket */
	pass(ends[1], fd);
	munmap(at, window);
	close(fd);
	sleep_ms(50);
	expect_equal(driver_used(), 128);
	close(ends[0]);
	close(ends[1]);
	expect_used(0);
}

void file_taken(void)
{
	int ends[2], fd, child;
	struct { int fd; u64 block; } theirs;
	pid_t pid;

	make_heap();
	expect(!pipe(ends));
	fflush(stdout);
	pid = fork();
	expect(pid >= 0);
	if (!pid) {
		theirs.fd = open_heap(O_RDWR);
		theirs.block = alloc(theirs.fd, 100);
		expect(write(ends[1], &theirs, sizeof(theirs)) == sizeof(theirs));
		for (;;)
			pause();
	}
	expect(read(ends[0], &theirs, sizeof(theirs)) == sizeof(theirs));
	child = syscall(SYS_pidfd_open, pid, 0);
	if (child < 0)
		skip("no pidfd_open");
	fd = syscall(SYS_pidfd_getfd, child, theirs.fd, 0);
	if (fd < 0)
		skip("no pidfd_getfd");
	expect_equal(owner(fd, theirs.block), XNHEAP_OWNER_SELF);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	sleep_ms(50);
	expect_equal(owner(fd, theirs.block), XNHEAP_OWNER_SELF);
	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_block(OP_ADOPT, theirs.block, 0), 0);
	alloc(fd, 1);
	close(fd);
	expect_used(128);
}

void file_many(void)
{
	const struct rlimit limit = { MAX_PEERS + 100, MAX_PEERS + 100 };
	static int fd[MAX_PEERS];
	int i, more;

	expect_errno(setrlimit(RLIMIT_NOFILE, &limit), 0);
	make_heap();
	for (i = 0; i < MAX_PEERS; i++) {
		fd[i] = open_heap(O_RDWR);
		alloc(fd[i], 1);
	}
	expect_equal(driver_used(), 32 * MAX_PEERS);
	errno = 0;
	expect(try_open(NAME, O_RDWR) < 0);
	expect(errno && errno != ENOENT);
	expect(try_open(NAME, O_RDONLY) < 0);
	close(fd[17]);
	expect_used(32 * (MAX_PEERS - 1));
	more = open_heap(O_RDWR);
	alloc(more, 1);
	expect_equal(info(more).blocks, 1);
	expect(try_open(NAME, O_RDWR) < 0);
	for (i = 0; i < MAX_PEERS; i++)
		if (i != 17)
			expect_equal(info(fd[i]).used, 32);
}

static const int allowed[] = {
	SYS_read, SYS_write, SYS_ioctl, SYS_exit_group,
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_ppoll
	SYS_ppoll,
#endif
#ifdef SYS_ppoll_time64
	SYS_ppoll_time64,
#endif
};

static bool filter(void)
{
	struct sock_filter rules[2 * ARRAY_SIZE(allowed) + 2];
	struct sock_fprog program = { ARRAY_SIZE(rules), rules };
	struct sock_filter *rule = rules;
	unsigned int i;

	*rule++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       offsetof(struct seccomp_data, nr));
	for (i = 0; i < ARRAY_SIZE(allowed); i++) {
		*rule++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		*rule++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	*rule = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL);
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void work_filtered(void *data)
{
	struct pollfd pollfd = { .fd = shared_fd, .events = POLLIN };
	unsigned char *at = data;
	u64 got, mine;

	if (!filter())
		_exit(SKIP);
	mine = alloc(shared_fd, 500);
	memset(at + mine, 'w', 500);
	expect_equal(owner(shared_fd, mine), XNHEAP_OWNER_SELF);
	expect_errno(try_free(shared_fd, mine), 0);
	expect_errno(ioctl(shared_fd, XNHEAP_IOC_LARGEST, &got), 0);
	expect_errno(ioctl(shared_fd, XNHEAP_IOC_LISTEN, 1), 0);
	expect_equal(info(shared_fd).used, 32);
	expect_equal(poll(&pollfd, 1, 20000), 1);
	expect(read(shared_fd, &got, sizeof(got)) == sizeof(got));
	expect_equal(got, shared_block);
	expect(all_are(at + got, 32, 'k'));
	expect_errno(try_free(shared_fd, got), 0);
	_exit(PASS);
}

static void open_filtered(void *unused)
{
	(void)unused;
	if (!filter())
		_exit(SKIP);
	open_heap(O_RDWR);
}

void file_seccomp(void)
{
	unsigned char *at;
	int status;

	make_heap();
	shared_fd = open_heap(O_RDWR);
	at = map(shared_fd);
	expect_equal(driver_get(0, shared_fd, 0), 0);
	shared_block = driver_alloc(32);
	expect_equal(driver_fill(shared_block, 32, 'k'), 0);
	expect_equal(driver_block(OP_LEND, shared_block, 0), 0);
	expect_equal(driver_block(OP_POST, shared_block, 0), 0);
	status = in_child(work_filtered, at);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP)
		skip("no seccomp");
	expect_equal(status, 0);
	/* It does filter */
	status = in_child(open_filtered, NULL);
	expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
