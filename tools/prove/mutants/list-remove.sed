# What follows a page that left a list still leads to it
# in xnheap/core/list.h
# by free larger
s/next->prev = prev/(void)next/
