#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Test xnheap.ko from outside, as a user of its kernel sees it.  Prints KTAP;
# exits with 0 if no test failed.
#
# Runs as root in a folder that holds xnheap.ko, xnheap_selftest.ko, the kernel's
# ktap_helpers.sh and, if they are to be tested too, demo.ko, demo_shared.ko and
# demo-peer.  The last tests leave xnheap.ko loaded, and the kernel locked down, for
# good: run this where the machine is thrown away afterwards.
#
# Usage: run.sh

# Each test: its function, or operation of the test module, and what it proves
tests='
loads                   the module loads and makes a folder in debugfs
test_bad_free           nothing can be freed but an allocated block
test_raw_lock           heaps work under a raw spinlock
test_hard_irq           heaps work in a hard interrupt
test_nmi                heaps work in NMI
test_planned            a heap has room for what it was planned for
busy                    in NMI calls give up where the lock is taken, and count it
small                   debugfs shows every number of a heap of small pages
grown                   debugfs shows every number of a heap that grew
growing                 debugfs shows every number of a heap that grows by itself
files                   debugfs shows every page of a heap and every column of its tables
pieces                  a picture reads the same in pieces of any size
peak                    whatever is written to peak_reset, the peak starts anew from what is used
odd                     a strange name is escaped in the table of heaps
large                   a heap of a million pages can be read, and its picture counts them
at_work                 every file can be read while heaps come, work, grow and go
twins                   two heaps of one label have a folder each
slash                   a label may hold a slash
secret                  only root may read what debugfs shows
vanish                  the folder of a heap vanishes with it
reader                  each file held open while its heap ends gives an error
relabel                 a file held open while its heap gets another name gives an error
events                  each event tells what happened
traced_contexts         events and latency work in every context
unload_traced           the module unloads while its events are on
callers                 the recipe for callers finds who holds what
lifetimes               the recipe for lifetimes finds how long blocks live
failures                the recipe for failures finds how things stood
recorder                the recorder writes what the bench reads
replay                  the bench replays what the recorder wrote
late_free               the recipes know a block that was handed on before its free
unprepared              the recipes say what they lack
latency                 latency counts calls while it is on
verbose                 a verbose heap tells of failures, once a second
debug_heap              a debug heap tells of overruns, late writes and leaks
debug_all               the parameter makes every heap a debug heap
system_heap             clients of the classic heap work with a system heap, and know if there is none
system_refuses          the module refuses bad parameters of the system heap, in one line
abandoned               the log tells how many blocks a destroyed heap still had
blind                   heaps work where debugfs is not mounted
demo                    the demo passes
demo_shared             the demo serves a process after another was killed, and ends before it
demo_refuses            both refuse bad parameters
reload                  the module loads and unloads 100 times
needed                  the module stays while another one uses it
leak                    the module stays while a heap that it made is left behind
locked_down             a kernel that is locked down shows all that can be read
no_trouble              the log of the kernel holds no trouble
'

set -u
cd "$(dirname "$0")" || exit
debugfs=/sys/kernel/debug
view=$debugfs/xnheap
param=/sys/module/xnheap_selftest/parameters/op
# shellcheck source=/dev/null # it is not here
. ./ktap_helpers.sh
mark="xnheap selftest $$"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

die()
{
	echo "$*" >&2
	exit 1
}

skip()
{
	echo "$*" >&2
	exit "$KSFT_SKIP"
}

# Run an operation of the test module and print what it leaves to be read
op()
{
	echo "$1" >"$param" || die "cannot run $1"
	cat "$param"
}

# Run an operation that prints nothing if all is as it should be
check()
{
	result=$(op "$1") || exit
	case $result in
	'') ;;
	SKIP*) skip "${result#SKIP }" ;;
	*) die "$result" ;;
	esac
}

mount_debugfs()
{
	grep -q " $debugfs " /proc/mounts || mount -t debugfs debugfs "$debugfs"
}

need_view()
{
	mount_debugfs || skip "debugfs cannot be mounted"
}

# Print a heap's view, a space between words, no empty lines
view()
{
	awk 'NF { $1 = $1; print }' "$view/$1/stats"
}

