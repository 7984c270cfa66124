/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PROVE_LINUX_LLIST_H
#define _PROVE_LINUX_LLIST_H

#include <linux/list.h>

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define llist_entry(node, type, member)	container_of(node, type, member)

static inline bool llist_empty(const struct llist_head *head)
{
	return !head->first;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	bool empty = llist_empty(head);

	node->next = head->first;
	head->first = node;
	return empty;
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	struct llist_node *first = head->first;

	head->first = NULL;
	return first;
}

#endif
