/* SPDX-License-Identifier: GPL-2.0 */
/* What a heap ought to hold. */
#ifndef _MODEL_H
#define _MODEL_H

#include "fuzz.h"

#define MAX_LIVE	65536
#define MAX_BULK	64
#define MAX_PEERS	6

struct fuzz_spec {
	struct extent_area area;
	size_t page_size;
	unsigned int flags;
	bool apart;
	bool shared;		/* and so apart: made as xnheap_create_shared() does */
};

/* A block that is allocated. */
struct live {
	unsigned long start;
	size_t bytes;
	u32 nr;			/* of the call that allocated it */
	bool pages;		/* straight from the ranges */
	u8 from;		/* of which reservation, + 1; 0: none, or it has ended */
	u8 peer;		/* whose it is, + 1; 0: the kernel's */
};

/* Blocks that are set aside. */
struct reserved {
	struct xnheap_reservation *handle;	/* NULL: none */
	size_t bytes, n, out;	/* that each takes; how many */
};

/* What an allocation ought to give: so many bytes; or perhaps so many, or NULL */
struct expected {
	size_t bytes;		/* 0: NULL; or perhaps whatever */
	bool perhaps;
	u8 peer;		/* who gets it, as in struct live */
};

/* What a block waits for that was left to be freed later. */
enum model_wait {
	MODEL_LOCK,
	MODEL_OWNER,
	MODEL_NEXT,		/* the grace period after the one under way, if one is */
	MODEL_READERS,
};

extern struct live model_live[MAX_LIVE];

extern struct model {
	struct fuzz_spec spec;
	struct {
		unsigned long start, base;
		size_t size, span;
		u64 cookie;
	} extent[XNHEAP_MAX_EXTENTS];
	u32 extents;
	u32 nr_live;
	u32 nr_waiting;
	bool irq_work;		/* queued */
	bool grace_period;	/* under way */
	u32 calls;
	struct reserved reserved[XNHEAP_MAX_RESERVATIONS + 1];
	struct heap_stats want;
} model;

extern struct xnheap fuzz_heap;

int model_init(const struct fuzz_spec *spec);
int model_extend(const struct extent_area *area);
void model_end(u8 order);
void model_validate(void);
void model_ask(void);
bool model_spent(void);

/* calls.c */
bool model_alloc(size_t size);
bool model_alloc_aligned(size_t size, size_t align);
void model_alloc_busy(void);
void model_alloc_bulk(size_t size, u32 nr);
void model_zalloc(size_t n, size_t size);
void model_realloc(unsigned long address, size_t size);
void model_free(unsigned long address, u8 how);
void model_free_bulk(const unsigned long *addresses, u32 n);
void model_drain(void);

/* what allocating gives, and freeing returns; and what follows from it */
struct expected model_expect(size_t size, size_t align);
void model_allocated(void *block, size_t size, size_t align, struct expected expected,
		     unsigned long from);
int model_expect_live(unsigned long address);
void model_refused(int ret);

/* shared.c */
bool model_alloc_owned(u8 nr, size_t size, size_t align);
void model_free_owned(u8 nr, size_t offset);
void model_free_anyones(u32 i, u8 how);
void model_adopt(size_t offset, u8 who, u8 how);
void model_lend(unsigned long address, u8 who, u8 how);
void model_set_quota(size_t each, size_t all);
void model_close(u8 nr);
bool model_close_some(u8 nr);
void model_ask_largest(u8 nr);
void model_ask_block(size_t offset, u8 how);
void model_locate(unsigned long address);
size_t model_owned(u8 nr);
size_t model_offset(unsigned long address);
void model_begin_shared(void);
void model_own(u32 i, u8 peer);
void model_check_shared(const struct heap_stats *now);
void model_ask_shared(void);
void model_end_shared(void);

/* questions.c */
void model_ask_size(size_t size);
void model_ask_address(unsigned long address);

/* reserved.c */
u32 model_place(void);
void model_reserve(size_t size, size_t n);
bool model_alloc_reserved(u8 nr);
void model_unreserve(u8 nr);

/* waiting.c */
bool model_defers(void);
void model_defer(unsigned long start, enum model_wait what);
void model_check_waiting(void);
void model_settle(u8 how);
void model_ask_deferred(void);
void model_end_deferred(void);

/* model.c, for the others */
int model_live_at(unsigned long address);
bool model_in_pages(unsigned long address);
void model_add(unsigned long start, size_t bytes, bool pages);
struct live model_disown(u32 i);
void model_release(const struct live *block);
void model_resize(u32 i, size_t bytes);
void model_freed(unsigned long start);
void model_peak(size_t used, size_t perhaps);
void model_after_call(void);
const char *model_words(unsigned long address);

#endif
