# A free range is not merged with the one after it
# in xnheap/core/range.c
# by free
s/after->type == PAGE_FREE/false/
