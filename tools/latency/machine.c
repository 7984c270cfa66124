// SPDX-License-Identifier: GPL-2.0
/* What the machine is, as far as it bears on how long calls take. */

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "latency.h"

/* The kernel's own word for no CPUs is "(null)". */
static void put_fact(FILE *out, const char *key, const char *value)
{
	bool some = value && *value && strcmp(value, "(null)");

	fprintf(out, "fact %s %s\n", key, some ? value : "none");
}

static void put_fact_file(FILE *out, const char *root, const char *key, const char *path)
{
	char *line = file_line(root, path);

	put_fact(out, key, line);
	free(line);
}

static void write_kernel(FILE *out, const char *root)
{
	char *realtime = file_line(root, "/sys/kernel/realtime");
	struct utsname name;
	bool rt;

	uname(&name);
	fprintf(out, "fact kernel %s %s %s\n", name.release, name.version, name.machine);
	rt = (realtime && *realtime == '1') || strstr(name.version, "PREEMPT_RT");
	put_fact(out, "preempt_rt", rt ? "yes" : "no");
	free(realtime);
}

/* The value of the first line of /proc/cpuinfo that begins so, or NULL. */
static char *cpuinfo_value(const char *cpuinfo, const char *key)
{
	const char *line = cpuinfo, *value;

	for (; line && *line; line = strchr(line, '\n'), line += !!line) {
		if (strncmp(line, key, strlen(key)))
			continue;
		value = line + strcspn(line, ":\n");
		value += strspn(value, ": \t");
		return strndup(value, strcspn(value, "\n"));
	}
	return NULL;
}

static void write_cpu(FILE *out, const char *root)
{
	char *cpuinfo = file_read(root, "/proc/cpuinfo");
	char *model = NULL, *flags = NULL, *type;

	if (cpuinfo) {
		model = cpuinfo_value(cpuinfo, "model name");
		flags = cpuinfo_value(cpuinfo, "flags");
	}
	if (!model)
		model = file_line(root, "/sys/firmware/devicetree/base/model");
	put_fact(out, "cpu", model);
	type = file_line(root, "/sys/hypervisor/type");
	if (!type && flags && strstr(flags, " hypervisor"))
		type = copy("yes");
	put_fact(out, "hypervisor", type);
	free(type);
	free(flags);
	free(model);
	free(cpuinfo);
}

static char *scaling(const struct options *options, const char *what)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_%s",
		 cpus_first(options), what);
	return file_line(options->root, path);
}

static void write_frequency(FILE *out, const struct options *options)
{
	char *driver = scaling(options, "driver"), *governor = scaling(options, "governor");

	put_fact(out, "frequency_driver", driver);
	put_fact(out, "frequency_governor", governor);
	free(governor);
	free(driver);
}

void machine_write(FILE *out, const struct options *options)
{
	const char *root = options->root;

	write_kernel(out, root);
	write_cpu(out, root);
	put_fact_file(out, root, "cpus_online", "/sys/devices/system/cpu/online");
	put_fact_file(out, root, "cpus_isolated", "/sys/devices/system/cpu/isolated");
	put_fact_file(out, root, "cpus_nohz_full", "/sys/devices/system/cpu/nohz_full");
	put_fact_file(out, root, "smt_active", "/sys/devices/system/cpu/smt/active");
	write_frequency(out, options);
	put_fact_file(out, root, "idle_driver", "/sys/devices/system/cpu/cpuidle/current_driver");
	put_fact_file(out, root, "clock_source",
		      "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	put_fact_file(out, root, "command_line", "/proc/cmdline");
	put_fact(out, "load", load_name());
}
