# Asking whether a block could be freed frees a page block
# in xnheap/core/heap.h
# by refuse refuse-runs
/heap_check(/,/^}/s/check_found/free_found/
