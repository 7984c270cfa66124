# SPDX-License-Identifier: GPL-2.0
#
# Tables for people from the results of the bench, with the goals.
#
# Usage: awk -f report.awk RESULTS

BEGIN { FS = "\t" }

function title(text)
{
	printf "\n%s\n\n", text
}

# "met" or "missed", after a value and what it was to be at most
function goal(name, value, most)
{
	printf "  %-52s %9.2f  at most %6.2f  %s\n", name, value, most,
		value + 0 <= most ? "met" : "MISSED"
}

function goal_least(name, value, least)
{
	printf "  %-52s %9.3f  at least %5.3f  %s\n", name, value, least,
		value + 0 < least ? "MISSED" : "met"
}

function max(a, b) { return a + 0 > b + 0 ? a + 0 : b + 0 }

function remember(list, key)
{
	if (!((list, key) in known)) {
		known[list, key] = 1
		names[list, ++count[list]] = key
	}
}

# Of which kind the heaps are that a case or an allocator is named after
function kind_of(name)
{
	return name ~ /^other/ ? "other" : name ~ /^fine:|-fine-/ ? "fine" : name ~ /^percpu:|-percpu-/ ? "percpu" : "powers"
}

# The worst of a call, of heaps of a kind
function note_worst(kind, call, cost)
{
	call_worst[kind, call] = max(call_worst[kind, call], cost)
}

$1 == "kernel" { kernel = $2 }
$1 == "commit" { commit = $2 }

$1 == "adversary" {
	key = $2 SUBSEP $3
	remember("case", key)
	extents = $4 > 3 ? "many" : "few"
	worst[key, extents] = max(worst[key, extents], $8)
	note_worst(kind_of($2), $3, $8)
}

$1 == "irqs" { irqs_off[kind_of($2)] = max(irqs_off[kind_of($2)], $5) }

$1 == "growth" && $2 == "heap" {
	remember("heap", $3 SUBSEP $4)
	heap_alloc[$3, $4] = $5
	heap_free[$3, $4] = $6
}

$1 == "growth" && $2 == "blocks" {
	remember("blocks", $3)
	blocks[$3] = sprintf("%10.1f %6d %10.1f %6d", $5 / $4, $6, $7 / $4, $8)
}

$1 == "workload" {
	remember("workload", $2)
	remember("allocator", $3)
	mean[$2, $3, $4] = $5 ? $6 / $5 : 0
	most[$2, $3, $4] = $7
	top[$2, $3, $4] = $8
	failed[$2, $3] = $9
	if ($3 ~ /^xnheap/)
		note_worst(kind_of($3), $4, $8)
}

$1 == "churn" {
	remember("churn", $2)
	remember("size", $3)
	payload[$2, $3] = $4 / $5
}

$1 == "waste" {
	remember("waste", $2 SUBSEP $3)
	waste[$2, $3] = sprintf("%9.2f %9.2f %9.2f %9.2f", 100 * $4 / $8,
		100 * $5 / $8, 100 * $6 / $8, 100 * $7 / $8)
}

$1 == "placement" {
	remember("placement", $2 SUBSEP $3)
	placement[$2, $3] = sprintf("%9.2f %9.2f", 100 * $4 / $6, 100 * $5 / $6)
}

$1 == "overhead" {
	remember("overhead", $2)
	overhead[$2] = $3 / $4
}

$1 == "footprint" {
	remember("trace", $2)
	remember("trace_allocator", $3)
	peak[$2] = $4
	footprint[$2, $3] = $5
}

