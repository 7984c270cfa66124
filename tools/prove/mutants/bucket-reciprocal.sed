# The reciprocal of a size is rounded down
# in xnheap/core/bucket.c
# by layout-fine
s/DIV_ROUND_UP_ULL(\(1ULL << [^(),]*\), \([^()]*\))/(\1) \/ (\2)/
