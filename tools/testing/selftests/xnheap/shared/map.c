// SPDX-License-Identifier: GPL-2.0
/* Shared heaps as memory of a process. */

#include <fcntl.h>
#include <sys/uio.h>

#include "test.h"

void map_whole(void)
{
	unsigned char *at;
	u64 ours, kernels;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	ours = alloc(fd, 1000);
	memset(at + ours, 'p', 1000);
	kernels = driver_alloc(3000);
	expect(ours + 1000 <= kernels || kernels + 3000 <= ours);
	expect_equal(driver_fill(kernels, 3000, 'k'), 0);
	expect(all_are(at + kernels, 3000, 'k'));
	expect(all_are(at + ours, 1000, 'p'));
	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_block(OP_ADOPT, ours, 0), 0);
	expect_equal(driver_look(ours, 1000, 'p'), 0);
}

static void grow(void)
{
	expect_equal(driver(OP_GROW, 0), 0);
}

void map_zeroed(void)
{
	unsigned char *at;
	int fd, i;

	/* Leave something in the memory that comes next */
	for (i = 0; i < 4; i++) {
		void *dirt = mmap(NULL, window, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		expect(dirt != MAP_FAILED);
		memset(dirt, 0xd1, window);
		munmap(dirt, window);
	}
	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	for (i = 1; i <= 4; i++) {
		expect_equal(info(fd).size, i * extent);
		expect(all_are(at + (i - 1) * extent, extent, 0));
		memset(at + (i - 1) * extent, 0xff, extent);
		if (i < 4)
			grow();
	}
}

void map_no_metadata(void)
{
	u64 offset[200];
	unsigned char *at;
	int fd, i;

	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	grow();
	srandom(1);
	for (i = 0; i < 200; i++)
		offset[i] = ~0ULL;
	for (i = 0; i < 3000; i++) {
		u64 *which = &offset[random() % 200];

		if (*which != ~0ULL) {
			expect_errno(try_free(fd, *which), 0);
			*which = ~0ULL;
		} else if (try_alloc(fd, 1 + random() % 2000, 0, which)) {
			expect_equal(errno, ENOMEM);
		}
	}
	expect(all_are(at, 2 * extent, 0));
}

static int try_map(int fd, u64 offset, size_t size, int flags, int prot)
{
	void *at = mmap(NULL, size, prot, flags, fd, offset);

	if (at == MAP_FAILED)
		return -1;
	munmap(at, size);
	return 0;
}

void map_parts(void)
{
	const int both = PROT_READ | PROT_WRITE;
	unsigned char *whole, *part;
	u64 offset;
	int fd, i;

	make_heap();
	grow();
	fd = open_heap(O_RDWR);
	whole = map(fd);
	expect_equal(info(fd).window, window);
	for (i = 0; i < 32; i++) {
		offset = i * page;
		part = mmap(NULL, page, both, MAP_SHARED, fd, offset);
		expect(part != MAP_FAILED);
		memset(part, i, page);
		expect(all_are(whole + offset, page, i));
		expect(!munmap(part, page));
	}
	/* Three pages, of two extents */
	part = mmap(NULL, 3 * page, both, MAP_SHARED, fd, extent - page);
	expect(part != MAP_FAILED);
	expect(all_are(part, page, 15));
	expect(all_are(part + page, page, 16));
	/* The last page there can be, of which there is none yet */
	expect_errno(try_map(fd, window - page, page, MAP_SHARED, both), 0);

	expect_errno(try_map(fd, window, page, MAP_SHARED, both), EINVAL);
	expect_errno(try_map(fd, window - page, 2 * page, MAP_SHARED, both), EINVAL);
	expect_errno(try_map(fd, 0, window + page, MAP_SHARED, both), EINVAL);
	errno = 0;
	expect(try_map(fd, 1ULL << 40, page, MAP_SHARED, both));
	expect(errno == EINVAL || errno == EOVERFLOW);
}

void map_private(void)
{
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	expect_errno(try_map(fd, 0, page, MAP_PRIVATE, PROT_READ), EINVAL);
	expect_errno(try_map(fd, 0, page, MAP_PRIVATE, PROT_READ | PROT_WRITE), EINVAL);
	close(fd);
	fd = open_heap(O_RDONLY);
	expect_errno(try_map(fd, 0, page, MAP_PRIVATE, PROT_READ | PROT_WRITE), EINVAL);
	expect_errno(try_map(fd, 0, page, MAP_PRIVATE, PROT_READ), EINVAL);
}

void map_read_only(void)
{
	struct xnheap_query query = {};
	u64 offset, largest, mine;
	int fd, writer, reader;
	unsigned char *at;

	make_heap();
	offset = driver_alloc(100);
	expect_equal(driver_fill(offset, 100, 'r'), 0);
	fd = open_heap(O_RDONLY);
	expect_errno(try_map(fd, 0, page, MAP_SHARED, PROT_READ | PROT_WRITE), EACCES);
	expect_errno(try_map(fd, 0, page, MAP_SHARED, PROT_WRITE), EACCES);
	at = mmap(NULL, window, PROT_READ, MAP_SHARED, fd, 0);
	expect(at != MAP_FAILED);
	expect(all_are(at + offset, 100, 'r'));
	expect_errno(mprotect(at, window, PROT_READ | PROT_WRITE), EACCES);
	expect(all_are(at + offset, 100, 'r'));

	expect_errno(try_alloc(fd, 1, 0, &mine), EBADF);
	expect_errno(try_free(fd, offset), EBADF);
	expect_errno(try_free(fd, ~0ULL), EBADF);
	expect_equal(info(fd).used, 0);
	query.offset = offset;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), 0);
	expect_equal(query.owner, XNHEAP_OWNER_KERNEL);
	expect_errno(ioctl(fd, XNHEAP_IOC_LARGEST, &largest), 0);
	expect_errno(ioctl(fd, XNHEAP_IOC_LISTEN, 1), 0);
	expect_equal(driver_block(OP_POST, offset, NO_PEER), 0);
	expect(read(fd, &mine, sizeof(mine)) == sizeof(mine));
	expect_equal(mine, offset);

	/* Whoever can write may also be kept from it, and from nothing else */
	writer = open_heap(O_WRONLY);
	mine = alloc(writer, 1);
	expect_errno(try_map(writer, 0, page, MAP_SHARED, PROT_READ), EACCES);
	expect_errno(read(writer, &offset, sizeof(offset)), EBADF);
	expect_errno(try_free(writer, mine), 0);
	reader = open_heap(O_RDWR);
	at = mmap(NULL, page, PROT_READ, MAP_SHARED, reader, 0);
	expect(at != MAP_FAILED);
	expect_errno(mprotect(at, page, PROT_READ | PROT_WRITE), 0);
}

