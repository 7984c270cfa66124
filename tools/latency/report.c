// SPDX-License-Identifier: GPL-2.0
/* The report for people. */

#include <stdlib.h>
#include <string.h>

#include "latency.h"

static const char *in_words(const char *context)
{
	return !strcmp(context, "irq") ? "in hard interrupts" : "in threads";
}

static void print_facts(const struct run *run)
{
	for (size_t i = 0; i < run->facts; i++)
		if (strcmp(run->fact[i].key, "no_trace"))
			printf("%-19s %s\n", run->fact[i].key, run->fact[i].value);
}

static void print_series(const struct series *series)
{
	printf("  %-9s %-6s %10llu", series->allocator, series->call, series->samples);
	for (int i = 0; i < PERCENTILES; i++)
		printf(" %9llu", series_percentile(series, percentiles[i]));
	printf(" %9llu %5u\n", series->worst, series->cpu);
}

static void print_percentiles(const struct run *merged)
{
	const char *context = "";

	printf("\n%-18s %10s", "ns", "calls");
	for (int i = 0; i < PERCENTILES; i++)
		printf(" %7g %%", percentiles[i] / 1e4);
	printf(" %9s %5s\n", "worst", "CPU");
	for (size_t i = 0; i < merged->nr; i++) {
		const struct series *series = &merged->series[i];

		if (strcmp(series->context, context))
			printf("%s\n", in_words(series->context));
		context = series->context;
		print_series(series);
	}
	for (size_t i = 0; i < merged->nr; i++)
		if (merged->series[i].failed)
			printf("%llu calls of %s %s %s FAILED\n", merged->series[i].failed,
			       merged->series[i].allocator, merged->series[i].call,
			       in_words(merged->series[i].context));
}

/* Samples from 2^power to the next. */
static unsigned long long count_doubling(const struct series *series, int power)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < series->bins; i++)
		if (series->bin[i].from >> power == 1 ||
		    (!power && !series->bin[i].from))
			sum += series->bin[i].count;
	return sum;
}

static void print_histogram(const struct run *merged)
{
	printf("\n%-24s", "samples, by ns");
	for (size_t i = 0; i < merged->nr; i++)
		printf(" %10s", merged->series[i].allocator);
	printf("\n%-24s", "");
	for (size_t i = 0; i < merged->nr; i++)
		printf(" %10s", merged->series[i].call);
	printf("\n%-24s", "");
	for (size_t i = 0; i < merged->nr; i++)
		printf(" %10s", merged->series[i].context);
	putchar('\n');

	for (int power = 0; power < 63; power++) {
		unsigned long long sum = 0;

		for (size_t i = 0; i < merged->nr; i++)
			sum += count_doubling(&merged->series[i], power);
		if (!sum)
			continue;
		printf("%11llu%13llu", power ? 1ULL << power : 0, (2ULL << power) - 1);
		for (size_t i = 0; i < merged->nr; i++)
			printf(" %10llu", count_doubling(&merged->series[i], power));
		putchar('\n');
	}
}

static void print_worst(const struct run *run)
{
	const char *no_trace = run_fact(run, "no_trace");

	if (!run->worst.ns)
		return;
	printf("\nworst call of xnheap: %llu ns, %s of %u bytes, %s, on CPU %u\n",
	       run->worst.ns, run->worst.call, run->worst.size,
	       in_words(run->worst.context), run->worst.cpu);
	if (!run->traced)
		printf("without a trace%s%s\n", no_trace ? ": " : "",
		       no_trace ? no_trace : "");
	for (size_t i = 0; i < run->traced; i++)
		puts(run->trace[i]);
}

void report_print(const struct run *run)
{
	struct run merged = run_merge(run);

	print_facts(run);
	print_percentiles(&merged);
	print_histogram(&merged);
	print_worst(run);
}
