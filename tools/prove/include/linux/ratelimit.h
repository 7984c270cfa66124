/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_RATELIMIT_H
#define _PROVE_LINUX_RATELIMIT_H


#endif
