// SPDX-License-Identifier: GPL-2.0
/* What a process does that means harm. */

#include <fcntl.h>

#include "test.h"

void hostile_offsets(void)
{
	u64 offset[300], kept[3], used;
	unsigned int nr = 0, i;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	kept[0] = alloc(fd, 100);
	kept[1] = driver_alloc(1000);
	kept[2] = alloc(fd, 5000);
	used = driver_used();
	for (i = 0; i < 64; i++) {
		offset[nr++] = 1ULL << i;
		offset[nr++] = ~0ULL << i;
		offset[nr++] = ~0ULL >> i;
		offset[nr++] = (1ULL << i) - 32;
	}
	for (i = 0; i < 3; i++) {
		offset[nr++] = kept[i] + 1;
		offset[nr++] = kept[i] + 32;
		offset[nr++] = kept[i] - 32;
		offset[nr++] = kept[i] + window;
		offset[nr++] = kept[i] + (1ULL << 32);
		offset[nr++] = kept[i] + (1ULL << 47);
		offset[nr++] = kept[i] | 1ULL << 63;
		offset[nr++] = -kept[i];
	}
	for (i = 0; i < nr; i++) {
		if (offset[i] == kept[0] || offset[i] == kept[1] || offset[i] == kept[2])
			continue;
		expect_errno(try_free(fd, offset[i]), EINVAL);
		expect_equal(owner(fd, offset[i]), -1);
		/* The module hands no more bits to the kernel's calls than its words have */
		if (offset[i] >> 32)
			continue;
		expect_equal(driver_block(OP_AT, offset[i], NO_PEER), 0);
		expect(driver_block(OP_ADOPT, offset[i], NO_PEER) < 0);
	}
	expect_equal(driver_used(), used);
	for (i = 0; i < 3; i++)
		expect_equal(owner(fd, kept[i]),
			     i == 1 ? XNHEAP_OWNER_KERNEL : XNHEAP_OWNER_SELF);
	expect_sound(NAME);
}

/* As long as it lives, in some bytes or all. */
static void scribble(unsigned char *at, size_t size, unsigned int seed)
{
	srandom(seed);
	for (;;) {
		if (random() % 16) {
			at[random() % size] = random();
		} else {
			size_t from = random() % size, n = random() % (4 * page);

			memset(at + from, random(), n < size - from ? n : size - from);
		}
	}
}

void hostile_writer(void)
{
	u64 block[64], *which;
	unsigned char *at;
	int fd, i;
	u64 end;

	make_heap();
	expect_equal(driver(OP_GROW, 0), 0);
	fd = open_heap(O_RDWR);
	at = map(fd);
	fflush(stdout);
	for (i = 0; i < 2; i++)
		if (!fork())
			scribble(at, 2 * extent, i);
	for (i = 0; i < 64; i++)
		block[i] = ~0ULL;
	end = now_ms() + 3000;
	for (i = 0; now_ms() < end || i < 3000; i++) {
		which = &block[random() % 64];
		if (*which == ~0ULL) {
			if (try_alloc(fd, 1 + random() % 3000, 0, which))
				expect_equal(errno, ENOMEM);
		} else {
			expect_errno(try_free(fd, *which), 0);
			*which = ~0ULL;
		}
		if (i % 1000 == 0)
			expect_sound(NAME);
	}
	close(fd);
	munmap(at, window);
}

