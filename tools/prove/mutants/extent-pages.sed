# An extent has a page more than there is room for
# in xnheap/core/extent.c
# by area area-apart
s/\.nr_pages = pages/& + 1/
