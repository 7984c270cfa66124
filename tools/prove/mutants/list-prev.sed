# What is first in a list does not learn what came before it
# in xnheap/core/list.h
# by two
s/next->prev = entry/(void)next/