/* Of any struct that a call fills, each byte must be one that it is to be. */
void hostile_addresses(void)
{
	struct { struct xnheap_info info; char more[64]; } is;
	struct { struct xnheap_query query; char more[64]; } query;
	struct { struct xnheap_request request; char more[64]; } request;
	u64 got[4], block, label;
	unsigned int i;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	memset(&is, 0xcc, sizeof(is));
	expect_errno(ioctl(fd, XNHEAP_IOC_INFO, &is), 0);
	expect(all_are((void *)is.more, sizeof(is.more), 0xcc));
	label = strlen(NAME);
	expect(all_are((void *)&is.info.label[label], sizeof(is.info.label) - label, 0));

	memset(&request, 0xcc, sizeof(request));
	request.request.size = 100;
	request.request.align = 0;
	expect_errno(ioctl(fd, XNHEAP_IOC_ALLOC, &request), 0);
	block = request.request.offset;
	expect(block < extent);
	expect_equal(request.request.size, 100);
	expect_equal(request.request.align, 0);
	expect(all_are((void *)request.more, sizeof(request.more), 0xcc));

	memset(&query, 0xcc, sizeof(query));
	query.query.offset = block;
	expect_errno(ioctl(fd, XNHEAP_IOC_CHECK, &query), 0);
	expect_equal(query.query.size, 128);
	expect_equal(query.query.unused, 0);
	expect(all_are((void *)query.more, sizeof(query.more), 0xcc));

	/* Where nothing is handed back, nothing is written */
	memset(&request, 0xcc, sizeof(request));
	expect(ioctl(fd, XNHEAP_IOC_ALLOC, &request));
	expect(all_are((void *)&request, sizeof(request), 0xcc));
	memset(&query, 0xcc, sizeof(query));
	expect(ioctl(fd, XNHEAP_IOC_CHECK, &query));
	expect(all_are((void *)&query, sizeof(query), 0xcc));

	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_block(OP_ADOPT, block, 0), 0);
	expect_equal(driver_block(OP_LEND, block, 0), 0);
	expect_equal(driver_block(OP_POST, block, 0), 0);
	memset(got, 0xcc, sizeof(got));
	expect(read(fd, got, sizeof(got)) == sizeof(u64));
	expect_equal(got[0], block);
	expect(all_are((void *)&got[1], sizeof(got) - sizeof(u64), 0xcc));

	/* Of what is on stacks, nothing is in any of 1000 answers */
	for (i = 0; i < 1000; i++) {
		expect_errno(ioctl(fd, XNHEAP_IOC_INFO, &is.info), 0);
		expect(is.info.window == window && is.info.size == extent &&
		       is.info.used == 128 && is.info.lost == 0 && is.info.blocks == 1);
	}
}

#define VICTIMS	100
#define AT_ONCE	10

/* Use the heap in each way, until killed. */
static void live(unsigned int seed)
{
	u64 block[32], got[4];
	unsigned char *at;
	int fd, i;

	srandom(seed);
	for (;;) {
		fd = try_open(NAME, O_RDWR | O_NONBLOCK);
		if (fd < 0)
			continue;
		at = mmap(NULL, window, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED)
			_exit(FAIL);
		ioctl(fd, XNHEAP_IOC_LISTEN, random() % 2);
		memset(block, 0xff, sizeof(block));
		for (i = 0; i < 200; i++) {
			u64 *which = &block[random() % 32];

			if (*which == ~0ULL && !try_alloc(fd, 1 + random() % 1500, 0, which))
				at[*which] = i;
			else if (*which != ~0ULL && !try_free(fd, *which))
				*which = ~0ULL;
			if (i % 10 == 5)
				(void)!read(fd, got, sizeof(got));
			if (i % 50 == 25)
				driver_get(0, fd, seed % SHARED_PEERS);
			if (i % 64 == 63)
				madvise(at, window, MADV_DONTNEED);
		}
		munmap(at, window);
		close(fd);
	}
}

void hostile_killed(void)
{
	struct shared_call storm = { .op = OP_STORM, .size = 300 };
	pid_t victim[AT_ONCE] = {};
	unsigned int i, began = 0;
	int status;

	make_heap();
	expect_equal(driver_call(&storm), 0);
	srandom(7);
	fflush(stdout);
	for (i = 0; i < VICTIMS + AT_ONCE; i++) {
		pid_t *which = &victim[i % AT_ONCE];

		if (*which) {
			sleep_ms(random() % 20);
			kill(*which, SIGKILL);
			expect(waitpid(*which, &status, 0) == *which);
			expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
			*which = 0;
		}
		if (began < VICTIMS) {
			began++;
			*which = fork();
			expect(*which >= 0);
			if (!*which)
				live(i);
		}
		if (i % 30 == 20)
			expect_equal(driver(OP_GROW, 0), 0);
	}
	storm.size = 0;
	expect_equal(driver_call(&storm), 0);
	expect_equal(driver(OP_DROP, 0), 0);
	expect_used(0);
	expect_sound(NAME);
	for (i = 0; i < SHARED_PEERS; i++)
		driver_put(i);
}
