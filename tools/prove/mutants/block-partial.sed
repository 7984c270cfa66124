# What follows the last block of a run can be freed
# in xnheap/core/block.h
# by kunit
s/product >> 32 >= bucket->blocks/false/
