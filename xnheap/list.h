/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floor 0: lists and queues of pages, threaded through the page map.
 *
 * In a queue the first page's prev is the last page.
 */
#ifndef _XNHEAP_LIST_H
#define _XNHEAP_LIST_H

#include "extent.h"

static __always_inline void list_push(struct xnheap_page **head,
				      struct xnheap_page *page)
{
	struct xnheap_page *next = *head;

	page->next = next;
	page->prev = NULL;
	*head = page;
	if (next)
		next->prev = page;
}

/* True if the list is empty now. */
static __always_inline bool list_remove(struct xnheap_page **head,
					struct xnheap_page *page)
{
	struct xnheap_page *next = page->next;
	struct xnheap_page *prev = page->prev;

	if (next)
		next->prev = prev;
	if (prev) {
		prev->next = next;
		return false;
	}
	*head = next;
	return !next;
}

/*
 * Whether the list has @page. If not, its links are old, but then the page that
 * they call its previous one leads past it, and no page leads to it until it is
 * in a list again.
 */
static inline bool list_has(struct xnheap_page *const *head,
			    const struct xnheap_page *page)
{
	return (page->prev ? page->prev->next : *head) == page;
}

static __always_inline void queue_append(struct xnheap_page **head,
					 struct xnheap_page *page)
{
	struct xnheap_page *first = *head;

	page->next = NULL;
	if (!first) {
		page->prev = page;
		*head = page;
		return;
	}
	page->prev = first->prev;
	first->prev->next = page;
	first->prev = page;
}

static __always_inline void queue_push(struct xnheap_page **head,
				       struct xnheap_page *page)
{
	struct xnheap_page *first = *head;

	page->next = first;
	*head = page;
	if (!first) {
		page->prev = page;
		return;
	}
	page->prev = first->prev;
	first->prev = page;
}

/* The first page of a queue that has one. */
static __always_inline struct xnheap_page *
queue_take(struct xnheap_page **head)
{
	struct xnheap_page *page = *head;
	struct xnheap_page *next = page->next;

	*head = next;
	if (next)
		next->prev = page->prev;
	return page;
}

/* True if the queue is empty now. */
static __always_inline bool queue_remove(struct xnheap_page **head,
					 struct xnheap_page *page)
{
	struct xnheap_page *next = page->next;
	struct xnheap_page *prev = page->prev;

	if (page == *head) {
		queue_take(head);
		return !next;
	}
	prev->next = next;
	if (!next)
		next = *head;
	next->prev = prev;
	return false;
}

#endif
