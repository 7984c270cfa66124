# A bucket without a free block stays in the index
# in xnheap/bucket.c
# by alloc
s/^\t\tindex_clear(&heap->bucket_index, bucket->nr);/\t\t;/
