/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_RCUPDATE_H
#define _PROVE_LINUX_RCUPDATE_H

#define synchronize_rcu()	((void)0)

#endif
