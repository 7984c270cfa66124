# Runs that have ended are still counted
# in xnheap/core/bucket.c
# by free
s/bucket->runs\(--\| -= [^;]*\)/(void)bucket/
