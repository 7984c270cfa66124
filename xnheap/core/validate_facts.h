/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What holds on the way of each call through the allocator, in terms of how often
 * it passes each path_mark() in xnheap/core; `fine` is 1 in a heap with fine
 * classes, `percpu` in one with XNHEAP_PERCPU, `beside` in one that has something to
 * do beside calls, where both others may be 1, too; else they are 0. tools/wcet computes
 * bounds with it, and with VALIDATE=y every call is checked against it. A mark that
 * enters a function is path_enter(), which takes none in machine code: keep the comment
 * that names the function.
 */

#ifdef MARK
MARK(nmi)	/* enters heap_trylock_nmi() */
MARK(in_page)	/* enters heap_free_in_page() */
MARK(pages)	/* enters page_block_alloc() */
MARK(resize)	/* enters page_block_resize() */
MARK(short_pages)	/* enters page_block_alloc_short() */
MARK(from_run)	/* enters alloc_from_run() */
MARK(from_queue)	/* enters alloc_from_queue() */
MARK(advance)	/* enters bucket_advance() */
MARK(failed_size)	/* enters refuse_size() */
MARK(failed_align)	/* enters heap_refuse_align() */
MARK(failed_full)	/* enters page_block_refuse() */
MARK(fine_aligned)
MARK(new_run)
MARK(added_run)
MARK(run_missing)
MARK(run_begun)
MARK(scarce)
MARK(larger)
MARK(page_block)
MARK(refused)
MARK(asked)
MARK(disagreed)
MARK(word)
MARK(partial)
MARK(tail)
MARK(range_search)
MARK(search_word)
MARK(last_word)
MARK(wide_page)
MARK(other)	/* enters alloc_other() */
MARK(alloc_one)	/* enters alloc_one() */
MARK(free_one)	/* enters free_one() */
MARK(quick_alloc)
MARK(quick_free)
MARK(by_cpu)
MARK(by_other)
MARK(level_fell)	/* enters level_fell() */
MARK(level_failed)	/* enters level_failed() */
MARK(waited)	/* enters wait_take() */
MARK(claim_unlocked)	/* enters claim_unlocked() */
MARK(left)	/* enters deferred_leave() */
MARK(drained)
MARK(again)
MARK(popped)
MARK(owner_find)	/* enters owner_find() */
MARK(not_plain)
MARK(owned)
MARK(in_window)
MARK(shared_alloc)	/* enters sharing_alloc() */
MARK(shared_free)	/* enters free_owned() */
MARK(shared_largest)	/* enters sharing_largest() */
MARK(shared_info)	/* enters fill_info() */
MARK(owner_alloc)	/* enters owner_alloc() */
MARK(owner_walk)	/* enters owner_walk() */
MARK(over_quota)
MARK(walked_page)
MARK(walked_block)
MARK(claimed)
MARK(kept)
MARK(cpu_page)	/* enters cpu_page_unlocked() */
MARK(cpu_size)	/* enters cpu_block_size() */
MARK(cpu_alloc)	/* enters cpu_alloc_locked() */
MARK(cpu_free)	/* enters cpu_free_locked() */
MARK(cpu_check)	/* enters cpu_check_locked() */
MARK(cpu_test)	/* enters cpu_test_and_claim_locked() */
MARK(nothing)	/* enters found_nothing() */
MARK(unclaimed)
MARK(any_reserved)
MARK(free_any)	/* enters heap_free_any() */
MARK(unclaimable)	/* enters leave_unclaimed() */
MARK(fill_block)
MARK(moved)
MARK(flush_block)
MARK(flush_edge)
MARK(stack)
MARK(asked_cpu)
MARK(stack_asked)
#endif

#ifdef FACT
/*
 * A mark in a loop, what there is before each time that it is entered, how often
 * it goes round at most. Proof of wide_page: layout-fine
 */
LOOP(search_word, 3, 5)
LOOP(last_word, 2, 5)
LOOP(wide_page, new_run + added_run, 7)

