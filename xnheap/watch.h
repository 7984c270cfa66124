/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 3: the calls while somebody looks on: a trace event is enabled, a
 * heap's latency or verbose is switched on, there is a debug heap, or KASAN.
 *
 * Else all of it costs a call one no-op.
 */
#ifndef _XNHEAP_WATCH_H
#define _XNHEAP_WATCH_H

#include <linux/irq_work.h>
#include <linux/jump_label.h>
#include <linux/kconfig.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <linux/xnheap.h>

#include "record.h"

DECLARE_STATIC_KEY_FALSE(watch_key);	/* counts what looks on */

static __always_inline bool watched(void)
{
	return IS_ENABLED(CONFIG_KASAN_GENERIC) ||
	       static_branch_unlikely(&watch_key);
}

/* A label that stays as it is, for events, which come without the lock. */
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
enum watch_switch { WATCH_LATENCY, WATCH_VERBOSE, NR_WATCH_SWITCHES };

/* What is timed, and counted by powers of two of ns; the last has no end. */
enum latency { LATENCY_ALLOC, LATENCY_FREE, LATENCY_HELD, NR_LATENCIES };

#define WATCH_LATENCIES	32

enum report_kind {
	REPORT_FAILED,		/* an allocation */
	REPORT_REFUSED,		/* a free */
	REPORT_OVERRUN,		/* found by the red zone */
	REPORT_STALE,		/* written to after it was freed */
	NR_REPORTS
};

struct report {
	u_long caller;
	const void *block;
	u_long size;
	u_long largest;
	int error;
	struct xnheap_record record;

	u64 time;
	unsigned int missed;	/* that came too soon after the last */
	bool pending;
	bool used;
};

/* What a heap needs once somebody looks on; all under the heap's lock. */
struct xnheap_watch {
	struct xnheap *heap;
	bool on[NR_WATCH_SWITCHES];
	u32 era;		/* of the poison in a debug heap */
	u_long overruns;
	u_long stale;
	u64 count[NR_LATENCIES][WATCH_LATENCIES];
	struct report report[NR_REPORTS];
	struct irq_work irq_work;
	struct work_struct work;
};

void *watch_alloc(struct xnheap *heap, u_long size, u_long align,
		  u_long caller);
int watch_free(struct xnheap *heap, void *block, int (*ckfn)(void *block),
	       u_long caller);

unsigned int watch_flags(unsigned int flags);
int watch_begin(struct xnheap *heap);
void watch_extent(struct xnheap *heap, struct xnheap_extent *ext);
void watch_extended(struct xnheap *heap, u_long size, u_long caller);
void watch_grown(struct xnheap *heap, int error, u_long caller);
void watch_destroyed(struct xnheap *heap, u_long blocks, u_long caller);
void watch_end(struct xnheap *heap);
int watch_switch(struct xnheap *heap, enum watch_switch nr, bool on);

/* report.c */
bool report_leave(struct xnheap_watch *watch, enum report_kind kind,
		  const struct report *report);
void report_begin(struct xnheap_watch *watch);
void report_end(struct xnheap_watch *watch);

/* watchfs.c */
void watch_debugfs(struct xnheap *heap);

#endif
