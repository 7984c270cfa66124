// SPDX-License-Identifier: GPL-2.0
/*
 * The trace of the worst call: an instance of the kernel's trace buffer, so that
 * nobody else's is touched. The module's event comes with each call that took
 * longer than all before, and takes a snapshot of the buffer.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "latency.h"

#define INSTANCE	"instances/xnheap-latency"
#define EVENT		"/events/xnheap_latency/xnheap_latency_worst"
#define BUFFER_KB	"512"		/* a CPU; it is there twice */
#define MAX_LINES	40

/* What comes between a call and the clock, where the kernel has it. */
static const char default_events[] = "sched:sched_switch,irq,irq_vectors,nmi";

static char dir[4096];		/* of the instance, or empty */
static char reason[512];	/* why there is no trace, or empty */
static bool snapshot;

static int none(const char *why)
{
	snprintf(reason, sizeof(reason), "%s", why);
	trace_end();
	return 0;
}

static int trace_events(const char *events, bool all)
{
	char *list = copy(events), *rest = list, *event, path[256];
	int ret = 0;

	while (!ret && (event = strsep(&rest, ","))) {
		char *name = strchr(event, ':');

		if (name)
			*name = '/';
		snprintf(path, sizeof(path), "/events/%s/enable", event);
		if (*event && file_write(dir, path, "1") && all)
			ret = fail("--events %s: cannot trace %s: %s", events, event,
				   strerror(errno));
	}
	free(list);
	return ret;
}

/* Without snapshots the first call over the limit stops the buffer. */
static int set_trigger(const struct options *options)
{
	char text[64];

	snapshot = !file_write(dir, EVENT "/trigger", "snapshot if ns > 0");
	if (snapshot)
		return 0;
	snprintf(text, sizeof(text), "traceoff if ns > %lu", options->limit_ns);
	return options->limit_ns ? file_write(dir, EVENT "/trigger", text) : -1;
}

static bool find_tracefs(const char *root)
{
	static const char * const where[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};

	for (size_t i = 0; i < 2; i++) {
		snprintf(dir, sizeof(dir), "%s%s/instances", root, where[i]);
		if (!access(dir, F_OK)) {
			strcat(dir, strrchr(INSTANCE, '/'));
			return true;
		}
	}
	*dir = '\0';
	return false;
}

/* A kernel that cannot trace is no error, but is said. */
int trace_begin(const struct options *options)
{
	if (!options->trace)
		return none("--no-trace");
	if (!find_tracefs(options->root))
		return none("tracefs is not mounted on /sys/kernel/tracing");
	rmdir(dir);		/* left by a run that was killed */
	if (mkdir(dir, 0700)) {
		*dir = '\0';
		return none("the kernel gives no trace buffer");
	}
	file_write(dir, "/buffer_size_kb", BUFFER_KB);
	if (set_trigger(options) || file_write(dir, EVENT "/enable", "1"))
		return none("the kernel has no snapshots; --limit can do without");
	if (options->events)
		return trace_events(options->events, true);
	return trace_events(default_events, false);
}

/* Lines of the CPU's buffer up to the event of that call. */
static void write_lines(FILE *out, char *text, unsigned long long ns)
{
	char *line[MAX_LINES], *next, end[32];
	size_t lines = 0;
	int len = snprintf(end, sizeof(end), " ns=%llu", ns);

	while ((next = strsep(&text, "\n"))) {
		size_t size = strlen(next);

		if (*next && *next != '#')
			line[lines++ % MAX_LINES] = next;
		if (!strstr(next, " xnheap_latency_worst: ") || size < (size_t)len ||
		    strcmp(next + size - len, end))
			continue;
		for (size_t i = lines > MAX_LINES ? lines - MAX_LINES : 0; i < lines; i++)
			fprintf(out, "trace %s\n", line[i % MAX_LINES]);
		return;
	}
	snprintf(reason, sizeof(reason), "the call is not in the trace buffer");
}

/* The trace, into the record, of the worst call that the results tell. */
void trace_write(FILE *out, const char *results)
{
	const char *worst = strstr(results, "\nworst ");
	unsigned long long ns;
	unsigned int cpu;
	char path[64], *text;

	if (*dir && worst &&
	    sscanf(worst, " worst %*s %u %*s %*u %llu", &cpu, &ns) == 2) {
		snprintf(path, sizeof(path), "/per_cpu/cpu%u/%s", cpu,
			 snapshot ? "snapshot" : "trace");
		text = file_read(dir, path);
		if (text)
			write_lines(out, text, ns);
		free(text);
	}
	if (*reason)
		fprintf(out, "fact no_trace %s\n", reason);
}

void trace_end(void)
{
	if (!*dir)
		return;
	file_write(dir, EVENT "/trigger", snapshot ? "!snapshot" : "!traceoff");
	file_write(dir, "/events/enable", "0");
	rmdir(dir);
	*dir = '\0';
}
