# A search for what two indexes have begins with the first list
# in xnheap/core/index.h
# by kunit
/index_find_and(/,/^}/s/ & (~0UL << (i % BITS_PER_LONG))//
