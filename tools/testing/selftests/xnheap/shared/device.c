// SPDX-License-Identifier: GPL-2.0
/* The device of a shared heap, and heaps that can be shared. */

#include <fcntl.h>
#include <sys/stat.h>

#include "test.h"

#define NODE	"/dev/xnheap/" NAME
#define CLASS	"/sys/class/xnheap/xnheap!" NAME

static bool is_there(const char *path)
{
	struct stat stat_of;

	return !stat(path, &stat_of);
}

/* What the kernel tells of the module. */
static long number(const char *name)
{
	char path[100];
	long value;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/xnheap/%s", name);
	file = fopen(path, "r");
	expect(file);
	expect(fscanf(file, "%ld", &value) == 1);
	fclose(file);
	return value;
}

void device_node(void)
{
	struct stat node;
	char event[200];
	int fd;

	expect(!is_there(NODE));
	make_heap();
	expect_errno(stat(NODE, &node), 0);
	expect(S_ISCHR(node.st_mode));
	expect_equal(node.st_mode & 07777, number("parameters/share_mode"));
	expect_equal(node.st_uid, number("parameters/share_uid"));
	expect_equal(node.st_gid, number("parameters/share_gid"));
	expect(is_there(CLASS "/dev"));

	fd = open(CLASS "/uevent", O_RDONLY);
	expect(fd >= 0);
	event[read(fd, event, sizeof(event) - 1)] = '\0';
	expect(strstr(event, "DEVNAME=xnheap/" NAME "\n"));
	close(fd);

	/* Held open past the heap, it is gone all the same */
	fd = open_heap(O_RDWR);
	expect_equal(driver(OP_DELETE, 0), 0);
	expect(!is_there(NODE));
	expect(!is_there(CLASS));
	expect_errno(try_open(NAME, O_RDWR), ENOENT);
	make_heap();
	expect(is_there(NODE));
}

static int share(unsigned int mode)
{
	struct shared_call call = { .op = OP_SHARE, .flags = mode };

	return driver_call(&call);
}

/* Whoever else holds the device, its end finds the module there. The heap keeps it, too. */
void device_module(void)
{
	long before = number("refcnt");

	make_heap();
	expect_equal(number("refcnt"), before + 2);
	expect_equal(share(0640), 0);
	expect_equal(number("refcnt"), before + 2);
	expect_equal(driver(OP_DELETE, 0), 0);
	expect_equal(number("refcnt"), before);
}

/* The root folder may be closed to others where tests run. */
static void as_anybody(void *flags)
{
	int dir = open("/dev/xnheap", O_RDONLY | O_DIRECTORY), fd;

	expect(dir >= 0);
	expect(!setgid(12345) && !setuid(12345));
	fd = openat(dir, NAME, *(int *)flags);
	if (fd >= 0 && *(int *)flags == O_RDWR)
		alloc(fd, 1);
	_exit(fd < 0 ? errno : PASS);
}

static int opens_for(int flags)
{
	return WEXITSTATUS(in_child(as_anybody, &flags));
}

void device_share(void)
{
	struct stat node;
	u64 block;
	int fd;

	make_heap();
	fd = open_heap(O_RDWR);
	block = alloc(fd, 100);
	expect_equal(opens_for(O_RDWR), EACCES);
	expect_equal(opens_for(O_RDONLY), EACCES);
	expect_equal(share(0644), 0);
	expect_errno(stat(NODE, &node), 0);
	expect_equal(node.st_mode & 07777, 0644);
	expect_equal(opens_for(O_RDWR), EACCES);
	expect_equal(opens_for(O_RDONLY), PASS);
	expect_equal(share(0666), 0);
	expect_equal(opens_for(O_RDWR), PASS);
	expect_equal(share(0440), 0);
	expect_equal(opens_for(O_RDONLY), EACCES);
	expect_equal(share(01666), -EINVAL);
	expect_equal(share(0100600), -EINVAL);
	expect_errno(stat(NODE, &node), 0);
	expect_equal(node.st_mode & 07777, 0440);

	expect_equal(owner(fd, block), XNHEAP_OWNER_SELF);
	expect_equal(driver_get(0, fd, 0), 0);
	expect_equal(driver_block(OP_ADOPT, block, 0), 0);
	expect_equal(info(fd).blocks, 0);
}

static int create(const char *name)
{
	int ret = driver_create(1, name, extent, 512, XNHEAP_VMALLOC, 0);

	if (!ret)
		driver(OP_DELETE, 1);
	return ret;
}

