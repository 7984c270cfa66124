// SPDX-License-Identifier: LGPL-2.1
/*
 * See stand_in.h. These functions have the names of the C library's, so that both the
 * static library and the shared one come here. They reach the kernel by syscall() alone.
 */
#include "stand_in.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct stand_in device;

static int memory = -1;

void stand_in_reset(void)
{
	if (memory >= 0)
		syscall(SYS_close, memory);
	memset(&device, 0, sizeof(device));
	memory = syscall(SYS_memfd_create, "heap", MFD_CLOEXEC);
	device.info = (struct xnheap_info){
		.abi = XNHEAP_ABI,
		.page_size = 4096,
		.window = WINDOW,
		.extent_size = EXTENT,
		.limit = EXTENT,
		.label = "test",
	};
	stand_in_grow(EXTENT);
}

void stand_in_grow(uint64_t size)
{
	device.info.size = size;
	syscall(SYS_ftruncate, memory, (long)size);
}

uint64_t stand_in_block(uint64_t offset, uint64_t size, uint32_t owner)
{
	unsigned int i = 0;

	while (device.blocks[i].size)
		i++;
	device.blocks[i].offset = offset;
	device.blocks[i].size = size;
	device.blocks[i].owner = owner;
	return offset;
}

void stand_in_post(uint64_t offset)
{
	device.posts[device.nr_posts++] = offset;
}

/* By what is open, not by its number: also after dup() and SCM_RIGHTS */
static int is_device(int fd)
{
	char is[32], at[64];
	ssize_t length;

	if (memory < 0)
		return 0;
	snprintf(at, sizeof(at), "/proc/self/fd/%d", fd);
	length = syscall(SYS_readlink, at, is, sizeof(is) - 1);
	if (length < 0)
		return 0;
	is[length] = 0;
	return !strncmp(is, "/memfd:heap", strlen("/memfd:heap"));
}

static int error(int is)
{
	errno = is;
	return -1;
}

/* Count the call; whether it is to fail */
static int fails(enum call call)
{
	const int is = device.error[call];

	device.calls[call]++;
	if (is > 0)
		device.error[call] = 0;
	return is ? error(is > 0 ? is : -is) : 0;
}

static int access_of(int fd)
{
	return syscall(SYS_fcntl, fd, F_GETFL, 0L) & O_ACCMODE;
}

/* None of those who call makes a file, which would be handed a mode, too */
int open(const char *path, int flags, ...)
{
	char at[64];

	if (strncmp(path, "/dev/xnheap/", strlen("/dev/xnheap/")))
		return syscall(SYS_openat, AT_FDCWD, path, flags, 0);

	snprintf(device.path, sizeof(device.path), "%s", path);
	device.access = flags;
	if (fails(OPEN))
		return -1;
	if (strcmp(path + strlen("/dev/xnheap/"), device.info.label))
		return error(ENOENT);
	snprintf(at, sizeof(at), "/proc/self/fd/%d", memory);
	return syscall(SYS_openat, AT_FDCWD, at, flags, 0);
}

int open64(const char *path, int flags, ...)
{
	return open(path, flags);
}

