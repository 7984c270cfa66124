# What follows the last block of a run can be freed
# in xnheap/core/block.h
# by kunit
s/nr >= bucket->blocks/false/
