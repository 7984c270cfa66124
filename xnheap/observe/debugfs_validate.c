// SPDX-License-Identifier: GPL-2.0
/* The file in a heap's folder that checks its invariants. */

#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../api/validate.h"
#include "folders.h"
#include "observe.h"

static int validate_show(struct seq_file *m, void *unused)
{
	struct xnheap *heap = m->private;
	struct validation *v = kvmalloc(sizeof(*v), GFP_KERNEL);
	int ret = 0;

	if (!v)
		return -ENOMEM;
	validate_begin(v, heap);
	while (!ret && validate_next(v)) {
		if (fatal_signal_pending(current))
			ret = -EINTR;
		else if (READ_ONCE(heap->observed->leaving))
			ret = -EIO;
	}
	if (v->fault)
		seq_printf(m, "broken in extent %u, page %u: %s\n", v->extent,
			   v->page, v->fault);
	else if (!ret)
		seq_printf(m, "sound, sums %s\n",
			   v->summed ? "checked" : "not checked: it was at work");
	kvfree(v);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(validate);

void folder_add_validate(struct dentry *dir, struct xnheap *heap)
{
	debugfs_create_file("validate", 0400, dir, heap, &validate_fops);
}
