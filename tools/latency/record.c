// SPDX-License-Identifier: GPL-2.0
/* From a record to figures. */

#include <stdlib.h>
#include <string.h>

#include "latency.h"

const unsigned int percentiles[PERCENTILES] = {
	500000, 900000, 990000, 999000, 999900, 999990,
};

static bool add_fact(struct run *run, char *key)
{
	char *value = strchr(key, ' ');

	if (!value)
		return false;
	*value++ = '\0';
	run->fact = resize(run->fact, run->facts + 1, sizeof(*run->fact));
	run->fact[run->facts++] = (struct fact) { copy(key), copy(value) };
	return true;
}

static bool add_trace(struct run *run, const char *line)
{
	run->trace = resize(run->trace, run->traced + 1, sizeof(*run->trace));
	run->trace[run->traced++] = copy(line);
	return true;
}

static bool add_series(struct run *run, const char *line)
{
	struct series new = {};

	if (sscanf(line, SCN_NAME " %u " SCN_NAME " " SCN_NAME " %llu %llu %llu %llu",
		   new.context, &new.cpu, new.allocator, new.call, &new.samples,
		   &new.failed, &new.sum, &new.worst) != 8)
		return false;
	run->series = resize(run->series, run->nr + 1, sizeof(new));
	run->series[run->nr++] = new;
	return true;
}

static bool add_bin(struct run *run, const char *line)
{
	struct series *series;
	struct bin new;

	if (!run->nr ||
	    sscanf(line, "%llu %llu %llu", &new.from, &new.to, &new.count) != 3)
		return false;
	series = &run->series[run->nr - 1];
	if (series->bins && new.from <= series->bin[series->bins - 1].to)
		return false;
	series->bin = resize(series->bin, series->bins + 1, sizeof(new));
	series->bin[series->bins++] = new;
	return true;
}

static bool parse_worst(struct run *run, const char *line)
{
	return sscanf(line, SCN_NAME " %u " SCN_NAME " %u %llu", run->worst.context,
		      &run->worst.cpu, run->worst.call, &run->worst.size,
		      &run->worst.ns) == 5;
}

static bool parse_line(struct run *run, char *line)
{
	char *rest = strchr(line, ' ');

	if (!rest)
		return false;
	*rest++ = '\0';
	if (!strcmp(line, "bin"))
		return add_bin(run, rest);
	if (!strcmp(line, "series"))
		return add_series(run, rest);
	if (!strcmp(line, "worst"))
		return parse_worst(run, rest);
	if (!strcmp(line, "fact"))
		return add_fact(run, rest);
	return !strcmp(line, "trace") && add_trace(run, rest);
}

/* Each sample is in a bin, unless it was taken while the record was read. */
static int check_sums(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->nr; i++) {
		const struct series *series = &run->series[i];
		unsigned long long sum = 0;

		for (size_t b = 0; b < series->bins; b++)
			sum += series->bin[b].count;
		if (sum != series->samples)
			return fail("%s: %llu samples of %s %s on CPU %u, but %llu in bins",
				    name, series->samples, series->allocator,
				    series->call, series->cpu, sum);
	}
	return 0;
}

/* The text is used up. */
int run_parse(struct run *run, const char *name, char *text)
{
	char *line = strsep(&text, "\n");
	unsigned int number = 1;

	if (strcmp(line, "# xnheap latency 1"))
		return fail("%s is not a record of xnheap-latency, version 1", name);
	while ((line = strsep(&text, "\n"))) {
		number++;
		if (*line && *line != '#' && !parse_line(run, line))
			return fail("%s: line %u is not understood", name, number);
	}
	if (!run->nr)
		return fail("%s holds no results", name);
	return check_sums(run, name);
}

const char *run_fact(const struct run *run, const char *key)
{
	for (size_t i = 0; i < run->facts; i++)
		if (!strcmp(run->fact[i].key, key))
			return run->fact[i].value;
	return NULL;
}

/*
 * What that many of a million samples do not exceed: the upper end of a bin, so
 * up to 1/32 too much, never too little.
 */
unsigned long long series_percentile(const struct series *series, unsigned int million)
{
	unsigned long long want = (series->samples * million + 999999) / 1000000;
	unsigned long long seen = 0;

	for (size_t i = 0; i < series->bins; i++) {
		seen += series->bin[i].count;
		if (seen >= want)
			return series->bin[i].to < series->worst ? series->bin[i].to :
								   series->worst;
	}
	return series->worst;
}

static void merge(struct series *to, const struct series *from)
{
	struct bin *bin = resize(NULL, to->bins + from->bins, sizeof(*bin));
	size_t t = 0, f = 0, bins = 0;

	while (t < to->bins || f < from->bins) {
		bool both = t < to->bins && f < from->bins;

		if (f == from->bins || (both && to->bin[t].from < from->bin[f].from)) {
			bin[bins++] = to->bin[t++];
		} else if (t == to->bins || to->bin[t].from > from->bin[f].from) {
			bin[bins++] = from->bin[f++];
		} else {
			bin[bins] = to->bin[t++];
			bin[bins++].count += from->bin[f++].count;
		}
	}
	free(to->bin);
	to->bin = bin;
	to->bins = bins;
	to->samples += from->samples;
	to->failed += from->failed;
	to->sum += from->sum;
	if (from->worst > to->worst) {
		to->worst = from->worst;
		to->cpu = from->cpu;
	}
}

static bool same_kind(const struct series *a, const struct series *b)
{
	return !strcmp(a->context, b->context) && !strcmp(a->allocator, b->allocator) &&
	       !strcmp(a->call, b->call);
}

/* The same with all CPUs in one. */
struct run run_merge(const struct run *run)
{
	struct run merged = *run;

	merged.series = resize(NULL, run->nr, sizeof(*run->series));
	merged.nr = 0;
	for (size_t i = 0; i < run->nr; i++) {
		struct series *to = merged.series, *end = to + merged.nr;

		while (to < end && !same_kind(to, &run->series[i]))
			to++;
		if (to == end) {
			*to = run->series[i];
			to->bin = NULL;
			to->bins = 0;
			to->samples = 0;
			to->failed = 0;
			to->sum = 0;
			merged.nr++;
		}
		merge(to, &run->series[i]);
	}
	return merged;
}
