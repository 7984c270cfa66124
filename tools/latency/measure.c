// SPDX-License-Identifier: GPL-2.0
/* One measurement by the module: tell it what, start it, wait, fetch what it found. */

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "latency.h"

#define PARAMETERS	"/sys/module/xnheap_latency/parameters/"
#define RESULTS		"/sys/kernel/debug/xnheap-latency"
#define MAX_VALUE	1024	/* bytes that the kernel takes */

static int __printf(3, 4) set(const struct options *options, const char *name,
			      const char *fmt, ...)
{
	char path[128], value[MAX_VALUE];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	if (len >= MAX_VALUE) {
		errno = E2BIG;
		return -1;
	}
	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	return file_write(options->root, path, value);
}

static int set_all(const struct options *options)
{
	unsigned int size_min, size_max;

	if (sscanf(options->sizes, "%u-%u", &size_min, &size_max) == 1)
		size_max = size_min;
	if (!set(options, "cpus", "%s\n", options->cpus) &&
	    !set(options, "irq", "%d", !!strcmp(options->context, "thread")) &&
	    !set(options, "thread", "%d", !!strcmp(options->context, "irq")) &&
	    !set(options, "size_min", "%u", size_min) &&
	    !set(options, "size_max", "%u", size_max) &&
	    !set(options, "page_size", "%lu", options->page_size) &&
	    !set(options, "fine", "%d", options->fine) &&
	    !set(options, "compare", "%d", options->compare) &&
	    !set(options, "interval_us", "%lu", options->interval_us) &&
	    !set(options, "seconds", "%lu", options->seconds) &&
	    !set(options, "limit_ns", "%lu", options->limit_ns))
		return 0;
	if (errno == EACCES || errno == EPERM)
		return fail("only root may do this");
	if (errno == E2BIG)
		return fail("--cpus is too long: write it as ranges, 0-3,8-11");
	return fail("the module's parameters cannot be set: %s", strerror(errno));
}

static bool runs(const struct options *options)
{
	char *line = file_line(options->root, PARAMETERS "run");
	bool yes = line && *line == 'Y';

	free(line);
	return yes;
}

static int fail_busy(void)
{
	return fail("a measurement runs already; if its program was killed, echo 0 >"
		    PARAMETERS "run");
}

static int check_module(const struct options *options)
{
	char *text = file_read(options->root, PARAMETERS "run");

	free(text);
	if (!text)
		return fail("the module xnheap_latency is not loaded: %s",
			    "modprobe it, if xnheap-latency-dkms is installed, or make tools/latency");
	if (runs(options))
		return fail_busy();
	text = file_read(options->root, RESULTS);
	free(text);
	if (text)
		return 0;
	if (errno == EACCES || errno == EPERM)
		return fail("only root may do this, and no kernel that is locked down");
	return fail("debugfs is not mounted: mount -t debugfs none /sys/kernel/debug");
}

static int begin(const struct options *options)
{
	if (!set(options, "run", "1"))
		return 0;
	switch (errno) {
	case EBUSY:
		return fail_busy();
	case ENOMEM:
		return fail("there is not enough memory for the heap");
	case EINVAL:
		return fail("the module does not take these options: see dmesg");
	default:
		return fail("cannot start: %s", strerror(errno));
	}
}

static void show_progress(const struct options *options, unsigned int seconds)
{
	char *results = file_read(options->root, RESULTS);
	const char *worst = results ? strstr(results, "\nworst ") : NULL;
	unsigned long long ns;

	if (worst && sscanf(worst, " worst %*s %*u %*s %*u %llu", &ns) == 1)
		fprintf(stderr, "\r%u s of %lu, worst call %llu ns ", seconds,
			options->seconds, ns);
	free(results);
}

/* Signals end it early; that of a lost terminal does not under nohup. */
static sigset_t ending_signals(void)
{
	struct sigaction hangup;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGQUIT);
	sigaction(SIGHUP, NULL, &hangup);
	if (hangup.sa_handler != SIG_IGN)
		sigaddset(&signals, SIGHUP);
	return signals;
}

static int wait_for_end(const struct options *options, const sigset_t *signals)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	bool people = isatty(STDERR_FILENO);
	unsigned int pauses = 0;
	int ret = 0;

	while (!ret && runs(options) && sigtimedwait(signals, NULL, &pause) < 0) {
		ret = load_check();
		if (people && ++pauses % 10 == 0)
			show_progress(options, pauses / 10);
	}
	if (people && pauses >= 10)
		fputc('\n', stderr);
	return ret;
}

static int run(const struct options *options)
{
	sigset_t signals = ending_signals();
	int ret;

	sigprocmask(SIG_BLOCK, &signals, NULL);
	ret = load_begin(options);
	if (!ret)
		ret = begin(options);
	if (!ret) {
		ret = wait_for_end(options, &signals);
		set(options, "run", "0");
	}
	load_end();
	return ret;
}

static int write_record(FILE *out, const struct options *options)
{
	char *results = file_read(options->root, RESULTS);
	size_t head;

	if (!results)
		return fail("cannot read " RESULTS ": %s", strerror(errno));
	head = strcspn(results, "\n");
	fprintf(out, "%.*s\n", (int)head, results);
	machine_write(out, options);
	fputs(results + head + !!results[head], out);
	trace_write(out, results);
	free(results);
	return 0;
}

char *measure(const struct options *options)
{
	char *record = NULL;
	size_t size;
	FILE *out;
	int ret = -1;

	if (!check_module(options) && !cpus_check(options) && !set_all(options) &&
	    !trace_begin(options) && !run(options)) {
		out = open_memstream(&record, &size);
		ret = write_record(out, options);
		fclose(out);
	}
	trace_end();
	return ret ? NULL : record;
}
