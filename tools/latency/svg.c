// SPDX-License-Identifier: GPL-2.0
/* A picture by gnuplot: what share of the calls took as long or longer. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "latency.h"

static void put_path(FILE *plot, const char *path)
{
	for (; *path; path++)
		fprintf(plot, *path == '\'' ? "''" : "%c", *path);
}

static void put_data(FILE *plot, const struct series *series, size_t nr)
{
	unsigned long long left = series->samples;

	fprintf(plot, "$data%zu << END\n", nr);
	for (size_t i = 0; i < series->bins; i++) {
		fprintf(plot, "%llu %.9g\n", series->bin[i].from ?: 1,
			(double)left / series->samples);
		left -= series->bin[i].count;
	}
	fputs("END\n", plot);
}

static void put_script(FILE *plot, const struct run *merged, const char *path)
{
	const char *kernel = run_fact(merged, "kernel");
	bool first = true;

	fputs("set terminal svg size 840,560 font 'sans,13' background 'white'\n"
	      "set border 3; set tics nomirror; set grid lc rgb '#dddddd'\n"
	      "set logscale xy; set format y '10^{%L}'; set yrange [:1]\n"
	      "set xlabel 'ns'; set ylabel 'share of calls that took as long or longer'\n"
	      "set key below; set output '", plot);
	put_path(plot, path);
	fputs("'\n", plot);
	if (kernel) {
		fputs("set title '", plot);
		put_path(plot, kernel);
		fputs("' noenhanced\n", plot);
	}
	for (size_t i = 0; i < merged->nr; i++)
		put_data(plot, &merged->series[i], i);
	fputs("plot", plot);
	for (size_t i = 0; i < merged->nr; i++) {
		const struct series *series = &merged->series[i];

		if (!series->samples)
			continue;
		fprintf(plot, "%s $data%zu with steps lw 2 title '%s: %s %s' noenhanced",
			first ? "" : ",", i, series->context, series->allocator,
			series->call);
		first = false;
	}
	fputs("\n", plot);
}

int svg_write(const struct run *run, const char *path)
{
	struct run merged = run_merge(run);
	int status;
	FILE *plot;

	plot = popen("gnuplot", "we");
	if (!plot)
		return fail("cannot run gnuplot: %s", strerror(errno));
	put_script(plot, &merged, path);
	status = pclose(plot);
	if (status)
		return fail("gnuplot could not write %s", path);
	return 0;
}
