# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the lists of tests share: run tests in guests and count.  Sourced, never
# run.  When the list ends, however it ends, the last line is
# "N passed, N failed"; the exit status is zero if some passed and none failed.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

accel >/dev/null
mkdir -p "$build"
counts=$build/counts
kernel_source=$cache/source	# which `kernel` needs to build one
: >"$counts"
declare -A kernel modules
files=$(mktemp -d)

step() { printf '\n== %s\n' "$*"; }

# Usage: failure WHERE WHAT
failure()
{
	printf '%-5s %-6s %s\n' FAIL "$1" "$2"
	echo 0 1 0 >>"$counts"
}

finish()
{
	local code=$?
	rm -rf "$files"
	step "Result"
	[ "$code" = 0 ] || failure check "ended early, see above"
	awk '{ passed += $1; failed += $2; skipped += $3 }
		END {
			if (skipped)
				printf "%d skipped, counted neither way\n", skipped
			printf "%d passed, %d failed\n", passed, failed
			exit !passed || failed
		}' "$counts"
}

# Get the kernels and build the modules.
# Usage: prepare NAME...
prepare()
{
	local name
	step "Preparing"
	"$guest/packages" check
	for name; do
		kernel[$name]=$("$guest/kernel" "$name")
	done

	step "Building the modules"
	for name; do
		modules[$name]=$("$guest/modules" "${kernel[$name]}" OBSERVE=y VALIDATE=y)
		say "$name: $(find "${modules[$name]}" -name '*.ko' | wc -l) modules"
	done
}

# Print what the kernel's own kunit.py tells of tests, and count.  A test that is
# planned and gives no result counts as failed; so does a suite that fails
# although each of its tests passes, KTAP that is not as it should be, and none.
# Usage: count_told <TEXT
count_told()
{
	busybox awk -v counts="$counts" '
		{ sub(/^\[[0-9:]+\] /, ""); print; fflush() }
		/\[FAILED\]/ { bad++ }
		/^Testing complete/ {
			gsub(/[:,]/, "")
			for (i = 1; i < NF; i++)
				n[$i] = $(i + 1)
		}
		END {
			failed = n["failed"] + n["crashed"]
			if (!failed)
				failed = n["Ran"] ? n["errors"] + bad : 1
			print n["passed"] + 0, failed, n["skipped"] + 0 >>counts
		}'
}

# What comes after all that is planned is not read.
# Usage: count_ktap <KTAP
count_ktap()
{
	# It ends with the plan: read on, lest who writes ends by a broken pipe
	{ python3 -u "$kernel_source/tools/testing/kunit/kunit.py" parse; cat >/dev/null; } |
		count_told
}

# Look for trouble in a kernel's log.
# Usage: look_at NAME LOG
look_at()
{
	local trouble
	trouble=$(busybox awk -f "$guest/klog.awk" "$2") || {
		failure "$1" "trouble in the kernel's log, $2"
		printf '%s\n' "$trouble"
	}
}

# Run the suites built into a kernel, count; look at its log, too.
# Usage: run_kunit NAME
run_kunit()
{
	local log=$build/kunit-$1.log

	rm -f "$log"
	"$top/tools/intree/run" "$1" | count_told
	[ ! -e "$log" ] || look_at "$1" "$log"
}

# Boot, run a command that prints KTAP, count; look at the kernel's log, too,
# unless trouble was planted, planted=y.
# Usage: run_guest KERNEL GROUP LIMIT COMMAND [boot option...]
#   GROUP  what tells its log from others of this kernel, if not empty
run_guest()
{
	local name=$1 group=$2 limit=$3 command=$4 status
	local log=$build/$name${group:+-$group}.log
	shift 4

	"$guest/boot" "$@" -l "$log" -t "$limit" "${kernel[$name]}" "$files" "$command" |
		count_ktap
	status=${PIPESTATUS[0]}
	if [ "$status" != 0 ] && tail -n 1 "$counts" | grep -q ' 0 [0-9]*$'; then
		failure "$name" "the guest's command ended with $status"
	fi
	[ -n "${planted-}" ] || look_at "$name" "$log"
}

# Put what tests and fuzzes shared heaps into the guest's files.
# Usage: collect_shared NAME
collect_shared()
{
	collect "${modules[$1]}"/{xnheap,tools/testing/selftests}
	cp "$top"/tools/testing/selftests/xnheap/{shared,fuzz}.sh "$guest/leaks.sh" "$files"
	"$guest/programs" "${kernel[$1]}" "${modules[$1]}" "$files"
}

# Usage: fuzz_shared NAME CPUS SECONDS [SEED]
fuzz_shared()
{
	local name=$1 cpus=$2 seconds=$3 seed=${4:-$RANDOM}

	step "Fuzzing shared heaps on $name, $cpus CPUs, $seconds s, seed $seed"
	collect_shared "$name"
	run_guest "$name" "$cpus-cpus-fuzz" $((480 + 4 * seconds)) \
		"sh fuzz.sh $seconds $seed $((3 * cpus)) && exec sh leaks.sh" -c "$cpus" \
		-a kasan_multi_shot
}

# Tell in a line what was counted, and from the log beside it what was skipped and
# what went wrong; fails if a test did.
# Usage: tell NAME
tell()
{
	awk -v name="$1" -v skipped="$(sed -n 's/.*\[SKIPPED\] *//p' "$counts.log" | paste -sd ';')" '
		{ n += $1; failed += $2; left += $3 }
		END {
			printf "%-22s %d passed, %d failed, %d skipped%s\n", name, n, failed, left,
				skipped ? ": " skipped : ""
			exit failed > 0
		}' "$counts" && return
	grep -E '^FAIL|\[(FAILED|CRASHED)\]|warning:|^error:' "$counts.log" | sed 's/^/    /'
	return 1
}

# Put the modules built there into the guest's files, and what tests use
# Usage: collect DIR...
collect()
{
	rm -rf "$files"
	mkdir -p "$files"
	find "$@" -name '*.ko' -exec cp -t "$files" {} +
	cp "$kernel_source/tools/testing/selftests/kselftest/ktap_helpers.sh" \
		"$top/tools/testing/test_that.sh" "$files"
}

trap finish EXIT
