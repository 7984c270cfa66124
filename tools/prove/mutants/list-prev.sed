# Who was first in a list does not learn who came before it
# in xnheap/list.h
# by two
s/^\t\tnext->prev = page;/\t\t(void)next;/
