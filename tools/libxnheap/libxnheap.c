// SPDX-License-Identifier: LGPL-2.1
/*
 * What a heap that is attached is here, and each call of it to the kernel. Nothing in
 * struct xnh changes, so threads need no lock.
 */
#include "xnheap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define DEVICES		"/dev/xnheap/"
#define NSEC_PER_SEC	1000000000

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#endif

struct xnh {
	char *window;
	size_t length;		/* of the window */
	int fd;
	int writable;
};

static void *fail(int error)
{
	errno = error;
	return NULL;
}

/*
 * Attach and detach
 */

struct xnh *xnh_attach(const char *label, int access)
{
	char path[sizeof(DEVICES) + XNHEAP_INFO_LABEL_LEN] = DEVICES;
	struct xnh *heap;
	int fd, error;

	if ((access != O_RDWR && access != O_RDONLY) || !*label || strchr(label, '/') ||
	    !strcmp(label, ".") || !strcmp(label, ".."))
		return fail(EINVAL);
	if (strlen(label) >= XNHEAP_INFO_LABEL_LEN)
		return fail(ENAMETOOLONG);

	strcat(path, label);
	fd = open(path, access | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	heap = xnh_attach_fd(fd);
	if (!heap) {
		error = errno;
		close(fd);
		errno = error;
	}
	return heap;
}

struct xnh *xnh_attach_fd(int fd)
{
	const int flags = fcntl(fd, F_GETFL);
	struct xnheap_info info;
	struct xnh *heap;
	int protection, error;
	void *window;

	if (flags < 0 || ioctl(fd, XNHEAP_IOC_INFO, &info))
		return NULL;
	if (info.abi < XNHEAP_ABI)
		return fail(EPROTO);
	if (info.window > PTRDIFF_MAX)
		return fail(EOVERFLOW);

	heap = malloc(sizeof(*heap));
	if (!heap)
		return NULL;
	heap->fd = fd;
	heap->length = info.window;
	heap->writable = (flags & O_ACCMODE) == O_RDWR;
	protection = heap->writable ? PROT_READ | PROT_WRITE : PROT_READ;
	window = mmap(NULL, heap->length, protection, MAP_SHARED, fd, 0);
	if (window == MAP_FAILED) {
		error = errno;
		free(heap);
		return fail(error);
	}
	heap->window = window;
	return heap;
}

void xnh_detach(struct xnh *heap)
{
	if (!heap)
		return;
	munmap(heap->window, heap->length);
	close(heap->fd);
	free(heap);
}

int xnh_fd(const struct xnh *heap)
{
	return heap->fd;
}

int xnh_info(const struct xnh *heap, struct xnheap_info *info)
{
	return ioctl(heap->fd, XNHEAP_IOC_INFO, info);
}

/*
 * The window
 */

/*
 * That a page is mapped is not enough where the processor leaves it to the kernel to note
 * the first access and the first write. A word that is exchanged for itself is written,
 * and nobody's write to it is lost.
 */
static void touch(const struct xnh *heap, size_t size)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	size_t offset;

	for (offset = 0; offset < size; offset += page) {
		unsigned int *word = (void *)(heap->window + offset);
		unsigned int is = __atomic_load_n(word, __ATOMIC_RELAXED);

		while (heap->writable &&
		       !__atomic_compare_exchange_n(word, &is, is, 0, __ATOMIC_RELAXED,
						    __ATOMIC_RELAXED))
			;
	}
}

int xnh_populate(const struct xnh *heap)
{
	const int advice = heap->writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
	struct xnheap_info info;

	if (xnh_info(heap, &info))
		return -1;
	/*
	 * Where memory runs out this is an error; to touch it would be a signal. Kernels that
	 * do not know it, and filters of system calls, say EINVAL, ENOSYS or EPERM.
	 */
	if (madvise(heap->window, info.size, advice) && errno != EINVAL && errno != ENOSYS &&
	    errno != EPERM)
		return -1;
	touch(heap, info.size);
	return 0;
}

void *xnh_at(const struct xnh *heap, uint64_t offset)
{
	return offset < heap->length ? heap->window + offset : fail(EINVAL);
}

uint64_t xnh_offset(const struct xnh *heap, const void *address)
{
	/* Below the window, it wraps around */
	const uintptr_t offset = (uintptr_t)address - (uintptr_t)heap->window;

	if (offset < heap->length)
		return offset;
	errno = EINVAL;
	return XNH_NO_OFFSET;
}

