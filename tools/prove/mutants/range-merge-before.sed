# A range put back is not merged with the one before it
# in xnheap/range.h
# by free
s/if (before->kind == PAGE_FREE)/if (0)/
