/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_PROCESSOR_H
#define _PROVE_LINUX_PROCESSOR_H

#define cpu_relax()	((void)0)

#endif
