#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# After experiments, and after Ctrl-C at random moments of them, nothing is left: no process, no namespace, no
# interface, no port, no file, no changed sysctl.
# usage: nothing.sh EXITWALK INTERRUPTS NAME|--all
# It runs in a user and network namespace of its own, where ports, interfaces, sysctls and the number of
# namespaces are nobody else's. EW_SEED repeats the moments.
exitwalk=${1:?usage: nothing.sh EXITWALK INTERRUPTS NAME|--all} interrupts=${2:?} what=${3:?}
LIMIT=12 # network namespaces at a time, all of which must be free in the end

case $exitwalk in /*) ;; *) exitwalk=$PWD/$exitwalk ;; esac

if [ -z "$EW_TRACES_INSIDE" ]; then
	unshare -Urn true 2>/dev/null || { echo "skipped: user and network namespaces are forbidden here"; exit 77; }
	EW_TRACES_INSIDE=1 exec unshare -Urn "$0" "$@"
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/home" "$work/tmp" "$work/here"
seed=${EW_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
mark=EW_TRACES_MARK=$seed-$$
ip link set lo up 2>/dev/null
echo $((LIMIT + 1)) >/proc/sys/user/max_net_namespaces || exit 1 # and our own

# The program with a mark in its environment, which every process that it forks has, too.
run() {
	(cd "$work/here" && exec env "$mark" HOME="$work/home" TMPDIR="$work/tmp" XDG_CACHE_HOME="$work/home/cache" \
		XDG_STATE_HOME="$work/home/state" "$@") </dev/null
}

state() {
	echo "interfaces:"; cut -d: -f1 /proc/net/dev | sort
	echo "sockets:"; awk 'FNR > 1 { print FILENAME, $2, $3, $4 }' /proc/net/tcp /proc/net/tcp6 /proc/net/udp \
		/proc/net/unix /proc/net/packet 2>/dev/null | grep -v '/proc/net/unix' | sort
	echo "files:"; (cd "$work" && find here home tmp | sort)
	echo "sysctls:"
	find /proc/sys/net /proc/sys/user /proc/sys/kernel/core_pattern /proc/sys/vm/nr_hugepages -type f \
		-perm -u+w -perm -u+r 2>/dev/null | sort | xargs grep -H '' 2>/dev/null
}

marked() {
	grep -lzx "$mark" /proc/[0-9]*/environ 2>/dev/null
}

fail() {
	echo "$* (EW_SEED=$seed)"
	failed=1
}

# Processes end with the program, or a moment after it.
check_processes() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -z "$(marked)" ] && return
		sleep 0.1
	done
	fail "left after $1: $(marked | while read -r path; do tr '\0' ' ' <"${path%environ}cmdline"; echo "(${path%/environ})"; done)"
}

# A namespace that something keeps cannot be made anew: the limit says so. Dying takes the kernel a moment, for
# those of this check, too: each try comes later after the one before.
check_namespaces() {
	for i in 1 2 3 4 5 6 7 8; do
		pids= alive=0
		while [ "$(echo $pids | wc -w)" -lt $LIMIT ]; do
			unshare -n sleep 30 2>/dev/null &
			pids="$pids $!"
		done
		sleep 1
		for pid in $pids; do
			[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
				kill "$pid" 2>/dev/null && alive=$((alive + 1))
		done
		wait 2>/dev/null
		[ $alive -eq $LIMIT ] && return
		sleep "$i"
	done
	fail "a network namespace is left after $1"
}

check_state() {
	state >"$work/after"
	diff "$work/before" "$work/after" >"$work/diff" && return
	fail "changed by $1:"
	cat "$work/diff"
}

failed=0
state >"$work/before"
marked >/dev/null && { echo "a process has the mark before anything ran"; exit 1; }
check_namespaces "the beginning"

# those that were just tried out may still be dying, and count as long
for i in 1 2 3 4 5; do
	run "$exitwalk" live "$what" >"$work/out" 2>&1
	code=$?
	[ $code -eq 3 ] || break
	sleep $i
done
[ $code -eq 3 ] && { echo "skipped: $(cat "$work/out")"; exit 77; }
[ $code -eq 0 ] || [ $code -eq 4 ] || { fail "live $what: exit code $code"; tail -n 20 "$work/out"; }
check_processes "live $what"
check_namespaces "live $what"
check_state "live $what"

# Moments between the start and three seconds later, most of them early; one experiment after the other.
names=$what
[ "$what" = --all ] && names=$("$exitwalk" live --json | sed -n 's/.*"name" : "\(.*\)".*/\1/p')
count=$(echo "$names" | wc -l)
awk -v seed="$seed" -v n="$interrupts" -v count="$count" 'BEGIN {
	srand(seed)
	for (i = 0; i < n; i++) printf "%.3f %d\n", 0.005 + 3 * rand() ^ 2, 1 + int(rand() * count)
}' >"$work/moments"
while read -r moment number; do
	name=$(echo "$names" | sed -n "${number}p")
	run timeout --foreground -s INT "$moment" "$exitwalk" live "$name" >"$work/out" 2>&1
	check_processes "Ctrl-C of $name at $moment s"
done <"$work/moments"
check_namespaces "$interrupts times Ctrl-C"
check_state "$interrupts times Ctrl-C"
[ $failed -eq 0 ] && echo "nothing left after live $what and $interrupts times Ctrl-C (EW_SEED=$seed)"
exit $failed