function tell_goals(    w, a)
{
	title("Goals: instructions a call, lock and unlock included")
	goal("alloc, worst anywhere", call_worst["powers", "alloc"], 200)
	goal("free, worst anywhere", call_worst["powers", "free"], 200)
	goal("free that refuses, worst", call_worst["powers", "refuse"], 120)
	goal("alloc that finds nothing, worst", call_worst["powers", "fail"], 200)
	goal("alloc_aligned, worst anywhere",
		max(call_worst["powers", "aligned"], call_worst["powers", "unmet"]), 230)
	goal("test_and_free, worst anywhere", call_worst["powers", "agreed"], 230)
	goal("alloc with fine classes, worst anywhere",
		max(call_worst["fine", "alloc"], call_worst["fine", "fail"]), 250)
	goal("alloc_aligned with fine classes, worst anywhere",
		max(call_worst["fine", "aligned"], call_worst["fine", "unmet"]), 270)
	goal("free with fine classes, worst anywhere", call_worst["fine", "free"], 250)
	goal("free with fine classes that refuses, worst", call_worst["fine", "refuse"], 160)
	goal("alloc with blocks that CPUs keep, worst",
		max(call_worst["percpu", "alloc"], call_worst["percpu", "fail"]), 500)
	goal("alloc_aligned with blocks that CPUs keep, worst",
		max(call_worst["percpu", "aligned"], call_worst["percpu", "unmet"]), 500)
	goal("free with blocks that CPUs keep, worst", call_worst["percpu", "free"], 500)
	for (w = 512; w <= 4096; w *= 8) {
		a = w == 512 ? 90 : 110
		goal("alloc, mean, random sizes to " w ", pages of 4096",
			mean["random-" w, "xnheap-4096", "alloc"], a)
		goal("free, mean, random sizes to " w ", pages of 4096",
			mean["random-" w, "xnheap-4096", "free"], a)
	}
	percpu_goal("fixed-64", "alloc")
	percpu_goal("fixed-64", "free")
	percpu_goal("random-512", "alloc")
	percpu_goal("random-512", "free")
	for (w = 512; w <= 4096; w *= 8) {
		fine_goal(w, "alloc")
		fine_goal(w, "free")
	}
	goal("worst call in 256 MiB, over that in 64 KiB",
		max(heap_alloc[268435456, 1], heap_free[268435456, 1]) /
		max(heap_alloc[65536, 1], heap_free[65536, 1]), 1)
	goal("worst call with 64 extents, over that with one",
		max(heap_alloc[16777216, 64], heap_free[16777216, 64]) /
		max(heap_alloc[16777216, 1], heap_free[16777216, 1]), 1.25)
	payload_goal(256, 0.944)
	payload_goal(512, 0.956)
	payload_goal(1024, 0.965)
	payload_goal(4096, 0.945)
	payload_goal(16384, 0.930)
}

function percpu_goal(workload, call)
{
	goal(call " with blocks that CPUs keep, mean, " workload,
		mean[workload, "xnheap-percpu-4096", call], 45)
}

# With the pages that suit these sizes best
function payload_goal(size, least,    i, a, best)
{
	for (i = 1; i <= count["churn"]; i++) {
		a = names["churn", i]
		if (kind_of(a) == "fine")
			best = max(best, payload[a, size])
	}
	goal_least("payload with fine classes, sizes to " size, best, least)
}

# What finer classes cost in the mean, above powers of two
function fine_goal(size, call)
{
	goal(call " with fine classes, mean, sizes to " size ", more by",
		mean["random-" size, "xnheap-fine-4096", call] -
		mean["random-" size, "xnheap-4096", call], 20)
}

function tell_irqs_off()
{
	title("Interrupts off: instructions in a row, in the most expensive calls of all cases")
	printf "  %-20s %6d\n", "powers of two", irqs_off["powers"]
	printf "  %-20s %6d\n", "fine classes", irqs_off["fine"]
	printf "  %-20s %6d\n", "blocks that CPUs keep", irqs_off["percpu"]
}

function tell_adversary(    i, part, n)
{
	title("Adversary: xnheap's worst in each case, over pages of 64 to 32768 bytes")
	printf "  %-34s %-8s %12s %12s\n", "case", "call", "1-3 extents", "32-64"
	for (i = 1; i <= count["case"]; i++) {
		n = names["case", i]
		split(n, part, SUBSEP)
		printf "  %-34s %-8s %12s %12s\n", part[1], part[2],
			number(worst[n, "few"]), number(worst[n, "many"])
	}
}

function number(n) { return n ? n : "-" }

