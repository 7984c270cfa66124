// SPDX-License-Identifier: GPL-2.0
/* What the kernel does: calls of xnheap_shared_test.ko. */

#include <fcntl.h>

#include "test.h"

size_t page, extent;
u64 window;

static int device(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/" SHARED_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		printf("# /dev/" SHARED_DEVICE ": %s; is the module loaded?\n", strerror(errno));
		fflush(stdout);
		_exit(FAIL);
	}
	return fd;
}

__attribute__((constructor))
static void init(void)
{
	page = sysconf(_SC_PAGESIZE);
	extent = 16 * page;
	window = 4 * extent;
}

int driver_call(struct shared_call *call)
{
	if (ioctl(device(), SHARED_CALL, call))
		fail(__FILE__, __LINE__, "operation %u: %s", call->op, strerror(errno));
	return call->result;
}

int driver(enum shared_op op, unsigned int heap)
{
	struct shared_call call = { .op = op, .heap = heap };

	return driver_call(&call);
}

int driver_in(enum shared_context context, enum shared_op op, u64 offset, unsigned int peer)
{
	struct shared_call call = {
		.op = op, .context = context, .offset = offset, .peer = peer, .size = 1,
	};

	return driver_call(&call);
}

int driver_block(enum shared_op op, u64 offset, unsigned int peer)
{
	return driver_in(IN_TASK, op, offset, peer);
}

int driver_create(unsigned int heap, const char *name, u64 size, unsigned int page_size,
		  unsigned int flags, u64 max)
{
	struct shared_call call = {
		.op = OP_CREATE, .heap = heap, .size = size, .page = page_size,
		.flags = flags, .max = max,
	};

	snprintf(call.name, sizeof(call.name), "%s", name);
	return driver_call(&call);
}

int driver_quota(u64 each, u64 all)
{
	struct shared_call call = { .op = OP_SET_QUOTA, .size = each, .max = all };

	return driver_call(&call);
}

int driver_get(unsigned int heap, int fd, unsigned int peer)
{
	struct shared_call call = { .op = OP_PEER_GET, .heap = heap, .flags = fd, .peer = peer };

	return driver_call(&call);
}

int driver_put(unsigned int peer)
{
	return driver_block(OP_PEER_PUT, 0, peer);
}

u64 driver_alloc(u64 size)
{
	struct shared_call call = { .op = OP_ALLOC, .size = size };

	expect_equal(driver_call(&call), 0);
	return call.offset;
}

u64 driver_used(void)
{
	struct shared_call call = { .op = OP_USED };

	expect_equal(driver_call(&call), 0);
	return call.size;
}

int driver_fill(u64 offset, u64 size, int byte)
{
	struct shared_call call = {
		.op = OP_FILL, .offset = offset, .size = size, .flags = byte,
	};

	return driver_call(&call);
}

int driver_look(u64 offset, u64 size, int byte)
{
	struct shared_call call = {
		.op = OP_LOOK, .offset = offset, .size = size, .flags = byte,
	};

	return driver_call(&call);
}

void make_heap(void)
{
	expect_equal(driver_create(0, NAME, extent, 512, XNHEAP_VMALLOC, window), 0);
	expect_equal(driver_quota(2 * window, 4 * window), 0);
}

void expect_used(u64 bytes)
{
	u64 end = now_ms() + 20000;

	while (driver_used() != bytes && now_ms() < end)
		sleep_ms(1);
	expect_equal(driver_used(), bytes);
}

/* What the first line of debugfs' file says, or "" if it cannot be read. */
static void read_validate(const char *name, char *line, size_t size)
{
	char path[128];
	FILE *file;

	line[0] = '\0';
	snprintf(path, sizeof(path), "/sys/kernel/debug/xnheap/%s/validate", name);
	file = fopen(path, "r");
	if (!file)
		return;
	if (!fgets(line, size, file))
		snprintf(line, size, "%s cannot be read", path);
	fclose(file);
}

void expect_sound(const char *name)
{
	char line[256];

	read_validate(name, line, sizeof(line));
	if (line[0] && strncmp(line, "sound", 5))
		fail(__FILE__, __LINE__, "%s: %s", name, line);
}

/* By itself, as what a test's process does that was killed may take a moment to end. */
const char *driver_left(void)
{
	struct shared_call call = { .op = OP_USED };
	u64 end = now_ms() + 20000;
	static char said[300];
	char line[256];

	said[0] = '\0';
	if (driver_call(&call) != -EBADSLT) {
		driver(OP_DROP, 0);
		for (;;) {
			call.op = OP_USED;
			driver_call(&call);
			if (!call.size || now_ms() > end)
				break;
			sleep_ms(1);
		}
		read_validate(NAME, line, sizeof(line));
		if (call.size)
			snprintf(said, sizeof(said), "%llu bytes were not freed",
				 (unsigned long long)call.size);
		else if (line[0] && strncmp(line, "sound", 5))
			snprintf(said, sizeof(said), "%s", line);
	}
	driver(OP_RESET, 0);
	return said[0] ? said : NULL;
}
