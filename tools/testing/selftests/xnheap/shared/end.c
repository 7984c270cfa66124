// SPDX-License-Identifier: GPL-2.0
/* A heap ends while processes have it. */

#include <fcntl.h>

#include "test.h"

static int try_map(int fd)
{
	return mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0;
}

static void expect_ended(int fd)
{
	struct xnheap_query query = {};
	struct xnheap_info is;
	u64 offset;

	expect_errno(ioctl(fd, XNHEAP_IOC_INFO, &is), ENODEV);
	expect_errno(try_alloc(fd, 1, 0, &offset), ENODEV);
	expect_errno(try_free(fd, 0), ENODEV);
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), ENODEV);
	expect_errno(ioctl(fd, XNHEAP_IOC_LARGEST, &offset), ENODEV);
	expect_errno(ioctl(fd, XNHEAP_IOC_LISTEN, 1), ENODEV);
	expect_errno(read(fd, &offset, sizeof(offset)), ENODEV);
	expect_errno(try_map(fd), ENODEV);
}

void end_enodev(void)
{
	struct pollfd pollfd = { .events = POLLIN };
	int fd, other;

	make_heap();
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDONLY);
	alloc(fd, 100);
	expect_errno(ioctl(other, XNHEAP_IOC_LISTEN, 1), 0);
	expect_equal(driver_block(OP_POST, driver_alloc(1), NO_PEER), 0);
	expect_equal(driver(OP_DELETE, 0), 0);
	expect_ended(fd);
	pollfd.fd = fd;
	expect_equal(poll(&pollfd, 1, 0), 1);
	expect(pollfd.revents & POLLHUP);
	pollfd.fd = other;
	expect_equal(poll(&pollfd, 1, 0), 1);
	expect(pollfd.revents & POLLHUP);
	expect_errno(ioctl(fd, _IO(0xbe, 77), 0), ENOTTY);
	expect_errno(close(fd), 0);
}

/* Not on each kernel of the tests can pages be dropped. */
static void drop(unsigned char *at)
{
	if (has_madvise())
		expect_errno(madvise(at, window, MADV_DONTNEED), 0);
}

static void touch_it(void *data)
{
	unsigned char *at = data;

	expect(all_are(at, extent, 'm'));
	/* Not touched before */
	expect(all_are(at + extent, extent, 0));
	drop(at);
	memset(at + page, 'c', page);
}

void end_mapped(void)
{
	unsigned char *at, *part;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	expect_equal(driver(OP_GROW, 0), 0);
	alloc(fd, extent);
	memset(at, 'm', extent);
	part = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd, page);
	expect(part != MAP_FAILED);
	expect_equal(driver(OP_DELETE, 0), 0);
	expect_equal(in_child(touch_it, at), 0);
	expect(all_are(at + page, page, 'c'));
	expect_errno(close(fd), 0);

	/* Nor does the file count, now that it is closed */
	drop(at);
	expect(all_are(at + page, page, 'c'));
	expect(all_are(at + 2 * page, extent - 2 * page, 'm'));
	memset(at, 0x11, 2 * extent);
	expect(all_are(part, 2 * page, 0x11));
	/* Nor that others get memory */
	make_heap();
	fd = open_heap(O_RDWR);
	memset(map(fd), 0x22, extent);
	expect(all_are(at, 2 * extent, 0x11));
	munmap(at, window);
	expect(all_are(part, 2 * page, 0x11));
}

static void wait_for_it(int fd, bool polls)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	u64 got;

	if (polls) {
		expect_equal(poll(&pollfd, 1, 60000), 1);
		expect(pollfd.revents & POLLHUP);
	} else {
		expect_errno(read(fd, &got, sizeof(got)), ENODEV);
	}
	_exit(PASS);
}

void end_waiting(void)
{
	int fd[2], i, status;
	u64 start;

	make_heap();
	fd[0] = open_heap(O_RDWR);
	fd[1] = open_heap(O_RDWR);
	fflush(stdout);
	for (i = 0; i < 6; i++)
		if (!fork())
			wait_for_it(fd[i % 2], i % 3);
	sleep_ms(200);
	start = now_ms();
	expect_equal(driver(OP_DELETE, 0), 0);
	for (i = 0; i < 6; i++) {
		expect(wait(&status) > 0);
		expect_equal(status, 0);
	}
	expect(now_ms() - start < 10000);
}

void end_again(void)
{
	unsigned char *at, *anew;
	int fd, next;
	u64 block;

	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	block = alloc(fd, 100);
	memset(at, 'o', extent);
	expect_equal(driver(OP_DELETE, 0), 0);
	make_heap();
	next = open_heap(O_RDWR);
	anew = map(next);
	expect(all_are(anew, extent, 0));
	expect_errno(try_free(next, block), EINVAL);
	expect_errno(try_free(fd, block), ENODEV);
	expect_equal(driver_get(0, fd, 0), -EINVAL);
	memset(anew, 'n', extent);
	expect(all_are(at, extent, 'o'));
	alloc(next, 100);
	close(fd);
	sleep_ms(50);
	expect_equal(info(next).used, 128);
	expect_equal(driver_used(), 128);
}

static void flood(void)
{
	struct xnheap_info is;
	unsigned char *at;
	int fd, i;
	u64 block;

	for (;;) {
		fd = try_open(NAME, O_RDWR);
		if (fd < 0)
			continue;
		for (i = 0; i < 100; i++) {
			ioctl(fd, XNHEAP_IOC_INFO, &is);
			if (!try_alloc(fd, 100, 0, &block) && i % 2)
				try_free(fd, block);
			ioctl(fd, XNHEAP_IOC_LISTEN, i % 2);
			at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			if (at != MAP_FAILED) {
				at[i] = i;
				munmap(at, page);
			}
		}
		close(fd);
	}
}

void end_flood(void)
{
	u64 start;
	int i;

	fflush(stdout);
	for (i = 0; i < 8; i++)
		if (!fork())
			flood();
	for (i = 0; i < 20; i++) {
		make_heap();
		sleep_ms(30);
		start = now_ms();
		expect_equal(driver(OP_DELETE, 0), 0);
		expect(now_ms() - start < 20000);
	}
}
