/* SPDX-License-Identifier: GPL-2.0 */
/* What else a processor does meanwhile, it does to neither heaps nor stacks. */
#ifndef _THREADS_LINUX_PREEMPT_H
#define _THREADS_LINUX_PREEMPT_H

#include <linux/types.h>

#define preempt_disable()		barrier()
#define preempt_enable()		barrier()
#define preempt_disable_notrace()	barrier()
#define preempt_enable_notrace()	barrier()

#endif
