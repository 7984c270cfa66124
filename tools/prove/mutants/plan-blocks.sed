# A page has a block more than there is room for
# in xnheap/plan.c
# by layout
s/^\tshape->blocks = plan->page_size \/ shape->size;/\tshape->blocks = plan->page_size \/ shape->size + 1;/
