// SPDX-License-Identifier: GPL-2.0
/* Shared heaps used by a timer in hard interrupts, at random. */

#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/version.h>

#include "shared_test.h"

#define STEPS	4

static u32 below(struct storm *storm, u32 n)
{
	return prandom_u32_state(&storm->rnd) % n;
}

static void lend(struct slot *slot, void **block)
{
	struct peer *peer = &peers[below(&slot->storm, SHARED_PEERS)];
	size_t offset;

	raw_spin_lock(&peers_lock);
	if (peer->handle && !xnheap_offset(slot->heap, *block, &offset, NULL) &&
	    !xnheap_lend(slot->heap, *block, peer->handle)) {
		slot->storm.lent[below(&slot->storm, STORM_BLOCKS)] = offset;
		xnheap_post(slot->heap, *block);
		*block = NULL;
	}
	raw_spin_unlock(&peers_lock);
}

static void step(struct slot *slot)
{
	struct storm *storm = &slot->storm;
	void **block = &storm->own[below(storm, STORM_BLOCKS)];
	size_t offset = storm->lent[below(storm, STORM_BLOCKS)];

	if (!*block) {
		if (below(storm, 2))
			*block = xnheap_alloc(slot->heap, 1 + below(storm, 600));
		else
			*block = xnheap_adopt(slot->heap, offset, NULL);
		if (IS_ERR(*block))
			*block = NULL;
		return;
	}
	switch (below(storm, 4)) {
	case 0:
		/* The kernel's own, unless a program had the module lend it */
		xnheap_free(slot->heap, *block);
		*block = NULL;
		break;
	case 1:
		xnheap_post(slot->heap, *block);
		break;
	default:
		lend(slot, block);
	}
}

static enum hrtimer_restart in_timer(struct hrtimer *timer)
{
	struct slot *slot = container_of(timer, struct slot, storm.timer);
	ktime_t start = ktime_get();
	unsigned int i;
	s64 spent;

	for (i = 0; i < STEPS; i++)
		step(slot);
	/* Leave most of the time to the rest, however slow the machine is */
	spent = ktime_sub(ktime_get(), start);
	hrtimer_forward_now(timer, ns_to_ktime(slot->storm.pause + 16 * spent));
	return HRTIMER_RESTART;
}

void storm_init(struct slot *slot)
{
	struct hrtimer *timer = &slot->storm.timer;

#if KERNEL_VERSION(6, 13, 0) <= LINUX_VERSION_CODE
	hrtimer_setup(timer, in_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer->function = in_timer;
#endif
	prandom_seed_state(&slot->storm.rnd, 1 + (slot - slots));
}

/* With the slot held for writing. */
void storm_set(struct slot *slot, u64 us)
{
	struct storm *storm = &slot->storm;

	hrtimer_cancel(&storm->timer);
	memset(storm->own, 0, sizeof(storm->own));
	storm->pause = us * NSEC_PER_USEC;
	if (us)
		hrtimer_start(&storm->timer, ns_to_ktime(storm->pause), HRTIMER_MODE_REL_HARD);
}
