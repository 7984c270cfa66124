// SPDX-License-Identifier: GPL-2.0
/* What the KUnit suites call, beside the public calls. */

#include <linux/export.h>
#include <linux/version.h>

#include "api/sharing.h"
#ifdef XNHEAP_OBSERVE
#include "observe/kasan.h"
#include "observe/observe.h"
#include "observe/tracking.h"
#include "observe/walk.h"
#endif

#if KERNEL_VERSION(6, 2, 0) <= LINUX_VERSION_CODE
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol) EXPORT_SYMBOL_GPL(symbol)
#endif

EXPORT_SYMBOL_IF_KUNIT(block_find);
#ifdef XNHEAP_VALIDATE
EXPORT_SYMBOL_IF_KUNIT(cpu_hook);
#endif
EXPORT_SYMBOL_IF_KUNIT(cpu_kept_by);
EXPORT_SYMBOL_IF_KUNIT(cpu_kept_bytes);
EXPORT_SYMBOL_IF_KUNIT(extent_claim);
EXPORT_SYMBOL_IF_KUNIT(extent_format);
EXPORT_SYMBOL_IF_KUNIT(extent_layout);
EXPORT_SYMBOL_IF_KUNIT(extent_map_size);
EXPORT_SYMBOL_IF_KUNIT(extent_publish);
EXPORT_SYMBOL_IF_KUNIT(heap_get_bucket);
EXPORT_SYMBOL_IF_KUNIT(heap_get_stats);
EXPORT_SYMBOL_IF_KUNIT(heaps);
EXPORT_SYMBOL_IF_KUNIT(heaps_lock);
EXPORT_SYMBOL_IF_KUNIT(live_free);
#ifdef XNHEAP_VALIDATE
EXPORT_SYMBOL_IF_KUNIT(path_begin);
EXPORT_SYMBOL_IF_KUNIT(path_end);
EXPORT_SYMBOL_IF_KUNIT(path_pass);
#endif
EXPORT_SYMBOL_IF_KUNIT(sharing_alloc);
EXPORT_SYMBOL_IF_KUNIT(sharing_close);
EXPORT_SYMBOL_IF_KUNIT(sharing_forget);
EXPORT_SYMBOL_IF_KUNIT(sharing_free);
EXPORT_SYMBOL_IF_KUNIT(sharing_free_some);
EXPORT_SYMBOL_IF_KUNIT(sharing_open);
EXPORT_SYMBOL_IF_KUNIT(size_class_next);
EXPORT_SYMBOL_IF_KUNIT(size_classes_plan);
EXPORT_SYMBOL_IF_KUNIT(wait_take);
EXPORT_SYMBOL_IF_KUNIT(wait_turn);
EXPORT_SYMBOL_IF_KUNIT(wait_turn_over);

#ifdef XNHEAP_OBSERVE
EXPORT_SYMBOL_IF_KUNIT(observe_switch);
EXPORT_SYMBOL_IF_KUNIT(tracking_leaks);
EXPORT_SYMBOL_IF_KUNIT(tracking_page_extra);
EXPORT_SYMBOL_IF_KUNIT(walk_begin);
EXPORT_SYMBOL_IF_KUNIT(walk_extent);
EXPORT_SYMBOL_IF_KUNIT(walk_next);
EXPORT_SYMBOL_IF_KUNIT(walk_slice);
EXPORT_SYMBOL_IF_KUNIT(xnheap_observe_key);
#ifdef CONFIG_KASAN_GENERIC
EXPORT_SYMBOL_IF_KUNIT(kasan_heap_describe);
#endif
#endif
