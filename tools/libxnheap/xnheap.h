/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libxnheap: the blocks of a kernel module's heap in this process, without a copy.
 *
 * A heap that its module shares is attached by its label. Its memory is mapped then, as a
 * window of fixed length; blocks in it have pointers here, and offsets everywhere.
 * libxnheap(3) has each call with its errors, and an example.
 *
 * Calls that return an int or a ssize_t return -1 with errno if they fail, those that
 * return a pointer NULL. Any thread may make them at any time, but for xnh_detach(), after
 * which the heap is gone. Only xnh_attach() and xnh_attach_fd() allocate memory.
 */
#ifndef XNHEAP_H
#define XNHEAP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/xnheap.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XNH_NO_OFFSET	UINT64_MAX	/* of what is not in the window */
#define XNH_MAX_WAIT	64		/* that xnh_wait() returns at once */

struct xnh;		/* a heap that is attached */

/* O_RDWR, or O_RDONLY to look only; or by a descriptor of the device, which it owns then */
struct xnh *xnh_attach(const char *label, int access);
struct xnh *xnh_attach_fd(int fd);
void xnh_detach(struct xnh *heap);

int xnh_fd(const struct xnh *heap);	/* for poll(), or to be handed over */
int xnh_info(const struct xnh *heap, struct xnheap_info *info);

/* Have all pages that the heap has by now mapped, so that no access faults */
int xnh_populate(const struct xnh *heap);

/* In the window; whether a block starts there, xnh_check() knows */
void *xnh_at(const struct xnh *heap, uint64_t offset);
uint64_t xnh_offset(const struct xnh *heap, const void *address);

void *xnh_alloc(const struct xnh *heap, size_t size);
void *xnh_alloc_aligned(const struct xnh *heap, size_t size, size_t align);
int xnh_free(const struct xnh *heap, void *block);
int xnh_check(const struct xnh *heap, const void *block, size_t *size);	/* whose it is */
ssize_t xnh_largest(const struct xnh *heap);

/* How many blocks were posted, up to n; after ns nanoseconds 0; ns < 0: it waits on */
int xnh_listen(const struct xnh *heap, int on);
ssize_t xnh_wait(const struct xnh *heap, void **blocks, size_t n, int64_t ns);
ssize_t xnh_wait_offsets(const struct xnh *heap, uint64_t *offsets, size_t n, int64_t ns);

#ifdef __cplusplus
}
#endif

#endif