# What the kernel logged since this script began
log()
{
	dmesg | sed "1,/$mark/d"
}

is_loaded() { [ -d "/sys/module/$1" ]; }

load()
{
	is_loaded xnheap || insmod xnheap.ko || die "cannot load xnheap.ko"
	is_loaded xnheap_selftest || insmod xnheap_selftest.ko ||
		die "cannot load xnheap_selftest.ko"
}

unload()
{
	for module in demo demo_shared xnheap_selftest xnheap; do
		! is_loaded $module || rmmod $module || die "cannot unload $module.ko"
	done
}

loads()
{
	insmod xnheap.ko || die "cannot load xnheap.ko"
	need_view
	[ -d "$view" ] || die "no $view"
}

# Compare a heap's whole view with what the operation of its name says
compare()
{
	need_view
	op "make_$1" >"$tmp/expected"
	view "$1" >"$tmp/actual" || die "no view"
	diff "$tmp/expected" "$tmp/actual" || die "< expected  > shown"
}

small() { compare small; }
grown() { compare grown; }
growing() { compare growing; }

busy()
{
	op make_busy >"$tmp/expected"
	! grep SKIP "$tmp/expected" || skip "$(sed 's/SKIP //' "$tmp/expected")"
	need_view
	view busy | grep _busy >"$tmp/actual"
	diff "$tmp/expected" "$tmp/actual" || die "< expected  > shown"
	for column in alloc_failed 12 free_failed 13; do
		case $column in
		*_failed) sum=$(view busy | awk "/^$column/ { n += \$2 } END { print n }") ;;
		*) n=$(awk "\$1 == \"busy\" { print \$$column }" "$view/heaps")
			[ "$n" = "$sum" ] || die "column $column of heaps is $n, not $sum" ;;
		esac
	done
}

# Print the lines of files of a heap, but for their headers, each after the name
# of its file; and of the table of all heaps those of this one
lines()
{
	heap=$1
	shift
	for file; do
		case $file in
		heaps) grep "^$heap " "$view/heaps" | sed "s/^/heaps /" ;;
		*) sed "/^#/d; s/^/$file /" "$view/$heap/$file" ;;
		esac
	done
}

