// SPDX-License-Identifier: GPL-2.0
/* One snapshot after the other, wherever they come from. */

#include "top.h"

/* What follows is of the last snapshot that was read without a failure. */
int session_next(struct session *session, const char *heap)
{
	struct snapshot next = {};
	int ret = -1;

	if (session->replay)
		ret = record_read(session->replay, &next);
	else if (!debugfs_read(&next, session->root, session->record ? "" : heap))
		ret = 1;
	if (ret > 0 && (heaps_update(&session->heaps, &next) ||
			(session->record && record_write(session->record, &next))))
		ret = -1;
	if (ret <= 0) {
		snapshot_clear(&next);
		return ret;
	}
	heaps_sort(&session->heaps, session->column, session->reverse);
	session->gap = next.time - session->snapshot.time;
	snapshot_clear(&session->snapshot);
	session->snapshot = next;
	return 1;
}