void map_expand(void)
{
	unsigned char *at, *moved;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	at = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	expect(at != MAP_FAILED);
	memset(at, 'x', 4 * page);
	errno = 0;
	expect(mremap(at, 4 * page, 8 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	expect(mremap(at, 4 * page, 8 * page, 0) == MAP_FAILED);
	/* Nor a second time by a length of nothing */
	expect(mremap(at, 0, 8 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	moved = mmap(NULL, 4 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect(moved != MAP_FAILED);
	moved = mremap(at, 4 * page, 4 * page, MREMAP_MAYMOVE | MREMAP_FIXED, moved);
	expect(moved != MAP_FAILED);
	expect(all_are(moved, 4 * page, 'x'));
	expect(mremap(moved, 4 * page, page, 0) == moved);
	expect(all_are(moved, page, 'x'));
}

void map_dontneed(void)
{
	unsigned char *at;
	u64 offset;
	int fd, i;

	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	if (!has_madvise())
		skip("the kernel has no madvise()");
	grow();
	offset = alloc(fd, 5 * page);
	memset(at + offset, 'd', 5 * page);
	for (i = 0; i < 3; i++) {
		expect_errno(madvise(at, window, MADV_DONTNEED), 0);
		expect(all_are(at + offset, 5 * page, 'd'));
		expect_errno(madvise(at + 3 * page, 7 * page, MADV_DONTNEED), 0);
		memset(at + offset, 'd', 5 * page);
	}
	/* No hole can be made where others have their blocks */
	expect(madvise(at, extent, MADV_REMOVE));
	expect(all_are(at + offset, 5 * page, 'd'));
}

static void die_by_access(void *at)
{
	write_byte(at, 1);
}

void map_grown(void)
{
	unsigned char *at, *part;
	u64 offset[4], none;
	int fd, i, j, status;

	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	part = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 3 * extent);
	expect(part != MAP_FAILED);
	for (i = 0; i < 4; i++) {
		offset[i] = alloc(fd, extent);
		expect_equal(offset[i] % extent, 0);
		memset(at + offset[i], 'a' + i, extent);
		for (j = 0; j <= i; j++) {
			expect_equal(owner(fd, offset[j]), XNHEAP_OWNER_SELF);
			expect(all_are(at + offset[j], extent, 'a' + j));
		}
		expect_errno(try_alloc(fd, 1, 0, &none), ENOMEM);
		if (i == 3)
			break;
		/* What is not there cannot be touched */
		status = in_child(die_by_access, at + (i + 1) * extent);
		expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
		expect_equal(driver(OP_GROW, 0), 0);
		expect_equal(info(fd).size, (i + 2) * extent);
	}
	expect(all_are(part, 2 * page, 'd'));
	expect_equal(driver(OP_GROW, 0), -ENOSPC);
	expect_equal(info(fd).size, window);
}

void map_locked(void)
{
	unsigned char *at;
	int fd;

	expect_errno(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	memset(at, 1, extent);
	grow();
	memset(at + extent, 2, extent);
	expect_errno(mlock(at, 2 * extent), 0);
	expect_errno(munlock(at, window), 0);
	expect(all_are(at, extent, 1));
	expect(all_are(at + extent, extent, 2));
	munlockall();
	expect_errno(munmap(at, window), 0);
}

struct forked {
	unsigned char *at;
	u64 offset;
};

static void write_in_child(void *data)
{
	struct forked *forked = data;

	expect(all_are(forked->at + forked->offset, page, 'p'));
	memset(forked->at + forked->offset, 'c', page);
	/* A page that the parent has not touched */
	memset(forked->at + extent, 'c', page);
}

static void cannot_touch(void *data)
{
	struct forked *forked = data;

	write_byte(forked->at, 1);
}

void map_forked(void)
{
	struct forked forked;
	int fd, status;

	make_heap();
	fd = open_heap(O_RDWR);
	grow();
	forked.at = map(fd);
	forked.offset = alloc(fd, page);
	memset(forked.at + forked.offset, 'p', page);
	expect_equal(in_child(write_in_child, &forked), 0);
	expect(all_are(forked.at + forked.offset, page, 'c'));
	expect(all_are(forked.at + extent, page, 'c'));

	if (!has_madvise())
		return;
	expect_errno(madvise(forked.at, window, MADV_DONTFORK), 0);
	status = in_child(cannot_touch, &forked);
	expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

void map_pipe(void)
{
	unsigned char copy[256], *at;
	struct iovec vec;
	int fd, ends[2];

	make_heap();
	fd = open_heap(O_RDWR);
	at = map(fd);
	memset(at, 'v', page);
	expect(!pipe(ends));
	vec.iov_base = at;
	vec.iov_len = sizeof(copy);
	errno = 0;
	if (vmsplice(ends[1], &vec, 1, 0) != sizeof(copy))
		skip("the kernel does not put such pages into a pipe: errno %d", errno);
	expect(!munmap(at, window));
	close(fd);
	expect_equal(driver(OP_DELETE, 0), 0);
	make_heap();
	expect(read(ends[0], copy, sizeof(copy)) == sizeof(copy));
	expect(all_are(copy, sizeof(copy), 'v'));
}

/* Bytes that the machine could still give. */
static u64 available(void)
{
	unsigned long long kb = 0;
	char line[128];
	FILE *file;

	file = fopen("/proc/meminfo", "r");
	expect(file);
	while (!kb && fgets(line, sizeof(line), file))
		sscanf(line, "MemAvailable: %llu", &kb);
	fclose(file);
	return kb << 10;
}

void map_returned(void)
{
	const size_t size = 8 << 20;
	u64 before, end;
	unsigned char *at;
	int fd, i;

	before = available();
	if (!before)
		skip("the kernel does not tell what is available");
	for (i = 0; i < 12; i++) {
		expect_equal(driver_create(0, NAME, size, 4096, XNHEAP_VMALLOC, 2 * size), 0);
		fd = open_heap(O_RDWR);
		at = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		expect(at != MAP_FAILED);
		write_byte(at, 1);
		write_byte(at + size - 1, 1);
		if (i % 3)
			expect(!munmap(at, 2 * size));
		if (i % 4 == 1)
			expect_errno(close(fd), 0);
		expect_equal(driver(OP_DELETE, 0), 0);
		if (!(i % 3)) {
			expect_equal(at[0], 1);
			expect(!munmap(at, 2 * size));
		}
		if (i % 4 != 1)
			expect_errno(close(fd), 0);
	}
	/* Some is given back late, and others take some */
	end = now_ms() + 20000;
	while (available() + 4 * size < before && now_ms() < end)
		sleep_ms(20);
	expect(available() + 4 * size >= before);
}