# Count the pages in a picture's lines: print each character that stands for a
# page and how often it does, in the order of appearance; fail if an extent has
# not as many as are announced
count_pages()
{
	awk '
	function finish() {
		if (left) {
			print "extent lacks " left " pages"
			bad = 1
		}
	}
	function add(n, c) {
		if (!(c in pages))
			order[++kinds] = c
		pages[c] += n
		left -= n
	}
	NR == 1 { rle = / rle$/; next }
	NR == 2 { bad = !/^# read in slices/; next }
	$1 == "extent" { finish(); left = $3; next }
	rle {
		for (i = 1; i <= NF; i++)
			add(substr($i, 1, length($i) - 1), substr($i, length($i)))
	}
	!rle { for (i = 1; i <= length($0); i++) add(1, substr($0, i, 1)) }
	length($0) > 80 { print "a long line"; bad = 1 }
	END {
		finish()
		for (i = 1; i <= kinds; i++)
			printf "%s%d %s", (i > 1 ? " " : ""), pages[order[i]], order[i]
		print ""
		exit bad
	}' "$1"
}

files()
{
	need_view
	op make_files >"$tmp/expected"
	lines files heaps extents buckets ranges peak map fill >"$tmp/actual"
	diff "$tmp/expected" "$tmp/actual" || die "< expected  > shown"
	for table in heaps extents buckets ranges; do
		file=$view/files/$table
		[ $table != heaps ] || file=$view/heaps
		[ "$(head -n 1 "$file")" = "# xnheap $table 1" ] ||
			die "$table has no version line"
		# A name for each column
		awk 'NR == 2 { n = NF - 1 }
			!/^#/ && $1 != "largest" && NF != n { exit 1 }' "$file" ||
			die "$table has other columns than it says"
	done
	for file in map fill; do
		[ "$(head -n 1 "$view/files/$file")" = "# xnheap $file 1" ] ||
			die "$file has no version line"
		count_pages "$view/files/$file" >/dev/null || die "$file has other pages"
	done
}

pieces()
{
	need_view
	op make_files >/dev/null
	for file in map fill; do
		cat "$view/files/$file" >"$tmp/whole"
		dd "if=$view/files/$file" bs=7 2>/dev/null | cmp - "$tmp/whole" ||
			die "$file in pieces differs"
		# Some bytes, a jump that makes the kernel begin anew, the rest
		for first in 1 75 80 90 160 240; do
			tail -c +$((first + 100)) "$tmp/whole" >"$tmp/tail"
			{
				dd bs=$first count=1 of=/dev/null
				dd bs=99 skip=1
			} <"$view/files/$file" 2>/dev/null | cmp - "$tmp/tail" ||
				die "$file differs after a jump from $first"
		done
	done
}

peak()
{
	need_view
	op make_files >/dev/null
	op say_used >"$tmp/expected"
	! cmp -s "$tmp/expected" "$view/files/peak" || die "peak is what is used"
	echo anything >"$view/files/peak_reset" || die "cannot write to peak_reset"
	diff "$tmp/expected" "$view/files/peak" || die "< expected  > shown"
}

odd()
{
	need_view
	check make_odd
	grep -qF '\043odd\040one\134 512 ' "$view/heaps" || die "$(cat "$view/heaps")"
}

large()
{
	need_view
	op make_large >"$tmp/expected"
	{
		lines large extents ranges
		for file in map fill; do
			head -n 1 "$view/large/$file"
			echo "$file $(count_pages "$view/large/$file")"
		done
	} >"$tmp/actual"
	diff "$tmp/expected" "$tmp/actual" || die "< expected  > shown"
}

# What is read of a heap that goes away meanwhile counts for nothing
at_work()
{
	need_view
	check make_load
	end=$(($(date +%s) + 10)) pictures=0
	while [ "$(date +%s)" -lt $end ] || [ $pictures -lt 20 ]; do
		for file in "$view"/heaps "$view"/*/*; do
			cat "$file" >"$tmp/read" 2>/dev/null || continue
			case $file in
			*/map | */fill)
				pictures=$((pictures + 1))
				wrong=$(count_pages "$tmp/read") || die "$file: $wrong"
				;;
			esac
		done
	done
	check drop_heaps
}

twins()
{
	need_view
	check make_twins
	for name in twin 'twin#2'; do
		view "$name" | grep -qx 'label twin' || die "nothing in $name"
	done
}

slash()
{
	need_view
	check make_slash
	view drive_0 | grep -qx 'label drive/0' || die "nothing in drive_0"
}

secret()
{
	need_view
	check make_twins
	for file in "$view/heaps" "$view"/*/*; do
		case $file in
		*_reset | *_switch) may=200 ;;
		*) may=400 ;;
		esac
		mode=$(stat -c %a "$file")
		[ "$mode" = $may ] || die "$file has mode $mode"
	done
	# Nothing that looks like an address of the kernel
	! cat "$view/heaps" "$view"/*/* | grep -i 'ffff[0-9a-f]\{8\}' || die "an address"
}

vanish()
{
	need_view
	check make_slash
	[ -d "$view/drive_0" ] || die "no drive_0"
	check drop_heaps
	[ "$(ls -A "$view")" = heaps ] || die "left: $(ls -A "$view")"
	! grep -v '^#' "$view/heaps" || die "a line is left"
}

# Hold each file of a heap open while something happens to it
hold()
{
	files=$(ls "$view/$1")
	[ "$(echo "$files" | wc -l)" -ge 7 ] || die "too few files"
	for file in $files; do
		[ -d "$view/$1" ] || check "$2"
		exec 3<"$view/$1/$file"
		check "$3"
		! cat <&3 || die "read $file of a heap that is gone"
	done
}

reader()
{
	need_view
	check make_slash
	hold drive_0 make_slash drop_heaps
}

relabel()
{
	need_view
	check make_before
	hold before make_before make_after
	lines after heaps extents | grep -q '^extents 0 ' || die "nothing in after"
}

abandoned()
{
	expected=$(op make_abandoned)
	log | grep -F "$expected" || die "not in the log: $expected"
}

tracing=/sys/kernel/tracing

