# A block may be freed twice
# in xnheap/core/heap.h
# by refuse refuse-two
s/!__test_and_clear_bit(\([^()]*\))/(__test_and_clear_bit(\1), 0)/
