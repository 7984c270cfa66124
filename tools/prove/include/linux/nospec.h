/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_NOSPEC_H
#define _PROVE_LINUX_NOSPEC_H

#define array_index_nospec(index, size)	(index)

#endif