need_tracing()
{
	grep -q " $tracing " /proc/mounts ||
		mount -t tracefs tracefs $tracing || skip "no tracefs"
	[ -d trace ] || die "no folder trace with the recipes"
}

# Run a recipe while an operation of the test module runs
recipe()
{
	need_tracing
	name=$1
	shift
	sh "trace/$name" -l traced sh -c "echo make_traced >$param" >"$tmp/$name" ||
		die "$name failed"
	drop_comments "$tmp/$name" >"$tmp/actual"
}

drop_comments() { sed '/^#/d' "$1"; }

# Compare what is in the file actual with what is given
same()
{
	cat >"$tmp/expected"
	diff "$tmp/expected" "$tmp/actual" || die "< expected  > found"
}

# Cut what is not the same in each build: offsets and sizes of functions
symbols() { sed -E 's|\+0x[0-9a-f]+/0x[0-9a-f]+||g'; }

callers()
{
	recipe callers
	symbols <"$tmp/actual" >"$tmp/cut"
	mv "$tmp/cut" "$tmp/actual"
	same <<-EOF
	1 1024 1000 second_owner [xnheap_selftest]
	3 384 303 first_owner [xnheap_selftest]
	EOF
}

lifetimes()
{
	recipe lifetimes
	# one was freed at once, one 20 ms later
	awk '$1 < 8192 && $2 == 1 && $3 == 32 { print "brief" }
		$1 >= 16384 && $1 < 1000000 && $2 == 1 && $3 == 512 { print "lasting" }' \
		"$tmp/actual" >"$tmp/cut"
	[ "$(tr '\n' ' ' <"$tmp/cut")" = "brief lasting " ] || die "$(cat "$tmp/actual")"
	[ "$(wc -l <"$tmp/actual")" = 2 ] || die "$(cat "$tmp/actual")"
}

failures()
{
	recipe failures
	state=$(sed 's/used /used=/; s/usable /usable=/; s/largest /largest=/' "$param")
	symbols <"$tmp/actual" | sed -E 's/ [0-9]+\.[0-9]+//' >"$tmp/cut"
	[ "$(grep -c ^failed "$tmp/cut")" = 3 ] || die "not 3 failures: $(cat "$tmp/cut")"
	awk '/^failed/ && n++ { exit } { print }' "$tmp/cut" >"$tmp/actual"
	same <<-EOF
	failed heap=traced caller=second_owner [xnheap_selftest] asked=1048576 why=full $state
	  holds 1 1024 second_owner [xnheap_selftest]
	  holds 3 384 first_owner [xnheap_selftest]
	  before free given 32 dropper [xnheap_selftest]
	  before alloc asked 300 second_owner [xnheap_selftest]
	  before alloc asked 1000 second_owner [xnheap_selftest]
	  before free given 512 dropper [xnheap_selftest]
	  before alloc asked 102 first_owner [xnheap_selftest]
	EOF
}

recorder()
{
	recipe recorder
	same <<-EOF
	a 0 100
	a 1 30
	a 2 101
	f 1
	a 1 300
	a 3 1000
	f 1
	a 1 102
	EOF
}

replay()
{
	[ -e bench.ko ] || skip "no bench.ko"
	need_view
	recipe recorder
	insmod bench.ko part=trace trace="$tmp/recorder" || die "the bench refuses it"
	grep -q xnheap "$debugfs/xnheap-bench" || die "no result: $(cat "$debugfs/xnheap-bench")"
	rmmod bench
}

