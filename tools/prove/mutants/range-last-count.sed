# The last page of a range is not told its length
# in xnheap/range.h
# by free
s/^\tlast->count = pages;//
