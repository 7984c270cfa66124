/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_SLAB_H
#define _PROVE_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>

/* Nothing that is proved gets here */
#define kvzalloc(size, flags)	calloc(1, size)
#define kvmalloc_array(n, size, flags)	calloc(n, size)
#define kvfree(memory)		free(memory)
#define kfree(memory)		free(memory)

#define kzalloc(size, flags)	prove_kzalloc(size)

/* Of a power of two, it is aligned to that */
static inline void *prove_kzalloc(size_t size)
{
	return size & (size - 1) ? calloc(1, size) : memset(aligned_alloc(size, size), 0, size);
}

#endif
