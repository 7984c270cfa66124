/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_SIZES_H
#define _PROVE_LINUX_SIZES_H

#define SZ_512	0x00000200
#define SZ_1K	0x00000400
#define SZ_2K	0x00000800
#define SZ_4K	0x00001000
#define SZ_1M	0x00100000
#define SZ_1G	0x40000000

#endif
