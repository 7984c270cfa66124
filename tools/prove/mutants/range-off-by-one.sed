# What is allocated of a range begins a page too early
# in xnheap/core/range.h
# by alloc
s/page_after(heap, page, left)/page_after(heap, page, left - 1)/
