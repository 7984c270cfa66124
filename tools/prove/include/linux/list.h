/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_LIST_H
#define _PROVE_LINUX_LIST_H

#include <linux/types.h>

#endif
