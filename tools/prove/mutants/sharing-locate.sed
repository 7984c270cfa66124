# Blocks of extents that came later are told as of the first
# in xnheap/api/sharing.c
# by kunit
s/address - ext->start + ext->nr \* heap->extent_size/address - ext->start/
