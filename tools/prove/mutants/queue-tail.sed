# A queue forgets its new last page
# in xnheap/list.h
# by free
s/^\tfirst->prev = page;//
