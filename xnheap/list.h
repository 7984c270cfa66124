/* SPDX-License-Identifier: GPL-2.0 */
/* Floor 0: lists of pages, threaded through the page map. */
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

#endif
