# SPDX-License-Identifier: GPL-2.0
#
# Hold what the adversary measured against the bounds, print KTAP: a test for
# each call of each case with 1 and 64 extents, at the worst over page sizes.
#
# Usage: awk -f bounds.awk BOUNDS RESULTS	compare
#        awk -f bounds.awk RESULTS		print what BOUNDS would have to be

BEGIN { FS = OFS = "\t" }

/^#/ { next }

$1 == "adversary" {
	note($2 OFS $3 OFS $4)
	if (!(key in worst) || $8 + 0 > worst[key])
		worst[key] = $8 + 0
	next
}

NF == 4 {
	note($1 OFS $2 OFS $3)
	bound[key] = $4 + 0
	compare = 1
}

function note(name)
{
	key = name
	if (!(key in bound) && !(key in worst))
		order[++n] = key
}

function verdict(key)
{
	if (!(key in worst))
		return "was not measured"
	if (!(key in bound))
		return "has no bound, is " worst[key]
	if (worst[key] > bound[key])
		return worst[key] " is above the bound of " bound[key]
}

function test(nr, key,    why, part)
{
	split(key, part, OFS)
	why = verdict(key)
	if (why)
		print "# " why
	printf "%s %d %s: %s, extents: %d\n", why ? "not ok" : "ok", nr,
		part[1], part[2], part[3]
}

END {
	if (compare)
		print "KTAP version 1\n1.." n
	for (i = 1; i <= n; i++) {
		if (compare)
			test(i, order[i])
		else
			print order[i], worst[order[i]]
	}
}
