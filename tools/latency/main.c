// SPDX-License-Identifier: GPL-2.0
/* The command line. */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "latency.h"

static const char usage[] =
"Usage: xnheap-latency [option...]\n"
"Measure how long xnheap's calls take on this machine, in ns: alloc and free, from\n"
"a timer in hard interrupts and from threads. The module xnheap_latency must be\n"
"loaded. Ctrl-C ends early and reports what was found so far.\n"
"\n"
"What to measure:\n"
"  -c, --cpus LIST       CPUs to call from, as 0-3,5 (all that are online)\n"
"  -x, --context WHERE   irq, thread or both (both)\n"
"  -s, --sizes MIN[-MAX] bytes of a block, 1 to 1048576 (16-4096)\n"
"  -p, --page-size BYTES of the heap, a power of two, 64 to 32768 (4096)\n"
"  -f, --fine            a heap with XNHEAP_FINE\n"
"  -i, --interval US     from one step to the next, 20 to 1000000 (100)\n"
"  -d, --duration TIME   seconds, or as 10m, 8h, 2d, up to 30d (60)\n"
"  -b, --limit NS        end at the first call of xnheap that takes longer\n"
"  -l, --load[=PROGRAM]  under hackbench or stress-ng, of which one is installed\n"
"      --compare         kmalloc, where that is legal, and gen_pool beside it\n"
"      --events LIST     what to trace, as irq,sched:sched_switch\n"
"      --no-trace        trace nothing\n"
"\n"
"What to print:\n"
"  -j, --json            JSON instead of the report, each CPU by itself\n"
"      --svg FILE        a picture, too, by gnuplot\n"
"      --record FILE     all that was found, too\n"
"      --replay FILE     what was recorded, instead of measuring\n"
"      --root DIR        look for /sys and /proc below it\n"
"  -h, --help            print this\n"
"  -V, --version         print the version\n"
"\n"
"\"nothing\" is what takes time where nothing is called, for as long as a call took:\n"
"firmware (SMI) and a hypervisor; in threads also interrupts and other threads.\n"
"\n"
"Exit status: 0; 1 after an error, which is said in one line; 2 if a call took\n"
"longer than --limit.\n";

enum { COMPARE = 256, EVENTS, NO_TRACE, SVG, RECORD, REPLAY, ROOT };

static const struct option long_options[] = {
	{ "cpus", required_argument, NULL, 'c' },
	{ "context", required_argument, NULL, 'x' },
	{ "sizes", required_argument, NULL, 's' },
	{ "page-size", required_argument, NULL, 'p' },
	{ "fine", no_argument, NULL, 'f' },
	{ "interval", required_argument, NULL, 'i' },
	{ "duration", required_argument, NULL, 'd' },
	{ "limit", required_argument, NULL, 'b' },
	{ "load", optional_argument, NULL, 'l' },
	{ "compare", no_argument, NULL, COMPARE },
	{ "events", required_argument, NULL, EVENTS },
	{ "no-trace", no_argument, NULL, NO_TRACE },
	{ "json", no_argument, NULL, 'j' },
	{ "svg", required_argument, NULL, SVG },
	{ "record", required_argument, NULL, RECORD },
	{ "replay", required_argument, NULL, REPLAY },
	{ "root", required_argument, NULL, ROOT },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

/* A number of that unit's multiples; the end of its digits in @end. */
static bool number(const char *text, char **end, unsigned long *value)
{
	errno = 0;
	*value = strtoul(text, end, 10);
	return *text >= '0' && *text <= '9' && !errno;
}

static int parse_number(const char *name, unsigned long min, unsigned long max,
			unsigned long *value)
{
	char *end;

	if (!number(optarg, &end, value) || *end || *value < min || *value > max)
		return fail("--%s %s: must be %lu to %lu", name, optarg, min, max);
	return 0;
}

static int parse_page_size(unsigned long *value)
{
	if (parse_number("page-size", 64, 32768, value))
		return -1;
	if (*value & (*value - 1))
		return fail("--page-size %s: must be a power of two", optarg);
	return 0;
}

static int parse_sizes(const char **sizes)
{
	unsigned long min, max;
	char *end;
	bool good = number(optarg, &end, &min);

	max = min;
	if (good && *end == '-')
		good = number(end + 1, &end, &max);
	if (!good || *end || !min || min > max || max > 1048576)
		return fail("--sizes %s: must be MIN or MIN-MAX, 1 to 1048576 bytes",
			    optarg);
	*sizes = optarg;
	return 0;
}

static int parse_duration(unsigned long *seconds)
{
	static const char units[] = "smhd";
	static const unsigned int unit[] = { 1, 60, 3600, 86400 };
	const char *at;
	char *end;
	bool good = number(optarg, &end, seconds);

	at = *end ? strchr(units, *end) : units;
	good = good && at && (!*end || !end[1]) && *seconds <= 30 * 86400;
	if (good)
		*seconds *= unit[at - units];
	if (!good || !*seconds || *seconds > 30 * 86400)
		return fail("--duration %s: must be seconds or as 10m, 8h, 2d, up to 30d",
			    optarg);
	return 0;
}

static int parse_context(const char **context)
{
	*context = optarg;
	if (strcmp(optarg, "irq") && strcmp(optarg, "thread") && strcmp(optarg, "both"))
		return fail("--context %s: must be irq, thread or both", optarg);
	return 0;
}

static int parse_option(struct options *options, int option, char *argv[])
{
	switch (option) {
	case 'c':
		options->cpus = optarg;
		return 0;
	case 'x':
		return parse_context(&options->context);
	case 's':
		return parse_sizes(&options->sizes);
	case 'p':
		return parse_page_size(&options->page_size);
	case 'f':
		options->fine = true;
		return 0;
	case 'i':
		return parse_number("interval", 20, 1000000, &options->interval_us);
	case 'd':
		return parse_duration(&options->seconds);
	case 'b':
		return parse_number("limit", 1, 4294967295, &options->limit_ns);
	case 'l':
		options->load = optarg ? optarg : "";
		return 0;
	case COMPARE:
		options->compare = true;
		return 0;
	case EVENTS:
		options->events = optarg;
		return 0;
	case NO_TRACE:
		options->trace = false;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case SVG:
		options->svg = optarg;
		return 0;
	case RECORD:
		options->record = optarg;
		return 0;
	case REPLAY:
		options->replay = optarg;
		return 0;
	case ROOT:
		options->root = optarg;
		return 0;
	case ':':
		return fail("%s needs an argument; see xnheap-latency --help",
			    argv[optind - 1]);
	default:
		return fail("%s is not an option; see xnheap-latency --help",
			    argv[optind - 1]);
	}
}

static int parse(struct options *options, int argc, char *argv[])
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:x:s:p:fi:d:b:l::jhV", long_options,
				     NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		if (option == 'V') {
			puts("xnheap-latency " VERSION);
			exit(0);
		}
		if (parse_option(options, option, argv))
			return -1;
	}
	if (optind < argc)
		return fail("%s is not an option; see xnheap-latency --help", argv[optind]);
	if (options->record && options->replay)
		return fail("--record and --replay exclude each other");
	return 0;
}

