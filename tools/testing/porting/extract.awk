# SPDX-License-Identifier: GPL-2.0
#
# Make C of the code on a page of the documentation, to be compiled, in the
# folder `dir`: of each table before_N.c and after_N.c, of its first column and
# its second, with a function for each cell; and each code block that is a file.
#
# A table is a list-table with rows of three cells. In the first two, each literal
# is a line of C. A row with an #include has what is at the head of the file.
# Declarations are as in "Names in all tables", extern.

function bad(what)
{
	printf "%s:%d: %s\n", FILENAME, FNR, what >"/dev/stderr"
	failed = 1
	exit 1
}

function line(file, nr, text)
{
	printf "#line %d \"%s\"\n%s\n", nr, FILENAME, text >file
}

function names(file, nr, text)
{
	line(file, nr, text ~ /^(#|extern )/ ? text : "extern " text)
}

# The cells of a row, once the next begins
function end_row(	c, i, file, head)
{
	if (!cell)
		return
	if (cell != 3)
		bad("a row of " cell " cells ends here, there are to be 3")
	for (c = 1; c <= 2; c++)
		for (i = 1; i <= count[c]; i++)
			head = head || code[c, i] ~ /^#include/
	for (c = 1; c <= 2; c++) {
		file = dir "/" (c == 1 ? "before_" : "after_") table ".c"
		if (head) {
			for (i = 1; i <= count[c]; i++)
				if (code[c, i] ~ /^#/)
					line(file, at[c, i], code[c, i])
			for (i = 1; i <= commons; i++)
				names(file, common_at[i], common[i])
			for (i = 1; i <= count[c]; i++)
				if (code[c, i] !~ /^#/)
					names(file, at[c, i], code[c, i])
		} else if (count[c]) {
			printf "static void __maybe_unused row_%d(void)\n{\n", at[c, 1] >file
			for (i = 1; i <= count[c]; i++)
				line(file, at[c, i], "\t" code[c, i])
			print "}" >file
			cells++
		}
	}
	cell = 0
}

function begin_cell()
{
	count[++cell] = 0
}

function read_cell(text,	n, part, i)
{
	if (cell > 2)
		return
	n = split(text, part, "``")
	if (n && n % 2 == 0)
		bad("a literal that goes on in the next line")
	for (i = 2; i < n; i += 2) {
		if (part[i] !~ /^#|;$/)
			bad("no statement: " part[i])
		count[cell]++
		code[cell, count[cell]] = part[i]
		at[cell, count[cell]] = FNR
	}
}

/^Names in all tables::/ { where = "names"; next }
/^\.\. list-table::/ { where = "table"; table++; next }
/^\.\. code-block:: c$/ { where = "block"; file = ""; next }
/^[^ ]/ { end_row(); where = "" }
where == "names" && NF {
	sub(/^ +/, "")
	common[++commons] = $0
	common_at[commons] = FNR
}
where == "table" && /^   \* -/ { end_row(); begin_cell(); read_cell(substr($0, 7)); next }
where == "table" && /^     -/ { begin_cell(); read_cell(substr($0, 7)); next }
where == "table" && /^       / { read_cell($0) }
where == "block" {
	sub(/^    /, "")
	if (!file && NF) {
		if (!match($0, /^\/\* [a-z_]+\.c:/))
			bad("the block does not begin with the name of a file")
		file = dir "/" substr($2, 1, length($2) - 1)
		files++
		printf "#line %d \"%s\"\n", FNR, FILENAME >file
	}
	if (file)
		print >file
}
END {
	if (failed)
		exit 1
	end_row()
	printf "%d tables, %d cells, %d files\n", table, cells, files
	exit !files || (table && !cells)
}
