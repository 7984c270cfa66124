# A queue forgets its new last page
# in xnheap/list.h
# by free
/queue_append/,/^}/s/^\tfirst->prev = page;//