# A text as of trace-cmd: f2 has block 10 before f1's free of it is told
late_free()
{
	[ -d trace ] || die "no folder trace with the recipes"
	sed 's/^/ sh-1 [000] /' >"$tmp/text" <<-EOF
	1.000000: xnheap_alloc:  heap=a b caller=f1+0x1 [m] block=0x10 asked=100 given=128
	1.000001: xnheap_alloc:  heap=a b caller=f1+0x1 [m] block=0x20 asked=10 given=16
	1.000002: xnheap_alloc:  heap=c caller=f3+0x1 block=0x30 asked=7 given=8
	1.000004: xnheap_alloc:  heap=a b caller=f2+0x1 block=0x10 asked=20 given=32
	1.000005: xnheap_free:   heap=a b caller=f1+0x1 [m] block=0x10 asked=0 given=128
	1.500001: xnheap_free:   heap=a b caller=f2+0x1 block=0x20 asked=0 given=16
	EOF
	sh trace/callers -l "a b" -i "$tmp/text" >"$tmp/text.callers" || die "callers failed"
	sh trace/recorder -l "a b" -i "$tmp/text" >"$tmp/text.recorder" || die "recorder failed"
	sh trace/lifetimes -l "a b" -i "$tmp/text" >"$tmp/text.lifetimes" || die "lifetimes failed"
	sed '/^#/d' "$tmp/text.callers" "$tmp/text.recorder" "$tmp/text.lifetimes" >"$tmp/actual"
	same <<-EOF
	1 32 20 f2+0x1
	a 0 100
	a 1 10
	f 0
	a 0 20
	f 1
	4 1 128
	262144 1 16
	EOF
}

unprepared()
{
	need_tracing
	unload
	! message=$(sh trace/callers -s 1 2>&1) || die "callers runs without the module"
	case $message in
	*"is the module xnheap loaded?"*) ;;
	*) die "without the module: $message" ;;
	esac
	load
	# debugfs mounts it again where one looks
	umount $tracing || die "cannot unmount tracefs"
	! mounted_debugfs || umount "$debugfs" || die "cannot unmount debugfs"
	! message=$(sh trace/recorder -s 1 2>&1) || die "recorder runs without tracefs"
	mount_debugfs
	case $message in
	*"tracefs is not mounted"*) ;;
	*) die "without tracefs: $message" ;;
	esac
	! sh trace/failures -s many 2>/dev/null || die "takes many seconds"
}

mounted_debugfs() { grep -q " $debugfs " /proc/mounts; }

events()
{
	need_tracing
	echo >$tracing/trace
	echo 1 >$tracing/events/xnheap/enable
	check make_events
	op make_traced >/dev/null
	echo 0 >$tracing/events/xnheap/enable
	symbols <$tracing/trace | sed -n 's/.* xnheap_/xnheap_/p' |
		sed -E 's/block=[0-9a-f]+/block=B/' |
		sort | uniq -c | awk '{ $1 = $1; print }' >"$tmp/actual"
	cat "$tmp/actual"
	for event in \
		'1 xnheap_grow: heap=after caller=make_events [xnheap_selftest] size=65536 error=0' \
		'1 xnheap_extend: heap=after caller=make_events [xnheap_selftest] size=65536 extents=2' \
		'1 xnheap_alloc: heap=after caller=first_owner [xnheap_selftest] block=B asked=100 given=128' \
		'1 xnheap_destroy: heap=after caller=drop_heaps [xnheap_selftest] blocks=1 used=128' \
		'1 xnheap_alloc: heap=traced caller=second_owner [xnheap_selftest] block=B asked=1000 given=1024' \
		'1 xnheap_free: heap=traced caller=dropper [xnheap_selftest] block=B asked=0 given=512' \
		'1 xnheap_bad_free: heap=traced caller=dropper [xnheap_selftest] block=B error=-22'
	do
		grep -qxF "$event" "$tmp/actual" || die "no event: $event"
	done
	grep -q '^3 xnheap_alloc_failed: heap=traced caller=second_owner .* why=full' "$tmp/actual" ||
		die "not three failures"
}

traced_contexts()
{
	need_tracing
	echo >$tracing/trace
	echo 1 >$tracing/events/xnheap/enable
	for test in test_raw_lock test_hard_irq test_nmi test_bad_free; do
		check $test
	done
	op make_busy >/dev/null
	echo 0 >$tracing/events/xnheap/enable
	grep -q 'why=busy' $tracing/trace || die "no failure in NMI was traced"
	grep -q 'xnheap_bad_free.*error=-11' $tracing/trace || die "nor a free"
	grep -Eq '\] [^ ]?[^ ]?[^ ]?[hHzZ][^ ]* .*xnheap_alloc:' $tracing/trace ||
		die "no event comes from an interrupt"
}

