# Runs that were given back are still counted
# in xnheap/bucket.c
# by free
s/^\tbucket->runs--;//
