# SPDX-License-Identifier: GPL-2.0
# After events.awk: failures and how things stood.

function allocated(block)
{
	count[heap, caller]++
	bytes[heap, caller] += given
	if (!((heap, caller) in known)) {
		known[heap, caller] = 1
		callers[heap, ++nr[heap]] = caller
	}
}

function freed(block)
{
	count[heap, blocks_caller[block]]--
	bytes[heap, blocks_caller[block]] -= blocks_given[block]
}

# The caller that holds most, of those not shown yet
function most(    i, name, best)
{
	best = ""
	for (i = 1; i <= nr[heap]; i++) {
		name = callers[heap, i]
		if (count[heap, name] > 0 && !(name in shown) &&
		    (best == "" || bytes[heap, name] > bytes[heap, best]))
			best = name
	}
	return best
}

event == "alloc_failed" {
	printf "failed %.6f heap=%s %s\n", seconds, heap, between("heap=" heap " ")
	split("", shown)
	for (i = 0; i < 5 && (name = most()) != ""; i++) {
		shown[name] = 1
		print "  holds", count[heap, name], bytes[heap, name], name
	}
	for (i = calls[heap] > 5 ? calls[heap] - 4 : 1; i <= calls[heap]; i++)
		print "  before", before[heap, i % 5]
}

event == "alloc" || event == "free" || event == "alloc_failed" {
	before[heap, ++calls[heap] % 5] = sprintf("%.6f %s %s %d %s", seconds, \
		event, event == "free" ? "given" : "asked", \
		event == "free" ? given : asked, caller)
}
