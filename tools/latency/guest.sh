#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Test xnheap-latency by its mechanism, never by its times; it, the modules,
# test_that.sh and the kernel's ktap_helpers.sh lie beside this script.  Prints KTAP.
#
# Usage: guest.sh, in a guest that has mounted debugfs and no module loaded

set -u
cd "$(dirname "$0")" || exit
# shellcheck source=../testing/test_that.sh
. ./test_that.sh
parameters=/sys/module/xnheap_latency/parameters
record=/tmp/record

# Usage: ends STATUS MESSAGE argument... - xnheap-latency does, and says so
ends()
{
	wanted=$1 message=$2
	shift 2
	code=0
	./xnheap-latency "$@" >/tmp/out 2>&1 || code=$?
	echo "status $code"
	cat /tmp/out
	[ $code = "$wanted" ] && grep -q "$message" /tmp/out
}

# Usage: refuses PARAMETER=VALUE - the module by itself, then takes the default
refuses()
{
	before=$(cat "$parameters/${1%%=*}")
	echo "${1#*=}" >"$parameters/${1%%=*}"
	! echo 1 >"$parameters/run"
	refused=$?
	echo 0 >"$parameters/run"
	echo "$before" >"$parameters/${1%%=*}"
	[ $refused = 0 ]
}

module_refuses_nonsense()
{
	for wrong in cpus=9 cpus=x cpus=0-99999 size_max=0 size_max=2000000 size_min=5000 \
		page_size=96 page_size=32 interval_us=1 seconds=0; do
		echo "$wrong"
		refuses "$wrong" || return
	done
	echo 0 >$parameters/irq
	refuses thread=0 || return
	echo 1 >$parameters/irq
}

five_seconds() { ./xnheap-latency --interval 500 --duration 5 --record $record; }

# Each CPU in each context has called, and nothing as often as both calls
everybody_called()
{
	awk '$1 == "series" { n[$2 " " $3 " " $5] += $6; failed += $7 }
		END {
			for (cpu = 0; cpu < 2; cpu++)
				for (i = 0; i < 2; i++) {
					who = (i ? "irq " : "thread ") cpu " "
					print who, n[who "alloc"], n[who "free"], n[who "-"]
					if (!n[who "alloc"] || !n[who "free"] ||
					    n[who "alloc"] + n[who "free"] != n[who "-"])
						bad = 1
				}
			exit bad || failed
		}' $record
}

# Bins in order, with as many as there are samples, the worst in the last
samples_are_in_bins()
{
	awk 'function check() {
			if (sum != samples || (samples && (worst < from || worst > to))) {
				print line ": " sum " samples in bins, the last " from "-" to
				bad = 1
			}
		}
		$1 == "series" {
			check()
			line = $0; samples = $6; worst = $9; sum = 0; to = -1
			n++
		}
		$1 == "bin" {
			if ($2 <= to || $3 < $2 || !$4)
				bad = 1
			from = $2; to = $3; sum += $4
		}
		END { check(); exit bad || n != 12 }' $record
}

percentiles_are_in_order()
{
	./xnheap-latency --replay $record >/tmp/report || return
	awk '/^  (xnheap|nothing) / {
			n++
			for (i = 5; i <= 10; i++)
				if ($i < $(i - 1) || !$i)
					bad = 1
			print
		}
		END { exit bad || n != 6 }' /tmp/report
}

# The last line is that of the very call, and others come before it
worst_has_its_trace()
{
	awk '$1 == "series" && $4 == "xnheap" && $9 > most { most = $9 }
		$1 == "worst" { ns = $6; call = "context=" $2 " call=" $4 " size=" $5 " ns=" $6 }
		$1 == "trace" { n++; last = $0 }
		END {
			print ns, most, n
			print last
			exit ns != most || n < 2 ||
			     !index(last, "xnheap_latency_worst: " call)
		}' $record && ! grep '^fact no_trace' $record
}

json_is_json()
{
	./xnheap-latency --replay $record --json >/tmp/json || return
	echo '{"a": [1, {"b": "\"}"}, []], "c": null}' | awk -f json.awk || return
	for bad in '{"a": [1, 2}' '["a" 1]' '{"a"}' '[1,]' '["\x"]' '{1: 2}'; do
		! echo "$bad" | awk -f json.awk || return
	done
	awk -f json.awk /tmp/json
}

# kmalloc is not legal in hard interrupts here
others_are_beside_it()
{
	./xnheap-latency --compare --fine --sizes 64 --page-size 512 --interval 2000 \
		--duration 2 --record $record >/dev/null || return
	grep '^fact\|^series' $record
	for series in "irq 0 xnheap" "irq 0 gen_pool" "irq 0 nothing" "thread 1 kmalloc" \
		"thread 1 gen_pool"; do
		grep -q "^series $series .* [1-9][0-9]* 0 [0-9]* [0-9]*$" $record || return
	done
	! grep '^series irq . kmalloc' $record && grep '^fact heap fine' $record
}

