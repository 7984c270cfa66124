/* SPDX-License-Identifier: GPL-2.0 */
/* The sources that are proved, as they are, but for validate.c: see state.h. */
#define XNHEAP_VALIDATE		/* each call is held against validate_facts.h */
#include <linux/printk.h>

#include "core/validate_paths.c"
#include "core/extent.c"
#include "core/size_class.c"
#include "core/wait.c"
#include "core/range.c"
#include "core/page_block.c"
#include "core/bucket.c"
#include "core/heap.c"
#include "core/owner.c"
#include "cpu/cpu.c"
#include "cpu/stacks.c"
#include "api/enter.c"
#include "api/level.c"
#include "api/deferred.c"
#include "api/by_cpu.c"
#include "api/other.c"
#include "api/by_kind.c"
#include "api/blocks.c"
#include "api/setup.c"
#include "api/heaps.c"

#include "stubs.h"
