// SPDX-License-Identifier: GPL-2.0
/*
 * What run.sh cannot do itself: call upon heaps.
 *
 * Writing a name to the parameter `op` runs that operation; reading it tells
 * what came of it. For a test_ that is a line for each thing that was not as it
 * should be, so nothing if it passed, or SKIP and a reason. For a make_ it is
 * what run.sh should find elsewhere.
 */

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "selftest.h"

#define OP(function) { #function, function }

static const struct {
	const char *name;
	void (*run)(void);
} ops[] = {
	OP(test_bad_free),
	OP(make_abandoned),
	OP(make_small),
	OP(make_grown),
	OP(make_growing),
	OP(make_twins),
	OP(make_slash),
	OP(make_leak),
	OP(make_files),
	OP(say_used),
	OP(make_odd),
	OP(make_before),
	OP(make_after),
	OP(make_large),
	OP(make_load),
	OP(test_raw_lock),
	OP(test_hard_irq),
	OP(test_nmi),
	OP(make_busy),
	OP(make_traced),
	OP(make_events),
	OP(make_verbose),
	OP(make_verbose_nmi),
	OP(make_latency),
	OP(make_debug),
	OP(make_plain),
	OP(test_planned),
	OP(test_classic),
	OP(test_no_system_heap),
	OP(drop_heaps),
};

static char said[4096];		/* the most that can be read */
static size_t said_len;

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	said_len += vscnprintf(said + said_len, sizeof(said) - said_len, fmt,
			       args);
	va_end(args);
}

void expect_equal(const char *what, long actual, long expected)
{
	if (actual != expected)
		say("%s is %ld, should be %ld\n", what, actual, expected);
}

static xnheap_t *kept[2];

xnheap_t *keep_heap(const char *label, u_long extsize, u_long pagesize,
		    unsigned int flags)
{
	xnheap_t **slot = kept[0] ? &kept[1] : &kept[0];
	xnheap_t *heap;

	if (*slot) {
		say("too many heaps are kept\n");
		return NULL;
	}
	heap = xnheap_create(label, extsize, pagesize, flags);
	expect(PTR_ERR_OR_ZERO(heap), 0);
	if (IS_ERR(heap))
		return NULL;
	*slot = heap;
	return heap;
}

xnheap_t *kept_heap(void)
{
	return kept[0];
}

void drop_heaps(void)
{
	unsigned int i;

	drop_load();
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		xnheap_delete(kept[i]);
		kept[i] = NULL;
	}
}

static int op_set(const char *name, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (!sysfs_streq(name, ops[i].name))
			continue;
		said_len = 0;
		said[0] = '\0';
		ops[i].run();
		return 0;
	}
	return -EINVAL;
}

static int op_get(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%s", said);
}

static const struct kernel_param_ops op_ops = {
	.set = op_set,
	.get = op_get,
};
module_param_cb(op, &op_ops, NULL, 0600);
MODULE_PARM_DESC(op, "write: the operation to run; read: what came of it");

static int __init selftest_init(void)
{
	return 0;
}
module_init(selftest_init);

static void __exit selftest_exit(void)
{
	drop_heaps();
}
module_exit(selftest_exit);

MODULE_DESCRIPTION("Operations for the selftests of xnheap");
MODULE_LICENSE("GPL");
