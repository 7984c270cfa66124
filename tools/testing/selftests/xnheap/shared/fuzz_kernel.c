// SPDX-License-Identifier: GPL-2.0
/* What the kernel does with shared heaps, at random. */

#include "fuzz.h"

static u64 state;

void seed_random(u64 seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
}

/* xorshift64* */
u64 any(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

unsigned int below(unsigned int n)
{
	return (any() >> 32) % n;
}

u64 any_offset(void)
{
	switch (below(8)) {
	case 0:
		return any() >> below(64);
	case 1:
		return below(window);
	default:
		return below(extent / 32) * 32 + below(4) * below(2) * extent;
	}
}

void heap_name(unsigned int heap, char *name)
{
	snprintf(name, 16, "shared-fuzz%u", heap);
}

static enum shared_context any_context(void)
{
	return below(3) ? IN_TASK : below(IN_COUNT);
}

void make_one(unsigned int heap)
{
	static const unsigned int flags[] = {
		XNHEAP_VMALLOC, XNHEAP_PAGES, XNHEAP_VMALLOC | XNHEAP_FINE,
		XNHEAP_VMALLOC | XNHEAP_SHARED | 6 << 8,
	};
	struct shared_call call = { .heap = heap };
	char name[16];

	heap_name(heap, name);
	if (driver_create(heap, name, extent, 64 << below(7), flags[below(4)],
			  below(2) ? window : 0))
		return;
	if (below(2)) {
		call.op = OP_SET_QUOTA;
		call.size = below(window);
		call.max = below(2 * window);
		driver_call(&call);
	}
	call.op = OP_SET_GROWTH;
	call.size = below(extent);
	call.max = window;
	if (!below(3))
		driver_call(&call);
	call.op = OP_STORM;
	call.size = 200 + below(2000);
	driver_call(&call);
}

static void on_block(struct shared_call *call)
{
	call->op = OP_ALLOC + below(OP_POST - OP_ALLOC + 1);
	call->context = any_context();
	call->offset = any_offset();
	call->size = 1 + below(2000);
	call->peer = below(SHARED_PEERS + 1);
	driver_call(call);
	/* As a driver would that hands out what it allocated */
	if (call->op == OP_ALLOC && !call->result && below(2)) {
		call->op = OP_LEND;
		driver_call(call);
		call->op = OP_POST;
		driver_call(call);
	}
}

void kernel_step(void)
{
	struct shared_call call = { .heap = below(HEAPS) };
	unsigned int what = below(400);

	if (what < 300) {
		on_block(&call);
	} else if (what < 340) {
		call.op = OP_PEER_PUT;
		call.peer = below(SHARED_PEERS);
		driver_call(&call);
	} else if (what < 360) {
		call.op = OP_SET_QUOTA;
		call.size = below(window);
		call.max = below(2 * window);
		driver_call(&call);
	} else if (what < 370) {
		call.op = OP_GROW;
		driver_call(&call);
	} else if (what < 375) {
		static const unsigned int modes[] = { 0600, 0666, 0444, 01666 };

		call.op = OP_SHARE;
		call.flags = modes[below(4)];
		driver_call(&call);
	} else if (what < 380) {
		call.op = OP_DROP;
		driver_call(&call);
	} else if (what < 383) {
		call.op = OP_DELETE;
		driver_call(&call);
	} else {
		make_one(call.heap);
	}
}
