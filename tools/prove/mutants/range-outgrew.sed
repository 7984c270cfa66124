# A range that grew within its bin stays behind shorter ones
# in xnheap/core/range.h
# by kunit
s/(u32)prev->count - 1 < pages - 1/((void)prev, (void)pages, false)/
