/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of many lists have an entry, a bit a list.
 *
 * The bit after the last list is always set: there a search stops.
 */
#ifndef _XNHEAP_INDEX_H
#define _XNHEAP_INDEX_H

#include <linux/bitops.h>
#include <linux/xnheap.h>

#include "validate_paths.h"

/* Of @n lists, XNHEAP_INDEX_BITS at most, all empty. */
static inline void index_init(struct xnheap_index *index, unsigned long n)
{
	*index = (struct xnheap_index) { };
	__set_bit(n, index->word);
}

static __always_inline void index_set(struct xnheap_index *index, unsigned long i)
{
	__set_bit(i, index->word);
}

static __always_inline void index_clear(struct xnheap_index *index, unsigned long i)
{
	__clear_bit(i, index->word);
}

static __always_inline bool index_test(const struct xnheap_index *index, unsigned long i)
{
	return test_bit(i, index->word);
}

/* The first bit from @i on that is set, or that after the last list. */
static __always_inline unsigned long index_find(const struct xnheap_index *index, unsigned long i)
{
	unsigned long w = i / BITS_PER_LONG;
	unsigned long bits = index->word[w] & (~0UL << (i % BITS_PER_LONG));

	while (!bits) {
		w++;
		path_mark(search_word);
		bits = index->word[w];
	}
	return w * BITS_PER_LONG + __ffs(bits);
}

/* The first bit from @i on that is set in both. */
static __always_inline unsigned long index_find_and(const struct xnheap_index *a,
						    const struct xnheap_index *b,
						    unsigned long i)
{
	unsigned long w = i / BITS_PER_LONG;
	unsigned long bits = a->word[w] & b->word[w] & (~0UL << (i % BITS_PER_LONG));

	while (!bits) {
		w++;
		path_mark(search_word);
		bits = a->word[w] & b->word[w];
	}
	return w * BITS_PER_LONG + __ffs(bits);
}

/* The last of @n lists that has an entry, or -1. */
static inline long index_last(const struct xnheap_index *index, unsigned long n)
{
	unsigned long w = n / BITS_PER_LONG;
	unsigned long bits = index->word[w] & ~(~0UL << (n % BITS_PER_LONG));

	while (!bits) {
		if (!w)
			return -1;
		bits = index->word[--w];
		path_mark(last_word);
	}
	return w * BITS_PER_LONG + __fls(bits);
}

#endif
