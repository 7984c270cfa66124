/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_PRINTK_H
#define _PROVE_LINUX_PRINTK_H

#include <stdarg.h>
#include <linux/types.h>

#define pr_warn_ratelimited(fmt, ...)	do { } while (0)
int vscnprintf(char *text, size_t size, const char *fmt, va_list args);

#endif
