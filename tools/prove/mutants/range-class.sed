# A range that grew stays in the list of its old length
# in xnheap/range.h
# by free
s/if (class != page->class) {/if (0) {/
