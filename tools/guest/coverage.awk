# SPDX-License-Identifier: GPL-2.0
#
# Read lcov's tracefile: print a table of the lines and branches reached, then
# each line that is not reached, or whose condition went one way only, and that
# is not excepted.  Exits with 1 if there is one, or an exception that does not
# apply.
#
# The kernel's macros make branches where the source has none, and the compiler
# joins others.  So only lines with conditions count: where a line has just as
# many branches as they make, these; else two, one for each way.
#
# Usage: awk -v top=FOLDER/ -v except=FILE -f coverage.awk TRACEFILE
#
# An exception is a line "FILE: TEXT # WHY", where TEXT is what the source line
# holds but for the blanks around it, or that and the line before it.

function trim(text)
{
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

function read_exceptions(    line, at)
{
	while ((getline line <except) > 0) {
		if (line ~ /^#/ || line == "")
			continue
		at = index(line, " # ")
		if (!at) {
			print "no reason given: " line
			bad = 1
			continue
		}
		excepted[trim(substr(line, 1, at))] = 1
	}
}

function read_source(path,    line, nr)
{
	while ((getline line <path) > 0)
		text[++nr] = trim(line)
	close(path)
}

function judge(nr, what,    key)
{
	key = file ": " text[nr]
	if (!(key in excepted))
		key = file ": " text[nr - 1] " " text[nr]
	if (key in excepted) {
		applied[key] = 1
		return
	}
	missed = missed sprintf("%s:%d: %s: %s\n", file, nr, what, text[nr])
	bad = 1
}

function percent(part, all) { return all ? sprintf("%6.1f", 100 * part / all) : "     -" }

function table_line(name, lines, lines_hit, branches, branches_hit)
{
	printf "%-24s %6d %s %9d %s\n", name, lines, percent(lines_hit, lines),
	       branches, percent(branches_hit, branches)
}

BEGIN {
	FS = "[:,]"
	read_exceptions()
	printf "%-24s %6s %6s %9s %6s\n", "file", "lines", "%", "branches", "%"
}

/^SF:/ {
	path = substr($0, 4)
	file = substr(path, length(top) + 1)
	read_source(path)
	lines = lines_hit = branches = branches_hit = 0
	split("", made)
	split("", taken)
	split("", ways)
}

/^DA:/ {
	lines++
	if ($3 > 0)
		lines_hit++
	else
		judge($2, "not reached")
}

# Where the line itself was not reached, its branches are "-"
/^BRDA:/ {
	if ($5 == "-")
		next
	made[$2]++
	if ($5 > 0) {
		taken[$2]++
		ways[$2, $4 % 2] = 1
	}
}

# How many conditions a line holds, which may go on from the one before
function conditions(line, before)
{
	if (line !~ /(^|[^a-z_])(if|while|for) \(|&&|\|\||\?/ && before !~ /(&&|\|\|)$/)
		return 0
	sub(/ *(&&|\|\|)$/, "", line)
	return gsub(/&&|\|\|/, "", line) + 1
}

function judge_branches(nr,    n)
{
	n = conditions(text[nr], text[nr - 1])
	if (!n)
		return
	if (made[nr] != 2 * n) {
		made[nr] = 2
		taken[nr] = ways[nr, 0] + ways[nr, 1]
	}
	branches += made[nr]
	branches_hit += taken[nr]
	if (taken[nr] < made[nr])
		judge(nr, made[nr] - taken[nr] " of " made[nr] " branches not taken")
}

/^end_of_record/ {
	for (nr in made)
		judge_branches(nr)
	table_line(file, lines, lines_hit, branches, branches_hit)
	all_lines += lines
	all_lines_hit += lines_hit
	all_branches += branches
	all_branches_hit += branches_hit
}

END {
	table_line("all", all_lines, all_lines_hit, all_branches, all_branches_hit)
	printf "%s", missed
	for (key in excepted)
		if (!(key in applied)) {
			print "an exception that does not apply: " key
			bad = 1
		}
	exit bad
}
