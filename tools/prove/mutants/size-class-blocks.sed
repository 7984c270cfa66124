# A page has a block more than there is room for
# in xnheap/core/size_class.c
# by layout layout-wide
/next_power(/,/^}/s/->blocks = [^;]*/& + 1/
