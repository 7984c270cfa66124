// SPDX-License-Identifier: LGPL-2.1
/*
 * Every call of libxnheap, on a device that stand_in.c is.
 *
 * Usage: calls --list | --abi | NAME...
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xnheap.h>

#include "stand_in.h"

#define expect(what) do {							\
	if (!(what)) {								\
		printf("%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #what, errno); \
		exit(1);							\
	}									\
} while (0)

/* That it fails so, and by nothing that was left in errno */
#define expect_error(what, error) do {						\
	errno = 0;								\
	expect(what);								\
	expect(errno == (error));						\
} while (0)

static struct xnh *attached(int access)
{
	struct xnh *heap = xnh_attach("test", access);

	expect(heap);
	return heap;
}

/* Which signal a process gets that writes there, or reads; 0: none */
static int signal_of(char *address, int writes)
{
	const pid_t child = fork();
	int status;

	if (!child) {
		if (writes)
			__atomic_store_n(address, 1, __ATOMIC_RELAXED);
		else
			__atomic_load_n(address, __ATOMIC_RELAXED);
		_exit(0);
	}
	expect(waitpid(child, &status, 0) == child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* How many pages of so many bytes are mapped to memory */
static size_t mapped(const char *from, size_t bytes)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const int fd = open("/proc/self/pagemap", O_RDONLY);
	size_t found = 0, i;
	uint64_t entry;

	expect(fd >= 0);
	for (i = 0; i < bytes / page; i++) {
		expect(pread(fd, &entry, sizeof(entry),
			     ((uintptr_t)from / page + i) * sizeof(entry)) == sizeof(entry));
		found += entry >> 63;
	}
	close(fd);
	return found;
}

/*
 * Attach and detach
 */

static void attach_maps_the_window_of_the_label_s_device(void)
{
	struct xnh *heap = attached(O_RDWR);

	expect(!strcmp(device.path, "/dev/xnheap/test"));
	expect(device.access == (O_RDWR | O_CLOEXEC));
	expect(device.length == WINDOW);
	expect(device.protection == (PROT_READ | PROT_WRITE));
	expect(device.map_flags == MAP_SHARED);
	expect(fcntl(xnh_fd(heap), F_GETFD) & FD_CLOEXEC);
	xnh_detach(heap);
}

static void detach_unmaps_and_closes(void)
{
	struct xnh *heap = attached(O_RDWR);
	const int fd = xnh_fd(heap);
	char *window = xnh_at(heap, 0);

	expect(signal_of(window, 0) == 0);
	xnh_detach(heap);
	expect(device.unmapped == WINDOW);
	expect(device.closed == 1);
	expect_error(fcntl(fd, F_GETFD) < 0, EBADF);
	expect(signal_of(window, 0) == SIGSEGV);
	xnh_detach(NULL);
}

static void what_is_no_label_is_refused(void)
{
	static const char * const labels[] = { "", ".", "..", "a/b", "../null", "/" };
	char label[XNHEAP_INFO_LABEL_LEN + 1];
	size_t i;

	for (i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		expect_error(!xnh_attach(labels[i], O_RDWR), EINVAL);
	expect_error(!xnh_attach("test", O_WRONLY), EINVAL);
	expect_error(!xnh_attach("test", O_RDWR | O_CREAT), EINVAL);

	memset(label, 'a', sizeof(label));
	label[sizeof(label) - 1] = 0;
	expect_error(!xnh_attach(label, O_RDWR), ENAMETOOLONG);
	expect(device.calls[OPEN] == 0);
	label[sizeof(label) - 2] = 0;
	expect_error(!xnh_attach(label, O_RDWR), ENOENT);
	expect(!strcmp(device.path + strlen("/dev/xnheap/"), label));
}

static void attach_tells_what_failed_and_closes(void)
{
	static const struct {
		enum call call;
		int error;
	} failures[] = {
		{ FCNTL, EPERM }, { INFO, ENODEV }, { INFO, ENOTTY }, { MMAP, ENOMEM },
		{ MMAP, EAGAIN }, { MMAP, ENODEV },
	};
	size_t i;

	device.error[OPEN] = EACCES;
	expect_error(!xnh_attach("test", O_RDWR), EACCES);
	device.error[OPEN] = ENODEV;
	expect_error(!xnh_attach("test", O_RDWR), ENODEV);
	expect_error(!xnh_attach("none", O_RDWR), ENOENT);
	expect(device.closed == 0);

	for (i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		device.error[failures[i].call] = failures[i].error;
		expect_error(!xnh_attach("test", O_RDWR), failures[i].error);
		expect(device.closed == i + 1);
	}
	expect(device.unmapped == 0);
}

static void a_module_of_before_or_a_window_too_large_is_refused(void)
{
	device.info.abi = 0;
	expect_error(!xnh_attach("test", O_RDWR), EPROTO);
	device.info.abi = XNHEAP_ABI + 1;
	device.info.window = UINT64_MAX;
	expect_error(!xnh_attach("test", O_RDWR), EOVERFLOW);
	expect(device.closed == 2);
	if (sizeof(void *) == 4) {
		/* Of which it could hand 0 on to mmap() */
		device.info.window = 1ULL << 32;
		expect_error(!xnh_attach("test", O_RDWR), EOVERFLOW);
	}
	expect(device.calls[MMAP] == 0);
	device.info.window = WINDOW;
	xnh_detach(attached(O_RDWR));
}

static void read_only_is_to_look_only(void)
{
	struct xnh *heap = attached(O_RDONLY);
	uint64_t offset = stand_in_block(64, 64, XNHEAP_OWNER_KERNEL);
	char *block = xnh_at(heap, offset);
	void *posted;
	size_t size;

	expect(device.access == (O_RDONLY | O_CLOEXEC));
	expect(device.protection == PROT_READ);
	expect(signal_of(block, 0) == 0);
	expect(signal_of(block, 1) == SIGSEGV);
	expect_error(!xnh_alloc(heap, 64), EBADF);
	expect_error(xnh_free(heap, block) == -1, EBADF);

	expect(xnh_check(heap, block, &size) == XNHEAP_OWNER_KERNEL && size == 64);
	expect(xnh_largest(heap) == EXTENT / 2);
	expect(xnh_listen(heap, 1) == 0);
	stand_in_post(offset);
	expect(xnh_wait(heap, &posted, 1, 0) == 1 && posted == block);
	xnh_detach(heap);
}

/* Returns the same file by another descriptor, as another process gets it */
static int handed_over(int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .head = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	struct iovec byte = { "", 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	char got;
	int ends[2];

	expect(!socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	expect(sendmsg(ends[0], &message, 0) == 1);
	byte.iov_base = &got;
	expect(recvmsg(ends[1], &message, 0) == 1);
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	close(ends[0]);
	close(ends[1]);
	return fd;
}

static void a_descriptor_that_was_handed_over_is_attached(void)
{
	struct xnh *heap = attached(O_RDWR), *other;
	int fd = handed_over(xnh_fd(heap));
	char *block = xnh_alloc(heap, 100);

	other = xnh_attach_fd(fd);
	expect(other && xnh_fd(other) == fd);
	expect(xnh_at(other, 0) != xnh_at(heap, 0));
	memcpy(block, "message", sizeof("message"));
	expect(!strcmp(xnh_at(other, xnh_offset(heap, block)), "message"));
	/* They are one file */
	expect(!xnh_free(other, xnh_at(other, xnh_offset(heap, block))));
	xnh_detach(heap);
	expect(!xnh_listen(other, 1));
	xnh_detach(other);
	expect_error(fcntl(fd, F_GETFD) < 0, EBADF);

	heap = attached(O_RDONLY);
	other = xnh_attach_fd(handed_over(xnh_fd(heap)));
	expect(other && device.protection == PROT_READ);
	xnh_detach(heap);
	xnh_detach(other);
}

static void a_descriptor_that_is_none_stays_the_caller_s(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	expect(fd >= 0);
	expect_error(!xnh_attach_fd(fd), ENOTTY);
	expect(fcntl(fd, F_GETFD) >= 0);
	close(fd);
	expect_error(!xnh_attach_fd(fd), EBADF);
	expect_error(!xnh_attach_fd(-1), EBADF);

	fd = open("/dev/xnheap/test", O_WRONLY);
	expect(fd >= 0);
	expect_error(!xnh_attach_fd(fd), EACCES);
	device.error[INFO] = ENODEV;
	expect_error(!xnh_attach_fd(fd), ENODEV);
	expect(fcntl(fd, F_GETFD) >= 0);
	expect(device.closed == 0);
	close(fd);
}

static void info_has_all_that_the_kernel_says(void)
{
	struct xnh *heap = attached(O_RDWR);
	struct xnheap_info info;

	device.info.lost = 0x123456789abcULL;
	memset(&info, 0xff, sizeof(info));
	expect(!xnh_info(heap, &info));
	expect(!memcmp(&info, &device.info, sizeof(info)));
	device.error[INFO] = ENODEV;
	expect_error(xnh_info(heap, &info) == -1, ENODEV);
	xnh_detach(heap);
}

/*
 * The window
 */

static void offsets_and_addresses_are_two_names(void)
{
	struct xnh *heap = attached(O_RDWR);
	char *window = xnh_at(heap, 0);

	expect(window);
	expect(xnh_offset(heap, window) == 0);
	expect(xnh_at(heap, 4711) == window + 4711);
	expect(xnh_offset(heap, window + 4711) == 4711);
	expect(xnh_at(heap, WINDOW - 1) == window + WINDOW - 1);
	expect(xnh_offset(heap, window + WINDOW - 1) == WINDOW - 1);
	/* Neither needs the kernel */
	expect(device.calls[INFO] == 1 && device.calls[CHECK] == 0);
	xnh_detach(heap);
}

static void what_is_outside_the_window_has_no_name(void)
{
	static const uint64_t outside[] = {
		WINDOW, WINDOW + 1, 1ULL << 31, 1ULL << 32, (1ULL << 32) + 64, INT64_MAX,
		1ULL << 63, UINT64_MAX - 4095, XNH_NO_OFFSET,
	};
	struct xnh *heap = attached(O_RDWR);
	char *window = xnh_at(heap, 0);
	size_t i;

	for (i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		expect_error(!xnh_at(heap, outside[i]), EINVAL);
	expect_error(xnh_offset(heap, window + WINDOW) == XNH_NO_OFFSET, EINVAL);
	expect_error(xnh_offset(heap, window - 1) == XNH_NO_OFFSET, EINVAL);
	expect_error(xnh_offset(heap, NULL) == XNH_NO_OFFSET, EINVAL);
	expect_error(xnh_offset(heap, (void *)UINTPTR_MAX) == XNH_NO_OFFSET, EINVAL);
	expect_error(xnh_offset(heap, &heap) == XNH_NO_OFFSET, EINVAL);
	xnh_detach(heap);
}

static void a_heap_grows_within_its_window(void)
{
	struct xnh *heap = attached(O_RDWR);
	char *window = xnh_at(heap, 0);

	expect(signal_of(window + EXTENT - 1, 1) == 0);
	expect(signal_of(window + EXTENT, 0) == SIGBUS);
	stand_in_grow(2 * EXTENT);
	expect(signal_of(window + EXTENT, 1) == 0);
	expect(xnh_at(heap, EXTENT) == window + EXTENT);
	xnh_detach(heap);
}

static void populate_maps_all_that_there_is(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	struct xnh *heap = attached(O_RDWR);
	char *window = xnh_at(heap, 0);

	expect(mapped(window, WINDOW) == 0);
	expect(!xnh_populate(heap));
	expect(device.advice == MADV_POPULATE_WRITE);
	expect(mapped(window, WINDOW) == EXTENT / page);
	expect(mapped(window, EXTENT) == EXTENT / page);
	stand_in_grow(3 * EXTENT);
	expect(!xnh_populate(heap));
	expect(mapped(window, 3 * EXTENT) == 3 * EXTENT / page);
	xnh_detach(heap);

	heap = attached(O_RDONLY);
	expect(!xnh_populate(heap));
	expect(device.advice == MADV_POPULATE_READ);
	expect(mapped(xnh_at(heap, 0), EXTENT) == EXTENT / page);
	xnh_detach(heap);
}

#ifndef __SANITIZE_ADDRESS__
static void after_populate_nothing_faults(void)
{
	struct xnh *heap = attached(O_RDWR);
	char *window = xnh_at(heap, 0);
	struct rusage before, after;
	size_t i;

	expect(!xnh_populate(heap));
	getrusage(RUSAGE_SELF, &before);
	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < EXTENT; i += 64)
		__atomic_store_n(window + i, 1, __ATOMIC_RELAXED);
	getrusage(RUSAGE_SELF, &after);
	expect(after.ru_minflt == before.ru_minflt && after.ru_majflt == before.ru_majflt);
	xnh_detach(heap);
}
#endif

static void populate_without_madvise_changes_nothing(void)
{
	static const int errors[] = { EINVAL, EPERM, ENOSYS };
	const size_t page = sysconf(_SC_PAGESIZE);
	size_t i, byte;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		struct xnh *heap, *read_only;
		unsigned char *window;

		/* Memory that nobody had yet, of which a fault maps no more than a page */
		stand_in_reset();
		heap = attached(O_RDWR);
		window = xnh_at(heap, 0);
		device.error[MADVISE] = errors[i];
		expect(!xnh_populate(heap));
		expect(mapped((char *)window, WINDOW) == EXTENT / page);

		for (byte = 0; byte < EXTENT; byte++)
			window[byte] = byte * 7;
		read_only = attached(O_RDONLY);
		xnh_detach(heap);

		device.error[MADVISE] = errors[i];
		expect(!xnh_populate(read_only));
		expect(mapped(xnh_at(read_only, 0), EXTENT) == EXTENT / page);
		xnh_detach(read_only);

		heap = attached(O_RDWR);
		window = xnh_at(heap, 0);
		expect(mapped((char *)window, EXTENT) == 0);
		device.error[MADVISE] = errors[i];
		expect(!xnh_populate(heap));
		expect(mapped((char *)window, WINDOW) == EXTENT / page);
		for (byte = 0; byte < EXTENT; byte++)
			expect(window[byte] == (unsigned char)(byte * 7));
		xnh_detach(heap);
	}
}

/* As where all pages are mapped, but the first write to each is not noted yet */
static void populate_writes_where_madvise_sees_nothing_to_do(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	struct xnh *heap = attached(O_RDWR);

	device.no_advice = 1;
	expect(!xnh_populate(heap));
	expect(device.calls[MADVISE] == 1);
	expect(mapped(xnh_at(heap, 0), WINDOW) == EXTENT / page);
	xnh_detach(heap);
}

static void populate_tells_what_failed(void)
{
	struct xnh *heap = attached(O_RDWR);
	char *window = xnh_at(heap, 0);

	device.error[INFO] = ENODEV;
	expect_error(xnh_populate(heap) == -1, ENODEV);
	expect(device.calls[MADVISE] == 0);
	device.error[MADVISE] = ENOMEM;
	expect_error(xnh_populate(heap) == -1, ENOMEM);
	expect(mapped(window, WINDOW) == 0);
	/* A page that is not there is an error, too, and no signal */
	device.info.size = 2 * EXTENT;
	expect_error(xnh_populate(heap) == -1, EFAULT);
	xnh_detach(heap);
}

/*
 * Blocks
 */

static void alloc_returns_a_block_in_the_window(void)
{
	struct xnh *heap = attached(O_RDWR);
	char *one, *two, *page;

	one = xnh_alloc(heap, 100);
	expect(one && device.request.size == 100 && device.request.align == 0);
	two = xnh_alloc(heap, 1);
	expect(two && two != one);
	expect(xnh_offset(heap, one) == device.blocks[0].offset);
	expect(xnh_offset(heap, two) == device.blocks[1].offset);
	memset(one, 1, 100);
	page = xnh_alloc_aligned(heap, 10, 4096);
	expect(page && device.request.size == 10 && device.request.align == 4096);
	expect(xnh_offset(heap, page) % 4096 == 0);
	/* One call each */
	expect(device.calls[ALLOC] == 3);
	xnh_detach(heap);
}

static void alloc_tells_what_failed(void)
{
	static const int errors[] = { ENODEV, EDQUOT, ENOMEM, EBADF, EINVAL };
	struct xnh *heap = attached(O_RDWR);
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		device.error[ALLOC] = errors[i];
		expect_error(!xnh_alloc(heap, 8), errors[i]);
	}
	expect_error(!xnh_alloc(heap, 0), EINVAL);
	expect_error(!xnh_alloc(heap, EXTENT + 1), ENOMEM);
	expect_error(!xnh_alloc(heap, SIZE_MAX), ENOMEM);
	expect(device.request.size == SIZE_MAX);
	expect_error(!xnh_alloc_aligned(heap, 8, 3), EINVAL);
	expect_error(!xnh_alloc_aligned(heap, 8, 8192), EINVAL);
	xnh_detach(heap);
}

static void free_takes_this_file_s_blocks_alone(void)
{
	struct xnh *heap = attached(O_RDWR);
	char *block = xnh_alloc(heap, 100);
	char *foreign = xnh_at(heap, stand_in_block(1024, 32, XNHEAP_OWNER_OTHER));
	char *kernels = xnh_at(heap, stand_in_block(2048, 32, XNHEAP_OWNER_KERNEL));

	expect_error(xnh_free(heap, block + 32) == -1, EINVAL);
	expect(!xnh_free(heap, block));
	expect_error(xnh_free(heap, block) == -1, EINVAL);
	expect_error(xnh_free(heap, foreign) == -1, EPERM);
	expect_error(xnh_free(heap, kernels) == -1, EPERM);
	device.error[FREE] = ENODEV;
	expect_error(xnh_free(heap, foreign) == -1, ENODEV);
	xnh_detach(heap);
}

static void free_does_not_ask_the_kernel_of_what_cannot_be(void)
{
	struct xnh *heap = attached(O_RDWR);

	errno = 0;
	expect(!xnh_free(heap, NULL) && !errno);
	expect_error(xnh_free(heap, &heap) == -1, EINVAL);
	expect_error(xnh_free(heap, (char *)xnh_at(heap, 0) + WINDOW) == -1, EINVAL);
	expect(device.calls[FREE] == 0);
	xnh_detach(heap);
}

static void check_tells_size_and_owner(void)
{
	struct xnh *heap = attached(O_RDWR);
	char *own = xnh_alloc(heap, 100);
	char *foreign = xnh_at(heap, stand_in_block(1024, 200, XNHEAP_OWNER_OTHER));
	char *kernels = xnh_at(heap, stand_in_block(2048, 300, XNHEAP_OWNER_KERNEL));
	size_t size;

	expect(xnh_check(heap, own, &size) == XNHEAP_OWNER_SELF && size == 100);
	expect(xnh_check(heap, foreign, &size) == XNHEAP_OWNER_OTHER && size == 200);
	expect(xnh_check(heap, kernels, &size) == XNHEAP_OWNER_KERNEL && size == 300);
	expect(xnh_check(heap, own, NULL) == XNHEAP_OWNER_SELF);
	size = 1;
	expect_error(xnh_check(heap, own + 1, &size) == -1, EINVAL);
	device.error[CHECK] = ENODEV;
	expect_error(xnh_check(heap, own, &size) == -1, ENODEV);
	expect(device.calls[CHECK] == 6);
	expect_error(xnh_check(heap, NULL, &size) == -1, EINVAL);
	expect_error(xnh_check(heap, &heap, &size) == -1, EINVAL);
	expect(device.calls[CHECK] == 6 && size == 1);
	xnh_detach(heap);
}

static void largest_tells_bytes(void)
{
	struct xnh *heap = attached(O_RDWR);

	expect(xnh_largest(heap) == EXTENT / 2);
	device.info.size = 0;
	expect(xnh_largest(heap) == 0);
	device.error[LARGEST] = ENODEV;
	expect_error(xnh_largest(heap) == -1, ENODEV);
	xnh_detach(heap);
}

/*
 * Waiting
 */

static void listen_goes_on_and_off(void)
{
	struct xnh *heap = attached(O_RDWR);

	expect(!xnh_listen(heap, 4) && device.listens == 1);
	expect(!xnh_listen(heap, 0) && device.listens == 0);
	device.error[LISTEN] = EBUSY;
	expect_error(xnh_listen(heap, 1) == -1, EBUSY);
	device.error[LISTEN] = ENODEV;
	expect_error(xnh_listen(heap, 0) == -1, ENODEV);
	xnh_detach(heap);
}

static void wait_returns_what_was_posted_in_order(void)
{
	struct xnh *heap = attached(O_RDWR);
	uint64_t offsets[4] = { 0 };
	void *blocks[4] = { NULL };
	int i;

	for (i = 1; i <= 9; i++)
		stand_in_post(i * 64);
	expect(xnh_wait(heap, blocks, 3, -1) == 3);
	for (i = 0; i < 3; i++)
		expect(blocks[i] == xnh_at(heap, (i + 1) * 64));
	expect(!blocks[3]);
	expect(xnh_wait_offsets(heap, offsets, 3, 0) == 3);
	for (i = 0; i < 3; i++)
		expect(offsets[i] == (uint64_t)(i + 4) * 64);
	expect(!offsets[3]);
	/* As many as there are, if that is less */
	expect(xnh_wait(heap, blocks, 2, 1000) == 2);
	expect(xnh_wait(heap, blocks, 4, 1000) == 1 && blocks[0] == xnh_at(heap, 9 * 64));
	expect(device.calls[PPOLL] == 0);
	xnh_detach(heap);
}

static void wait_takes_no_more_than_it_has_room_for(void)
{
	struct xnh *heap = attached(O_RDWR);
	uint64_t offsets[XNH_MAX_WAIT + 1];
	void *blocks[XNH_MAX_WAIT + 1];
	int i;

	for (i = 0; i < 2 * XNH_MAX_WAIT + 20; i++)
		stand_in_post(i * 32);
	blocks[XNH_MAX_WAIT] = NULL;
	offsets[XNH_MAX_WAIT] = 1;
	expect(xnh_wait(heap, blocks, XNH_MAX_WAIT + 1, 0) == XNH_MAX_WAIT);
	expect(blocks[XNH_MAX_WAIT - 1] == xnh_at(heap, (XNH_MAX_WAIT - 1) * 32));
	expect(!blocks[XNH_MAX_WAIT]);
	expect(xnh_wait_offsets(heap, offsets, SIZE_MAX, -1) == XNH_MAX_WAIT);
	expect(offsets[XNH_MAX_WAIT - 1] == (2 * XNH_MAX_WAIT - 1) * 32);
	expect(offsets[XNH_MAX_WAIT] == 1);
	expect(xnh_wait(heap, blocks, SIZE_MAX, 0) == 20);

	expect_error(xnh_wait(heap, blocks, 0, 0) == -1, EINVAL);
	expect_error(xnh_wait_offsets(heap, offsets, 0, -1) == -1, EINVAL);
	xnh_detach(heap);
}

static void without_an_end_it_waits_in_read(void)
{
	struct xnh *heap = attached(O_RDWR);
	void *block;

	stand_in_post(64);
	expect(xnh_wait(heap, &block, 1, -5) == 1);
	expect_error(xnh_wait(heap, &block, 1, -1) == -1, EDEADLK);
	expect(device.calls[READ] == 2);
	expect(device.calls[READ_NOW] == 0 && device.calls[PPOLL] == 0);
	xnh_detach(heap);
}

static void no_time_is_no_wait(void)
{
	struct xnh *heap = attached(O_RDWR);
	void *block;

	device.now = 1;
	expect(xnh_wait(heap, &block, 1, 0) == 0);
	stand_in_post(64);
	expect(xnh_wait(heap, &block, 1, 0) == 1);
	expect(device.calls[READ_NOW] == 2);
	expect(device.calls[READ] == 0 && device.calls[PPOLL] == 0);
	xnh_detach(heap);
}

static int post_after_a_while(int64_t ns)
{
	device.now += ns < 0 ? 1000 : ns / 2;
	stand_in_post(96);
	return 1;
}

static void some_time_is_waited_and_no_longer(void)
{
	struct xnh *heap = attached(O_RDWR);
	void *block = NULL;

	device.now = 77 * 1000000000LL;
	expect(xnh_wait(heap, &block, 1, 5000000123LL) == 0 && !block);
	expect(device.timeout == 5000000123LL);
	expect(device.now == 82000000123LL && device.calls[PPOLL] == 1);
	device.sleep = post_after_a_while;
	expect(xnh_wait(heap, &block, 1, 4000) == 1 && block == xnh_at(heap, 96));
	expect(device.now == 82000002123LL && device.calls[PPOLL] == 2);
	expect(device.calls[READ] == 0);
	/* Centuries, of which a time_t may not have so many */
	expect(xnh_wait(heap, &block, 1, INT64_MAX) == 1);
	expect(device.timeout >= INT32_MAX * 1000000000LL);
	xnh_detach(heap);
}

/* Another thread takes what there was */
static int come_too_late(int64_t ns)
{
	device.now += ns < 2000 ? ns : 2000;
	return ns > 0;
}

static void another_thread_may_take_what_poll_saw(void)
{
	struct xnh *heap = attached(O_RDWR);
	void *block;

	device.sleep = come_too_late;
	expect(xnh_wait(heap, &block, 1, 9000) == 0);
	/* 9, 7, 5, 3 and 1 microseconds were left */
	expect(device.calls[PPOLL] == 5 && device.timeout == 1000);
	expect(device.now == 9000);
	/* It did not wait in read(), which would have had no end */
	expect(device.calls[READ] == 0);
	xnh_detach(heap);
}

static void a_signal_ends_the_wait(void)
{
	struct xnh *heap = attached(O_RDWR);
	void *block;

	device.error[READ] = EINTR;
	expect_error(xnh_wait(heap, &block, 1, -1) == -1, EINTR);
	device.error[PPOLL] = EINTR;
	expect_error(xnh_wait(heap, &block, 1, 1000) == -1, EINTR);
	expect(device.now == 0);
	/* What was posted is there still */
	stand_in_post(64);
	expect(xnh_wait(heap, &block, 1, -1) == 1);
	xnh_detach(heap);
}

static void the_end_of_the_heap_ends_the_wait(void)
{
	struct xnh *heap = attached(O_RDWR);
	uint64_t offset;
	void *block;

	device.error[READ] = ENODEV;
	expect_error(xnh_wait(heap, &block, 1, -1) == -1, ENODEV);
	device.error[READ_NOW] = ENODEV;
	expect_error(xnh_wait(heap, &block, 1, 0) == -1, ENODEV);
	device.error[READ_NOW] = ENODEV;
	expect_error(xnh_wait_offsets(heap, &offset, 1, 1000) == -1, ENODEV);
	/* What is mapped stays */
	expect(signal_of(xnh_at(heap, 0), 1) == 0);
	xnh_detach(heap);
}

static void a_file_that_does_not_block_waits_too(void)
{
	struct xnh *heap = attached(O_RDWR);
	void *block;

	expect(!fcntl(xnh_fd(heap), F_SETFL, O_RDWR | O_NONBLOCK));
	device.sleep = post_after_a_while;
	expect(xnh_wait(heap, &block, 1, -1) == 1 && block == xnh_at(heap, 96));
	expect(device.calls[PPOLL] == 1 && device.timeout == -1);
	expect(device.now == 1000);
	expect(xnh_wait(heap, &block, 1, 0) == 0);
	xnh_detach(heap);
}

static void wait_goes_without_preadv2(void)
{
	struct xnh *heap = attached(O_RDWR);
	void *block;

	device.error[READ_NOW] = -EOPNOTSUPP;
	expect(xnh_wait(heap, &block, 1, 0) == 0);
	expect(device.timeout == 0);
	expect(xnh_wait(heap, &block, 1, 1000) == 0);
	expect(device.now == 1000);
	expect(device.calls[READ] == 0);
	stand_in_post(64);
	expect(xnh_wait(heap, &block, 1, 0) == 1 && block == xnh_at(heap, 64));
	device.error[PPOLL] = EINTR;
	expect_error(xnh_wait(heap, &block, 1, 1000) == -1, EINTR);
	stand_in_post(64);
	device.error[READ] = ENODEV;
	expect_error(xnh_wait(heap, &block, 1, 1000) == -1, ENODEV);
	xnh_detach(heap);
}

/*
 * Memory
 */

/* Sanitizers allocate, and access memory of their own */
#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
static unsigned int mallocs;
static int no_memory;

void *malloc(size_t size)
{
	mallocs++;
	if (no_memory) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

static void only_attaching_allocates(void)
{
	struct xnheap_info info;
	struct xnh *heap;
	void *block;
	size_t size;

	no_memory = 1;
	expect_error(!xnh_attach("test", O_RDWR), ENOMEM);
	expect(device.closed == 1 && device.unmapped == 0);
	no_memory = 0;
	heap = attached(O_RDWR);

	mallocs = 0;
	stand_in_post(64);
	device.error[MADVISE] = EINVAL;
	expect(xnh_fd(heap) >= 0 && !xnh_info(heap, &info) && !xnh_populate(heap));
	block = xnh_alloc(heap, 64);
	expect(block && xnh_check(heap, block, &size) == XNHEAP_OWNER_SELF);
	expect(xnh_largest(heap) > 0 && !xnh_free(heap, block) && !xnh_listen(heap, 1));
	expect(xnh_wait(heap, &block, 1, -1) == 1 && xnh_wait(heap, &block, 1, 1000) == 0);
	expect(mallocs == 0);
	xnh_detach(heap);
}
#endif

static const struct {
	const char *name;
	void (*test)(void);
} tests[] = {
#define TEST(name) { #name, name }
	TEST(attach_maps_the_window_of_the_label_s_device),
	TEST(detach_unmaps_and_closes),
	TEST(what_is_no_label_is_refused),
	TEST(attach_tells_what_failed_and_closes),
	TEST(a_module_of_before_or_a_window_too_large_is_refused),
	TEST(read_only_is_to_look_only),
	TEST(a_descriptor_that_was_handed_over_is_attached),
	TEST(a_descriptor_that_is_none_stays_the_caller_s),
	TEST(info_has_all_that_the_kernel_says),
	TEST(offsets_and_addresses_are_two_names),
	TEST(what_is_outside_the_window_has_no_name),
	TEST(a_heap_grows_within_its_window),
	TEST(populate_maps_all_that_there_is),
	TEST(populate_without_madvise_changes_nothing),
	TEST(populate_writes_where_madvise_sees_nothing_to_do),
	TEST(populate_tells_what_failed),
	TEST(alloc_returns_a_block_in_the_window),
	TEST(alloc_tells_what_failed),
	TEST(free_takes_this_file_s_blocks_alone),
	TEST(free_does_not_ask_the_kernel_of_what_cannot_be),
	TEST(check_tells_size_and_owner),
	TEST(largest_tells_bytes),
	TEST(listen_goes_on_and_off),
	TEST(wait_returns_what_was_posted_in_order),
	TEST(wait_takes_no_more_than_it_has_room_for),
	TEST(without_an_end_it_waits_in_read),
	TEST(no_time_is_no_wait),
	TEST(some_time_is_waited_and_no_longer),
	TEST(another_thread_may_take_what_poll_saw),
	TEST(a_signal_ends_the_wait),
	TEST(the_end_of_the_heap_ends_the_wait),
	TEST(a_file_that_does_not_block_waits_too),
	TEST(wait_goes_without_preadv2),
#ifndef __SANITIZE_ADDRESS__
	TEST(after_populate_nothing_faults),
	TEST(only_attaching_allocates),
#endif
};

/* What the kernel takes of processes of any kind */
static void print_abi(void)
{
	printf("%#lx %#lx %#lx %#lx %#lx %#lx\n", (long)XNHEAP_IOC_INFO, (long)XNHEAP_IOC_ALLOC,
	       (long)XNHEAP_IOC_FREE, (long)XNHEAP_IOC_CHECK, (long)XNHEAP_IOC_LARGEST,
	       (long)XNHEAP_IOC_LISTEN);
	printf("%zu %zu %zu %zu %zu\n", offsetof(struct xnheap_info, window),
	       offsetof(struct xnheap_info, label), offsetof(struct xnheap_request, offset),
	       offsetof(struct xnheap_query, size), offsetof(struct xnheap_query, owner));
}

int main(int argc, char **argv)
{
	const size_t n = sizeof(tests) / sizeof(*tests);
	size_t i;
	int arg;

	for (arg = 1; arg < argc; arg++) {
		if (!strcmp(argv[arg], "--abi")) {
			print_abi();
			continue;
		}
		for (i = 0; i < n; i++) {
			if (!strcmp(argv[arg], "--list"))
				puts(tests[i].name);
			else if (!strcmp(argv[arg], tests[i].name))
				break;
		}
		if (i < n) {
			stand_in_reset();
			/* Should it wait for ever */
			alarm(60);
			tests[i].test();
		} else if (strcmp(argv[arg], "--list")) {
			printf("%s is no test\n", argv[arg]);
			return 1;
		}
	}
	return 0;
}
