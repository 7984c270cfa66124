# A flush gives the same block back each time
# in xnheap/cpu/cpu.c
# by cpu
s/give_back(heap, bucket, \*--slot)/give_back(heap, bucket, stack->slot[0]), slot--/