/* Powers of two: a page a run, no bits that no block has. Proof: layout, layout-wide */
FACT(wide_page <= 7 * fine)
FACT(partial <= fine)
FACT(tail <= fine)
FACT(fine_aligned <= fine)
/* Any page is a run; so pages are scarce only when none is left */
FACT(run_missing <= fine)
FACT(scarce + new_run <= 1 + fine)
FACT(scarce + page_block <= 1 + fine)

/* One search for a range; bins have 6 words of bits */
FACT(range_search <= 1)
/*
 * Buckets with fine classes have 4, others one. A search for one of those that are
 * aligned may go before that for a larger one, which goes on from there.
 */
FACT(search_word <= 5 * range_search + 3 * fine)

/* A call ends with one of these at most */
FACT(run_begun + from_run + from_queue + pages + short_pages <= 1)
/* Where pages were scarce, they are so a moment later: no larger bucket is asked again */
FACT(scarce + from_run + from_queue + new_run <= 2)
FACT(scarce + larger <= 1)

/*
 * A block's bit is still set after its owner was asked; unless another CPU, which needs
 * no lock, has freed it. Proof: free
 */
FACT(asked + refused <= 1 + disagreed + percpu + beside)
/* These pages do not come this way: heap_free() */
FACT(in_page + word <= 1)

/* In one hold of the lock, a bulk call has a batch of those, or else one that takes more */
LOOP(quick_alloc, 1, 4)
LOOP(quick_free, 1, 4)
FACT(quick_alloc + quick_free + 4 * alloc_one + 4 * free_one <= 4)

/* Only heaps with XNHEAP_PERCPU come this way, and those that do more go on from there */
FACT(by_cpu <= percpu + beside)
FACT(by_other <= beside)
FACT(level_fell <= beside)
FACT(level_failed <= beside)
FACT(level_failed <= failed_full + failed_size + nmi)
FACT(waited <= beside)
FACT(claim_unlocked <= beside)
FACT(left <= beside)
FACT(not_plain <= percpu + beside)
FACT(in_window <= beside)
/* A heap that is shared has no stacks of CPUs */
FACT(owner_find + owner_alloc + owner_walk + owned <= beside)
FACT(owner_find + owner_alloc + owner_walk + owned + percpu <= 1)
FACT(shared_alloc + shared_free + shared_largest + shared_info <= beside)
FACT(shared_alloc + shared_free + shared_largest + shared_info + percpu <= 1)
FACT(over_quota <= beside)
FACT(over_quota + refused <= 1)
/* One walk in a hold of the lock: WALK_PAGES entries, WALK_BLOCKS owners */
LOOP(walked_page, 1, 8)
LOOP(walked_block, 1, 32)
FACT(popped <= percpu)
FACT(kept <= percpu)
FACT(cpu_page <= percpu + beside)
FACT(cpu_size <= percpu)
FACT(cpu_alloc <= percpu)
FACT(cpu_free <= percpu)
FACT(cpu_check <= percpu + beside)
FACT(cpu_test <= percpu + beside)
/* Who has claimed a block does not try again */
FACT(claimed <= percpu + beside)
/* nor is refused */
FACT(claimed + refused <= 1)
/* A block is freed only if it was claimed, and if its owner agreed */
FACT(cpu_test + cpu_free + unclaimed <= 2)
FACT(cpu_test + cpu_free + refused <= 2)
FACT(cpu_test + free_any <= 1 + claimed + unclaimable)
/* A block of a reservation is live to nobody who would claim it */
FACT(unclaimable <= percpu)
/* Of heaps that come this way, only those with XNHEAP_PERCPU may have any */
FACT(any_reserved <= 3 * percpu)
FACT(unclaimable + claimed <= 1)
/* Where nothing is found, the heap has counted it */
FACT(nothing <= failed_full)
/* A batch is of CPU_BATCH blocks */
LOOP(fill_block, cpu_alloc, 4)
LOOP(moved, cpu_alloc + cpu_free, 8)
LOOP(flush_block, cpu_alloc + cpu_free + drained, 4)
FACT(flush_block + flush_edge <= 4)
/* Stacks of a CPU */
LOOP(stack, cpu_alloc + drained, 13)
LOOP(stack_asked, asked_cpu, 13)
#endif
