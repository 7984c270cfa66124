/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every invariant of a heap, checked in slices of bounded length.
 *
 * What is local to a table, a list's end or an entry of the page map is checked
 * whether or not the heap is at work. Sums count only if no call came in
 * between, which the counts of calls tell: so a heap at work never gets a false
 * alarm.
 *
 * It knows the layout of what it reads, and works all else out by itself, in
 * the plainest way: it calls none of the functions that it checks.
 */
#ifndef _XNHEAP_VALIDATE_H
#define _XNHEAP_VALIDATE_H

#include "validation.h"

void validate_begin(struct validation *v, struct xnheap *heap);
bool validate_slice(struct validation *v);

#endif
