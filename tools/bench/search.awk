# SPDX-License-Identifier: GPL-2.0
#
# Hold what the search found against the bounds, print KTAP: a test for each kind
# of heap and call. A call that costs more than in any case is a new case.
#
# Usage: awk -f search.awk BOUNDS RESULTS

BEGIN { FS = "\t" }

/^#/ { next }

$1 == "search" {
	found[$2, $3] = $4
	recipe[$2, $3] = $5
	next
}

# What gives back is not searched for: it costs as much as there is kept; nor is what
# no recipe has, and heaps of other kinds
NF == 4 && $1 !~ /^other/ && $2 !~ /^(give|offset|resize|usable|bulk-alloc|bulk-free|reserved)$/ {
	key = ($1 ~ /^(fine|percpu):/ ? substr($1, 1, index($1, ":") - 1) : "powers") SUBSEP $2
	if (!(key in most))
		order[++n] = key
	if ($4 + 0 > most[key])
		most[key] = $4 + 0
}

END {
	print "KTAP version 1\n1.." n
	for (i = 1; i <= n; i++) {
		key = order[i]
		split(key, part, SUBSEP)
		bad = !(key in found) || found[key] > most[key]
		if (!(key in found))
			print "# found no such call"
		else if (bad)
			printf "# found %d, all cases stay within %d: %s\n",
				found[key], most[key], recipe[key]
		printf "%s %d search: %s, %s\n", bad ? "not ok" : "ok", i,
			part[1], part[2]
	}
}
