# What is behind the last block of a run can be freed
# in xnheap/heap.c
# by kunit
s/if (breadth == RAGGED \&\& nr >= bucket->blocks)/if (0)/
