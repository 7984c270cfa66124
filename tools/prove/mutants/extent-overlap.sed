# An extent may end inside the one after it
# in xnheap/core/extent.c
# by refuse-area
s/i < n && at\[i\]/false \&\& at[i]/
