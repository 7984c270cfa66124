# An extent may begin inside the one before it
# in xnheap/core/extent.c
# by extend-twice
s/i > 0 && plan->start/false \&\& plan->start/
