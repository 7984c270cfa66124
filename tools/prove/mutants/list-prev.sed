# Who was first in a list does not learn who came before it
# in xnheap/list.h
# by free
s/^\t\tnext->prev = page;/\t\t(void)next;/
