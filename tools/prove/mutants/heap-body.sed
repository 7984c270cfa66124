# The last page of a page block looks like a first
# in xnheap/heap.c
# by alloc
s/->kind = PAGE_BODY;/->kind = PAGE_BLOCK;/
