# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests that are functions: each is run by itself and passes if no command of
# it fails.  What it printed is shown if it does not pass.  Sourced, never run.
#
# Usage: ktap TEST... - prints KTAP; returns nonzero if any failed

ktap()
{
	local name code nr=0 bad=0 log
	log=$(mktemp)

	printf 'TAP version 13\n1..%s\n' $#
	for name; do
		nr=$((nr + 1))
		# In a condition the shell would go on after a failure
		set +e
		(set -eux; "$name") >"$log" 2>&1 </dev/null
		code=$?
		set -e
		if [ "$code" = 0 ]; then
			printf 'ok %s %s\n' "$nr" "$name"
		else
			tail -n 30 "$log" | sed 's/^/# /'
			printf 'not ok %s %s\n' "$nr" "$name"
			bad=1
		fi
	done
	rm -f "$log"
	return "$bad"
}
