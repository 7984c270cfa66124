# An interrupt takes the stacks that a call has
# in xnheap/cpu/cpu.h
# by cpu
s/data_race((\*cpu)->busy)/false/
