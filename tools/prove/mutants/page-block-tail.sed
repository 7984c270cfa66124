# The last page of a page block looks like a first
# in xnheap/core/page_block.c
# by alloc
s/->type = PAGE_LAST/->type = PAGE_BLOCK/
