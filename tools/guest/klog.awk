# SPDX-License-Identifier: GPL-2.0
#
# Print what a kernel log holds of trouble; exit with 1 if there is any.

function is_trouble(line)
{
	return line ~ /WARNING: |BUG: |Oops|Kernel panic|Call Trace:|KASAN|UBSAN|KCSAN/ ||
	       line ~ /general protection fault|possible circular|Invalid wait context/ ||
	       line ~ /inconsistent lock state|recursive locking|suspicious RCU/ ||
	       line ~ /blocked for more than|soft lockup|rcu.*stall|unreferenced object/ ||
	       line ~ /corruption|scheduling while atomic|sleeping function called/
}

{ sub(/\r$/, "") }
# That memory ran out, with the stack: whoever asked for it was told
/vmalloc error: size/ { told = 1 }
told { if (/<\/TASK>/) told = 0; else if (/Call Trace:/) next }
is_trouble($0) { left = 40; found = 1 }
left > 0 && shown < 120 { left--; shown++; print "      | " $0 }
/end trace/ { left = 0 }
END { exit found }
