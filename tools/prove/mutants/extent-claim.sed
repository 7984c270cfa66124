# An extent may begin inside the one before it
# in xnheap/extent.c
# by extend-twice
s/^\tif (i > 0 \&\& plan->start/\tif (0 \&\& plan->start/
