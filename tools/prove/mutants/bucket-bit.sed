# A block that is handed out is not marked
# in xnheap/core/bucket.h
# by alloc
s/__set_bit(nr, bucket->cursor)/(void)nr/