unload_traced()
{
	need_tracing
	echo 1 >$tracing/events/xnheap/enable
	op make_traced >/dev/null
	check drop_heaps
	unload
	load
	[ "$(cat $tracing/events/xnheap/enable)" = 0 ] || die "events are on after reload"
	op make_slash >/dev/null
}

# Print the sums of the columns of latency
latencies()
{
	awk '/^#/ { next } { for (i = 2; i <= 4; i++) n[i] += $i }
		END { print n[2], n[3], n[4] }' "$view/latency/latency"
}

latency()
{
	need_view
	check make_latency
	check make_latency
	file=$view/latency/latency switch=$view/latency/latency_switch
	[ "$(latencies)" = "0 0 0" ] || die "counts although it is off: $(latencies)"
	grep -qx '# off' "$file" || die "is not off"
	echo 1 >"$switch"
	grep -qx '# on' "$file" || die "is not on"
	op make_latency >/dev/null
	[ "$(latencies)" = "7 4 11" ] || die "on, it counts $(latencies)"
	[ "$(sed -n 1,2p "$file")" = "# xnheap latency 1
# ns alloc free held" ] || die "the header is $(sed -n 1,2p "$file")"
	echo 0 >"$switch"
	op make_latency >/dev/null
	[ "$(latencies)" = "7 4 11" ] || die "off, it counts $(latencies)"
	! echo 7x >"$switch" || die "takes 7x"
}

# Print what the log has of a heap
said_of() { log | sed -n "s/.*xnheap: $1: //p"; }

verbose()
{
	need_view
	check make_verbose
	check make_verbose
	sleep 1
	[ -z "$(said_of verbose)" ] || die "it talks unasked: $(said_of verbose)"
	[ "$(cat "$view/verbose/verbose")" = 0 ] || die "it is on unasked"
	echo 1 >"$view/verbose/verbose_switch"
	[ "$(cat "$view/verbose/verbose")" = 1 ] || die "it is not on"
	check make_verbose
	sleep 2
	largest=$(awk '/^largest_free_range/ { print $2 }' "$view/verbose/stats")
	said_of verbose | symbols | grep -v '^and ' >"$tmp/cut"
	sed -E 's/free [0-9a-fx]+ for/free B for/' "$tmp/cut" >"$tmp/actual"
	same <<-EOF
	no block of 1048576 bytes for first_owner [xnheap_selftest], the largest free is of $largest
	did not free B for dropper [xnheap_selftest]: error -14, no address of this heap
	EOF
	check make_verbose_nmi
	sleep 2
	[ "$(said_of verbose | grep -c '^no block')" = 2 ] || die "the next interval: $(said_of verbose)"
	echo 0 >"$view/verbose/verbose_switch"
	[ "$(cat "$view/verbose/verbose")" = 0 ] || die "it is not off"
	check make_verbose
	sleep 2
	[ "$(said_of verbose | grep -c '^no block')" = 2 ] || die "it talks on"
	! echo 2 >"$view/verbose/verbose_switch" || die "takes 2"
}

debug_heap()
{
	need_view
	check make_debug
	symbols <"$view/debug/leaks" >"$tmp/actual"
	same <<-EOF
	# xnheap leaks 1
	# blocks bytes caller
	# overruns 1 written_after_free 1
	# read in slices: lines may be of different moments
	1 1000 second_owner [xnheap_selftest]
	3 300 first_owner [xnheap_selftest]
	EOF
	check drop_heaps
	said_of debug | symbols | sed -E 's/block [0-9a-fx]+ /block B /; s/CPU [0-9]+ [0-9]+ us/CPU C T us/' \
		>"$tmp/actual"
	same <<-EOF
	block B of 40 bytes was written to behind its end; allocated by second_owner [xnheap_selftest] on CPU C T us ago, freed by dropper [xnheap_selftest]
	block B of 40 bytes was written to after it was freed by dropper [xnheap_selftest] on CPU C T us ago; now allocated by first_owner [xnheap_selftest]
	destroyed with 4 blocks, 1408 bytes, still allocated
	1 blocks, 1000 bytes, allocated by second_owner [xnheap_selftest]
	3 blocks, 300 bytes, allocated by first_owner [xnheap_selftest]
	EOF
}

debug_all()
{
	need_view
	check make_plain
	[ ! -e "$view/plain/leaks" ] || die "a plain heap has a file leaks"
	unload
	insmod xnheap.ko debug=1 || die "cannot load xnheap.ko with debug=1"
	load
	check make_plain
	grep -q '^1 10 first_owner' "$view/plain/leaks" || die "no leak is shown"
	for test in test_nmi test_planned; do
		result=$(op $test)
		case $result in
		'' | SKIP*) ;;
		*) die "$result" ;;
		esac
	done
	unload
	load
}

