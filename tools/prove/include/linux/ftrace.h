/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_FTRACE_H
#define _PROVE_LINUX_FTRACE_H

#define CALLER_ADDR0	0UL
#define CALLER_ADDR1	0UL

#endif
