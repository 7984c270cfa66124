# Pages behind the first of a run do not say how far that is
# in xnheap/bucket.c
# by runs
s/^\t\tpage->offset = i;//
