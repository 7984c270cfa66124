# Likewise, past all of a run but its first blocks
# in xnheap/core/owner.c
# by kunit
s/if (end == block.bucket->blocks)/if (true)/
