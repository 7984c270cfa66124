# A free range is not merged with the one after it
# in xnheap/core/range.h
# by free
s/after->type == PAGE_FREE/false/
