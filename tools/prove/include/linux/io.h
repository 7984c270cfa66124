/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_IO_H
#define _PROVE_LINUX_IO_H

#include <linux/types.h>

#define PHYS_ADDR_MAX		(~(phys_addr_t)0)
#define virt_to_phys(address)	((phys_addr_t)(unsigned long)(address))

#endif
