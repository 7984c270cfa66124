# A file that is closed is lent a block
# in xnheap/core/owner.c
# by kunit
s/if (owner->closed)/if (false)/
