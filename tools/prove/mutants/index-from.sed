# A search begins one list too far
# in xnheap/core/index.h
# by alloc
s/~0UL << (i % BITS_PER_LONG)/& << 1/
