/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xnheap-latency: how long xnheap's calls take on this machine.
 *
 * What is known of a measurement is a record: text, of the machine, from the
 * module and of the trace.  It is kept or replayed as it is, and it is all that
 * the report, --json and --svg know.
 */
#ifndef XNHEAP_LATENCY_H
#define XNHEAP_LATENCY_H

#include "../xnheap-top/top.h"

#define NAME_LEN	16
#define SCN_NAME	"%15s"

/* What to do. */
struct options {
	const char *root;	/* before /sys and /proc; "" but in tests */
	const char *cpus, *context, *sizes;
	unsigned long page_size, interval_us, seconds, limit_ns;
	bool fine, compare, trace;
	const char *events, *load;
	const char *record, *replay, *svg;
	bool json;
};

/* What was found. */
struct bin {
	unsigned long long from, to, count;
};

struct series {
	char context[NAME_LEN], allocator[NAME_LEN], call[NAME_LEN];
	unsigned int cpu;	/* of several, where the worst was */
	unsigned long long samples, failed, sum, worst;
	struct bin *bin;	/* in order */
	size_t bins;
};

struct run {
	struct fact {
		char *key, *value;
	} *fact;
	size_t facts;
	struct series *series;
	size_t nr;
	struct {
		char context[NAME_LEN], call[NAME_LEN];
		unsigned int cpu, size;
		unsigned long long ns;	/* 0: there was no call */
	} worst;
	char **trace;		/* lines, the last is the worst call's */
	size_t traced;
};

/* record.c */
int run_parse(struct run *run, const char *name, char *text);
const char *run_fact(const struct run *run, const char *key);
unsigned long long series_percentile(const struct series *series, unsigned int million);
struct run run_merge(const struct run *run);

#define PERCENTILES	6
extern const unsigned int percentiles[PERCENTILES];	/* of a million */

/* file.c */
char *file_read(const char *root, const char *path);
char *read_all(FILE *file);
char *file_line(const char *root, const char *path);
int file_write(const char *root, const char *path, const char *text);
bool program_exists(const char *name);

/* cpus.c */
int cpus_check(const struct options *options);
int cpus_first(const struct options *options);

/* machine.c: facts, a line each */
void machine_write(FILE *out, const struct options *options);

/* trace.c: the buffer of its own, which the worst call stops */
int trace_begin(const struct options *options);
void trace_write(FILE *out, const char *results);
void trace_end(void);

/* load.c */
int load_begin(const struct options *options);
int load_check(void);
void load_end(void);
const char *load_name(void);

/* measure.c: a record, to be freed */
char *measure(const struct options *options);

/* report.c, json.c, svg.c */
void report_print(const struct run *run);
void run_print_json(const struct run *run);
int svg_write(const struct run *run, const char *path);

#endif /* XNHEAP_LATENCY_H */
