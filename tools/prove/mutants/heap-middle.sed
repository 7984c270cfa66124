# The middle of a page block's first page can be freed
# in xnheap/heap.c
# by refuse
s/^\tif (offset)$/\tif (0)/
