/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the programs share that use shared heaps as processes do. */
#ifndef _XNHEAP_SHARED_TEST_PROGRAM_H
#define _XNHEAP_SHARED_TEST_PROGRAM_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../../../include/uapi/linux/xnheap.h"
#include "shared.h"

typedef uint64_t u64;

/* Flags of the kernel's xnheap.h */
#define XNHEAP_VMALLOC	0x1
#define XNHEAP_PAGES	0x2
#define XNHEAP_FINE	0x4
#define XNHEAP_DEBUG	0x8
#define XNHEAP_PERCPU	0x10
#define XNHEAP_DEFER	0x20
#define XNHEAP_SHARED	0x40

#define MAX_LISTENERS	8
#define MAX_POSTS	256
#define MAX_PEERS	1024

#define __noreturn	__attribute((noreturn))
#define __printf(format_at, args_at)	__attribute((format(printf, format_at, args_at)))

#define NAME	"shared-test"	/* of the heap in slot 0 */
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Of a test that its own process ends by */
enum { PASS, FAIL, SKIP = 4 };

__printf(1, 2)
__noreturn void skip(const char *format, ...);
__printf(3, 4)
__noreturn void fail(const char *file, int line, const char *format, ...);

/* A test ends with the first thing that is not as it should be. */
#define expect(is) \
	do { \
		if (!(is)) \
			fail(__FILE__, __LINE__, "not so: %s (errno %d)", #is, errno); \
	} while (0)

/* Of two numbers, told with their names */
#define expect_equal(actual, expected) \
	do { \
		long long __a = (actual), __e = (expected); \
		if (__a != __e) \
			fail(__FILE__, __LINE__, "%s is %lld, should be %lld", \
			     #actual, __a, __e); \
	} while (0)

/* Of a call in user space, 0 or an errno. */
#define expect_errno(call, error) \
	do { \
		errno = 0; \
		long __r = (long)(call); \
		int __error = __r == -1 ? errno : 0; \
		if (__error != (error)) \
			fail(__FILE__, __LINE__, "%s: errno %d (%s), should be %d", \
			     #call, __error, strerror(__error), error); \
	} while (0)

/* driver.c: what the kernel does, and what every test starts from */

extern size_t page;		/* of the machine */
extern size_t extent;		/* of heaps of make_heap() */
extern u64 window;		/* likewise */

/* Do an operation of the module's, and return what it did. */
int driver_call(struct shared_call *call);
int driver(enum shared_op op, unsigned int heap);
int driver_block(enum shared_op op, u64 offset, unsigned int peer);
int driver_in(enum shared_context context, enum shared_op op, u64 offset, unsigned int peer);
int driver_create(unsigned int heap, const char *name, u64 size, unsigned int page,
		  unsigned int flags, u64 max);
int driver_quota(u64 each, u64 all);
int driver_get(unsigned int heap, int fd, unsigned int peer);
int driver_put(unsigned int peer);
u64 driver_alloc(u64 size);	/* which must succeed */
u64 driver_used(void);
int driver_fill(u64 offset, u64 size, int byte);
int driver_look(u64 offset, u64 size, int byte);

/* The heap NAME of up to four extents, and no limit but its size. */
void make_heap(void);
/* Wait until so much is used of slot 0: when a file is closed, its blocks go soon. */
void expect_used(u64 bytes);
/* What debugfs tells of a heap, if it can check it. */
void expect_sound(const char *name);
/* After a test: what is left, or NULL if nothing is. */
const char *driver_left(void);

/* process.c: what a process does with its device */

int try_open(const char *name, int flags);
int open_heap(int flags);	/* of NAME; must succeed */
unsigned char *map(int fd);	/* the whole window, to read and write; must succeed */
int try_alloc(int fd, u64 size, u64 align, u64 *offset);
u64 alloc(int fd, u64 size);	/* must succeed */
int try_free(int fd, u64 offset);
struct xnheap_info info(int fd);
int owner(int fd, u64 offset);	/* or -1 */
void write_byte(void *at, int byte);
bool all_are(const unsigned char *at, size_t size, int byte);

/* Have a child do it, and return how that ended, as of waitpid(). */
int in_child(void (*run)(void *), void *data);
void nothing_on_signal(int signal);
bool has_madvise(void);		/* the kernel */
void sleep_ms(unsigned int ms);
u64 now_ms(void);

#define TEST(name, ...) void name(void);
#include "tests.h"
#undef TEST

#endif
