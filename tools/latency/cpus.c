// SPDX-License-Identifier: GPL-2.0
/* Lists of CPUs. */

#include <stdlib.h>
#include <string.h>

#include "latency.h"

#define MAX_CPUS	8192

/* Parse a list as 0-3,5. */
static int parse(const char *list, bool *set)
{
	memset(set, 0, MAX_CPUS * sizeof(*set));
	do {
		unsigned int from, to;
		int len = 0;

		if (sscanf(list, "%u%n-%u%n", &from, &len, &to, &len) == 1)
			to = from;
		if (!len || strspn(list, "0123456789-") != (size_t)len || from > to ||
		    to >= MAX_CPUS)
			return -1;
		for (; from <= to; from++)
			set[from] = true;
		list += len;
	} while (*list++ == ',');
	return list[-1] ? -1 : 0;
}

/* That the CPUs wanted are a list, and that they are there. */
int cpus_check(const struct options *options)
{
	static bool wanted[MAX_CPUS], online[MAX_CPUS];
	char *list;
	int ret = 0;

	if (!*options->cpus)
		return 0;
	if (parse(options->cpus, wanted))
		return fail("--cpus %s: must be a list as 0-3,5", options->cpus);
	list = file_line(options->root, "/sys/devices/system/cpu/online");
	if (list && !parse(list, online))
		for (int cpu = 0; !ret && cpu < MAX_CPUS; cpu++)
			if (wanted[cpu] && !online[cpu])
				ret = fail("--cpus %s: CPU %d is not online; online are %s",
					   options->cpus, cpu, list);
	free(list);
	return ret;
}

int cpus_first(const struct options *options)
{
	return atoi(options->cpus);
}
