# A flush gives the same block back each time
# in xnheap/cpu/batch.h
# by cpu
s/run = slot_page(heap, \*slot);/*slot = stack->slot[0];\n\t\t&/
