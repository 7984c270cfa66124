# Likewise, past the page after a page block
# in xnheap/core/owner.c
# by kunit
s/walk->page += block.page->count - 1;/walk->page += block.page->count;/
