# A free range is not merged with the one before it
# in xnheap/core/range.h
# by free
s/before->type == PAGE_FREE/false/
