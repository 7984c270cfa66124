// SPDX-License-Identifier: GPL-2.0
/* A process that uses shared heaps in every way, at random. */

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "fuzz.h"

#define FILES	8
#define MAPS	8
#define BLOCKS	64
#define CHILDREN 2

static int file[FILES];
static struct { unsigned char *at; size_t size; } mapping[MAPS];
static struct { int fd; u64 offset; } block[BLOCKS];
static pid_t child[CHILDREN];
static bool is_child;
static sigjmp_buf out;
static int ends[2];

static void on_fault(int signal)
{
	siglongjmp(out, signal);
}

static int any_file(void)
{
	return file[below(FILES)];
}

/* An address in what is mapped, where that many bytes are; or in a buffer. */
static void *any_memory(size_t size)
{
	static unsigned char buffer[8192];
	unsigned int nr = below(2 * MAPS);

	if (nr >= MAPS || mapping[nr].size <= size)
		return buffer + below(8) * 8;
	return mapping[nr].at + below((mapping[nr].size - size) / 8) * 8;
}

static void step_open(void)
{
	static const int flags[] = { O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_NONBLOCK };
	int *which = &file[below(FILES)];
	char name[16];

	close(*which);
	heap_name(below(HEAPS), name);
	*which = try_open(name, flags[below(3) ? 3 * below(2) : below(4)]);
}

static void step_close(void)
{
	if (!below(4))
		close(any_file());
}

static void step_map(void)
{
	unsigned int nr = below(MAPS);
	size_t pages = window / page, from = below(3) ? 0 : below(pages + 2);
	size_t size = page * (below(2) ? pages - from % pages : 1 + below(pages + 2));
	unsigned char *at;

	if (mapping[nr].size)
		munmap(mapping[nr].at, mapping[nr].size);
	mapping[nr].size = 0;
	at = mmap(NULL, size, below(4) ? PROT_READ | PROT_WRITE : below(8),
		  below(16) ? MAP_SHARED | (below(8) ? 0 : MAP_POPULATE) : MAP_PRIVATE,
		  any_file(), from * page);
	if (at == MAP_FAILED)
		return;
	mapping[nr].at = at;
	mapping[nr].size = size;
}

static void step_unmap(void)
{
	unsigned int nr = below(MAPS);
	size_t part;

	if (!mapping[nr].size)
		return;
	/* A part in the midst, or the end */
	part = (1 + below(mapping[nr].size / page)) * page;
	if (below(2)) {
		munmap(mapping[nr].at + mapping[nr].size - part, part);
		mapping[nr].size -= part;
	} else {
		munmap(mapping[nr].at + below(mapping[nr].size / page) * page, page);
	}
}

static void step_advise(void)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_DONTNEED, MADV_WILLNEED, MADV_NORMAL, MADV_DONTFORK,
		MADV_DOFORK, MADV_FREE, MADV_REMOVE, MADV_MERGEABLE, MADV_HUGEPAGE,
		MADV_DONTDUMP, MADV_COLD, MADV_PAGEOUT, 22 /* POPULATE_READ */,
		23 /* POPULATE_WRITE */, 24 /* DONTNEED_LOCKED */, 25 /* COLLAPSE */,
	};
	unsigned int nr = below(MAPS);
	size_t from;

	if (!mapping[nr].size)
		return;
	from = below(mapping[nr].size / page) * page;
	madvise(mapping[nr].at + from, mapping[nr].size - from,
		advice[below(ARRAY_SIZE(advice))]);
}

static void step_move(void)
{
	unsigned int nr = below(MAPS);
	size_t size = (1 + below(window / page)) * page;
	unsigned char *at;

	if (!mapping[nr].size)
		return;
	if (below(2))
		size = mapping[nr].size;
	at = mremap(mapping[nr].at, mapping[nr].size, size, MREMAP_MAYMOVE);
	if (at == MAP_FAILED)
		return;
	mapping[nr].at = at;
	mapping[nr].size = size;
}

static void step_protect(void)
{
	unsigned int nr = below(MAPS);

	if (!mapping[nr].size)
		return;
	if (below(2))
		mprotect(mapping[nr].at, mapping[nr].size, below(8));
	else if (below(2))
		mlock(mapping[nr].at, mapping[nr].size);
	else
		munlock(mapping[nr].at, mapping[nr].size);
}

