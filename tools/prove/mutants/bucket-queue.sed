# A full run that gets a free block is not queued
# in xnheap/bucket.c
# by free
s/^\t\t\tqueue_append(&bucket->head, run);/\t\t\t;/
