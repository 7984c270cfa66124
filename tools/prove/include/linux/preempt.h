/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_PREEMPT_H
#define _PROVE_PREEMPT_H

#define preempt_disable()		((void)0)
#define preempt_enable()		((void)0)
#define preempt_disable_notrace()	((void)0)
#define preempt_enable_notrace()	((void)0)

#endif
