# A range that grew stays in the bin of its former length
# in xnheap/core/range.h
# by free
s/\([a-z_]*bin\) != page->bin/((void)\1, false)/
