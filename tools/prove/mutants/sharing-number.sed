# A file that is closed is taken for the one that has its number now
# in xnheap/api/sharing.c
# by kunit
s/has == owner)/has->nr == owner->nr)/