/*
 * Blocks
 */

void *xnh_alloc(const struct xnh *heap, size_t size)
{
	return xnh_alloc_aligned(heap, size, 0);
}

void *xnh_alloc_aligned(const struct xnh *heap, size_t size, size_t align)
{
	struct xnheap_request request = { .size = size, .align = align };

	if (ioctl(heap->fd, XNHEAP_IOC_ALLOC, &request))
		return NULL;
	return xnh_at(heap, request.offset);
}

int xnh_free(const struct xnh *heap, void *block)
{
	__u64 offset;

	if (!block)
		return 0;
	offset = xnh_offset(heap, block);
	if (offset == XNH_NO_OFFSET)
		return -1;
	return ioctl(heap->fd, XNHEAP_IOC_FREE, &offset);
}

int xnh_check(const struct xnh *heap, const void *block, size_t *size)
{
	struct xnheap_query query = { .offset = xnh_offset(heap, block) };

	if (query.offset == XNH_NO_OFFSET || ioctl(heap->fd, XNHEAP_IOC_CHECK, &query))
		return -1;
	if (size)
		*size = query.size;
	return query.owner;
}

ssize_t xnh_largest(const struct xnh *heap)
{
	__u64 largest;

	return ioctl(heap->fd, XNHEAP_IOC_LARGEST, &largest) ? -1 : (ssize_t)largest;
}

/*
 * Waiting
 */

int xnh_listen(const struct xnh *heap, int on)
{
	return ioctl(heap->fd, XNHEAP_IOC_LISTEN, (unsigned long)!!on);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * (int64_t)NSEC_PER_SEC + time.tv_nsec;
}

/* Returns 1 if there is something to read, or an error to be had by it; 0 if not in time */
static int await(int fd, int64_t ns)
{
	struct pollfd file = { .fd = fd, .events = POLLIN };
	struct timespec time = {};

	/* A time_t may be of 32 bits */
	if (ns / NSEC_PER_SEC > INT32_MAX)
		time.tv_sec = INT32_MAX;
	else
		time.tv_sec = ns / NSEC_PER_SEC;
	time.tv_nsec = ns % NSEC_PER_SEC;
	return ppoll(&file, 1, ns < 0 ? NULL : &time, NULL);
}

/* The file may be one that blocks, and another thread may take what poll() has seen */
static ssize_t read_now(int fd, void *to, size_t bytes)
{
	struct iovec vector = { to, bytes };
	ssize_t got = preadv2(fd, &vector, 1, -1, RWF_NOWAIT);

	if (got >= 0 || errno != EOPNOTSUPP)
		return got;
	got = await(fd, 0);
	if (got > 0)
		return read(fd, to, bytes);
	if (!got)
		errno = EAGAIN;
	return -1;
}

/* read() before poll(), which is the longer way for who posts, too */
ssize_t xnh_wait_offsets(const struct xnh *heap, uint64_t *offsets, size_t n, int64_t ns)
{
	const int64_t start = ns > 0 ? now() : 0;
	int64_t left = ns;
	size_t bytes;
	ssize_t got;

	if (!n) {
		errno = EINVAL;
		return -1;
	}
	bytes = (n < XNH_MAX_WAIT ? n : XNH_MAX_WAIT) * sizeof(*offsets);
	for (;;) {
		got = ns < 0 ? read(heap->fd, offsets, bytes) :
			       read_now(heap->fd, offsets, bytes);
		if (got >= 0)
			return got / sizeof(*offsets);
		if (errno != EAGAIN)
			return -1;
		if (ns >= 0)
			left = ns - (now() - start);
		if (ns >= 0 && left <= 0)
			return 0;
		if (await(heap->fd, left) < 0)
			return -1;
	}
}

ssize_t xnh_wait(const struct xnh *heap, void **blocks, size_t n, int64_t ns)
{
	uint64_t offsets[XNH_MAX_WAIT];
	ssize_t got, i;

	/* No more than there is room for, whatever n is */
	got = xnh_wait_offsets(heap, offsets, n, ns);
	for (i = 0; i < got; i++)
		blocks[i] = xnh_at(heap, offsets[i]);
	return got;
}
