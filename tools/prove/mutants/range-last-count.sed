# The last page of a range is not told its length
# in xnheap/range.h
# by alloc
s/^\tlast->count = pages;//