static char *replay(const char *path)
{
	FILE *file = fopen(path, "re");
	char *record = file ? read_all(file) : NULL;

	if (!record)
		fail("cannot read %s: %s", path, strerror(errno));
	if (file)
		fclose(file);
	return record;
}

/* Without a path there is nothing to keep. */
static int keep(const char *path, const char *mode, const char *record)
{
	FILE *file = path ? fopen(path, mode) : NULL;
	bool failed;

	if (path && !file)
		return fail("cannot write %s: %s", path, strerror(errno));
	if (!file)
		return 0;
	failed = fputs(record, file) < 0;
	if (fclose(file) || failed)
		return fail("cannot write %s: %s", path, strerror(errno));
	return 0;
}

/*
 * Hours may come before anything is written: what would fail then fails now. What
 * was kept before stays until there is something to keep.
 */
static int prepare(const struct options *options)
{
	if (options->svg && !program_exists("gnuplot"))
		return fail("--svg needs gnuplot: on Debian apt-get install gnuplot-nox");
	if (keep(options->record, "ae", "") || keep(options->svg, "ae", ""))
		return -1;
	return 0;
}

static int run(const struct options *options)
{
	const char *name = options->replay ? options->replay : "the module's file";
	struct run found = {};
	char *record;
	int ret;

	if (prepare(options))
		return -1;
	record = options->replay ? replay(options->replay) : measure(options);
	if (!record)
		return -1;
	ret = keep(options->record, "we", record);
	if (run_parse(&found, name, record))
		return -1;
	if (options->json)
		run_print_json(&found);
	else
		report_print(&found);
	if ((options->svg && svg_write(&found, options->svg)) || ret)
		return -1;
	return options->limit_ns && found.worst.ns > options->limit_ns ? 2 : 0;
}

int main(int argc, char *argv[])
{
	struct options options = {
		.root = "",
		.cpus = "",
		.context = "both",
		.sizes = "16-4096",
		.page_size = 4096,
		.interval_us = 100,
		.seconds = 60,
		.trace = true,
	};
	int ret = parse(&options, argc, argv);

	signal(SIGPIPE, SIG_IGN);	/* of gnuplot */
	if (!ret)
		ret = run(&options);
	if (ret < 0) {
		fprintf(stderr, "xnheap-latency: %s\n", error_text);
		return 1;
	}
	if (fflush(stdout)) {
		fprintf(stderr, "xnheap-latency: cannot write: %s\n", strerror(errno));
		return 1;
	}
	return ret;
}
