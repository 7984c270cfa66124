# A page has a block more than there is room for
# in xnheap/core/size_class.c
# by layout
s/classes->page_size \/ class->size/& + 1/
