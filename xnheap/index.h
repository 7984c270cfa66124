/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 0: which of many lists have an entry, a bit a list.
 *
 * Behind the last list a bit is always set, where a search stops.
 */
#ifndef _XNHEAP_INDEX_H
#define _XNHEAP_INDEX_H

#include <linux/bitops.h>
#include <linux/xnheap.h>

static inline void index_init(struct xnheap_index *index)
{
	*index = (struct xnheap_index) { };
	__set_bit(XNHEAP_INDEX_BITS, index->word);
}

static __always_inline void index_set(struct xnheap_index *index,
				      unsigned long i)
{
	__set_bit(i, index->word);
}

static __always_inline void index_clear(struct xnheap_index *index,
					unsigned long i)
{
	__clear_bit(i, index->word);
}

/* The first bit from @i on that is set, or XNHEAP_INDEX_BITS. */
static __always_inline unsigned long index_find(const struct xnheap_index *index,
						unsigned long i)
{
	unsigned long w = i / BITS_PER_LONG;
	unsigned long bits = index->word[w] & (~0UL << (i % BITS_PER_LONG));

	while (!bits)
		bits = index->word[++w];
	return w * BITS_PER_LONG + __ffs(bits);
}

/* The last bit that is set, or -1. */
static inline long index_last(const struct xnheap_index *index)
{
	unsigned long w = XNHEAP_INDEX_BITS / BITS_PER_LONG;

	while (w-- > 0)
		if (index->word[w])
			return w * BITS_PER_LONG + __fls(index->word[w]);
	return -1;
}

#endif
