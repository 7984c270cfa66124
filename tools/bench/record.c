// SPDX-License-Identifier: GPL-2.0
/* Records of what calls cost. */

#include <linux/math64.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "bench.h"

u32 bench_stamp_cost;

int record_init(struct record *record)
{
	record->bin = vzalloc(RECORD_BINS * sizeof(*record->bin));
	return record->bin ? 0 : -ENOMEM;
}

void record_exit(struct record *record)
{
	vfree(record->bin);
	record->bin = NULL;
}

void record_reset(struct record *record)
{
	record->count = 0;
	record->sum = 0;
	record->worst = 0;
	if (record->bin)
		memset(record->bin, 0, RECORD_BINS * sizeof(*record->bin));
}

void record_add(struct record *record, u64 cost)
{
	record->count++;
	record->sum += cost;
	record->worst = max(record->worst, cost);
	if (record->bin)
		record->bin[min_t(u64, cost, RECORD_BINS - 1)]++;
}

/* The least cost that @per_mille of a thousand calls do not exceed. */
u64 record_percentile(const struct record *record, u32 per_mille)
{
	u64 want = div_u64(record->count * per_mille + 999, 1000);
	u64 seen = 0;
	u32 i;

	for (i = 0; i < RECORD_BINS - 1; i++) {
		seen += record->bin[i];
		if (seen >= want)
			return i;
	}
	return record->worst;
}

/* The least that two stamps can be apart. */
void record_calibrate(void)
{
	u64 start, cost = U32_MAX;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		start = bench_stamp();
		cost = min(cost, bench_stamp() - start);
	}
	bench_stamp_cost = cost;
}
