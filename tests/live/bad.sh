#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What cannot go as it should, as a user meets it: one outcome, its exit code, and nothing left. As root and as a plain user.
# usage: bad.sh EXITWALK
exitwalk=${1:?usage: bad.sh EXITWALK}
case $exitwalk in /*) ;; *) exitwalk=$PWD/$exitwalk ;; esac

if [ -z "$EW_BAD_WHO" ] && [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	EW_BAD_WHO=root "$0" "$@" || exit $?
	EW_BAD_WHO=user exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0" "$@"
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mark=EW_BAD_MARK=$$-$(date +%s)
mkdir "$work/tmp"
failed=0

fail() {
	echo "$EW_BAD_WHO: $name: $*"
	sed 's/^/  /' "$work/out" "$work/err"
	failed=1
}

# file NAME: an experiment whose steps are on standard input
file() {
	name=$1
	{
		printf 'title t\nquestion q\ntopology loopback\nwatch sockets packets processes\nbound 600ms\nactors client server\n'
		cat
	} >"$work/$name.exp"
}

# outcome CODE TEXT COMMAND...: what it comes to, which one of its two outputs says, and what is left
outcome() {
	code=$1 text=$2
	shift 2
	env "$mark" TMPDIR="$work/tmp" HOME="$work/tmp" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ $got -eq "$code" ] || fail "exit code $got, not $code"
	cat "$work/out" "$work/err" | tr '\n' ' ' | tr -s ' ' | grep -qF -- "$text" || fail "does not say \"$text\""
	for i in 1 2 3 4 5 6 7 8 9 10; do
		left=$(grep -lzx "$mark" /proc/[0-9]*/environ 2>/dev/null)
		[ -z "$left" ] && break
		sleep 0.1
	done
	[ -z "$left" ] || fail "a process is left: $left"
	[ -z "$(ls -A "$work/tmp")" ] || fail "left behind: $(ls -A "$work/tmp")"
}

# live CODE TEXT: the file that was written last
live() {
	outcome "$1" "$2" "$exitwalk" live "$work/$name.exp"
}

open='step server listen
step client connect server
step server accept'

name=kill-established
outcome 0 "Matched" "$exitwalk" live kill-established
[ $got -eq 3 ] && { echo "skipped: $(cat "$work/err")"; exit 77; }

# ---- files -------------------------------------------------------------------------------------
file unknown-verb <<E1
step client konnect server
step client kill
E1
live 2 'unknown-verb.exp:7: '

file unknown-word <<E1
stepp client connect server
E1
live 2 'unknown-word.exp:7: '

file nobody <<E1
step nobody connect server
E1
live 2 'nobody.exp:7: '

# ---- steps -------------------------------------------------------------------------------------
file blocks-before <<E1
step server listen
step server accept within 300ms
step client kill
E1
live 2 'blocks-before.exp:8: the step "server accept" failed: no answer within 0.3 s'

# after the kill the bound ends it, and the run is told
file blocks-after <<E1
$open
step client kill
step server recv gives 0
step server accept
expect server ESTABLISHED CLOSE_WAIT
E1
live 1 'server accept (line 12): it was not done within the bound'

file port-in-use <<E1
helper other on server
$open
step other bind like server
step client kill
E1
live 2 'the step "other bind like server" failed: Address already in use'

file resets-first <<E1
$open
step server linger 0
step server close
still 50ms
step client kill
expect client gone
expect server gone
packets none
E1
live 0 'Matched'

file exits-by-itself <<E1
$open
step client exit 3
still 60ms
zero
step client kill fails ESRCH
expect server CLOSE_WAIT
E1
live 0 'Matched'
file gone <<E1
$open
step client exit 3
still 60ms
step client kill
E1
live 2 'gone.exp:12: client ended on line 10'

# ---- machines ----------------------------------------------------------------------------------
if [ "$EW_BAD_WHO" = user ]; then
	# nobody can be born
	name=no-processes
	outcome 3 'Resource temporarily unavailable' prlimit --nproc=0 "$exitwalk" live kill-established
fi

# a user namespace of our own, whose limits are no concern of the machine
name=no-namespaces
outcome 3 'user.max_net_namespaces is 0' unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec "$0" live kill-established' "$exitwalk"
outcome 3 'user.max_net_namespaces is 0' unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec "$0" live --all' "$exitwalk"

name=no-proc
hidden='mount -t tmpfs none /proc && exec "$0" "$@"'
outcome 0 'Matched' unshare -Urm sh -c "$hidden" "$exitwalk" live kill-established
outcome 4 '/proc: nothing is mounted there' unshare -Urm sh -c "$hidden" "$exitwalk" sockets

[ $failed -eq 0 ] && echo "$EW_BAD_WHO: each came to its one outcome, and nothing is left"
exit $failed