static void step_touch(void)
{
	size_t size = 1 + below(2 * page);
	unsigned char *at = any_memory(size);

	if (below(4))
		memset(at, any(), size);
	else
		all_are(at, size, 0);
}

static void step_alloc(void)
{
	struct xnheap_request copy, *request = below(4) ? &copy : any_memory(sizeof(*request));
	unsigned int nr = below(BLOCKS);
	int fd = any_file();

	request->size = below(8) ? 1 + below(2000) : any() >> below(64);
	request->align = below(4) ? 0 : 1ULL << below(64);
	errno = 0;
	if (ioctl(fd, XNHEAP_IOC_ALLOC, request)) {
		/* A request in shared memory may be another one by now */
		if (request == &copy && errno != ENOMEM && errno != EDQUOT && errno != ENODEV &&
		    errno != EBADF && errno != EINVAL && errno != ENOTTY)
			fail(__FILE__, __LINE__, "alloc: errno %d", errno);
		return;
	}
	if (request != &copy)
		return;
	if (copy.offset % 32)
		fail(__FILE__, __LINE__, "alloc: at %llx", (unsigned long long)copy.offset);
	block[nr].fd = fd;
	block[nr].offset = copy.offset;
}

static void step_free(void)
{
	unsigned int nr = below(BLOCKS);
	bool known = below(4);

	errno = 0;
	if (try_free(known ? block[nr].fd : any_file(), known ? block[nr].offset : any_offset()) &&
	    errno != EINVAL && errno != EPERM && errno != ENODEV && errno != EBADF &&
	    errno != ENOTTY)
		fail(__FILE__, __LINE__, "free: errno %d", errno);
}

static void step_ask(void)
{
	struct xnheap_query *query = any_memory(sizeof(*query));
	int fd = any_file();

	query->offset = below(2) ? block[below(BLOCKS)].offset : any_offset();
	ioctl(fd, XNHEAP_IOC_CHECK, query);
	ioctl(fd, XNHEAP_IOC_INFO, any_memory(sizeof(struct xnheap_info)));
	ioctl(fd, XNHEAP_IOC_LARGEST, any_memory(8));
	ioctl(fd, XNHEAP_IOC_LISTEN, (unsigned long)below(3));
	if (!below(8))
		ioctl(fd, _IOC(below(4), 0xbe, below(8), below(128)), any_memory(128));
}

/* A timer ends what waits. */
static void step_read(void)
{
	size_t size = below(4) ? 8 * below(20) : below(4096);

	(void)!read(any_file(), any_memory(size), size);
}

static void step_poll(void)
{
	struct pollfd pollfd[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pollfd); i++) {
		pollfd[i].fd = any_file();
		pollfd[i].events = below(64);
	}
	poll(pollfd, ARRAY_SIZE(pollfd), below(5));
}

static void step_epoll(void)
{
	static int epoll = -1;
	struct epoll_event event = { .events = EPOLLIN | (below(2) ? EPOLLET : 0) };

	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll, 1 + below(3), any_file(), &event);
	epoll_wait(epoll, &event, 1, below(3));
	if (!below(20)) {
		close(epoll);
		epoll = -1;
	}
}

static void step_dup(void)
{
	int *which = &file[below(FILES)], fd = any_file();
	char path[32];

	switch (below(3)) {
	case 0:
		fd = dup(fd);
		break;
	case 1:
		/* Another one of the same device */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		break;
	default:
		if (fd < 0 || *which < 0)
			return;
		dup2(fd, *which);
		return;
	}
	if (fd < 0)
		return;
	close(*which);
	*which = fd;
}

static union {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
} control;

static void step_pass(void)
{
	char byte = 0;
	struct iovec vec = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vec, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int *which = &file[below(FILES)], fd = *which;

	if (board->socket[0] < 0) {
		int process = syscall(SYS_pidfd_open, board->worker[below(board->nr)].pid, 0);

		if (process < 0)
			return;
		fd = syscall(SYS_pidfd_getfd, process, any_file(), 0);
		close(process);
		if (fd < 0)
			return;
		close(*which);
		*which = fd;
		return;
	}
	if (below(2)) {
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
		sendmsg(board->socket[0], &message, MSG_DONTWAIT);
		return;
	}
	if (recvmsg(board->socket[1], &message, MSG_DONTWAIT) != 1)
		return;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_len == CMSG_LEN(sizeof(int))) {
		close(*which);
		memcpy(which, CMSG_DATA(header), sizeof(*which));
	}
}

