# The stale mark of a longer run leads to a block of a shorter one
# in xnheap/core/block.h
# by kunit
s/page->distance < bucket_of_run(heap, run)->pages/true/
