/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_LIST_H
#define _PROVE_LINUX_LIST_H

#include <linux/types.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

#define container_of(at, type, member) \
	((type *)((void *)(at) - offsetof(type, member)))
#define list_entry(link, type, member)	container_of(link, type, member)
#define list_prev_entry(at, member) \
	list_entry((at)->member.prev, typeof(*(at)), member)

/* The head is no entry, and is not taken for one */
#define list_for_each_entry(at, head, member) \
	for (struct list_head *_link = (head)->next; \
	     _link != (head) && ((at) = list_entry(_link, typeof(*at), member)); \
	     _link = _link->next)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

/* For the list of live heaps, which has no part in the proof */
static inline void list_add_tail(struct list_head *link, struct list_head *head)
{
	link->next = head;
	link->prev = head->prev;
	head->prev->next = link;
	head->prev = link;
}

static inline void list_del(struct list_head *link)
{
	link->next->prev = link->prev;
	link->prev->next = link->next;
}

#endif
