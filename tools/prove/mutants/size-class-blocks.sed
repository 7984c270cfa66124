# A page has a block more than there is room for
# in xnheap/core/size_class.c
# by layout
/next_power(/,/^}/s/->blocks = [^;]*/& + 1/
