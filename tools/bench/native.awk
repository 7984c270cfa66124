# SPDX-License-Identifier: GPL-2.0
#
# The median over all rounds of what a pair of calls takes, and of the ratio to
# what kmalloc and gen_pool take in the same round.
#
# Usage: awk -f native.awk RESULTS

BEGIN { FS = "\t" }

$1 == "native" {
	ps[$2, $3, $4] = $5
	rounds = $4 > rounds ? $4 : rounds
	if (!(("script", $2) in known))
		script[++scripts] = $2
	if (!(("allocator", $3) in known))
		allocator[++allocators] = $3
	known["script", $2] = known["allocator", $3] = 1
}

# Of list[1..n], sorted in place
function median(n,    i, k, x)
{
	for (i = 2; i <= n; i++) {
		x = list[i]
		for (k = i - 1; k > 0 && list[k] > x; k--)
			list[k + 1] = list[k]
		list[k + 1] = x
	}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# The median of @a over @b in script @s, or of @a alone; "-" without data
function compare(s, a, b, format,    r, n)
{
	for (r = 0; r <= rounds; r++)
		if ((s, a, r) in ps && (b == "" || (s, b, r) in ps))
			list[++n] = ps[s, a, r] / (b == "" ? 1000 : ps[s, b, r])
	return n ? sprintf(format, median(n)) : "-"
}

END {
	printf "%-14s %-20s %12s %14s %14s\n", "script", "allocator", "ns a pair",
		"over kmalloc", "over gen_pool"
	for (i = 1; i <= scripts; i++)
		for (k = 1; k <= allocators; k++)
			printf "%-14s %-20s %12s %14s %14s\n", script[i], allocator[k],
				compare(script[i], allocator[k], "", "%.1f"),
				compare(script[i], allocator[k], "kmalloc", "%.3f"),
				compare(script[i], allocator[k], "gen_pool-first-fit", "%.3f")
}
