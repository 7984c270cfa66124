// SPDX-License-Identifier: GPL-2.0
/*
 * The calls that write to blocks, built so that they tell where instead: there may be
 * no memory, and whoever else touches it is caught.
 */
#include <linux/string.h>

#include "fuzz.h"

static struct fuzz_write written;

static void *write_block(struct xnheap *heap, void *to, const void *from, size_t n)
{
	CHECK(!heap->lock.held && !written.to);
	CHECK(!xnheap_check_block(heap, to));
	CHECK(!from || !xnheap_check_block(heap, (void *)from));
	written = (struct fuzz_write) { to, from, n };
	return to;
}

/* What was written since this was asked last */
struct fuzz_write fuzz_written(void)
{
	struct fuzz_write last = written;

	written = (struct fuzz_write) { };
	return last;
}

#define memcpy(to, from, n)	write_block(heap, to, from, n)
#define memset(to, byte, n)	(CHECK(!(byte)), write_block(heap, to, NULL, n))

#include "api/realloc.c"
#include "api/sized.c"
