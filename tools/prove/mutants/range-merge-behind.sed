# A range put back is not merged with the one behind it
# in xnheap/range.h
# by free
s/if (behind->kind == PAGE_FREE)/if (0)/
