# A block may be freed twice
# in xnheap/heap.c
# by refuse
s/if (unlikely(!__test_and_clear_bit(nr, bits)))/if (__test_and_clear_bit(nr, bits), 0)/
