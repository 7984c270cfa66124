// SPDX-License-Identifier: GPL-2.0
/* What a process does with the device of a shared heap, and how its test ends. */

#include <fcntl.h>
#include <stdarg.h>
#include <time.h>

#include "test.h"

void skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# skipped: ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(SKIP);
}

void fail(const char *file, int line, const char *format, ...)
{
	const char *name = strrchr(file, '/');
	va_list args;

	va_start(args, format);
	printf("# %s:%d: ", name ? name + 1 : file, line);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(FAIL);
}

int try_open(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/dev/xnheap/%s", name);
	return open(path, flags | O_CLOEXEC);
}

int open_heap(int flags)
{
	int fd = try_open(NAME, flags);

	expect(fd >= 0);
	return fd;
}

unsigned char *map(int fd)
{
	void *at = mmap(NULL, window, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	expect(at != MAP_FAILED);
	return at;
}

int try_alloc(int fd, u64 size, u64 align, u64 *offset)
{
	struct xnheap_request request = { .size = size, .align = align };
	int ret = ioctl(fd, XNHEAP_IOC_ALLOC, &request);

	if (!ret)
		*offset = request.offset;
	return ret;
}

u64 alloc(int fd, u64 size)
{
	u64 offset = 0;

	expect_errno(try_alloc(fd, size, 0, &offset), 0);
	return offset;
}

int try_free(int fd, u64 offset)
{
	return ioctl(fd, XNHEAP_IOC_FREE, &offset);
}

struct xnheap_info info(int fd)
{
	struct xnheap_info info;

	memset(&info, 0xa5, sizeof(info));
	expect_errno(ioctl(fd, XNHEAP_IOC_INFO, &info), 0);
	return info;
}

int owner(int fd, u64 offset)
{
	struct xnheap_query query = { .offset = offset };

	return ioctl(fd, XNHEAP_IOC_CHECK, &query) ? -1 : (int)query.owner;
}

/* Others may do it, too. */
void write_byte(void *at, int byte)
{
	__atomic_store_n((unsigned char *)at, byte, __ATOMIC_RELAXED);
}

bool all_are(const unsigned char *at, size_t size, int byte)
{
	while (size--)
		if (__atomic_load_n(at++, __ATOMIC_RELAXED) != byte)
			return false;
	return true;
}

int in_child(void (*run)(void *), void *data)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	expect(pid >= 0);
	if (!pid) {
		run(data);
		_exit(PASS);
	}
	expect(waitpid(pid, &status, 0) == pid);
	return status;
}

static void nothing(int signal)
{
	(void)signal;
}

/* Have a signal interrupt what waits, and do nothing else. */
void nothing_on_signal(int signal)
{
	struct sigaction action = { .sa_handler = nothing };

	expect(!sigaction(signal, &action, NULL));
}

bool has_madvise(void)
{
	return !madvise(NULL, 0, MADV_NORMAL);
}

/* Not by nanosleep(): a kernel of 64 bits may have none for processes of 32. */
void sleep_ms(unsigned int ms)
{
	u64 now = now_ms(), end = now + ms;

	for (; now < end; now = now_ms())
		poll(NULL, 0, end - now);
}

u64 now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ULL + time.tv_nsec / 1000000;
}
