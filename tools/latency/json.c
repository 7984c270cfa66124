// SPDX-License-Identifier: GPL-2.0
/* Results as JSON: a series for each CPU. */

#include "latency.h"

static void print_facts(const struct run *run)
{
	for (size_t i = 0; i < run->facts; i++) {
		printf("%s\n  ", i ? "," : "");
		json_print_string(run->fact[i].key);
		fputs(": ", stdout);
		json_print_value(run->fact[i].value);
	}
}

static void print_series(const struct series *series)
{
	printf("{\"context\": \"%s\", \"cpu\": %u, \"allocator\": \"%s\", \"call\": \"%s\",\n"
	       "   \"samples\": %llu, \"failed\": %llu, \"sum_ns\": %llu,\n   \"percentiles_ns\": {",
	       series->context, series->cpu, series->allocator, series->call,
	       series->samples, series->failed, series->sum);
	for (int i = 0; i < PERCENTILES; i++)
		printf("%s\"%g\": %llu", i ? ", " : "", percentiles[i] / 1e4,
		       series_percentile(series, percentiles[i]));
	printf("}, \"worst_ns\": %llu,\n   \"bins\": [", series->worst);
	for (size_t i = 0; i < series->bins; i++)
		printf("%s[%llu, %llu, %llu]", i ? ", " : "", series->bin[i].from,
		       series->bin[i].to, series->bin[i].count);
	fputs("]}", stdout);
}

static void print_worst(const struct run *run)
{
	if (!run->worst.ns) {
		fputs("null", stdout);
		return;
	}
	printf("{\"context\": \"%s\", \"cpu\": %u, \"call\": \"%s\", \"size\": %u, \"ns\": %llu,\n"
	       "  \"trace\": [", run->worst.context, run->worst.cpu, run->worst.call,
	       run->worst.size, run->worst.ns);
	for (size_t i = 0; i < run->traced; i++) {
		fputs(i ? ",\n   " : "\n   ", stdout);
		json_print_string(run->trace[i]);
	}
	fputs("]}", stdout);
}

void run_print_json(const struct run *run)
{
	fputs("{\"format\": 1, \"facts\": {", stdout);
	print_facts(run);
	fputs("},\n \"series\": [", stdout);
	for (size_t i = 0; i < run->nr; i++) {
		fputs(i ? ",\n  " : "\n  ", stdout);
		print_series(&run->series[i]);
	}
	fputs("],\n \"worst\": ", stdout);
	print_worst(run);
	puts("}");
}
