#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Stepping by hand through a pipe: FIN_WAIT1, FIN_WAIT2, TIME_WAIT frame by frame; a FIN that is dropped;
# words that are none; the end of the input; and the table of half-open.
# usage: hand.sh EXITWALK
exitwalk=${1:?usage: hand.sh EXITWALK}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*" >&2
	sed 's/^/  /' "$work/out" "$work/err" >&2
	exit 1
}

# its orders, one a word
walk() {
	experiment=$1
	shift
	printf '%s\n' "$@" | "$exitwalk" live "$experiment" --step --json >"$work/out" 2>"$work/err"
	code=$?
	[ $code -eq 3 ] && { echo "skipped: $(cat "$work/err")"; exit 77; }
	[ $code -eq 0 ] || fail "exit code $code, not 0, of $experiment: $*"
}

# The states that both sides were in by now, as the answers to "state" tell them.
states() {
	sed -n 's/.*"event":"now".*"side":"\([a-z]*\)".*"state":"\([A-Z_0-9a-z]*\)".*/\1 \2/p' "$work/out" |
		tr '\n' ' '
}

walk kill-established step state step state step state next next state step state step state quit
[ "$(states)" = "client FIN_WAIT1 server ESTABLISHED client FIN_WAIT1 server CLOSE_WAIT \
client FIN_WAIT2 server CLOSE_WAIT client FIN_WAIT2 server LAST_ACK client TIME_WAIT server LAST_ACK \
client TIME_WAIT server gone " ] || fail "other states: $(states)"

# both are killed before a frame goes on
walk kill-both next next state "step client" state "step server" state pass state quit
[ "$(states)" = "client FIN_WAIT1 server FIN_WAIT1 client FIN_WAIT1 server CLOSING \
client CLOSING server CLOSING client TIME_WAIT server TIME_WAIT " ] || fail "other states: $(states)"

# a FIN that is dropped does not arrive; what is no order is said, and asked for again
walk kill-established step "drop FIN" "drop" "jump" "link sideways" "link" state quit
[ "$(states)" = "client FIN_WAIT1 server ESTABLISHED " ] || fail "other states: $(states)"
grep -q '"fate":"dropped"' "$work/out" || fail "the drop is not told"
grep -q 'The next one that comes is dropped, if none is held' "$work/err" || fail "what drop does is not told"
grep -q 'drop what?' "$work/err" || fail "drop without a kind is not explained"
grep -q '"jump" is nothing that can be done here' "$work/err" || fail "a word that is none is not told"
grep -q '"sideways" cannot stand here' "$work/err" || fail "a direction that is none is not told"

grep -q 'say link down, or link up' "$work/err" || fail "link without a direction is not explained"
grep -q '"topology":"wire"' "$work/out" || fail "it does not say that it runs on a wire"

# steps of actors go on by themselves; they are told when they are done
walk peer-writes next pass next next quit
grep -q '"event":"step",.*"side":"server",.*"result":10,"step":"server send 10"' "$work/out" || fail "a step that was done is not told"
! grep -q CRITICAL "$work/err" || fail "$(grep CRITICAL "$work/err")"

# without an order it ends, and leaves the rest alone
"$exitwalk" live kill-established --step </dev/null >"$work/out" 2>"$work/err" || fail "no end at the end of the input"
grep -q 'By hand: nothing is compared' "$work/out" || fail "it compares what it cannot"

"$exitwalk" half-open --recorded --family ipv6 >"$work/out" 2>"$work/err"
[ $? -eq 2 ] || fail "recordings of IPv6 are promised, which are not there"
"$exitwalk" half-open --recorded --json >"$work/out" 2>"$work/err" || fail "no recorded table"
grep -q '"schema" : "exitwalk.half-open/1"' "$work/out" || fail "no schema"
[ "$(grep -c '"stopped_ms" : null' "$work/out")" -eq 3 ] || fail "other ways find out that a program hangs"
[ "$(grep -c '"vanished_ms" : null' "$work/out")" -eq 1 ] || fail "other ways find out that a host is gone"
exit 0
