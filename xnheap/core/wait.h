/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks that wait to be freed, until their owner says that nobody uses them, until a
 * grace period is over, or until the lock can be had.
 *
 * They are claimed: their live bits are clear, so that every other free is refused, and
 * their runs stay. An entry of the page map of such a heap ends with words of bits, of a
 * bit for each PERCPU_MIN_BLOCK bytes: in which set a block waits. To let one wait takes
 * no lock: it sets the bit, and if that is the first of its word, puts the word into the
 * set's list. Who has the lock takes blocks out, one after the other. A word leaves the
 * list with its last bit, which then is for the next who sets one to see.
 *
 * Owner and readers have two sets each, in turn: those that may be freed once what is
 * waited for has come, and those that came since. Who lets a block wait says so while
 * it does, with interrupts off, and looks again whose turn it is: so after the turn
 * changed, and nobody is there any longer, no block comes into the former set.
 */
#ifndef _XNHEAP_WAIT_H
#define _XNHEAP_WAIT_H

#include <linux/llist.h>

#include "extent.h"
#include "size_class.h"

/* What is waited for; the sets of those who take turns are two in a row. */
enum wait_set {
	WAIT_OWNER = 0,
	WAIT_READERS = 2,
	WAIT_LOCK = 4,
	NR_WAIT_SETS
};

/* Bits of a word that are in a set, and its place in the set's list while any is. */
struct wait_bits {
	struct llist_node node;
	atomic_long_t bits;
};

struct wait_word {
	struct xnheap_page *page;	/* whose it is, once a bit was set */
	struct wait_bits set[NR_WAIT_SETS];
};

struct xnheap_waiting {
	struct {
		struct llist_head words;
		struct llist_node *taken;	/* from there; under the lock */
		atomic_t adding;		/* who is about to set a bit */
	} set[NR_WAIT_SETS];
	u8 turn[WAIT_LOCK];		/* of WAIT_OWNER and WAIT_READERS: 0 or 1 */
	bool busy[WAIT_LOCK];		/* the former set is being waited for, or freed */
	atomic_long_t blocks;		/* in all sets */
};

/* Bytes of a page's words. */
static inline size_t wait_size(size_t page_size)
{
	return BITS_TO_LONGS(page_size / PERCPU_MIN_BLOCK) * sizeof(struct wait_word);
}

static inline struct wait_word *wait_words(const struct xnheap *heap,
					   const struct xnheap_page *page)
{
	return (void *)page + heap->wait_offset;
}

/* Blocks that wait, if any may. */
static inline unsigned long wait_blocks(const struct xnheap *heap)
{
	return heap->waiting ? atomic_long_read(&heap->waiting->blocks) : 0;
}

/* Have a block of @page, which was claimed, wait for @what; any context, no lock. */
void wait_add(struct xnheap *heap, struct xnheap_page *page, unsigned long block,
	      enum wait_set what);

/* Wait for who is still about to add to a set, after its turn was over. */
void wait_settle(const struct xnheap *heap, unsigned int set);

/* What follows is for who has the lock. */

/* Whether a set has no block. */
bool wait_is_empty(const struct xnheap *heap, unsigned int set);

/*
 * Let what comes from now on wait in the other set of @what. Returns the former one; or
 * -EBUSY until wait_turn_over(), after that one was emptied.
 */
int wait_turn(struct xnheap *heap, enum wait_set what);
void wait_turn_over(struct xnheap *heap, enum wait_set what);

/* A block that leaves a set; 0: there is none. */
unsigned long wait_take(struct xnheap *heap, unsigned int set);

#endif
