// SPDX-License-Identifier: GPL-2.0
/* Whether each call keeps to the facts that its bound is computed with. */

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/hardirq.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "kind.h"
#include "validate_paths.h"

/* How often the call that has a lock on this CPU passed each mark. */
struct passed {
	int times[NR_PATHS];
};

static DEFINE_PER_CPU(struct passed, passed);

/* An NMI may come in between: its calls are not checked */
void path_begin(void)
{
	if (!in_nmi())
		memset(raw_cpu_ptr(&passed), 0, sizeof(passed));
}

void path_pass(enum path_mark mark)
{
	if (!in_nmi())
		raw_cpu_inc(passed.times[mark]);
}

#define MARK(name)		int name __always_unused = now->times[PATH_##name];
#define LOOP(word, per, most)	FACT(word <= (most) * (per))
#define FACT(condition)		WARN_ONCE(!(condition), "xnheap: a call's path: " #condition);

void path_end(const struct xnheap *heap)
{
	const struct passed *now = raw_cpu_ptr(&passed);
	int fine = !!(heap->flags & XNHEAP_FINE), percpu = !!heap->cpu;
	int beside = heap_is_other(heap);

	/* The bounds are computed for words of 64 bits; smaller ones are more */
	if (in_nmi() || BITS_PER_LONG != 64)
		return;
#include "validate_facts.h"
}
