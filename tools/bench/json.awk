# SPDX-License-Identifier: GPL-2.0
#
# The results of the bench as JSON.
#
# Usage: awk -f json.awk RESULTS

BEGIN {
	FS = "\t"
	columns["adversary"] = "case call extents page_size calls sum worst"
	columns["irqs"] = "case extents page_size instructions"
	columns["heap"] = "bytes extents alloc_worst free_worst"
	columns["blocks"] = "live calls alloc_sum alloc_worst free_sum free_worst"
	columns["workload"] = "workload allocator call calls sum p999 worst failed"
	columns["bin"] = "workload allocator call instructions calls"
	columns["churn"] = "allocator size payload given"
	columns["waste"] = "allocator size rounding tails metadata free given"
	columns["placement"] = "policy size largest used given"
	columns["context"] = "allocator context size calls failed alloc_median alloc_worst free_median free_worst"
	columns["overhead"] = "page_size overhead given"
	columns["footprint"] = "trace allocator payload taken"
	order = "adversary irqs heap blocks workload bin churn waste placement context overhead footprint"
}

function value(text)
{
	if (text ~ /^[0-9]+$/)
		return text
	gsub(/["\\]/, "\\\\&", text)
	return "\"" text "\""
}

# The fields from @first on as an object, under the names of columns[kind]
function add(kind, first,    name, n, i, text)
{
	n = split(columns[kind], name, " ")
	for (i = 1; i <= n; i++)
		text = text (i > 1 ? ", " : "") "\"" name[i] "\": " value($(first + i - 1))
	row[kind, ++rows[kind]] = "    {" text "}"
}

NF == 2 { head = head "  \"" $1 "\": " value($2) ",\n"; next }
$1 == "growth" { add($2, 3); next }
$1 in columns { add($1, 2) }

END {
	printf "{\n%s", head
	n = split(order, kind, " ")
	for (i = 1; i <= n; i++) {
		printf "  \"%s\": [\n", kind[i]
		for (k = 1; k <= rows[kind[i]]; k++)
			print row[kind[i], k] (k < rows[kind[i]] ? "," : "")
		print "  ]" (i < n ? "," : "")
	}
	print "}"
}
