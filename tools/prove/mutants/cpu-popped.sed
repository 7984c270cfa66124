# A block can be freed before it has left its stack for good
# in xnheap/cpu/cpu.h
# by cpu alone
/cpu_at(heap, CPU_POPPED)/i\	live_set(heap, slot);
