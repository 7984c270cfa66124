# Bytes of a freed block are not taken off those in use
# in xnheap/core/account.h
# by free
s/heap->below_peak += bytes/(void)heap/
