# SPDX-License-Identifier: GPL-2.0
# After events.awk: calls as the bench reads them; see tools/bench/trace.h.

function allocated(block)
{
	id[block] = spare ? unused[spare--] : ids++
	print "a", id[block], asked
}

function freed(block)
{
	print "f", id[block]
	unused[++spare] = id[block]
	delete id[block]
}
