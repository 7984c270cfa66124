/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the test module share. */
#ifndef _XNHEAP_SELFTEST_H
#define _XNHEAP_SELFTEST_H

#include <linux/xnheap.h>

/* Add to what the operation leaves to be read. */
__printf(1, 2)
void say(const char *fmt, ...);

void expect_equal(const char *what, long actual, long expected);

/* Say so if two values differ. */
#define expect(actual, expected) \
	expect_equal(#actual, (long)(actual), (long)(expected))

/* Make a heap that stays until drop_heaps(); NULL, and said so, if it fails. */
xnheap_t *keep_heap(const char *label, u_long extsize, u_long pagesize,
		    unsigned int flags);
void drop_heaps(void);
/* The first heap that is kept, or NULL. */
xnheap_t *kept_heap(void);

/* misuse.c */
void test_bad_free(void);
void make_abandoned(void);

/* stats.c */
void make_small(void);
void make_grown(void);
void make_growing(void);
void make_twins(void);
void make_slash(void);
void make_leak(void);

/* files.c */
void make_files(void);
void say_used(void);
void make_odd(void);
void make_before(void);
void make_after(void);
void make_large(void);
void make_load(void);
void drop_load(void);

/* context.c */
void test_raw_lock(void);
void test_hard_irq(void);
void test_nmi(void);
void make_busy(void);
/* Have @work called in NMI, or else here where none can be had. */
void call_in_nmi(void (*work)(void));

/* watch.c */
void make_traced(void);
void make_events(void);
void make_verbose(void);
void make_verbose_nmi(void);
void make_latency(void);
void make_debug(void);
void make_plain(void);
void test_planned(void);

/* classic.c */
void test_classic(void);
void test_no_system_heap(void);

#endif
