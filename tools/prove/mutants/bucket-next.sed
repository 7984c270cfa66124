# Pages after the first of a run do not say how far that is
# in xnheap/core/bucket.c
# by runs
s/page->distance = [^;]*/(void)page/
