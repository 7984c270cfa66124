/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_WORKQUEUE_H
#define _PROVE_LINUX_WORKQUEUE_H

struct work_struct {
	int pending;
};

#endif
