/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a process may ask of a heap that is shared with it: /dev/xnheap/LABEL.
 *
 * mmap() has the heap's window: MAP_SHARED, any part of its bytes, which info tells. A
 * block is named by its offset there. read() waits for blocks that the kernel posts, and
 * returns their offsets, each a __u64: as many as there are and have room. It does not
 * wait with O_NONBLOCK, nor as preadv2() with RWF_NOWAIT. poll() tells if there are any.
 *
 * All calls return 0, or -1 with errno, beside those that any file has:
 *
 *	ENODEV	the heap has ended; what is mapped stays
 *	EINVAL	an argument is none, or no live block starts at the offset
 *	EFAULT	so of the pointer that the call was given
 *	EBADF	the file is not open for writing, which alloc and free need
 *	EPERM	the block is not this file's
 *	EDQUOT	the file, or all of them, would have more than they may
 *	ENOMEM	nothing large enough is free
 *	EBUSY	as many files listen as may
 *	EUSERS	as many files of the heap are open as may
 *	ENOTTY	no such call
 */
#ifndef _UAPI_LINUX_XNHEAP_H
#define _UAPI_LINUX_XNHEAP_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define XNHEAP_ABI		1	/* of what stands here; later ones have more of it */
#define XNHEAP_INFO_LABEL_LEN	32

/**
 * struct xnheap_info - a heap, and what this file has of it
 * @abi: %XNHEAP_ABI of the kernel's module
 * @page_size: bytes of a page of the heap's, to which its blocks are aligned at most
 * @window: bytes of the window, for mmap(): the most that the heap may ever have
 * @size: bytes from its start that there are blocks in by now
 * @extent_size: by so many bytes it grows
 * @used: bytes of blocks that are this file's
 * @limit: and so many it may have
 * @blocks: how many these blocks are
 * @lost: posts that this file had no room for
 * @label: the heap's name
 */
struct xnheap_info {
	__u32 abi;
	__u32 page_size;
	__u64 window;
	__u64 size;
	__u64 extent_size;
	__u64 used;
	__u64 limit;
	__u64 blocks;
	__u64 lost;
	char label[XNHEAP_INFO_LABEL_LEN];
};

/**
 * struct xnheap_request - allocate a block
 * @size: bytes wanted, 1 or more
 * @align: a power of two up to the page size; 0: as it comes
 * @offset: is set to where it is
 */
struct xnheap_request {
	__u64 size;
	__u64 align;
	__u64 offset;
};

/* Whose a block is. */
#define XNHEAP_OWNER_KERNEL	0
#define XNHEAP_OWNER_SELF	1	/* this file */
#define XNHEAP_OWNER_OTHER	2	/* another file */

/**
 * struct xnheap_query - what is at an offset
 * @offset: where
 * @size: is set to the bytes of the live block that starts there
 * @owner: and to whose it is
 * @unused: is set to 0
 */
struct xnheap_query {
	__u64 offset;
	__u64 size;
	__u32 owner;
	__u32 unused;
};

#define XNHEAP_IOC_INFO		_IOR(0xbe, 0x00, struct xnheap_info)
#define XNHEAP_IOC_ALLOC	_IOWR(0xbe, 0x01, struct xnheap_request)
#define XNHEAP_IOC_FREE		_IOW(0xbe, 0x02, __u64)	/* the offset */
#define XNHEAP_IOC_CHECK	_IOWR(0xbe, 0x03, struct xnheap_query)
#define XNHEAP_IOC_LARGEST	_IOR(0xbe, 0x04, __u64)	/* that alloc would have now */

/* Have what the kernel posts of its own blocks posted to this file, too: 1; no more: 0 */
#define XNHEAP_IOC_LISTEN	_IO(0xbe, 0x05)

#endif
