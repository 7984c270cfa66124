# A search for what two indexes have looks into one of them
# in xnheap/core/index.h
# by kunit
s/a->word\[w\] & b->word\[w\]/a->word[w]/
