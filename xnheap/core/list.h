/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of pages, threaded through the page map.
 *
 * As <linux/list.h> has them, but without the checks that some kernels add:
 * these run within the bound, and an entry that leaves a list is not poisoned.
 */
#ifndef _XNHEAP_LIST_H
#define _XNHEAP_LIST_H

#include "extent.h"

static __always_inline void list_link(struct list_head *prev, struct list_head *entry,
				      struct list_head *next)
{
	entry->next = next;
	entry->prev = prev;
	prev->next = entry;
	next->prev = entry;
}

static __always_inline void list_add_first(struct list_head *head, struct xnheap_page *page)
{
	list_link(head, &page->list, head->next);
}

static __always_inline void list_add_last(struct list_head *head, struct xnheap_page *page)
{
	list_link(head->prev, &page->list, head);
}

/* True if the list is empty now. */
static __always_inline bool list_remove(struct xnheap_page *page)
{
	struct list_head *next = page->list.next, *prev = page->list.prev;

	next->prev = prev;
	prev->next = next;
	return next == prev;
}

static __always_inline struct xnheap_page *list_first(const struct list_head *head)
{
	return list_entry(head->next, struct xnheap_page, list);
}

#endif
