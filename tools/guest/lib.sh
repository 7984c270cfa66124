# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts in this folder share.  Sourced, never run.
#
# Progress goes to stderr, so that a script's stdout holds nothing but its
# result.  Whatever is fetched or built once and kept is an entry: a folder in
# the cache.  An entry is trusted only once entry_done() has marked it, so that
# an interrupted run leaves nothing half-made that a later one would use.

# shellcheck disable=SC2034 # used by those who source this file
{
	top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	guest=$top/tools/guest
	build=$top/build
	cache=${XDG_CACHE_HOME:-${HOME-~}/.cache}/xnheap
	jobs=$(nproc)
}

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Print the emulator's accelerator, ACCEL from the environment, if it is usable
accel()
{
	case ${ACCEL:=tcg} in
	tcg) ;;
	kvm) [ -w /dev/kvm ] || die "ACCEL=kvm: no access to /dev/kvm; leave ACCEL out" ;;
	*) die "ACCEL=$ACCEL: must be tcg or kvm" ;;
	esac
	echo "$ACCEL"
}

# Print the mirror that the system's package sources name for its own release.
# Usage: debian_mirror apt-get [option...]
debian_mirror()
{
	local release
	release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")

	# shellcheck disable=SC2016 # for apt-get to expand
	"$@" indextargets --format '$(RELEASE) $(REPO_URI)' "Created-By: Packages" |
		sed -n "s|^$release \(.*/debian\)/*\$|\1|p;T;q"
}

# Run a command that says nothing for a while; its output goes to a log.
# Usage: quietly "what it does" LOG command [argument...]
quietly()
{
	local what=$1 log=$2 start=$SECONDS shown=$SECONDS pid
	shift 2

	say "$what ..."
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	# shellcheck disable=SC2064 # that process, not a later one
	trap "kill $pid 2>/dev/null; exit 130" INT TERM
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.5
		[ $((SECONDS - shown)) -lt 20 ] && continue
		shown=$SECONDS
		say "  $((SECONDS - start)) s, $(wc -l <"$log") steps done"
	done
	trap - INT TERM
	wait "$pid" || {
		tail -n 25 "$log" >&2
		die "${what,} failed after $((SECONDS - start)) s; the whole log: $log"
	}
	say "  done in $((SECONDS - start)) s"
}

# Run a command in a chroot that has a /proc, for objtool and others, meanwhile.
# Usage: in_chroot DIR command [argument...]
in_chroot()
{
	# shellcheck disable=SC2016 # for the shell there
	unshare --mount --pid --fork --kill-child sh -c \
		'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$@"
}

# Let one process at a time make an entry: held until this script ends.
# Usage: lock NAME
lock()
{
	mkdir -p "$cache" || die "cannot create the cache folder $cache"
	exec {lock_fd}>"$cache/$1.lock"
	flock -n "$lock_fd" && return
	say "waiting for another run that is preparing $1 ..."
	flock "$lock_fd"
}

entry_is_done() { [ -e "$1/.done" ]; }
entry_done() { touch "$1/.done"; }

# What of xnheap runs in user space, too, on the stand-ins of tools/prove/include; but
# for what validates
# Usage: user_sources FOLDER - of these sources, a line each
user_sources()
{
	find "$1"/xnheap/{core,cpu} -name '*.c' ! -name 'validate*'
	printf '%s\n' "$1"/xnheap/api/{address,ask,blocks,bulk,by_cpu,by_kind}.c \
		"$1"/xnheap/api/{deferred,drain,enter,heaps,level,other,reserve,setup,sharing}.c
}
