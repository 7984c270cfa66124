# What is taken of a range begins a page too early
# in xnheap/range.h
# by alloc
s/taken = page_after(heap, page, left);/taken = page_after(heap, page, left - 1);/