function tell_growth(    i, part, n)
{
	title("Growth: xnheap's worst call in the adversary's states, pages of 512 bytes")
	printf "  %12s %8s %8s %8s\n", "heap, KiB", "extents", "alloc", "free"
	for (i = 1; i <= count["heap"]; i++) {
		split(names["heap", i], part, SUBSEP)
		printf "  %12d %8d %8d %8d\n", part[1] / 1024, part[2],
			heap_alloc[part[1], part[2]], heap_free[part[1], part[2]]
	}
	title("Growth: xnheap among live blocks, sizes to 128 in 256 MiB, pages of 4096 bytes")
	printf "  %12s %10s %6s %10s %6s\n", "live blocks", "alloc mean", "worst", "free mean", "worst"
	for (i = 1; i <= count["blocks"]; i++) {
		n = names["blocks", i]
		printf "  %12d %s\n", n, blocks[n]
	}
}

function tell_workloads(    i, k, w, a)
{
	title("Workloads: instructions a call; for kmalloc and mempool, interrupts are on")
	printf "  %-20s %-19s %8s %7s %8s  %8s %7s %8s %6s\n", "workload", "allocator",
		"alloc", "99.9%", "worst", "free", "99.9%", "worst", "failed"
	for (i = 1; i <= count["workload"]; i++) {
		w = names["workload", i]
		for (k = 1; k <= count["allocator"]; k++) {
			a = names["allocator", k]
			if (!((w, a) in failed))
				continue
			printf "  %-20s %-19s %8.1f %7d %8d  %8.1f %7d %8d %6d\n", w, a,
				mean[w, a, "alloc"], most[w, a, "alloc"], top[w, a, "alloc"],
				mean[w, a, "free"], most[w, a, "free"], top[w, a, "free"],
				failed[w, a]
		}
	}
}

function tell_memory(    i, k, a, t, part)
{
	title("Memory: payload at the first failure after churn, of all bytes given (16 MiB)")
	printf "  %-20s", "sizes up to"
	for (k = 1; k <= count["size"]; k++)
		printf " %8d", names["size", k]
	print ""
	for (i = 1; i <= count["churn"]; i++) {
		a = names["churn", i]
		printf "  %-20s", a
		for (k = 1; k <= count["size"]; k++)
			printf " %8s", (a, names["size", k]) in payload ?
				sprintf("%.3f", payload[a, names["size", k]]) : "-"
		print ""
	}

	title("Memory: where the rest is at that moment, in percent of all bytes given")
	printf "  %-20s %9s %9s %9s %9s %9s\n", "", "sizes to", "rounding", "tails",
		"metadata", "free"
	for (i = 1; i <= count["waste"]; i++) {
		split(names["waste", i], part, SUBSEP)
		printf "  %-20s %9d %s\n", part[1], part[2], waste[part[1], part[2]]
	}

	title("Memory: the largest free range of a fine heap, in percent of all bytes given")
	printf "  %-28s %9s %9s %9s\n", "blocks are taken from the", "sizes to", "largest", "used"
	for (i = 1; i <= count["placement"]; i++) {
		split(names["placement", i], part, SUBSEP)
		printf "  %-28s %9d %s\n", part[1], part[2],
			placement[part[1], part[2]]
	}

	title("Memory: share of 16 MiB that xnheap needs for itself, by page size")
	for (i = 1; i <= count["overhead"]; i++)
		printf "  %8d", names["overhead", i]
	print ""
	for (i = 1; i <= count["overhead"]; i++)
		printf "  %7.2f%%", 100 * overhead[names["overhead", i]]
	print ""

	title("Memory: KiB that recorded traces need, and of those the payload at its peak")
	printf "  %-20s %9s", "trace", "payload"
	for (k = 1; k <= count["trace_allocator"]; k++)
		printf " %19s", names["trace_allocator", k]
	print ""
	for (i = 1; i <= count["trace"]; i++) {
		t = names["trace", i]
		printf "  %-20s %9.1f", t, peak[t] / 1024
		for (k = 1; k <= count["trace_allocator"]; k++)
			printf " %19.0f", footprint[t, names["trace_allocator", k]] / 1024
		print ""
	}
}

END {
	printf "Linux %s, xnheap at commit %s; instructions, counted by the emulator\n", kernel, commit
	tell_goals()
	tell_irqs_off()
	tell_adversary()
	tell_growth()
	tell_workloads()
	tell_memory()
}
