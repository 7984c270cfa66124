# The first block of a new run is not marked
# in xnheap/core/bucket.c
# by alloc
s/\*bits = 1;/*bits = 0;/
