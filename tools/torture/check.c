// SPDX-License-Identifier: GPL-2.0
/*
 * While all are parked: is each heap sound, and is what it holds just what the
 * actors hold?
 */

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/sort.h>

#include "api/validate.h"
#include "torture.h"

static struct held *ledger;		/* all blocks that somebody holds */

int check_init(void)
{
	u_long n = contexts_actors() * HELD + HEAPS * SLOTS;

	ledger = kvcalloc(n, sizeof(*ledger), GFP_KERNEL);
	return ledger ? 0 : -ENOMEM;
}

void check_exit(void)
{
	kvfree(ledger);
}

static int by_address(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Enter what is held of one heap; the number of blocks. */
static u_long ledger_write(struct shared *of)
{
	unsigned int i, j;
	u_long n = 0;

	for (i = 0; i < contexts_actors(); i++) {
		struct actor *actor = contexts_actor(i);

		for (j = 0; j < HELD; j++)
			if (actor->held[j].at && actor->held[j].of == of)
				ledger[n++] = actor->held[j];
	}
	for (i = 0; i < SLOTS; i++) {
		if (!of->slot[i])
			continue;
		ledger[n] = slot_block(of, of->slot[i]);
		n += !!ledger[n].at;
	}
	sort(ledger, n, sizeof(*ledger), by_address, NULL);
	return n;
}

/* Have all freed that was left for later: by owners, in NMI, and after grace periods. */
static void settle(struct shared *of)
{
	unsigned int tries = 500;

	if (xnheap_finalize(of->heap))
		fault("what was left for later could not be freed");
	while (xnheap_used_mem(of->heap) && --tries)
		msleep(20);
}

/* Blocks that wait are freed meanwhile, so that what is read may be of two moments. */
static bool counts_blocks(struct shared *of, u_long n)
{
	unsigned int tries = flags & XNHEAP_DEFER ? 500 : 1;

	while (validate_live_blocks(of->heap) != n && --tries)
		msleep(20);
	return tries;
}

static void check_heap(struct shared *of)
{
	u_long n = ledger_write(of), i, bytes = 0, out[RESERVED] = { };
	const char *what;

	peers_check(of);
	what = validate_heap(of->heap);
	if (*what)
		fault(what);
	for (i = 0; i < n; i++) {
		if (i && ledger[i].at - ledger[i - 1].at < ledger[i - 1].size)
			fault("two blocks overlap");
		if (!held_intact(&ledger[i]))
			fault("a block that is held was written to");
		if (xnheap_check_block(of->heap, ledger[i].at))
			fault("a block that is held is not allocated");
		bytes += ledger[i].size;
		if (ledger[i].from)
			out[ledger[i].from - 1]++;
	}
	if (!counts_blocks(of, n))
		fault("the heap counts other blocks than are held");
	for (i = 0; i < RESERVED; i++)
		if (out[i] != (u_long)atomic_read(&of->reserved[i].out))
			fault("more or fewer reserved blocks are out than are held");
	if (xnheap_used_mem(of->heap) < bytes)
		fault("the heap counts fewer bytes than are held");
	if (!n && flags & XNHEAP_DEFER)
		settle(of);
	if (!n && xnheap_used_mem(of->heap))
		fault("the heap counts bytes that nobody holds");
	/* CPUs may keep some */
	if (!n && !(flags & XNHEAP_PERCPU) &&
	    of->heap->free_pages + of->heap->reserved_pages != of->heap->pages)
		fault("pages that are neither reserved nor in use are not free");
}

void check_heaps(void)
{
	unsigned int i;

	for (i = 0; i < HEAPS; i++)
		check_heap(&shared[i]);
}
