/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_SCHED_CLOCK_H
#define _PROVE_LINUX_SCHED_CLOCK_H

#define local_clock()	1ULL

#endif
