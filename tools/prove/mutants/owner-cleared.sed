# A block that is freed keeps its owner
# in xnheap/core/owner.c
# by kunit
/^\t\*nr = OWNER_KERNEL;$/d
