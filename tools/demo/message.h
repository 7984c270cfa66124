/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's half of the demo and the process's have in common. */
#ifndef _XNHEAP_DEMO_MESSAGE_H
#define _XNHEAP_DEMO_MESSAGE_H

#include <linux/types.h>

#define DEMO_LABEL		"demo-shared"

#define MAX_PAYLOAD		8192	/* less one */

#define MESSAGE_SENT		1
#define MESSAGE_ANSWERED	2

/* The answer is the message with each byte of the payload inverted, in its place. */
struct message {
	__u32 state;			/* written last */
	__u32 seq;
	__u32 size;			/* of the payload */
	__u32 unused;
	__u64 time;			/* of it, ns of CLOCK_MONOTONIC */
	__u64 read;			/* when the process had it */
	__u8 payload[];			/* each byte is seq's lowest */
};

#endif
