/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_ERRNO_H
#define _PROVE_LINUX_ERRNO_H

#define EPERM	1
#define EAGAIN	11
#define ENOMEM	12
#define EFAULT	14
#define EBUSY	16
#define EEXIST	17
#define ENODEV	19
#define EINVAL	22
#define ENOSPC	28
#define EOPNOTSUPP	95
#define EDQUOT	122

#endif
