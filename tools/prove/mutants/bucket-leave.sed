# A run from the queue that becomes full stays the current one
# in xnheap/core/bucket.c
# by alloc
/alloc_from_queue(/,/^}/{
	s/cursor_mark_full(bucket);/(void)heap;/
	/bucket_clear_run(/d
}
