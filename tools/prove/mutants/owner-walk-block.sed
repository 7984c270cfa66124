# What a file leaves is looked for past the block after one that was found
# in xnheap/core/owner.c
# by kunit
s/walk->block = block.nr + 1;/walk->block = block.nr + 2;/
