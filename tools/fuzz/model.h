/* SPDX-License-Identifier: GPL-2.0 */
/* What a heap ought to hold. */
#ifndef _MODEL_H
#define _MODEL_H

#include "fuzz.h"

#define MAX_LIVE	65536

struct fuzz_spec {
	struct extent_area area;
	size_t page_size;
	unsigned int flags;
	bool apart;
};

/* A block that is allocated. */
struct live {
	unsigned long start;
	size_t bytes;
	u32 nr;			/* of the call that allocated it */
	bool pages;		/* straight from the ranges */
};

extern struct live model_live[MAX_LIVE];

extern struct model {
	struct fuzz_spec spec;
	struct {
		unsigned long start, base;
		size_t size, span;
	} extent[XNHEAP_MAX_EXTENTS];
	u32 extents;
	u32 nr_live;
	u32 calls;
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
void model_free(unsigned long address, u8 how);

/* model.c, for calls.c */
int model_live_at(unsigned long address);
void model_add(unsigned long start, size_t bytes, bool pages);
void model_remove(u32 i);
void model_after_call(void);
const char *model_words(unsigned long address);

#endif
