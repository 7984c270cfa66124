/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that looks on: the module works without this folder.
 *
 * While a trace event is enabled, a heap's latency or verbose is switched on,
 * there is a debug heap, or the kernel has KASAN, calls on blocks take the way
 * through calls.c. Else all of it costs a call one no-op.
 */
#ifndef _XNHEAP_OBSERVE_H
#define _XNHEAP_OBSERVE_H

#include <linux/irq_work.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../api/api.h"
#include "tracking.h"

/* heaps.c: the door, for who loads and unloads the module */
int observe_init(void);
void observe_exit(void);

/* A label that stays as it is, for those who print it without the lock. */
struct label {
	char text[XNHEAP_LABEL_LEN];
};

static inline struct label label_of(const struct xnheap *heap)
{
	struct label label;

	/* In NMI the lock may not be had: cut in two, but a string */
	data_race(memcpy(label.text, heap->label, sizeof(label.text)));
	label.text[sizeof(label.text) - 1] = '\0';
	return label;
}

/* What can be switched on for a heap. */
enum observe_switch { OBSERVE_LATENCY, OBSERVE_VERBOSE, NR_OBSERVE_SWITCHES };

/* What is timed, and counted by powers of two of ns; the last has no end. */
enum latency { LATENCY_ALLOC, LATENCY_FREE, LATENCY_HELD, NR_LATENCIES };

#define LATENCY_SLOTS	32

enum log_kind {
	LOG_FAILED,		/* an allocation */
	LOG_REFUSED,		/* a free */
	LOG_OVERRUN,		/* found by the red zone */
	LOG_STALE,		/* written to after it was freed */
	NR_LOG_KINDS
};

/* What is to be logged. */
struct log_entry {
	unsigned long caller;
	const void *block;
	size_t size;
	size_t align;
	size_t largest;
	enum xnheap_failure why;
	int error;
	struct track track;

	u64 time;
	unsigned int missed;	/* that came too soon after the last */
	bool pending;
	bool used;
};

/* What this folder keeps for a heap, from its begin to its end. */
struct xnheap_observed {
	struct xnheap *heap;

	/* calls.c, log.c: under the heap's lock */
	bool on[NR_OBSERVE_SWITCHES];
	u32 era;		/* of the poison in a debug heap */
	unsigned long overruns;
	unsigned long stale;
	u64 count[NR_LATENCIES][LATENCY_SLOTS];
	struct log_entry log[NR_LOG_KINDS];
	struct irq_work irq_work;
	struct work_struct work;

	/* walk.c: under the heap's lock */
	struct walk_maps *maps;

	/* debugfs.c */
	char name[XNHEAP_LABEL_LEN + 8];	/* of the folder */
	struct dentry *dir;
	bool leaving;		/* the folder is about to go */
	struct list_head names;

#ifdef CONFIG_KASAN_GENERIC
	struct list_head kasan;
#endif
};

/* log.c */
bool log_leave(struct xnheap_observed *observed, enum log_kind kind,
	       const struct log_entry *entry);
void log_begin(struct xnheap_observed *observed);
void log_end(struct xnheap_observed *observed);

/* resize.c */
int observe_resize(struct xnheap *heap, void *block, size_t size, size_t *had,
		   unsigned long caller);
size_t observe_usable(struct xnheap *heap, const void *block);

/* deferred.c */
void observe_deferred(struct xnheap *heap, void *block, unsigned long caller);
bool observe_settle(struct xnheap *heap, unsigned int set);

/* calls.c */
void *observe_alloc(struct xnheap *heap, size_t size, size_t align,
		    unsigned long caller);
void *observe_alloc_reserved(struct xnheap *heap, unsigned long handle, unsigned long caller);
void *observe_alloc_owned(struct xnheap *heap, size_t size, size_t align, struct owner *owner,
			  unsigned long caller);
int observe_free_owned(struct xnheap *heap, void *block, const struct owner *owner,
		       unsigned long caller);
int observe_free(struct xnheap *heap, void *block, int (*ckfn)(void *block),
		 unsigned long caller);
void latency_note(struct xnheap_observed *observed, enum latency what,
		  u64 called, u64 locked);
bool free_refused(struct xnheap *heap, void *block, int error,
		  unsigned long caller);
bool free_tracked(struct xnheap *heap, void *block, size_t given,
		  unsigned long caller, size_t *size);
void observe_switch(struct xnheap *heap, enum observe_switch nr, bool on);

#endif
