#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Predictions on a terminal, in a lesson and before a run: right, wrong, none, Ctrl-C, Ctrl-D, and later again.
# usage: predict.sh EXITWALK TEST; exit 77 where there is no script(1), or no namespaces
exitwalk=${1:?} what=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
unset LINES INPUTRC
export LC_ALL=C.UTF-8 COLUMNS=80 TERM=xterm PAGER=cat NO_COLOR=1
work=$(mktemp -d) || exit 1
keeper=
trap 'exec 3>&-; [ -z "$keeper" ] || kill "$keeper" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/home" "$work/data"
ln -s "$here/../fixtures/refs" "$work/data/kernel-refs"
ln -s "$here/../../lessons" "$work/data/lessons"
export HOME="$work/home" EXITWALK_DATA="$work/data"
export XDG_STATE_HOME="$work/state" XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config"
log=$work/state/exitwalk/progress.jsonl

fail() {
	echo "$*"
	[ ! -f "$work/screen" ] || cat -v "$work/screen"
	exit 1
}

# await COMMAND…: until it succeeds, for at most twenty seconds
await() {
	tries=200
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || fail "never: $*"
		sleep 0.1
	done
}

# The lesson needs none; but without one, the kernel tree of this machine would be read first.
make_index() {
	"$exitwalk-index" --tree="$here/../fixtures/rel-a" --scope=core --jobs=2 --out="$work/index" >"$work/log" 2>&1 ||
		{ cat "$work/log"; exit 1; }
}

# Without the carriage returns and the signs that readline sends to a terminal.
plain_screen() {
	tr -d '\r' <"$work/screen" | sed 's/\x1b\[[?0-9;]*[a-zA-Z]//g'
}

shows() {
	[ "$(plain_screen | grep -c -e "$2")" -ge "$1" ]
}

# seen N PATTERN: N lines of the screen fit
seen() {
	await shows "$1" "$2"
}

never() {
	! shows 1 "$1" || fail "on the screen: $1"
}

# What is typed at FD 3 goes to the program on a terminal of its own.
open_terminal() {
	command -v script >/dev/null || { echo "no script(1): skipped"; exit 77; }
	rm -f "$work/keys" "$work/screen"
	mkfifo "$work/keys"
	# a process in the background ignores Ctrl-C, and so would its children
	script -qec "env --default-signal=INT $*" /dev/null <"$work/keys" >"$work/screen" 2>&1 &
	keeper=$!
	exec 3>"$work/keys"
}

type_line() {
	printf '%s\n' "$*" >&3
}

press() {
	printf '%b' "$1" >&3
}

leave() {
	press '\004'
	exec 3>&-
	wait "$keeper" || fail "it ended with $?"
	keeper=
}

need_namespaces() {
	"$exitwalk" live kill-established >"$work/out" 2>&1 </dev/null
	[ $? -ne 3 ] || { echo "skipped: $(cat "$work/out")"; exit 77; }
}

open_lesson() {
	open_terminal "$exitwalk --index $work/index lesson guess --lessons $here/predict"
	seen 1 "guess ${1:-1/2}>"
}

# What a lesson makes of answers that are not complete: nothing is run, and the next question is asked again.
test_incomplete() {
	make_index
	open_lesson
	seen 1 '^quiz asks, and then the experiment runs; or answer at once, with quiz STATE$'
	seen 1 '^STATE PACKET CLOSED; STATE is ESTABLISHED'
	type_line quiz
	# wrapped between words, with a line of its own for the answer
	seen 1 '^Where does the end of the killed one stand still, which nobody holds any more,$'
	seen 1 '^  and which a whole sentence is needed to ask for?$'
	seen 1 '^  > $'
	type_line dead
	seen 1 '^That is no state\. Say ESTABLISHED.*LAST_ACK,$'
	seen 3 'Where does the end of the killed one'
	press 'FIN\003'
	seen 2 'guess 1/2>'
	never 'not complete'
	type_line quiz
	seen 4 'Where does the end of the killed one'
	press '\004'
	seen 1 '^exitwalk: the predictions are not complete, so nothing was run'
	# Ctrl-D was that question's end, not the shell's, and not that of the questions that come
	type_line quiz gone
	seen 1 '^And the other end?$'
	type_line ''
	seen 2 '^exitwalk: the predictions are not complete'
	type_line quiz gone gone gone gone gone
	seen 1 '^exitwalk: 5 answers for 4 predictions'
	type_line quiz gone gone SYN
	seen 1 '^exitwalk: "SYN": That is none of them. Say FIN, RST or nothing'
	never 'kill -9'
	leave
	! grep -q 'passed\|failed' "$log" || fail "something was graded: $(cat "$log")"
}

# Half of it right, then the other half too, in a lesson that is opened again.
test_graded() {
	need_namespaces
	make_index
	open_lesson
	type_line quiz fin-wait-2
	seen 1 '^And the other end?$'
	type_line ESTABLISHED
	seen 1 '^What goes out first?$'
	type_line a fin
	seen 1 '^Is that proper?$'
	type_line rude
	seen 1 'kill -9'
	seen 1 '^The end of it all'
	seen 1 '^✓ right: client predicted FIN_WAIT2, observed FIN_WAIT2$'
	seen 1 '^✗ not so: server predicted ESTABLISHED, observed CLOSE_WAIT$'
	seen 1 '^✓ right: first packet predicted FIN, observed FIN$'
	seen 1 '^✗ not so: closed predicted rude, observed yes$'
	type_line where
	seen 1 '▶  1  Both ends  ends  seen  2 of 4$'
	leave
	open_lesson 2/2 # the first step that was not seen
	type_line progress guess --lessons "$here/predict"
	seen 1 '^ends  *yes  *2 of 4 '
	type_line go ends
	seen 1 'guess 1/2>'
	type_line quiz gone CLOSE_WAIT nothing yes
	seen 1 '^The end of it all'
	type_line where
	seen 1 '▶  1  Both ends  ends  seen  answered$' # what was right once stays so
	leave
}

# Before a run: what has no answer is not graded; Ctrl-D ends the questions; Ctrl-C ends all.
test_live() {
	need_namespaces
	open_terminal "$exitwalk live kill-established --predict"
	seen 1 'In which state will the client'
	type_line CLOSE_WAIT
	seen 1 'In which state will the server'
	type_line ''
	seen 1 'And in which state is the client'
	type_line TIME_WAIT
	seen 1 'And in which state is the server'
	type_line ''
	seen 1 'What will the client.s kernel send first'
	press '\004'
	seen 1 'kill -9'
	exec 3>&-
	wait "$keeper" || fail "it ended with $?"
	keeper=
	never 'Will the connection be closed'
	[ "$(plain_screen | grep -c predicted)" -eq 2 ] || fail "not two predictions are graded"
	shows 1 '^✗ not so: client predicted CLOSE_WAIT, observed FIN_WAIT2$' || fail "it is not graded"
	shows 1 '^✓ right: client at the end predicted TIME_WAIT, observed TIME_WAIT$' || fail "the end is not graded"
	open_terminal "$exitwalk live kill-established --predict"
	seen 1 'In which state will the client'
	press 'FIN\003'
	wait "$keeper"
	code=$?
	keeper=
	exec 3>&-
	[ $code -eq 130 ] || fail "Ctrl-C ends it with $code"
	never 'network namespace of its own'
	# within the shell it is the command that ends
	open_terminal "$exitwalk"
	seen 1 'exitwalk>'
	type_line live kill-established --predict
	seen 1 'In which state will the client'
	press '\003'
	seen 2 'exitwalk>'
	never 'network namespace of its own'
	leave
}

"test_$what"
