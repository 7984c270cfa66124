// SPDX-License-Identifier: GPL-2.0
/* The bench module: runs one part of the bench at load; results in debugfs. */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "bench.h"

static char *part = "adversary";
module_param(part, charp, 0400);
MODULE_PARM_DESC(part, "what to run: adversary, irqs, search, workloads, trace, growth, churn, placement, contexts or native");

static char *trace = "";
module_param(trace, charp, 0400);
MODULE_PARM_DESC(trace, "of part trace: the file, with its whole path");

static char *only = "";
module_param(only, charp, 0400);
MODULE_PARM_DESC(only, "what the names of the allocators to measure begin with; all");

static unsigned int seed = 1;
module_param(seed, uint, 0400);
MODULE_PARM_DESC(seed, "of part search: another one searches elsewhere");

static ulong calls = 12000000;
module_param(calls, ulong, 0400);
MODULE_PARM_DESC(calls, "of part search: how many it makes, near enough");

struct record bench_alloc, bench_free;

static struct debugfs_blob_wrapper out;
static struct dentry *file;

#define OUT_BYTES	(4UL << 20)

void bench_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	out.size += vscnprintf(out.data + out.size, OUT_BYTES - out.size, fmt,
			       args);
	va_end(args);
}

bool bench_wants(const struct allocator *allocator)
{
	return strstarts(allocator->name, only);
}

static int run_trace(void)
{
	return bench_trace(trace);
}

static int run_search(void)
{
	return bench_search(seed, calls);
}

static const struct {
	const char *name;
	int (*run)(void);
} parts[] = {
	{ "adversary", bench_adversary },
	{ "irqs", bench_irqs },
	{ "search", run_search },
	{ "workloads", bench_workloads },
	{ "trace", run_trace },
	{ "growth", bench_growth },
	{ "churn", bench_churn },
	{ "placement", bench_placement },
	{ "contexts", bench_contexts },
	{ "native", bench_native },
};

static int bench_run(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strcmp(parts[i].name, part))
			return parts[i].run();
	pr_err("bench: no part '%s': see modinfo\n", part);
	return -EINVAL;
}

static int __init bench_init(void)
{
	int ret;

	out.data = vmalloc(OUT_BYTES);
	ret = out.data ? 0 : -ENOMEM;
	if (!ret)
		ret = record_init(&bench_alloc);
	if (!ret)
		ret = record_init(&bench_free);
	if (!ret) {
		record_calibrate();
		ret = bench_run();
	}
	record_exit(&bench_alloc);
	record_exit(&bench_free);
	if (!ret && out.size == OUT_BYTES - 1)
		ret = -ENOSPC;
	if (ret) {
		vfree(out.data);
		return ret;
	}
	file = debugfs_create_blob("xnheap-bench", 0400, NULL, &out);
	return 0;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	debugfs_remove(file);
	vfree(out.data);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("What allocators cost, by call");
MODULE_LICENSE("GPL");
