/* SPDX-License-Identifier: GPL-2.0 */
/* Each test, its function and what it proves: in the order in which they run. */

/* map.c */
TEST(map_whole, "what kernel and process write, the other reads")
TEST(map_zeroed, "every extent is zero at first")
TEST(map_no_metadata, "nothing that the allocator knows is in the window")
TEST(map_parts, "any part of the window can be mapped, and nothing beyond")
TEST(map_private, "no private mapping")
TEST(map_read_only, "a file open for reading maps and asks, but writes nothing")
TEST(map_expand, "a mapping can be moved, but not expand")
TEST(map_dontneed, "memory stays where the process says it needs it no longer")
TEST(map_grown, "offsets stay, and mappings reach what the heap grows by")
TEST(map_locked, "a process with all its memory locked can use a heap")
TEST(map_forked, "a child has what its parent mapped")
TEST(map_pipe, "a page that a pipe holds outlives mapping and heap")
TEST(map_returned, "memory is given back with heap and mapping")

/* ask.c */
TEST(ask_info, "info tells all of the heap, and of the file")
TEST(ask_alloc, "alloc gives blocks as asked for, and tells each error")
TEST(ask_free, "free takes what alloc gave, once, and nothing else")
TEST(ask_check, "check tells whose a block is, and nothing of what is none")
TEST(ask_largest, "largest is what alloc would give")
TEST(ask_fault, "nothing is lost where a result cannot be handed back")
TEST(ask_unknown, "a call that there is not is refused")
TEST(ask_quota, "a file has no more than its limit, all have no more than theirs")

/* owner.c */
TEST(owner_free, "nobody frees what is another's")
TEST(owner_at, "the kernel finds its own blocks and no other")
TEST(owner_adopt, "adopt takes a process's block, and tells each error")
TEST(owner_lend, "lend hands out the kernel's block, and tells each error")
TEST(owner_contexts, "the kernel's calls work in every context")
TEST(owner_busy, "in NMI calls give up where the lock is taken")
TEST(owner_peer, "a peer is a file of this heap, and outlives it")
TEST(owner_plain, "the calls refuse a heap that is not shared")

/* wait.c */
TEST(wait_read, "read tells what was posted, in order")
TEST(wait_blocked, "a hard interrupt wakes who reads")
TEST(wait_poll, "a hard interrupt wakes who polls")
TEST(wait_nonblocking, "a file that does not block does not")
TEST(wait_signal, "a signal ends or restarts a read")
TEST(wait_listen, "of the kernel's blocks those are told that listen, up to 8")
TEST(wait_overflow, "a post that has no room is counted, and the others stay")
TEST(wait_several, "of several that read one file, each gets others' posts not")
TEST(wait_errors, "post tells each error")

/* device.c */
TEST(device_node, "the device comes and goes with the heap")
TEST(device_module, "the module stays as long as the device")
TEST(device_share, "share says who may open it, and leaves who has")
TEST(device_names, "a name that cannot be one is refused")
TEST(device_arguments, "a heap that cannot be shared is not made")
TEST(device_refused, "a shared heap refuses what it cannot do")
TEST(device_kinds, "heaps of each kind can be shared")

/* file.c */
TEST(file_close, "what a file still has is freed when it is closed, what it gave stays")
TEST(file_killed, "so it is when its process is killed")
TEST(file_fork, "a child shares its parent's file, and the last one's close counts")
TEST(file_passed, "a file can be passed to another process")
TEST(file_taken, "a file can be taken from another process")
TEST(file_many, "1024 files can be open, and one more when one was closed")
TEST(file_seccomp, "read, write, ioctl, poll and exit are all that is needed")

/* end.c */
TEST(end_enodev, "each call says that the heap has ended")
TEST(end_mapped, "what is mapped stays, however late it is touched")
TEST(end_waiting, "who waits is told that the heap ends")
TEST(end_again, "a new heap of that name is another one")
TEST(end_flood, "a heap ends though processes call all the time")

/* hostile.c */
TEST(hostile_offsets, "no offset does harm")
TEST(hostile_writer, "whatever is written to the window, the allocator is sound")
TEST(hostile_addresses, "no call tells an address of the kernel's")
TEST(hostile_killed, "of 100 processes killed at random moments nothing is lost")
