# A run from the queue that becomes full stays the current one
# in xnheap/core/bucket.c
# by alloc
/alloc_from_queue(/,/^}/s/bucket_leave(heap, bucket)/(void)heap/
