/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_STRING_H
#define _PROVE_LINUX_STRING_H

#include <string.h>

#endif