int fcntl(int fd, int command, ...)
{
	va_list more;
	long argument;

	va_start(more, command);
	argument = va_arg(more, long);
	va_end(more);
	if (is_device(fd) && fails(FCNTL))
		return -1;
	return syscall(SYS_fcntl, fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
	va_list more;
	long argument;

	va_start(more, command);
	argument = va_arg(more, long);
	va_end(more);
	return fcntl(fd, command, argument);
}

int close(int fd)
{
	if (is_device(fd))
		device.closed++;
	return syscall(SYS_close, fd);
}

static void *map(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
	if (is_device(fd)) {
		device.length = length;
		device.protection = protection;
		device.map_flags = flags;
		if (fails(MMAP))
			return MAP_FAILED;
		if (offset || length > device.info.window) {
			errno = EINVAL;
			return MAP_FAILED;
		}
	}
#ifdef SYS_mmap2
	return (void *)syscall(SYS_mmap2, address, length, protection, flags, fd,
			       (long)(offset >> 12));
#else
	return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
#endif
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return map(address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
	return map(address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length)
{
	device.unmapped = length;
	return syscall(SYS_munmap, address, length);
}

int madvise(void *address, size_t length, int advice)
{
	device.advice = advice;
	if (fails(MADVISE))
		return -1;
	return device.no_advice ? 0 : syscall(SYS_madvise, address, length, advice);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	if (clock != CLOCK_MONOTONIC)
		return error(EINVAL);
	time->tv_sec = device.now / 1000000000;
	time->tv_nsec = device.now % 1000000000;
	return 0;
}

/*
 * What the device does
 */

static struct xnheap_query *block_at(uint64_t offset)
{
	int i;

	for (i = 0; i < NR_BLOCKS; i++)
		if (device.blocks[i].size && device.blocks[i].offset == offset)
			return &device.blocks[i];
	errno = EINVAL;
	return NULL;
}

/* The first place that is free */
static int alloc(struct xnheap_request *request)
{
	const uint64_t step = request->align ? request->align : 32;
	uint64_t at, end;
	int i;

	device.request = *request;
	if (!request->size || (step & (step - 1)) || step > device.info.page_size)
		return error(EINVAL);
	for (at = 0; at + request->size <= device.info.size; at += step) {
		end = at + request->size;
		for (i = 0; i < NR_BLOCKS; i++)
			if (device.blocks[i].size && device.blocks[i].offset < end &&
			    at < device.blocks[i].offset + device.blocks[i].size)
				break;
		if (i == NR_BLOCKS) {
			request->offset = stand_in_block(at, request->size, XNHEAP_OWNER_SELF);
			return 0;
		}
	}
	return error(ENOMEM);
}

int ioctl(int fd, unsigned long command, ...)
{
	struct xnheap_query *block;
	va_list more;
	void *argument;

	va_start(more, command);
	argument = va_arg(more, void *);
	va_end(more);
	if (!is_device(fd))
		return syscall(SYS_ioctl, fd, command, argument);

	switch (command) {
	case XNHEAP_IOC_INFO:
		if (!fails(INFO))
			*(struct xnheap_info *)argument = device.info;
		else
			return -1;
		return 0;
	case XNHEAP_IOC_ALLOC:
		if (fails(ALLOC))
			return -1;
		if (access_of(fd) == O_RDONLY)
			return error(EBADF);
		return alloc(argument);
	case XNHEAP_IOC_FREE:
		if (fails(FREE))
			return -1;
		if (access_of(fd) == O_RDONLY)
			return error(EBADF);
		block = block_at(*(uint64_t *)argument);
		if (!block)
			return -1;
		if (block->owner != XNHEAP_OWNER_SELF)
			return error(EPERM);
		block->size = 0;
		return 0;
	case XNHEAP_IOC_CHECK:
		if (fails(CHECK))
			return -1;
		block = block_at(((struct xnheap_query *)argument)->offset);
		if (!block)
			return -1;
		*(struct xnheap_query *)argument = *block;
		return 0;
	case XNHEAP_IOC_LARGEST:
		if (fails(LARGEST))
			return -1;
		*(uint64_t *)argument = device.info.size / 2;
		return 0;
	case XNHEAP_IOC_LISTEN:
		if (fails(LISTEN))
			return -1;
		device.listens = (long)argument;
		return 0;
	}
	return error(ENOTTY);
}

static ssize_t take(void *to, size_t bytes)
{
	unsigned int n = bytes / sizeof(uint64_t);

	if (n > device.nr_posts)
		n = device.nr_posts;
	if (!n)
		return error(EAGAIN);
	memcpy(to, device.posts, n * sizeof(uint64_t));
	device.nr_posts -= n;
	memmove(device.posts, device.posts + n, device.nr_posts * sizeof(uint64_t));
	return n * sizeof(uint64_t);
}

/* Where the device would block, the test is over: nothing comes */
ssize_t read(int fd, void *to, size_t bytes)
{
	if (!is_device(fd))
		return syscall(SYS_read, fd, to, bytes);
	if (fails(READ))
		return -1;
	if (!device.nr_posts && !(syscall(SYS_fcntl, fd, F_GETFL, 0L) & O_NONBLOCK))
		return error(EDEADLK);
	return take(to, bytes);
}

static ssize_t read_now(int fd, const struct iovec *vector, int n, off64_t offset, int flags)
{
	if (!is_device(fd) || n != 1 || offset != -1 || flags != RWF_NOWAIT)
		return error(EINVAL);
	return fails(READ_NOW) ? -1 : take(vector->iov_base, vector->iov_len);
}

ssize_t preadv2(int fd, const struct iovec *vector, int n, off_t offset, int flags)
{
	return read_now(fd, vector, n, offset, flags);
}

ssize_t preadv64v2(int fd, const struct iovec *vector, int n, off64_t offset, int flags)
{
	return read_now(fd, vector, n, offset, flags);
}

int ppoll(struct pollfd *files, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	if (n != 1 || !is_device(files->fd) || files->events != POLLIN || mask)
		return error(EINVAL);
	if (timeout && (timeout->tv_sec < 0 || (unsigned long)timeout->tv_nsec >= 1000000000))
		return error(EINVAL);
	device.timeout = timeout ? timeout->tv_sec * 1000000000LL + timeout->tv_nsec : -1;
	if (fails(PPOLL))
		return -1;
	files->revents = POLLIN;
	if (device.nr_posts)
		return 1;
	if (device.sleep)
		return device.sleep(device.timeout);
	if (device.timeout < 0)
		return error(EDEADLK);
	device.now += device.timeout;
	return 0;
}
