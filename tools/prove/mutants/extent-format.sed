# The entry after an extent's last page is not told what it is
# in xnheap/core/extent.c
# by extend
s/i < ext->nr_pages + 2; i++/i < ext->nr_pages + 1; i++/
