# SPDX-License-Identifier: GPL-2.0
#
# Make a trace of kmem events, a line each: EVENT POINTER [SIZE]. Blocks that
# were there before are left out; so is what comes after the first 12000 calls.
#
# Usage: awk -v work=NAME -v version=KERNEL -f convert.awk EVENTS

BEGIN {
	print "# SPDX-License-Identifier: GPL-2.0"
	print "# Recorded by tools/bench/traces/record " work " on Linux " version
	print "# a ID SIZE: allocate; f ID: free"
}

calls == 12000 { exit }

($1 == "kmalloc" || $1 == "kmem_cache_alloc") && $3 > 0 && !($2 in id) {
	id[$2] = spare ? unused[spare--] : ids++
	print "a", id[$2], $3
	calls++
}

($1 == "kfree" || $1 == "kmem_cache_free") && $2 in id {
	print "f", id[$2]
	unused[++spare] = id[$2]
	delete id[$2]
	calls++
}