system_heap()
{
	unload
	insmod xnheap.ko system_size=65536 || die "cannot load xnheap.ko with system_size=65536"
	load
	check test_classic
	need_view
	view system | grep -qx 'bytes_usable 65536' || die "system: $(view system)"
	view system | grep -qx 'page_size 512' || die "system: $(view system)"
	unload
	insmod xnheap.ko system_size=65536 system_page=4096 ||
		die "cannot load xnheap.ko with system_page=4096"
	view system | grep -qx 'page_size 4096' || die "system: $(view system)"
	! view system | grep -q '^blocks_deferred ' || die "system: $(view system)"
	unload
	insmod xnheap.ko system_size=65536 system_defer=1 ||
		die "cannot load xnheap.ko with system_defer=1"
	view system | grep -qx 'blocks_deferred 0' || die "system: $(view system)"
	unload
	load
	[ ! -e "$view/system" ] || die "there is a system heap unasked"
	check test_no_system_heap
}

system_refuses()
{
	unload
	for bad in system_size=1 system_size=512 system_size=65537 system_size=1073742336 \
		system_page=0 system_page=32 system_page=513 system_page=65536; do
		lines=$(log | wc -l)
		said=$(insmod xnheap.ko $bad 2>&1) && die "$bad is taken"
		case $said in
		*[Ii]nvalid*) ;;
		*) die "$bad: $said" ;;
		esac
		# insmod may try twice
		log | tail -n "+$((lines + 1))" | sed 's/^\[[^]]*\] *//' | sort -u >"$tmp/said"
		grep -q "^xnheap: $bad: must be" "$tmp/said" || die "$bad: no word of it"
		[ "$(wc -l <"$tmp/said")" = 1 ] || die "$bad: more than one line: $(cat "$tmp/said")"
	done
	! insmod xnheap.ko system_size=4096 system_page=4096 || die "a heap of one page is taken"

	# More than there is, unless there is much
	bad=system_size=1073741824
	if said=$(insmod xnheap.ko $bad 2>&1); then
		return
	fi
	case $said in
	*memory*) ;;
	*) die "$bad: $said" ;;
	esac
	log | grep -q "xnheap: $bad: no system heap: error -12" || die "$bad: no word of it"
}

blind()
{
	unload
	! grep -q " $debugfs " /proc/mounts || umount "$debugfs" ||
		skip "cannot unmount debugfs"
	load
	check test_bad_free
	op make_small >/dev/null
	unload
}

# Usage: demo_verdict NAME - wait until the log has it
demo_verdict()
{
	tries=20
	until verdict=$(log | grep "$1: verdict"); do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || die "no verdict"
		sleep 1
	done
	case $verdict in
	*"verdict: passed"*) ;;
	*) die "$verdict" ;;
	esac
}

demo()
{
	[ -e demo.ko ] || skip "no demo.ko"
	insmod demo.ko seconds=2 || die "cannot load demo.ko"
	demo_verdict xnheap-demo
	rmmod demo || die "cannot unload demo.ko"
}

