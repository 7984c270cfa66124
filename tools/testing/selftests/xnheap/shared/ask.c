// SPDX-License-Identifier: GPL-2.0
/* What a process asks by ioctl. */

#include <fcntl.h>

#include "test.h"

void ask_info(void)
{
	struct xnheap_info is, should = {
		.abi = XNHEAP_ABI, .page_size = 512, .window = window, .size = extent,
		.extent_size = extent, .limit = 3 * page, .label = NAME,
	};
	int fd, other;
	u64 offset;

	make_heap();
	expect_equal(driver_quota(3 * page, window), 0);
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDWR);
	is = info(fd);
	expect(!memcmp(&is, &should, sizeof(is)));

	offset = alloc(fd, 100);
	alloc(fd, 513);
	alloc(other, 200);
	driver_alloc(400);
	expect_equal(driver(OP_GROW, 0), 0);
	should.used = 128 + 1024;
	should.blocks = 2;
	should.size = 2 * extent;
	is = info(fd);
	expect(!memcmp(&is, &should, sizeof(is)));

	expect_errno(try_free(fd, offset), 0);
	should.used = 1024;
	should.blocks = 1;
	is = info(fd);
	expect(!memcmp(&is, &should, sizeof(is)));
	is = info(other);
	should.used = 256;
	expect(!memcmp(&is, &should, sizeof(is)));
	expect_errno(ioctl(fd, XNHEAP_IOC_INFO, NULL), EFAULT);
}

void ask_alloc(void)
{
	struct xnheap_query query = {};
	u64 offset, align, size;
	int fd, i;

	make_heap();
	fd = open_heap(O_RDWR);
	for (size = 1; size <= extent; size *= 2) {
		offset = alloc(fd, size);
		expect(offset + size <= extent);
		query.offset = offset;
		expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), 0);
		expect_equal(query.size, size < 32 ? 32 : size);
		expect_errno(try_free(fd, offset), 0);
	}
	for (align = 1; align <= 512; align *= 2) {
		for (i = 0; i < 5; i++) {
			expect_errno(try_alloc(fd, 1 + 40 * i, align, &offset), 0);
			expect_equal(offset % align, 0);
		}
	}
	expect_errno(try_alloc(fd, 0, 0, &offset), EINVAL);
	expect_errno(try_alloc(fd, 0, 64, &offset), EINVAL);
	expect_errno(try_alloc(fd, 1, 3, &offset), EINVAL);
	expect_errno(try_alloc(fd, 1, 96, &offset), EINVAL);
	expect_errno(try_alloc(fd, 1, 1024, &offset), EINVAL);
	expect_errno(try_alloc(fd, 1, ~0ULL, &offset), EINVAL);
	expect_errno(try_alloc(fd, 1, 1ULL << 63, &offset), EINVAL);
	/* Not what is left of them in 32 bits */
	expect_errno(try_alloc(fd, 1, (1ULL << 32) + 64, &offset), EINVAL);
	expect_errno(try_alloc(fd, 1, 1ULL << 32, &offset), EINVAL);

	expect_errno(try_alloc(fd, extent + 1, 0, &offset), ENOMEM);
	for (i = 17; i < 64; i++) {
		if (1ULL << i <= extent)
			continue;
		errno = 0;
		expect(try_alloc(fd, (1ULL << i) + 16, 0, &offset));
		expect(errno == ENOMEM || errno == EDQUOT);
		errno = 0;
		expect(try_alloc(fd, ~0ULL << i | 16, 0, &offset));
		expect(errno == ENOMEM || errno == EDQUOT);
	}
	while (!try_alloc(fd, 32, 0, &offset))
		;
	expect_equal(errno, ENOMEM);
}

void ask_free(void)
{
	u64 offset, large;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	offset = alloc(fd, 128);
	large = alloc(fd, 4096);
	expect_errno(try_free(fd, offset + 1), EINVAL);
	expect_errno(try_free(fd, offset + 32), EINVAL);
	expect_errno(try_free(fd, offset + 127), EINVAL);
	expect_errno(try_free(fd, offset + 128), EINVAL);
	expect_errno(try_free(fd, large + 512), EINVAL);
	expect_errno(try_free(fd, large + 2048), EINVAL);
	expect_errno(try_free(fd, offset + (1ULL << 32)), EINVAL);
	expect_errno(try_free(fd, offset | 1ULL << 63), EINVAL);
	expect_errno(try_free(fd, extent), EINVAL);
	expect_errno(try_free(fd, window), EINVAL);
	expect_errno(try_free(fd, ~0ULL), EINVAL);
	expect_errno(ioctl(fd, XNHEAP_IOC_FREE, NULL), EFAULT);
	expect_equal(info(fd).blocks, 2);
	expect_errno(try_free(fd, offset), 0);
	expect_errno(try_free(fd, offset), EINVAL);
	expect_errno(try_free(fd, large), 0);
	expect_errno(try_free(fd, large), EINVAL);
	expect_equal(info(fd).used, 0);
	expect_used(0);
}

