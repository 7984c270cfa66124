# SPDX-License-Identifier: GPL-2.0
#
# Read the events xnheap:* from a trace's text and keep account of the blocks
# that are out.  Goes before a recipe's own program, which finds of the event on
# the line: event (empty: none), seconds, heap, caller, block, asked, given,
# line; and of each block that is out: blocks_caller[], _given[], _asked[],
# _since[].  Set `label` to see one heap only.
#
# An event is written when the call has let go of the heap, so the next owner's
# alloc of a block may come before the free of the one before.

function between(from, to,    text, at)
{
	at = index(line, from)
	if (!at)
		return ""
	text = substr(line, at + length(from))
	if (to == "" || !(at = index(text, to)))
		return text
	return substr(text, 1, at - 1)
}

function number(name,    text)
{
	text = between(" " name "=", " ")
	return text + 0
}

function forget(key)
{
	delete blocks_caller[key]
	delete blocks_given[key]
	delete blocks_asked[key]
	delete blocks_since[key]
}

{ event = "" }

match($0, /xnheap_[a-z_]+: +heap=/) {
	line = substr($0, RSTART)
	event = substr(line, 8, index(line, ":") - 8)
	heap = between("heap=", " caller=")
	if (label != "" && heap != label)
		event = ""
	caller = between(" caller=", event == "alloc_failed" ? " asked=" : \
			 event ~ /alloc|free/ ? " block=" : " ")
	block = heap " " between(" block=", " ")
	asked = number("asked")
	given = number("given")
	match($0, /[0-9]+\.[0-9]+: /)
	seconds = substr($0, RSTART, RLENGTH - 2) + 0
}

# The free of a block that is someone else's by now
event == "free" && owed[block] > 0 {
	owed[block]--
	event = ""
}

event == "alloc" && (block in blocks_given) {
	owed[block]++
	freed(block)
	forget(block)
}

event == "alloc" {
	blocks_caller[block] = caller
	blocks_given[block] = given
	blocks_asked[block] = asked
	blocks_since[block] = seconds
	allocated(block)
}

event == "free" && (block in blocks_given) {
	freed(block)
	forget(block)
}
