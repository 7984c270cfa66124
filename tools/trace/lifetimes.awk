# SPDX-License-Identifier: GPL-2.0
# After events.awk: lifetimes by powers of two of microseconds.

function allocated(block) { }

function freed(block,    us, from)
{
	us = int((seconds - blocks_since[block]) * 1000000 + 0.5)
	from = us < 1 ? 0 : 1
	while (from && from * 2 <= us)
		from *= 2
	blocks[from]++
	bytes[from] += blocks_given[block]
}

END {
	for (from in blocks)
		print from, blocks[from], bytes[from]
}
