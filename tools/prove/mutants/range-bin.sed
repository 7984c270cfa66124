# A range that grew stays in the bin of its former length
# in xnheap/core/range.h
# by free
s/bin != page->bin/((void)bin, false)/
