# An extent takes the place of the one after it
# in xnheap/core/extent.c
# by extend-first
/memmove(&at\[i + 1\], &at\[i\]/d
