# SPDX-License-Identifier: GPL-2.0
#
# Read KTAP, print one line a test, append "PASSED FAILED SKIPPED" to a file.
#
# Usage: awk -v where=KERNEL -v group=NAME -v counts=FILE -f ktap.awk
#
# Only tests without subtests are counted.  A test that its plan announces and
# that gives no result counts as failed; so does a suite that fails although
# each of its tests passes, and a stream without any result.  A line
# "# module NAME" says that results of this module follow; none is a failure.

function report(verdict, name)
{
	printf "%-5s %-6s %s\n", verdict, where, name
}

function fail(name, why,    i)
{
	failed++
	report("FAIL", name (why ? ": " why : ""))
	for (i = 0; i < notes; i++)
		print "      | " note[i]
	notes = 0
}

# The name of what runs at the innermost open level
function path(test,    i, text)
{
	text = group ? group "." : ""
	for (i = 1; i <= depth; i++)
		if (title[i] != "")
			text = text title[i] "."
	text = text test
	sub(/\.$/, "", text)
	return text == "" ? "the stream" : text
}

function open_level(column)
{
	depth++
	indent[depth] = column
	plan[depth] = -1
	seen[depth] = 0
	title[depth] = ""
	failed_before[depth] = failed
}

# A parameterized test (level 2) need not know how many subtests it has
function close_level()
{
	if (plan[depth] < 0 && depth < 2)
		fail(path(""), "no plan")
	if (plan[depth] > seen[depth]) {
		fail(path(""), "only " seen[depth] " of " plan[depth] " tests gave a result")
		failed += plan[depth] - seen[depth] - 1
	}
	if (plan[depth] >= 0 && plan[depth] < seen[depth])
		fail(path(""), seen[depth] " results for " plan[depth] " tests")
	depth--
}

function end_stream()
{
	while (depth >= 0)
		close_level()
}

function end_module()
{
	if (module != "" && passed + failed + skipped == before_module)
		fail(module, "gave no results")
	module = ""
}

# The line belongs to the level that starts at its column
function enter(column)
{
	if (depth < 0 || column > indent[depth])
		open_level(column)
}

function result(column, line,    ok, number, name, skip, parent, failed_inside)
{
	ok = line !~ /^not /
	sub(/^(not )?ok */, "", line)
	number = line + 0
	sub(/^[0-9]* *(- )?/, "", line)
	skip = line ~ /# *SKIP/
	name = line
	sub(/ *# .*/, "", name)

	enter(column)
	while (column < indent[depth] && depth > 0) {
		parent = 1
		failed_inside = failed_before[depth]
		close_level()
	}
	if (parent)
		failed_inside = failed - failed_inside

	if (number != ++seen[depth])
		fail(path(name), "has number " number " instead of " seen[depth])
	seen[depth] = number

	if (parent) {
		if (!ok && !failed_inside)
			fail(path(name))
	} else if (!ok) {
		fail(path(name))
	} else if (skip) {
		skipped++
		sub(/.*# *SKIP */, "", line)
		report("skip", path(name) (line ? ": " line : ""))
	} else {
		passed++
		report("ok", path(name))
	}
	notes = 0
}

BEGIN {
	depth = -1
	passed = failed = skipped = 0
}

{
	sub(/\r$/, "")
	match($0, /^ */)
	column = RLENGTH
	line = substr($0, column + 1)
}

line ~ /^K?TAP version / {
	if (column == 0)
		end_stream()
	enter(column)
	next
}

line ~ /^# Subtest: / {
	enter(column)
	title[depth] = substr(line, 12)
	notes = 0
	next
}

line ~ /^[0-9]+\.\.[0-9]+/ {
	enter(column)
	sub(/^[0-9]+\.\./, "", line)
	plan[depth] = line + 0
	if (plan[depth] == 0) {
		skipped++
		report("skip", path("all"))
	}
	next
}

line ~ /^(not )?ok [0-9]/ {
	result(column, line)
	next
}

line ~ /^Bail out!/ {
	fail(path(""), line)
	next
}

line ~ /^# module / {
	end_stream()
	end_module()
	module = substr(line, 10)
	before_module = passed + failed + skipped
	next
}

line ~ /^# (.*: pass:|Totals: )/ { next }

notes < 40 {
	sub("^ {0," (depth > 0 ? indent[depth] : 0) "}", "")
	note[notes++] = $0
}

END {
	end_stream()
	end_module()
	if (passed + failed + skipped == 0)
		fail("all", "no test gave a result")
	print passed, failed, skipped >>counts
}
