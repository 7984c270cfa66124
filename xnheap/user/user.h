/* SPDX-License-Identifier: GPL-2.0 */
/* Heaps for processes: for who loads and unloads the module. */
#ifndef _XNHEAP_USER_H
#define _XNHEAP_USER_H

int user_init(void);
void user_exit(void);

#endif
