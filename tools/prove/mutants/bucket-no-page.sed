# Where no page is free, a run is looked for
# in xnheap/core/bucket.c
# by alloc
s/!heap->free_pages/false/
