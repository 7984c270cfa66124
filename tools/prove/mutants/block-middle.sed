# The middle of a page block's first page can be freed
# in xnheap/core/block.h
# by refuse
s/offset ? BLOCK_INSIDE : BLOCK_START/((void)offset, BLOCK_START)/
