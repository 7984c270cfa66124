/* SPDX-License-Identifier: GPL-2.0 */
/* The sources that are proved, as they are, but for validate.c: see state.h. */
#include <linux/printk.h>

#include "core/extent.c"
#include "core/size_class.c"
#include "core/range.c"
#include "core/page_block.c"
#include "core/bucket.c"
#include "core/heap.c"
#include "api/blocks.c"
#include "api/setup.c"
#include "api/heaps.c"

#include "stubs.h"