void ask_check(void)
{
	struct xnheap_query query;
	u64 ours, others, kernels;
	int fd, other;

	make_heap();
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDWR);
	ours = alloc(fd, 300);
	others = alloc(other, 2000);
	kernels = driver_alloc(32);
	memset(&query, 0x5a, sizeof(query));
	query.offset = ours;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), 0);
	expect_equal(query.offset, ours);
	expect_equal(query.size, 512);
	expect_equal(query.owner, XNHEAP_OWNER_SELF);
	expect_equal(query.unused, 0);
	query.offset = others;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), 0);
	expect_equal(query.size, 2048);
	expect_equal(query.owner, XNHEAP_OWNER_OTHER);
	query.offset = kernels;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), 0);
	expect_equal(query.size, 32);
	expect_equal(query.owner, XNHEAP_OWNER_KERNEL);
	expect_equal(owner(other, ours), XNHEAP_OWNER_OTHER);
	expect_equal(owner(other, others), XNHEAP_OWNER_SELF);

	query.offset = ours + 32;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), EINVAL);
	query.offset = window;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), EINVAL);
	query.offset = (1ULL << 32) + ours;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), EINVAL);
	expect_errno(try_free(fd, ours), 0);
	query.offset = ours;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), EINVAL);
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, NULL), EFAULT);
}

static u64 largest(int fd)
{
	u64 size = ~0ULL;

	expect_errno(ioctl(fd, XNHEAP_IOC_LARGEST, &size), 0);
	return size;
}

void ask_largest(void)
{
	u64 size, offset;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	expect_equal(largest(fd), extent);
	while ((size = largest(fd))) {
		errno = 0;
		expect(try_alloc(fd, size + 1, 0, &offset));
		expect_equal(errno, ENOMEM);
		alloc(fd, size > page ? size / 3 : size);
	}
	expect_errno(try_alloc(fd, 1, 0, &offset), ENOMEM);
	expect_errno(ioctl(fd, XNHEAP_IOC_LARGEST, NULL), EFAULT);
	close(fd);
	expect_used(0);

	/* What it may have counts, too */
	expect_equal(driver_quota(1024, window), 0);
	fd = open_heap(O_RDWR);
	expect_equal(largest(fd), 1024);
	alloc(fd, 500);
	expect_equal(largest(fd), 512);
	alloc(fd, 512);
	expect_equal(largest(fd), 0);
}

void ask_fault(void)
{
	struct xnheap_request *request;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	request = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect(request != MAP_FAILED);
	expect(!munmap((char *)request + page, page));
	request->size = 100;
	expect(!mprotect(request, page, PROT_READ));
	expect_errno(ioctl(fd, XNHEAP_IOC_ALLOC, request), EFAULT);
	expect_errno(ioctl(fd, XNHEAP_IOC_ALLOC, NULL), EFAULT);
	expect_errno(ioctl(fd, XNHEAP_IOC_ALLOC, (char *)request + page - 8), EFAULT);
	expect_equal(info(fd).blocks, 0);
	expect_equal(driver_used(), 0);
}

void ask_unknown(void)
{
	char space[256] = {};
	int fd, nr;

	make_heap();
	fd = open_heap(O_RDWR);
	for (nr = 6; nr < 256; nr++)
		expect_errno(ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 0xbe, nr, 8), space), ENOTTY);
	for (nr = 0; nr < 6; nr++) {
		expect_errno(ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 0xbd, nr, 8), space), ENOTTY);
		expect_errno(ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 0xbe, nr, 40), space), ENOTTY);
	}
	expect_errno(ioctl(fd, 0, space), ENOTTY);
	expect_errno(ioctl(fd, ~0U, space), ENOTTY);
	expect_errno(ioctl(fd, XNHEAP_IOC_LISTEN, 2), EINVAL);
	expect_errno(ioctl(fd, XNHEAP_IOC_LISTEN, -1), EINVAL);
	expect_errno(write(fd, space, 8), EINVAL);
}

void ask_quota(void)
{
	int fd, other, third;
	u64 offset, kept;

	make_heap();
	/* At first, a quarter of the heap, and half of it */
	expect_equal(driver_quota(0, 0), 0);
	fd = open_heap(O_RDWR);
	other = open_heap(O_RDWR);
	third = open_heap(O_RDWR);
	expect_equal(info(fd).limit, extent / 4);
	expect_errno(try_alloc(fd, extent / 4 + 1, 0, &offset), EDQUOT);
	kept = alloc(fd, extent / 4);
	expect_errno(try_alloc(fd, 1, 0, &offset), EDQUOT);
	alloc(other, extent / 4);
	expect_errno(try_alloc(third, 1, 0, &offset), EDQUOT);
	/* The kernel's own do not count */
	driver_alloc(extent / 2);
	expect_errno(try_free(fd, kept), 0);
	offset = alloc(third, 100);

	/* What is lent counts */
	expect_equal(driver_quota(1024, extent), 0);
	expect_equal(info(fd).limit, 1024);
	expect_equal(driver_get(0, fd, 0), 0);
	kept = driver_alloc(1024);
	offset = driver_alloc(32);
	expect_equal(driver_block(OP_LEND, kept, 0), 0);
	expect_equal(driver_block(OP_LEND, offset, 0), -EDQUOT);
	expect_errno(try_alloc(fd, 1, 0, &offset), EDQUOT);
	/* Who has more keeps it */
	expect_equal(info(other).used, extent / 4);
	expect_errno(try_alloc(other, 1, 0, &offset), EDQUOT);
	/* and what is adopted counts no more */
	expect_equal(driver_block(OP_ADOPT, kept, 0), 0);
	alloc(fd, 1024);

	/* Of bytes as they are given, not as they are asked for */
	close(third);
	third = open_heap(O_RDWR);
	expect_equal(driver_quota(100, extent), 0);
	expect_errno(try_alloc(third, 65, 0, &offset), EDQUOT);
	alloc(third, 64);
}
