/* SPDX-License-Identifier: GPL-2.0 */
/* Call a function in NMI, where HAVE_NMI is defined. */
#ifndef _XNHEAP_TOOLS_NMI_H
#define _XNHEAP_TOOLS_NMI_H

#ifdef CONFIG_X86_LOCAL_APIC
#define HAVE_NMI

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/nmi.h>

static void (*nmi_work)(void);

static int nmi_handle(unsigned int type, struct pt_regs *regs)
{
	void (*work)(void);

	work = xchg(&nmi_work, NULL);
	if (!work)
		return NMI_DONE;
	work();
	return NMI_HANDLED;
}

/* Around calls of nmi_call(): 0, or an error. */
static int nmi_begin(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi_handle, 0, KBUILD_MODNAME);
}

static void nmi_end(void)
{
	unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
}

/*
 * Have an NMI interrupt this CPU here, and @work called in it: 0, or
 * -ETIMEDOUT where none came.
 */
static int nmi_call(void (*work)(void))
{
	unsigned int ms = 100;
	int ret;

	preempt_disable();
	xchg(&nmi_work, work);
	apic->send_IPI(smp_processor_id(), NMI_VECTOR);
	while (READ_ONCE(nmi_work) && ms--)
		mdelay(1);
	ret = xchg(&nmi_work, NULL) ? -ETIMEDOUT : 0;
	preempt_enable();
	return ret;
}
#endif

#endif
