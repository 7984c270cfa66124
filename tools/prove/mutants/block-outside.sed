# An address outside of all extents is refused like one in a page
# in xnheap/core/block.h
# by refuse
s/page->type == PAGE_OUTSIDE/false/
