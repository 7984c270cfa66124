// SPDX-License-Identifier: GPL-2.0
/* Blocks that wait to be freed: sets of bits, and lists of their words. */

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/processor.h>

#include "validate_paths.h"
#include "wait.h"

/* Enter the set whose turn it is, as who is about to add to it. */
static unsigned int enter_turn(struct xnheap_waiting *waiting, enum wait_set what)
{
	unsigned int set;

	if (what == WAIT_LOCK) {
		atomic_inc(&waiting->set[what].adding);
		return what;
	}
	for (;;) {
		set = what + READ_ONCE(waiting->turn[what]);
		atomic_inc(&waiting->set[set].adding);
		/* Pairs with wait_settle(): either sees what the other wrote */
		smp_mb__after_atomic();
		if (likely(set == what + READ_ONCE(waiting->turn[what])))
			return set;
		atomic_dec(&waiting->set[set].adding);
	}
}

void wait_add(struct xnheap *heap, struct xnheap_page *page, unsigned long block,
	      enum wait_set what)
{
	u32 nr = ((u32)block & heap->page_mask) / PERCPU_MIN_BLOCK;
	struct wait_word *word = wait_words(heap, page) + nr / BITS_PER_LONG;
	struct xnheap_waiting *waiting = heap->waiting;
	struct wait_bits *bits;
	unsigned long flags;
	unsigned int set;

	/* Who waits for this to end may be an interrupt of this CPU */
	local_irq_save(flags);
	set = enter_turn(waiting, what);
	bits = &word->set[set];
	WRITE_ONCE(word->page, page);
	atomic_long_inc(&waiting->blocks);
	/* A full barrier: who finds the bit finds the page, and what was written before */
	if (!atomic_long_fetch_or(BIT(nr % BITS_PER_LONG), &bits->bits))
		llist_add(&bits->node, &waiting->set[set].words);
	/* Who finds nobody here finds the word in the list */
	smp_mb__before_atomic();
	atomic_dec(&waiting->set[set].adding);
	local_irq_restore(flags);
}

void wait_settle(const struct xnheap *heap, unsigned int set)
{
	smp_mb();	/* see enter_turn() */
	/* On other CPUs, with interrupts off, or in NMI: not for long */
	while (atomic_read_acquire(&heap->waiting->set[set].adding))
		cpu_relax();
}

bool wait_is_empty(const struct xnheap *heap, unsigned int set)
{
	return !heap->waiting->set[set].taken && llist_empty(&heap->waiting->set[set].words);
}

int wait_turn(struct xnheap *heap, enum wait_set what)
{
	struct xnheap_waiting *waiting = heap->waiting;
	unsigned int turn = waiting->turn[what];

	if (waiting->busy[what])
		return -EBUSY;
	WRITE_ONCE(waiting->busy[what], true);
	WRITE_ONCE(waiting->turn[what], !turn);
	return what + turn;
}

void wait_turn_over(struct xnheap *heap, enum wait_set what)
{
	WRITE_ONCE(heap->waiting->busy[what], false);
}

unsigned long wait_take(struct xnheap *heap, unsigned int set)
{
	struct xnheap_waiting *waiting = heap->waiting;
	struct llist_node *node = waiting->set[set].taken ?:
				  llist_del_all(&waiting->set[set].words);
	struct wait_bits *bits;
	struct wait_word *word;
	struct llist_node *next;
	struct xnheap_page *page;
	unsigned long nr;

	path_enter(waited);
	if (!node)
		return 0;
	bits = llist_entry(node, struct wait_bits, node);
	word = container_of(bits - set, struct wait_word, set[0]);
	nr = __ffs(atomic_long_read(&bits->bits));
	/* After the last bit is clear, another may put the word into a list at once */
	next = node->next;
	if (atomic_long_fetch_andnot(BIT(nr), &bits->bits) != BIT(nr))
		next = node;
	waiting->set[set].taken = next;
	atomic_long_dec(&waiting->blocks);
	page = READ_ONCE(word->page);
	nr += (word - wait_words(heap, page)) * BITS_PER_LONG;
	return page_start(heap, page) + nr * PERCPU_MIN_BLOCK;
}
