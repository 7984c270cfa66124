/* SPDX-License-Identifier: GPL-2.0 */
/* How long each half of the demo runs, and how many messages it sends. */
#ifndef _XNHEAP_DEMO_PARAMETERS_H
#define _XNHEAP_DEMO_PARAMETERS_H

#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

#define MAX_SECONDS	3600
#define MAX_RATE_HZ	10000

static unsigned int seconds = 10;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long to run, 1 to 3600 (10)");

static unsigned int rate_hz = 1000;
module_param(rate_hz, uint, 0444);
MODULE_PARM_DESC(rate_hz, "messages a second, 1 to 10000 (1000)");

/* Of the includer's pr_fmt() */
static inline int check_parameters(void)
{
	if (seconds < 1 || seconds > MAX_SECONDS) {
		pr_err("seconds=%u: must be 1 to %u\n", seconds, MAX_SECONDS);
		return -EINVAL;
	}
	if (rate_hz < 1 || rate_hz > MAX_RATE_HZ) {
		pr_err("rate_hz=%u: must be 1 to %u\n", rate_hz, MAX_RATE_HZ);
		return -EINVAL;
	}
	return 0;
}

#endif
