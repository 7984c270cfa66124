/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_EXPORT_H
#define _PROVE_LINUX_EXPORT_H

#define EXPORT_SYMBOL_GPL(symbol)

#endif
