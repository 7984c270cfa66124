# An address outside of all extents is refused like one in an extent
# in xnheap/core/block.h
# by refuse
s/BLOCK_EXTENT : BLOCK_OUTSIDE/BLOCK_EXTENT : BLOCK_EXTENT/
