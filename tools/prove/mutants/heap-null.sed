# Freeing NULL counts as refused
# in xnheap/core/heap.h
# by refuse
s/block\.address ?/true ?/
