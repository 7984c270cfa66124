# The last page of a page block looks like a first
# in xnheap/core/page_block.c
# by alloc
s/->type = PAGE_TAIL/->type = PAGE_BLOCK/
