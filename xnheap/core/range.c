// SPDX-License-Identifier: GPL-2.0
/* Free page ranges: what is not inline. */

#include "range.h"

notrace __noendbr
int range_free_noinline(struct xnheap *heap, struct xnheap_page *page, u32 pages)
{
	return range_free(heap, page, pages);
}
