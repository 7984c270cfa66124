/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_ERR_H
#define _PROVE_LINUX_ERR_H

#include <linux/errno.h>
#include <linux/types.h>

#ifdef __CPROVER__
/* Addresses that CBMC tells from others without a solver */
static char prove_error[4096];

#define ERR_PTR(error)	((void *)&prove_error[-(error)])
#define PTR_ERR(ptr)	(-(int)((char *)(ptr) - prove_error))
#define IS_ERR(ptr)	((void *)(ptr) == ERR_PTR(-EEXIST) || \
			 (void *)(ptr) == ERR_PTR(-ENOSPC))
#else
#define ERR_PTR(error)	((void *)(long)(error))
#define PTR_ERR(ptr)	((long)(ptr))
#define IS_ERR(ptr)	((unsigned long)(ptr) >= -4095UL)
#endif

#define ERR_CAST(ptr)		((void *)(ptr))
#define PTR_ERR_OR_ZERO(ptr)	(IS_ERR(ptr) ? PTR_ERR(ptr) : 0)
#define IS_ERR_OR_NULL(ptr)	(!(ptr) || IS_ERR(ptr))

#endif
