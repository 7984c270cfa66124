# A range comes first in its bin, even before a longer one
# in xnheap/core/range.h
# by kunit
s/(u32)first->count > pages ? &first->list : head/((void)first, head)/
