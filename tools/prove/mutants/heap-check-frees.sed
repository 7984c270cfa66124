# Asking whether a block could be freed frees a page block
# in xnheap/heap.c
# by refuse
s/^\tif (put == PUT_CHECK)$/\tif (0)/
