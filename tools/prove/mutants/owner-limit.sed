# A file may have a byte more than its limit
# in xnheap/core/owner.c
# by kunit
s/owner->bytes + bytes > limit/& + 1/
