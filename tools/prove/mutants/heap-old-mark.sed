# The old mark of a longer run leads to a block of a shorter one
# in xnheap/heap.c
# by kunit
s/^\t    page->offset >= bucket_of_kind(heap, run->kind)->pages)/\t    0)/
