# Page addresses are one page too high
# in xnheap/extent.h
# by alloc
s/return ext->base + (nr << heap->page_shift);/return ext->base + ((nr + 1) << heap->page_shift);/
