# What is allocated of a range begins a page too early
# in xnheap/core/range.h
# by alloc
/range_alloc(/,/^}/s/page_after(heap, page, [^()]*/& - 1/
