/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_VERSION_H
#define _PROVE_LINUX_VERSION_H

#define KERNEL_VERSION(a, b, c)	((a) * 65536 + (b) * 256 + (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 1, 0)

#endif
