# SPDX-License-Identifier: GPL-2.0
# After events.awk: blocks that are out, by caller.

function allocated(block) { }
function freed(block) { }

END {
	for (block in blocks_given) {
		caller = blocks_caller[block]
		blocks[caller]++
		bytes[caller] += blocks_given[block]
		wanted[caller] += blocks_asked[block]
	}
	for (caller in blocks)
		print blocks[caller], bytes[caller], wanted[caller], caller
}
