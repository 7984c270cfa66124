# A file's block is adopted from any other
# in xnheap/api/sharing.c
# by kunit
s/has && (!owner || has == owner)/has/
