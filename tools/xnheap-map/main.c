// SPDX-License-Identifier: GPL-2.0
/* The command line. */

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

static const char usage[] =
"Usage: xnheap-map [option...] SOURCE...\n"
"Draw the pages of a heap as SVG; of more than one moment, as an animation.\n"
"\n"
"SOURCE is a heap's folder in debugfs, or a copy of it, or a record made by\n"
"xnheap-top --record.\n"
"\n"
"  -n, --heap NAME    the heap, where a record has several\n"
"  -o, --output FILE  where to write (standard output)\n"
"  -h, --help         print this\n"
"  -V, --version      print the version\n";

static const struct option options[] = {
	{ "heap", required_argument, NULL, 'n' },
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

static int write_to(const char *path, const struct series *series)
{
	FILE *svg = path ? fopen(path, "we") : stdout;
	int failed;

	if (!svg)
		return fail("cannot write %s: %s", path, strerror(errno));
	svg_write(svg, series);
	failed = ferror(svg);
	if (fclose(svg) || failed)
		return fail("cannot write %s: %s", path ? path : "the picture",
			    strerror(errno));
	return 0;
}

static int run(int argc, char *argv[])
{
	const char *heap = NULL, *output = NULL;
	struct series series = {};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":n:o:hV", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			heap = optarg;
			break;
		case 'o':
			output = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("xnheap-map " VERSION);
			return 0;
		case ':':
			return fail("%s needs an argument; see xnheap-map --help",
				    argv[optind - 1]);
		default:
			return fail("%s is not an option; see xnheap-map --help",
				    argv[optind - 1]);
		}
	}
	if (optind == argc)
		return fail("a heap's folder or a record is needed; see xnheap-map --help");
	for (; optind < argc; optind++)
		if (series_add(&series, argv[optind], heap))
			return -1;
	if (!series.frames)
		return fail("the heap changed while it was read; try again");
	return write_to(output, &series);
}

int main(int argc, char *argv[])
{
	if (!run(argc, argv))
		return 0;
	fprintf(stderr, "xnheap-map: %s\n", error_text);
	return 1;
}
