# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the recipes share.  Sourced, never run.
#
# Options of every recipe:
#   -l LABEL    of the heap with this label only
#   -s SECONDS  how long to look on (10)
#   -b KB       the trace buffer of each CPU (4096)
#   -i FILE     do not look on, read what was traced before: the text of
#               tracefs, `trace-cmd report` or `perf script`
#   COMMAND     look on while this runs, instead of for some seconds

die()
{
	echo "error: $*" >&2
	exit 1
}

# Read the options; sets what the functions below use
options()
{
	label='' seconds=10 buffer=4096 input=''
	while getopts l:s:b:i: option; do
		case $option in
		l) label=$OPTARG ;;
		s) seconds=$OPTARG ;;
		b) buffer=$OPTARG ;;
		i) input=$OPTARG ;;
		*) die "see the usage at the top of $0 and of lib.sh beside it" ;;
		esac
	done
	case $seconds$buffer in
	*[!0-9]*) die "-s SECONDS and -b KB take numbers" ;;
	esac
	case $label in
	*[\"\\]*) die "-l LABEL: no quotes nor backslashes can be looked for" ;;
	esac
	[ -z "$input" ] || [ -r "$input" ] || die "-i $input: no such file"
}

# Find tracefs and the events there
find_events()
{
	for tracing in /sys/kernel/tracing /sys/kernel/debug/tracing ''; do
		[ ! -e "$tracing/trace" ] || break
	done
	[ -z "$tracing" ] || {
		[ -d "$tracing/events/xnheap" ] ||
			die "there are no events xnheap:*; is the module xnheap loaded?"
		return
	}
	[ "$(id -u)" = 0 ] || die "only root may trace"
	grep -qw tracefs /proc/filesystems || die "this kernel cannot trace events"
	die "tracefs is not mounted; try: mount -t tracefs nodev /sys/kernel/tracing"
}

cleanup()
{
	rm -f "$text"
	[ ! -d "$instance" ] || {
		echo 0 >"$instance/events/xnheap/enable"
		rmdir "$instance"
	}
}

# Trace events in a buffer of our own while a command runs.
# Usage: look EVENT... -- [COMMAND...]
look()
{
	find_events
	instance=$tracing/instances/xnheap-$$
	mkdir "$instance" || die "cannot make $instance"
	echo "$buffer" >"$instance/buffer_size_kb" ||
		die "no memory for buffers of $buffer KB; try a smaller -b"
	# Addresses tell blocks apart, and are not shown
	[ ! -e "$instance/options/hash-ptr" ] || echo 0 >"$instance/options/hash-ptr"
	while [ "$1" != -- ]; do
		[ -z "$label" ] ||
			echo "label == \"$label\"" >"$instance/events/xnheap/$1/filter"
		echo 1 >"$instance/events/xnheap/$1/enable"
		shift
	done
	shift
	if [ $# -gt 0 ]; then
		"$@" >&2 || echo "note: the command ended with $?" >&2
	else
		sleep "$seconds"
	fi
	echo 0 >"$instance/tracing_on"
	cat "$instance/trace" >"$text"
	# Some kernels, such as 6.1, lose the labels where addresses are not hashed
	! grep -q ' heap= ' "$text" || {
		echo 1 >"$instance/options/hash-ptr"
		cat "$instance/trace" >"$text"
	}
	lost=$(awk '$1 == "overrun:" { n += $2 } END { print n + 0 }' \
		"$instance"/per_cpu/cpu*/stats)
	[ "$lost" = 0 ] || echo "note: $lost events were lost; try a larger -b" >&2
}

# Leave the text of events in the file $text, from wherever they are had.
# Usage: events EVENT... -- [COMMAND...]
events()
{
	text='' instance=''
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	text=$(mktemp)
	if [ -n "$input" ]; then
		cat "$input" >"$text"
	else
		look "$@"
	fi
}
