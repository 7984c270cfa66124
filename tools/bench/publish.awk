# SPDX-License-Identifier: GPL-2.0
#
# Put the tables of the bench into a text: below each line "TITLE::" the table of
# that title, in place of what is there.
#
# Usage: awk -f publish.awk REPORT NATIVE TEXT
#   REPORT  of report.awk: its first line tells what was measured; then tables,
#           a title and a blank line before each; and of nolock.awk
#           and threads/threads.c, such tables
#   NATIVE  of native.awk: the table "Of a run"

function publish(title)
{
	print title "::\n"
	printf "%s", table[title]
	known[title] = 1
}

FNR == 1 { file++ }

file == 1 && FNR == 1 { measured = $0 }
file == 1 && /^[A-Z]/ { title = $0; next }
file == 1 && NF {
	sub(/^  /, "")
	table[title] = table[title] "\t" $0 "\n"
}

file == 2 { table["Of a run"] = table["Of a run"] "\t" $0 "\n" }

# The old table goes, up to the first line that is not indented
file == 3 && old && /^(\t.*)?$/ { blank = 1; next }
file == 3 && old {
	if (blank)
		print ""
	old = 0
}
file == 3 && /::$/ && substr($0, 1, length($0) - 2) in table {
	publish(substr($0, 1, length($0) - 2))
	old = 1
	blank = 0
	next
}
file == 3 && /^Linux .* counted by the emulator\.$/ { print measured "."; next }
file == 3

END {
	for (title in table)
		if (!(title in known)) {
			print "error: no place for the table '" title "'" >"/dev/stderr"
			bad = 1
		}
	exit bad
}
