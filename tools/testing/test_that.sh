# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Tests in a guest that are commands; the kernel's ktap_helpers.sh lies beside
# this.  Sourced, never run.

# shellcheck source=/dev/null # it is not here
. ./ktap_helpers.sh

# Usage: test_that NAME command... - one that succeeds has passed
test_that()
{
	name=$1
	shift
	if "$@" >/tmp/log 2>&1; then
		ktap_test_pass "$name"
	else
		tail -n 30 /tmp/log | sed 's/^/# /'
		ktap_test_fail "$name"
	fi
}