void device_names(void)
{
	make_heap();
	expect_equal(create("a/b"), -EINVAL);
	expect_equal(create("/"), -EINVAL);
	expect_equal(create("../null"), -EINVAL);
	expect_equal(create("."), -EINVAL);
	expect_equal(create(".."), -EINVAL);
	expect_equal(create(""), -EINVAL);
	expect_equal(create(NAME), -EEXIST);
	expect_equal(create(NAME "2"), 0);
	expect_equal(create("..."), 0);
	expect_equal(driver(OP_DELETE, 0), 0);
	expect_equal(create(NAME), 0);
}

static int create_as(u64 size, unsigned int page_size, unsigned int flags, u64 max)
{
	int ret = driver_create(1, "shared-odd", size, page_size, flags, max);

	if (!ret)
		driver(OP_DELETE, 1);
	else
		expect(!is_there("/dev/xnheap/shared-odd"));
	return ret;
}

void device_arguments(void)
{
	expect_equal(create_as(extent, 512, XNHEAP_VMALLOC, window), 0);
	expect_equal(create_as(extent, 512, 0, window), -EINVAL);
	expect_equal(create_as(extent, 512, XNHEAP_VMALLOC | XNHEAP_PAGES, window), -EINVAL);
	expect_equal(create_as(extent, 512, XNHEAP_VMALLOC | XNHEAP_PERCPU, window), -EINVAL);
	expect_equal(create_as(extent, 512, XNHEAP_VMALLOC | XNHEAP_DEFER, window), -EINVAL);
	expect_equal(create_as(extent, 512, XNHEAP_VMALLOC | XNHEAP_DEBUG, window), -EINVAL);
	expect_equal(create_as(extent, 512, XNHEAP_VMALLOC | 0x80, window), -EINVAL);
	expect_equal(create_as(extent, 0, XNHEAP_VMALLOC, window), -EINVAL);
	expect_equal(create_as(extent, 513, XNHEAP_VMALLOC, window), -EINVAL);
	expect_equal(create_as(0, 512, XNHEAP_VMALLOC, window), -EINVAL);
	/* Of whole pages of the machine */
	expect_equal(create_as(extent + 512, 512, XNHEAP_VMALLOC, window), -EINVAL);
	expect_equal(create_as(extent, 512, XNHEAP_VMALLOC, extent - page), -EINVAL);
	expect_equal(create_as(2ULL << 30, 512, XNHEAP_VMALLOC, 0), -EINVAL);
}

void device_refused(void)
{
	struct shared_call call = { .op = OP_SET_LABEL, .name = "other" };
	struct xnheap_info is;
	int fd;

	make_heap();
	expect(driver_call(&call) < 0);
	expect(driver(OP_EXTEND, 0) < 0);
	expect_equal(driver(OP_GROW, 0), 0);
	expect(driver(OP_SHRINK, 0) <= 0);
	fd = open_heap(O_RDWR);
	is = info(fd);
	expect_equal(is.size, 2 * extent);
	expect(!strcmp(is.label, NAME));
}

static void expect_works(unsigned int page_size, unsigned int flags)
{
	unsigned char *at;
	u64 block, more;
	int fd;

	expect_equal(driver_create(0, NAME, extent, page_size, flags, 0), 0);
	expect_equal(driver_quota(extent, extent), 0);
	fd = open_heap(O_RDWR);
	expect_equal(info(fd).page_size, page_size);
	at = mmap(NULL, extent, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	expect(at != MAP_FAILED);
	expect_equal(driver_get(0, fd, 0), 0);
	block = alloc(fd, 3000);
	expect_equal(block % 32, 0);
	memset(at + block, 'f', 3000);
	expect_equal(driver_block(OP_ADOPT, block, 0), 0);
	expect_equal(driver_look(block, 3000, 'f'), 0);
	more = alloc(fd, 1);
	expect_equal(driver_block(OP_LEND, block, 0), 0);
	expect_errno(try_free(fd, block), 0);
	expect_errno(try_free(fd, more), 0);
	expect_sound(NAME);
	close(fd);
	driver_put(0);
	expect_equal(driver_used(), 0);
	expect_equal(driver(OP_DELETE, 0), 0);
	munmap(at, extent);
}

void device_kinds(void)
{
	unsigned int page_size;

	for (page_size = 64; page_size <= 32768; page_size *= 2) {
		if (page_size * 2 > extent)
			break;
		expect_works(page_size, XNHEAP_VMALLOC);
		expect_works(page_size, XNHEAP_PAGES | XNHEAP_SHARED);
		expect_works(page_size, XNHEAP_VMALLOC | XNHEAP_FINE);
		/* XNHEAP_ALIGN(64) */
		expect_works(page_size, XNHEAP_VMALLOC | XNHEAP_SHARED | 6 << 8);
	}
}
