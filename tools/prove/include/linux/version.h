/* SPDX-License-Identifier: GPL-2.0 */
/* None: without what only some kernels have. */
#ifndef _LINUX_VERSION_H
#define _LINUX_VERSION_H

#define LINUX_VERSION_CODE		0
#define KERNEL_VERSION(a, b, c)		1

#endif
