# An empty bin stays in the index
# in xnheap/core/range.h
# by alloc
s/index_clear(&heap->range_index, \([^()]*\))/(void)(\1)/
