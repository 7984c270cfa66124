# Bytes of a freed block are not taken off those in use
# in xnheap/heap.c
# by free
s/^\theap->slack += bucket->size;//