# Usage: said N TEXT - wait until the log has as many lines of it
said()
{
	tries=300
	until [ "$(log | grep -c "$2")" -ge "$1" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || die "not said $1 times: $2"
		sleep 0.1
	done
}

# Usage: peer N [SIGNAL] - run the N-th process of the demo; until it is sent a signal
peer()
{
	./demo-peer >"$tmp/peer" 2>&1 &
	said "$1" 'demo-shared: a process listens'
	[ $# != 1 ] || return
	kill "-$2" $!
	wait $!
	ended=$?
	said "$1" 'demo-shared: the process is gone'
}

demo_shared()
{
	ls demo_shared.ko demo-peer >/dev/null || skip "no demo_shared.ko or demo-peer"
	insmod demo_shared.ko seconds=3600 || die "cannot load demo_shared.ko"
	peer 1 KILL
	peer 2 TERM
	[ "$ended" = 0 ] || die "interrupted, the process returns $ended: $(cat "$tmp/peer")"
	answers=$(log | grep -c 'demo-shared: .* [1-9][0-9]* answers')
	peer 3
	said $((answers + 2)) 'demo-shared: .* [1-9][0-9]* answers'
	rmmod demo_shared || die "cannot unload demo_shared.ko"
	wait $! || die "the process: $(cat "$tmp/peer")"
	grep -q ' 0 wrong, until the heap ended$' "$tmp/peer" || die "the process: $(cat "$tmp/peer")"
	demo_verdict xnheap-demo-shared
}

demo_refuses()
{
	for name in demo demo_shared; do
		[ -e $name.ko ] || skip "no $name.ko"
		for bad in seconds=0 seconds=3601 rate_hz=0 rate_hz=10001; do
			! insmod $name.ko $bad || die "$bad is taken"
			log | grep -q "xnheap-$(echo $name | tr _ -): $bad: must be" ||
				die "$bad: no word of it"
		done
	done
}

reload()
{
	unload
	mount_debugfs
	i=0
	while [ $i -lt 100 ]; do
		insmod xnheap.ko || die "cannot load it after $i times"
		rmmod xnheap || die "cannot unload it after $i times"
		i=$((i + 1))
	done
	[ ! -d "$view" ] || die "left: $view"
}

needed()
{
	! rmmod xnheap || die "unloaded"
	check test_bad_free
	unload
}

leak()
{
	check make_leak
	rmmod xnheap_selftest || die "cannot unload xnheap_selftest.ko"
	! rmmod xnheap || die "unloaded, although there is a heap"
	need_view
	view leaked | grep -qx 'label leaked' || die "nothing in leaked"
}

# For good: from here on, no module loads that is not signed
locked_down()
{
	need_view
	lock=/sys/kernel/security/lockdown
	[ -e $lock ] || mount -t securityfs securityfs /sys/kernel/security 2>/dev/null || :
	[ -e $lock ] || skip "the kernel cannot be locked down"
	echo integrity >$lock || die "cannot lock the kernel down"
	for file in "$view/heaps" "$view"/leaked/*; do
		case $file in
		*_reset | *_switch) ! echo 1 2>/dev/null >"$file" || die "$file is written to" ;;
		*) cat "$file" >"$tmp/read" || die "cannot read $file" ;;
		esac
		[ "${file##*/}" != heaps ] || grep -q '^leaked ' "$tmp/read" || die "no heap"
	done
}

trouble='WARNING: |BUG: |Oops|Call Trace:|KASAN|UBSAN|KCSAN|general protection'
trouble="$trouble|possible circular|possible recursive|inconsistent lock state"
trouble="$trouble|Invalid wait context|suspicious RCU|rcu.*stall|blocked for more"
trouble="$trouble|scheduling while atomic|sleeping function|corruption"

no_trouble()
{
	dmesg | grep -qF "$mark" || die "the log lost its beginning"
	! log | grep -E "$trouble" || die "the whole log tells more"
}

run()
{
	case $1 in
	loads | locked_down | no_trouble) ;;
	*) load ;;
	esac
	case $1 in
	test_*) check "$1" ;;
	*) "$1" ;;
	esac
}

echo "$mark" >/dev/kmsg
ktap_print_header
ktap_set_plan "$(echo "$tests" | grep -c .)"
while read -r test sentence; do
	[ -n "$test" ] || continue
	! is_loaded xnheap_selftest || op drop_heaps >/dev/null
	output=$(run "$test" 2>&1 </dev/null)
	case $? in
	0) ktap_test_pass "$sentence" ;;
	"$KSFT_SKIP") ktap_test_skip "$sentence: $(echo "$output" | tail -n 1)" ;;
	*)
		echo "$output" | sed 's/^/# /'
		ktap_test_fail "$sentence"
		;;
	esac
done <<EOF
$tests
EOF
ktap_finished
