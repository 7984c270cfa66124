# SPDX-License-Identifier: GPL-2.0
#
# Tables of kmalloc_nolock() beside xnheap, from the results of the bench on a
# kernel that has it.
#
# Usage: awk -f nolock.awk RESULTS

BEGIN { FS = "\t" }

function title(text)
{
	printf "\n%s\n\n  Linux %s, xnheap at commit %s\n", text, kernel, commit
}

$1 == "kernel" { kernel = $2 }
$1 == "commit" { commit = $2 }

$1 == "context" {
	if (!(($2, $3) in nulls)) {
		row[++rows] = $2 SUBSEP $3
		nulls[$2, $3] = ""
	}
	if (!known[$4]++)
		sizes = sizes sprintf(" %6d", $4)
	calls = $5
	nulls[$2, $3] = nulls[$2, $3] sprintf(" %6d", $6)
	if ($4 == 512)
		cost[$2, $3] = sprintf(" %8d %8d", $7, $8) \
			($6 < $5 ? sprintf(" %8d %8d", $9, $10) :
			 sprintf(" %8s %8s", "-", "-"))
}

$1 == "workload" && $3 ~ /^(xnheap-4096|kmalloc.*)$/ {
	if (!(($2, $3) in calls_of))
		load[++loads] = $2 SUBSEP $3
	calls_of[$2, $3] = calls_of[$2, $3] sprintf(" %8.1f %7d %8d",
		$5 ? $6 / $5 : 0, $7, $8)
	failed[$2, $3] = $9
}

END {
	title("Contexts: of " calls " blocks, those that came as NULL, by size; instructions for 512 bytes")
	printf "  %-15s %-14s%s %8s %8s %8s %8s\n", "allocator", "context", sizes,
		"alloc", "worst", "free", "worst"
	for (i = 1; i <= rows; i++) {
		split(row[i], part, SUBSEP)
		printf "  %-15s %-14s%s%s\n", part[1], part[2], nulls[row[i]], cost[row[i]]
	}
	title("Tasks: instructions a call; for both kmallocs, interrupts are on")
	printf "  %-20s %-15s %8s %7s %8s %8s %7s %8s %6s\n", "workload", "allocator",
		"alloc", "99.9%", "worst", "free", "99.9%", "worst", "failed"
	for (i = 1; i <= loads; i++) {
		split(load[i], part, SUBSEP)
		printf "  %-20s %-15s%s %6d\n", part[1], part[2], calls_of[load[i]],
			failed[load[i]]
	}
}
