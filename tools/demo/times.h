/* SPDX-License-Identifier: GPL-2.0 */
/* How long things took: the worst, and what most did not exceed. */
#ifndef _XNHEAP_DEMO_TIMES_H
#define _XNHEAP_DEMO_TIMES_H

#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

/* Exact up to 256, then 128 bins to a doubling */
#define BIN_BITS	7
#define BINS		((33 - BIN_BITS) << BIN_BITS)

struct times {
	u32 worst;
	u32 took[BINS];			/* how many took that long */
};

static inline void times_note(struct times *times, u64 took)
{
	u32 time = min_t(u64, took, U32_MAX);
	unsigned int shift = max(fls(time), BIN_BITS + 1) - BIN_BITS - 1;

	times->worst = max(times->worst, time);
	times->took[(shift << BIN_BITS) + (time >> shift)]++;
}

/* What so many of a thousand did not exceed: the end of a bin. */
static inline u32 times_quantile(const struct times *times, u32 per_mille)
{
	u64 all = 0, seen = 0;
	unsigned int bin, shift;

	for (bin = 0; bin < BINS; bin++)
		all += times->took[bin];
	for (bin = 0; bin < BINS - 1; bin++) {
		seen += times->took[bin];
		if (seen * 1000 >= all * per_mille)
			break;
	}
	shift = max(bin >> BIN_BITS, 1U) - 1;
	return min_t(u64, ((u64)(bin + 1 - (shift << BIN_BITS)) << shift) - 1, times->worst);
}

#endif
