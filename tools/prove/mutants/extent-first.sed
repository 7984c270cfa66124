# Page addresses are one page too high
# in xnheap/core/extent.h
# by alloc
s/(nr << heap->page_shift)/((nr + 1) << heap->page_shift)/