# Though each size of block takes a page, or a run, of its own
no_call_fails_in_a_small_heap()
{
	for heap in '--page-size 32768' '--page-size 4096 --fine'; do
		# shellcheck disable=SC2086 # several words
		./xnheap-latency --cpus 0 --context irq --sizes 16-512 $heap --interval 500 \
			--duration 2 --no-trace --record $record >/dev/null || return
		grep '^fact heap\|^series' $record
		awk '$1 == "series" { calls += $6; failed += $7 }
			END { exit !calls || failed }' $record || return
	done
}

# Not after the 300 seconds
the_limit_ends_it()
{
	ends 2 '^worst call' --limit 1 --interval 1000 --duration 300 --context irq --cpus 1 \
		--record $record || return
	grep '^fact\|^series' $record
	! grep -E '^series (thread|irq 0)' $record
}

# Without anybody who stops it
no_time_elapses_after_the_limit()
{
	echo 1 >$parameters/limit_ns
	echo 1 >$parameters/run
	sleep 1
	grep N $parameters/run || return
	before=$(grep elapsed_ms /sys/kernel/debug/xnheap-latency)
	sleep 1
	after=$(grep elapsed_ms /sys/kernel/debug/xnheap-latency)
	echo 0 >$parameters/limit_ns
	echo "$before, $after"
	[ "$before" = "$after" ]
}

# Usage: load SCRIPT - it is what --load finds
load()
{
	mkdir -p /tmp/load
	printf '#!/bin/sh\n%s\n' "$1" >/tmp/load/hackbench
	chmod +x /tmp/load/hackbench
}

no_load_is_left() { ps >/tmp/processes && ! grep -E 'load/hackbench|sleep 12345' /tmp/processes; }

the_load_is_watched()
{
	PATH=/tmp/load:$PATH
	load 'sleep 12345 & exit 0'
	ends 1 'the load, hackbench, ended' --load --duration 300 || return
	sleep 1
	no_load_is_left || return
	load 'sleep 12345 & sleep 12345'
	ends 0 'load  *hackbench' --load --duration 2 --interval 2000 || return
	sleep 1
	no_load_is_left
}

# And a second one is refused meanwhile
a_signal_ends_it_with_a_report()
{
	for signal in TERM HUP QUIT; do
		./xnheap-latency --interval 2000 --duration 30 >/tmp/report 2>&1 &
		pid=$!
		sleep 3
		ends 1 'runs already' && kill -$signal $pid && wait $pid &&
			cat /tmp/report && grep '^worst call' /tmp/report &&
			awk '$1 == "elapsed_ms" { exit $2 > 20000 }' /tmp/report || return
	done
}

# Its timer and its thread go to the other one
a_cpu_that_goes_offline_ends_it()
{
	./xnheap-latency --interval 2000 --duration 30 >/tmp/report 2>&1 &
	pid=$!
	sleep 3
	echo 0 >/sys/devices/system/cpu/cpu1/online
	wait $pid
	status=$?
	echo 1 >/sys/devices/system/cpu/cpu1/online
	cat /tmp/report
	[ $status = 0 ] && grep '^ended_early  *CPU 1 went offline' /tmp/report
}

# It left its trace buffer and a module at work
the_next_one_tidies_up_after_one_killed()
{
	./xnheap-latency --interval 2000 --duration 300 >/tmp/report 2>&1 &
	pid=$!
	sleep 3
	kill -9 $pid
	echo 0 >$parameters/run
	ls -d /sys/kernel/debug/tracing/instances/xnheap-latency &&
		ends 0 'xnheap_latency_worst' --interval 2000 --duration 1
}

nothing_is_left()
{
	cat /sys/kernel/debug/xnheap/heaps
	! grep -v '^#' /sys/kernel/debug/xnheap/heaps &&
		! find /sys/kernel/debug/tracing/instances -mindepth 1 | grep .
}

# And the heap had no block any more
unloads_at_work()
{
	echo 300 >$parameters/seconds
	echo 1 >$parameters/run
	grep Y $parameters/run && rmmod xnheap_latency && rmmod xnheap &&
		! dmesg | grep 'xnheap: latency: '
}

ktap_print_header
ktap_set_plan 18
test_that not_loaded ends 1 'the module xnheap_latency is not loaded'
insmod xnheap.ko
insmod xnheap_latency.ko
test_that nonsense module_refuses_nonsense
test_that five_seconds five_seconds
test_that everybody_called everybody_called
test_that sums samples_are_in_bins
test_that percentiles percentiles_are_in_order
test_that worst_and_trace worst_has_its_trace
test_that json json_is_json
test_that compare others_are_beside_it
test_that small_heap no_call_fails_in_a_small_heap
test_that limit the_limit_ends_it
test_that elapsed no_time_elapses_after_the_limit
test_that load the_load_is_watched
test_that signal a_signal_ends_it_with_a_report
test_that offline a_cpu_that_goes_offline_ends_it
test_that killed the_next_one_tidies_up_after_one_killed
test_that nothing_left nothing_is_left
test_that unload unloads_at_work
