# A block that is handed out is not marked
# in xnheap/bucket.h
# by alloc
s/^\t__set_bit(nr, bucket->word);//
