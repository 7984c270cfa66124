/* SPDX-License-Identifier: GPL-2.0 */
/* What the KUnit suite of a room calls is exported for it. */
#ifndef _XNHEAP_KUNIT_H
#define _XNHEAP_KUNIT_H

#include <linux/export.h>
#include <linux/version.h>

#if KERNEL_VERSION(6, 2, 0) <= LINUX_VERSION_CODE
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol) EXPORT_SYMBOL_GPL(symbol)
#endif

#endif
