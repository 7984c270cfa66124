/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that validate a heap share. */
#ifndef _XNHEAP_VALIDATION_H
#define _XNHEAP_VALIDATION_H

#include "bucket.h"
#include "extent.h"
#include "reservation.h"

/* Entries, bins or buckets looked at in one slice. */
#define VALIDATE_SLICE	8

enum validate_phase {
	VALIDATE_TABLES,
	VALIDATE_BINS,
	VALIDATE_BUCKETS,
	VALIDATE_PAGES,
	VALIDATE_SUMS,
	VALIDATE_DONE
};

struct validation {
	struct xnheap *heap;

	/* the first invariant that does not hold, or NULL; and where */
	const char *fault;
	unsigned int extent;
	u32 page;
	bool summed;		/* the heap was at rest: sums were checked */

	/* private: where the next slice begins */
	enum validate_phase phase;
	u32 at;
	u32 unit_end;		/* page after the range, run or block before */
	bool unit_read;		/* in this slice: what follows it is certain */
	const char *overlap;	/* a fault, if the heap was at rest */

	bool at_rest;		/* when it began, nobody was about to let a block wait */
	u64 calls;
	size_t size, pages, used, free_pages;
	unsigned long waiting;
	size_t owned;		/* bytes that are not the kernel's */
	unsigned long owned_blocks;
	unsigned long page_blocks, page_block_pages;
	u32 runs[XNHEAP_INDEX_BITS];
	unsigned long blocks[XNHEAP_INDEX_BITS];
};

/* validate_pages.c, for validate.c */
bool validate_is_entry(const struct validation *v,
		       const struct xnheap_page *page);
void validate_link(struct validation *v, const struct list_head *a,
		   const struct list_head *b);
void validate_entry(struct validation *v, const struct xnheap_extent *ext,
		    u32 nr);

static inline bool validate_note(struct validation *v, bool sound,
				 const char *text)
{
	if (!sound && !v->fault)
		v->fault = text;
	return sound;
}

#define SOUND(v, condition)	validate_note(v, condition, #condition)

/* The entry of page @nr. */
static inline struct xnheap_page *entry_of(const struct validation *v,
					   const struct xnheap_extent *ext,
					   long nr)
{
	return (void *)ext->map + nr * (long)v->heap->page_stride;
}

/* Buckets, with those of reservations: told here by what is checked, not by what it calls. */
static inline u32 bucket_count(const struct xnheap *heap)
{
	return heap->nr_buckets + (heap->reservations ? XNHEAP_MAX_RESERVATIONS : 0);
}

/* The reservation that has the bucket of this number, or had it; or NULL. */
static inline const struct reservation *reservation_at(const struct xnheap *heap, u32 nr)
{
	return nr < heap->nr_buckets ? NULL : &heap->reservations->of[nr - heap->nr_buckets];
}

/* Pages of a run; a block of whole pages is one by itself. */
static inline u32 run_pages(const struct xnheap *heap, const struct xnheap_bucket *bucket)
{
	return bucket->blocks == 1 ? bucket->size / (heap->page_mask + 1) : bucket->pages;
}

/* Words of bits in an entry. */
static inline u32 entry_words(const struct validation *v)
{
	return (v->heap->live_offset - sizeof(struct xnheap_page)) / sizeof(long);
}

static inline bool is_queued(const struct xnheap_bucket *bucket,
			     const struct xnheap_page *run)
{
	return run->type == bucket->type && run->bucket == bucket->place &&
	       run->count >= 0 && run != bucket->run;
}

#endif