/* The kernel looks at memory that is mapped. */
static void step_pipe(void)
{
	size_t size = 1 + below(page);
	struct iovec vec = { any_memory(size), size }, other = { any_memory(size), size };

	switch (below(4)) {
	case 0:
		vmsplice(ends[1], &vec, 1, SPLICE_F_NONBLOCK);
		break;
	case 1:
		(void)!write(ends[1], vec.iov_base, size);
		break;
	case 2:
		(void)!read(ends[0], vec.iov_base, size);
		break;
	default:
		process_vm_readv(board->worker[below(board->nr)].pid, &vec, 1, &other, 1, 0);
	}
}

static void steps(unsigned int n);

static void step_fork(void)
{
	pid_t *which = &child[below(CHILDREN)];

	if (is_child)
		return;
	if (*which > 0) {
		if (below(2))
			kill(*which, SIGKILL);
		else
			sleep_ms(below(5));
		if (waitpid(*which, NULL, WNOHANG) == *which)
			*which = 0;
		return;
	}
	*which = fork();
	if (*which)
		return;
	is_child = true;
	seed_random(any() + getpid());
	steps(below(500));
	_exit(PASS);
}

static void step_signal(void)
{
	static const int signals[] = { SIGALRM, SIGUSR1, SIGCONT, SIGALRM };

	if (below(8))
		kill(getpid(), signals[below(4)]);
	else
		kill(board->worker[below(board->nr)].pid, signals[below(4)]);
}

static void step_get(void)
{
	int fd = any_file();

	if (fd >= 0)
		driver_get(below(HEAPS), fd, below(SHARED_PEERS));
}

static void step_look(void)
{
	static const char *const files[] = {
		"/sys/kernel/debug/xnheap/heaps", "/proc/self/maps", "/proc/self/smaps",
		"/sys/kernel/debug/xnheap/shared-fuzz0/validate",
		"/sys/kernel/debug/xnheap/shared-fuzz1/stats",
	};
	char text[512];
	int fd;

	if (below(20))
		return;
	fd = open(files[below(ARRAY_SIZE(files))], O_RDONLY);
	if (fd < 0)
		return;
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static void step_end(void)
{
	if (!below(200))
		_exit(PASS);
	if (!below(200))
		raise(SIGKILL);
}

static void (*const what[])(void) = {
	step_open, step_open, step_close, step_map, step_map, step_unmap, step_advise,
	step_advise, step_move, step_protect, step_touch, step_touch, step_touch,
	step_alloc, step_alloc, step_alloc, step_alloc, step_free, step_free, step_free,
	step_ask, step_read, step_read, step_poll, step_epoll, step_dup, step_pass, step_pipe,
	step_fork, step_signal, step_get, step_get, step_look, step_end, kernel_step,
	kernel_step, kernel_step,
};

static unsigned int self;

/* A fault ends it. */
static void make_step(void)
{
	if (!sigsetjmp(out, 1))
		what[board->worker[self].step]();
}

static void steps(unsigned int n)
{
	while (n--) {
		board->worker[self].step = below(ARRAY_SIZE(what));
		make_step();
		board->worker[self].steps++;
	}
}

void work(unsigned int nr, u64 seed)
{
	struct sigaction fault = { .sa_handler = on_fault };
	struct itimerval timer = { { 0, 10000 }, { 0, 10000 } };
	unsigned int i;

	self = nr;
	seed_random(seed);
	setpgid(0, 0);
	sigaction(SIGBUS, &fault, NULL);
	sigaction(SIGSEGV, &fault, NULL);
	nothing_on_signal(SIGALRM);
	nothing_on_signal(SIGUSR1);
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
		_exit(FAIL);
	for (i = 0; i < FILES; i++)
		file[i] = -1;
	for (i = 0; i < BLOCKS; i++)
		block[i].fd = -1;
	setitimer(ITIMER_REAL, &timer, NULL);
	for (;;)
		steps(~0U);
}
