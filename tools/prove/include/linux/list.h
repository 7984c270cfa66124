/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_LIST_H
#define _PROVE_LINUX_LIST_H

#include <linux/types.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

#define list_entry(link, type, member) \
	((type *)((void *)(link) - offsetof(type, member)))
#define list_for_each_entry(at, head, member) \
	for (at = list_entry((head)->next, typeof(*at), member); \
	     &at->member != (head); \
	     at = list_entry(at->member.next, typeof(*at), member))

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

/* Of live heaps, which have no part in the proof */
#define list_add_tail(link, head)	((void)(link), (void)(head))
#define list_del(link)			((void)(link))

#endif
