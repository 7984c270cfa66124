// SPDX-License-Identifier: GPL-2.0
/* The command line. */

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "top.h"

static const char usage[] =
"Usage: xnheap-top [option...]\n"
"Show the heaps of xnheap, live.  In the screen: arrows, Enter, Space, r, q.\n"
"\n"
"  -d, --delay SECONDS  from one look to the next, 0.1 to 3600 (1)\n"
"  -s, --sort COLUMN    sort by this column (use)\n"
"  -r, --reverse        turn the order round\n"
"  -1, --once           print the list once, as a table\n"
"  -j, --json           print all there is to know once, as JSON\n"
"      --record FILE    also keep what is seen; without a terminal, only that\n"
"      --replay FILE    show what was recorded\n"
"      --root DIR       where to look (/sys/kernel/debug/xnheap)\n"
"  -h, --help           print this\n"
"  -V, --version        print the version\n";

enum { RECORD = 256, REPLAY, ROOT };

static const struct option options[] = {
	{ "delay", required_argument, NULL, 'd' },
	{ "sort", required_argument, NULL, 's' },
	{ "reverse", no_argument, NULL, 'r' },
	{ "once", no_argument, NULL, '1' },
	{ "json", no_argument, NULL, 'j' },
	{ "record", required_argument, NULL, RECORD },
	{ "replay", required_argument, NULL, REPLAY },
	{ "root", required_argument, NULL, ROOT },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

struct arguments {
	bool once, json;
	const char *record, *replay;
};

static int parse_delay(struct session *session, const char *text)
{
	char *end;

	session->delay = strtod(text, &end);
	if (end == text || *end || !(session->delay >= 0.1 && session->delay <= 3600))
		return fail("--delay %s: must be a number of seconds from 0.1 to 3600",
			    text);
	return 0;
}

static int parse_sort(struct session *session, const char *key)
{
	int column = column_find(key);

	if (column < 0)
		return -1;
	session->column = column;
	return 0;
}

static int parse_option(struct session *session, struct arguments *arguments,
			int option, char *argv[])
{
	switch (option) {
	case 'd':
		return parse_delay(session, optarg);
	case 's':
		return parse_sort(session, optarg);
	case 'r':
		session->reverse = true;
		return 0;
	case '1':
		arguments->once = true;
		return 0;
	case 'j':
		arguments->json = true;
		return 0;
	case RECORD:
		arguments->record = optarg;
		return 0;
	case REPLAY:
		arguments->replay = optarg;
		return 0;
	case ROOT:
		session->root = optarg;
		return 0;
	case ':':
		return fail("%s needs an argument; see xnheap-top --help",
			    argv[optind - 1]);
	default:
		return fail("%s is not an option; see xnheap-top --help",
			    argv[optind - 1]);
	}
}

static int parse(struct session *session, struct arguments *arguments,
		 int argc, char *argv[])
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":d:s:r1jhV", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		if (option == 'V') {
			puts("xnheap-top " VERSION);
			exit(0);
		}
		if (parse_option(session, arguments, option, argv))
			return -1;
	}
	if (optind < argc)
		return fail("%s is not an option; see xnheap-top --help", argv[optind]);
	if (arguments->once && arguments->json)
		return fail("--once and --json exclude each other");
	if (arguments->record && arguments->replay)
		return fail("--record and --replay exclude each other");
	return 0;
}

/* One snapshot, or with a record to replay its last one. */
static int print(struct session *session, const struct arguments *arguments)
{
	int ret;

	do {
		ret = session_next(session, arguments->json ? "" : NULL);
	} while (ret > 0 && session->replay);
	if (ret < 0)
		return -1;
	if (!session->snapshot.nr)
		return fail("%s holds no snapshot", arguments->replay);
	if (arguments->json)
		return print_json(&session->snapshot, &session->heaps);
	print_table(&session->heaps);
	return 0;
}

static int record(struct session *session)
{
	while (session_next(session, "") > 0)
		usleep(session->delay * 1e6);
	return -1;
}

static int run(struct session *session, struct arguments *arguments)
{
	if (arguments->record) {
		session->record = record_create(arguments->record);
		if (!session->record)
			return -1;
	}
	if (arguments->replay) {
		session->replay = record_open(arguments->replay);
		if (!session->replay)
			return -1;
	}
	if (arguments->once || arguments->json)
		return print(session, arguments);
	if (session->delay < 0 && !session->replay)
		session->delay = 1;
	if (session->record && !isatty(STDOUT_FILENO))
		return record(session);
	return screen_run(session);
}

int main(int argc, char *argv[])
{
	struct session session = {
		.root = "/sys/kernel/debug/xnheap",
		.delay = -1,
		.column = COL_USE,
	};
	struct arguments arguments = {};

	setlocale(LC_CTYPE, "");
	if (parse(&session, &arguments, argc, argv) || run(&session, &arguments)) {
		fprintf(stderr, "xnheap-top: %s\n", error_text);
		return 1;
	}
	if (fflush(stdout)) {
		fprintf(stderr, "xnheap-top: cannot write: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
