// SPDX-License-Identifier: GPL-2.0
/* Read a recorded trace from a file. */

#include <linux/kernel_read_file.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "trace.h"

#define MAX_ID	65535

/* What a line says, in @step: 1; nothing: 0; nothing that makes sense: -EINVAL */
static int parse(char *line, struct trace_step *step)
{
	if (*line == '#' || !*line)
		return 0;
	if (sscanf(line, "a %u %u", &step->id, &step->size) == 2)
		return step->size && step->id <= MAX_ID ? 1 : -EINVAL;
	step->size = 0;
	if (sscanf(line, "f %u", &step->id) == 1)
		return step->id <= MAX_ID ? 1 : -EINVAL;
	return -EINVAL;
}

/* Whether no block is allocated twice, and none freed that is not there. */
static int check(struct trace *trace)
{
	u32 *live, i, blocks = 0;
	u64 bytes = 0;

	live = vcalloc(trace->ids, sizeof(*live));
	if (!live)
		return -ENOMEM;
	for (i = 0; i < trace->steps; i++) {
		const struct trace_step *step = &trace->step[i];

		if (!live[step->id] == !step->size)
			break;
		if (step->size) {
			blocks++;
			bytes += step->size;
		} else {
			blocks--;
			bytes -= live[step->id];
		}
		live[step->id] = step->size;
		trace->largest = max(trace->largest, step->size);
		trace->most = max(trace->most, blocks);
		trace->peak = max(trace->peak, bytes);
	}
	vfree(live);
	return i == trace->steps ? 0 : -EINVAL;
}

int trace_read(struct trace *trace, const char *path)
{
	char *line, *next;
	void *text = NULL;
	ssize_t size;
	u32 lines = 1;
	int ret;

	memset(trace, 0, sizeof(*trace));
	/* Some security modules warn of READING_UNKNOWN; this is input, too */
	size = kernel_read_file_from_path(path, 0, &text, 16 << 20, NULL,
					  READING_POLICY);
	if (size < 0)
		return size;
	next = vmalloc(size + 1);
	ret = next ? 0 : -ENOMEM;
	if (next) {
		memcpy(next, text, size);
		next[size] = '\0';
	}
	vfree(text);
	text = next;

	for (line = next; line && *line; line++)
		lines += *line == '\n';
	trace->step = vcalloc(lines, sizeof(*trace->step));
	if (!trace->step)
		ret = -ENOMEM;
	while (!ret && next) {
		line = strsep(&next, "\n");
		ret = parse(line, &trace->step[trace->steps]);
		if (ret <= 0)
			continue;
		trace->ids = max(trace->ids, trace->step[trace->steps].id + 1);
		trace->steps++;
		ret = 0;
	}
	vfree(text);
	if (!ret && !trace->steps)
		ret = -EINVAL;
	if (!ret)
		ret = check(trace);
	if (ret) {
		pr_err("bench: %s: no usable trace: step %u: %d\n", path,
		       trace->steps, ret);
		trace_forget(trace);
	}
	return ret;
}

void trace_forget(struct trace *trace)
{
	vfree(trace->step);
	trace->step = NULL;
}
