# No run is begun of the pages kept back
# in xnheap/core/bucket.c
# by kunit
s/!heap->free_pages/true/
