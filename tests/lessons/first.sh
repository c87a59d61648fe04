#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A lesson where there is a tree and no index: the first step before the rest is read, nothing left behind.
# usage: first.sh EXITWALK TEST; exit 77 where there is no script(1)
exitwalk=${1:?} what=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
fixtures=$here/../fixtures
unset LINES INPUTRC
export LC_ALL=C.UTF-8 COLUMNS=240 TERM=xterm PAGER=cat NO_COLOR=1
work=$(mktemp -d) || exit 1
keeper=
trap 'exec 3>&-; for pid in $keeper $(indexers); do kill "$pid"; done 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/data/lessons" "$work/home"
cp -r "$fixtures/refs" "$work/data/kernel-refs"
printf 'core/\ntube/\nstore/\n' >"$work/data/kernel-refs/scopes/core.scope"
printf 'core/\ntube/\n' >"$work/data/kernel-refs/scopes/lesson.scope"
cp -r "$fixtures/rel-a" "$work/tree"
export HOME="$work/home" EXITWALK_DATA="$work/data"
export XDG_STATE_HOME="$work/state" XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config"
index=$work/cache/exitwalk/index
# the fixture grows; the lesson's scope is two of its rooms
first=$(grep -c '"file": "\(core\|tube\)/' "$work/tree/compile_commands.json")
whole=$(grep -c '"file": "' "$work/tree/compile_commands.json")

fail() {
	echo "$*"
	for file in "$work/out" "$work/err" "$work/screen"; do
		[ ! -f "$file" ] || cat -v "$file"
	done
	exit 1
}

# Every indexer that was started for this test: its arguments or its lock name the directory.
indexers() {
	for dir in /proc/[0-9]*; do
		(tr '\0' ' ' <"$dir/cmdline") 2>/dev/null | grep -q "exitwalk-index.*$work" && echo "${dir#/proc/}"
	done
}

# shellcheck source=tests/lessons/expect.sh
. "$here/expect.sh"

lesson() {
	expect "$1" lesson bench --lessons "$here/course" --tree "$work/tree"
}

# A unit that is never read to its end: it includes a pipe. Added to the compile commands as DIR/slow.c.
add_slow_unit() {
	mkfifo "$work/tree/pipe.h"
	echo '#include "../pipe.h"' >"$work/tree/$1/slow.c"
	sed -i "1a {\"directory\": \".\", \"file\": \"$1/slow.c\", \"command\": \"clang -c -o slow.o $1/slow.c\"}," \
		"$work/tree/compile_commands.json"
}

# await SECONDS COMMAND…: until it succeeds
await() {
	tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || fail "never: $*"
		sleep 0.1
	done
}

seen() {
	await 30 grep -q -e "$1" "$work/screen"
}

# A lesson on a terminal; keys are written to descriptor 3.
open_terminal() {
	command -v script >/dev/null || { echo "no script(1): skipped"; exit 77; }
	mkfifo "$work/keys"
	script -qec "$exitwalk lesson bench --lessons $here/course --tree $work/tree" /dev/null \
		<"$work/keys" >"$work/screen" 2>&1 &
	keeper=$!
	exec 3>"$work/keys"
}

type_line() {
	printf '%s\n' "$*" >&3
}

none_left() {
	[ -z "$(indexers)" ]
}

# Whether the shell has waited for that child; it looks with each command.
is_reaped() {
	type_line where
	sleep 0.2
	[ ! -d "/proc/$1" ]
}

# The process that reads the rest, as the screen says.
rest_pid() {
	grep -o 'kill [0-9]*' "$work/screen" | head -n 1 | cut -d ' ' -f 2
}

leave() {
	printf '\004' >&3
	exec 3>&-
	wait "$keeper" || fail "the shell ended with $?"
	keeper=
}

# The first units, the answer, and no process that goes on; the second time all is there.
test_piped() {
	lesson 0
	says err 'there is no index of .*tree yet; reading what the lesson needs of it first'
	says err "parsing: $first of $first"
	says out '^1/3  The table'
	says out "over $first of $whole translation units, the first of core (exitwalk index /.*/tree reads the rest)"
	never out '^  [0-9]* units' # the indexer's summary is no answer
	none_left || fail "an indexer is left"
	cp "$work/out" "$work/once"
	lesson 0
	cmp "$work/once" "$work/out" || fail "the second time it answers otherwise"
	[ ! -s "$work/err" ] || fail "the second time it speaks"
	expect 4 coverage
	expect 0 trees
	says out "tree-commands-core .*lesson of core  *$first  *$whole"
	expect 0 trees --json
	says out '"part_of" : "core"'
	# a caller that is in the rest is not found, and the answer says over how much that holds
	expect 0 callers put_handle
	says out "over $first of $whole translation units, the first of core"
	expect 0 index "$work/tree"
	expect 0 coverage
	never out 'the first of core'
}

# In a batch, and as JSON, nothing is left either.
test_batch() {
	printf '%s\n' "lesson bench --lessons $here/course --tree $work/tree" next |
		"$exitwalk" --color never >"$work/out" 2>"$work/err" || fail "the batch ends with $?"
	says out '^1/3'
	says out '^2/3'
	none_left || fail "an indexer is left"
	expect 4 coverage
	expect 0 --json lesson bench --lessons "$here/course" --tree "$work/tree"
	none_left || fail "an indexer is left"
}

test_terminal() {
	open_terminal
	seen '1/3  The table'
	seen "$first translation units are read; the rest of core is being read in the background (\`kill [0-9]*"
	await 30 "$exitwalk" coverage
	type_line next
	seen "index: it now holds all of core: $whole of $whole translation units"
	seen '2/3  The job'
	type_line callers put_handle
	seen "over $whole of $whole translation units"
	await 10 is_reaped "$(rest_pid)"
	printf '\004' >&3
	exec 3>&-
	wait "$keeper" || fail "the shell ended with $?"
	keeper=
	never screen 'is still being read'
	await 5 none_left
	[ "$(cd "$index" && echo ./*)" = './tree-commands-core.sqlite ./tree-commands-core.sqlite.lock' ] ||
		fail "there is more than the index: $(ls "$index")"
}

# The rest takes long: it is seen, it outlives the shell, it can be stopped, and begins anew with the next lesson.
test_slow() {
	add_slow_unit store
	open_terminal
	seen 'background (`kill [0-9]*'
	pid=$(grep -o 'kill [0-9]*' "$work/screen" | head -n 1 | cut -d ' ' -f 2)
	[ "$(ps -o ni= -p "$pid" | tr -d ' ')" = 19 ] || fail "process $pid has another priority than 19"
	await 10 sh -c "'$exitwalk' trees --json | grep -q '\"writer\" : $pid'"
	"$exitwalk" doctor | grep -q "process $pid makes it anew" || fail "doctor does not name process $pid"
	type_line next
	seen '2/3  The job'
	kill "$pid"
	await 10 none_left
	type_line next
	seen 'the rest of core was not read (.*interrupted'
	seen '3/3  The wire'
	printf '\004' >&3
	exec 3>&-
	wait "$keeper" || fail "the shell ended with $?"
	rm "$work/keys" "$work/screen"
	expect 4 coverage

	open_terminal
	seen 'background (`kill [0-9]*'
	never screen 'there is no index'
	printf '\004' >&3
	exec 3>&-
	wait "$keeper" || fail "the shell ended with $?"
	keeper=
	says screen 'is still being read in the background (`kill [0-9]*` stops it)'
	pid=$(indexers | head -n 1)
	[ -n "$pid" ] || fail "the rest ended with the shell"
	kill "$pid"
	await 10 none_left
}

# Its end is told: by which signal; and not while another process reads the rest.
test_ended() {
	add_slow_unit store
	open_terminal
	seen 'background (`kill [0-9]*'
	kill -9 "$(rest_pid)"
	await 10 none_left
	type_line next
	seen 'the rest of core was not read (.*ended by signal 9, .*`exitwalk index /.*/tree` tries again'
	leave
	rm "$work/keys" "$work/screen"

	open_terminal
	seen 'background (`kill [0-9]*'
	kill -9 "$(rest_pid)"
	await 10 none_left
	"$exitwalk" index "$work/tree" >/dev/null 2>&1 &
	other=$!
	await 10 sh -c "'$exitwalk' trees --json | grep -q '\"writer\" : $other'"
	type_line go job
	seen '2/3  The job'
	type_line go table
	seen '1/3  The table'
	never screen 'was not read'
	kill "$other"
	await 10 none_left
	type_line next
	seen 'the rest of core was not read (the process that read it has ended)'
	leave
}

# One rest at a time: of a second tree the lesson says what reads it.
test_second() {
	cp -r "$work/tree" "$work/second"
	add_slow_unit store
	open_terminal
	seen 'background (`kill [0-9]*'
	type_line lesson bench --lessons "$here/course" --tree "$work/second"
	seen 'the rest of another is being read; `exitwalk index /.*/second` reads this one'
	kill "$(rest_pid)"
	await 10 none_left
	leave
}

# Ctrl-C while the first units are read.
test_interrupt() {
	add_slow_unit core
	open_terminal
	seen 'parsing'
	await 10 sh -c "ls $index/*.new"
	printf '\003' >&3
	wait "$keeper"
	code=$?
	keeper=
	exec 3>&-
	[ $code -eq 130 ] || fail "the exit code is $code"
	await 5 none_left
	[ "$(cd "$index" && echo ./*)" = ./tree-commands-core.sqlite.lock ] || fail "left: $(ls "$index")"
	never screen '1/3'
}

# No exitwalk-index, a tree that is none, the tree of another index.
test_refused() {
	mkdir "$work/bin"
	cp "$exitwalk" "$work/bin/exitwalk"
	(exitwalk=$work/bin/exitwalk && lesson 3) || exit 1
	says err 'exitwalk-index is not installed'
	expect 2 lesson bench --lessons "$here/course" --tree "$work/data"
	says err 'is not a kernel tree'
	expect 2 lesson bench --lessons "$here/course" --tree "$work/absent"
	says err 'absent: No such file'
	expect 3 --release 9.9 lesson bench --lessons "$here/course"
	says err 'no index of release 9.9'
	[ ! -e "$index" ] || [ -z "$(ls "$index")" ] || fail "left: $(ls "$index")"
	lesson 0
	mkdir "$work/other"
	mv "$work/tree" "$work/other/tree"
	expect 3 lesson bench --lessons "$here/course" --tree "$work/other/tree"
	says err 'is an index of .*tree; make one of .*other/tree with'
	expect 3 --index "$index/tree-commands-core.sqlite" lesson bench --lessons "$here/course" --config "$work/my.config"
	says err 'is an index of the commands configuration, not of my.config; make one with `exitwalk index /.*/tree --config '
	expect 3 --release tree lesson bench --lessons "$here/course" --config "$work/my config"
	says err 'no index of release tree-my_config'
	cp "$index/tree-commands-core.sqlite" "$index/tree-my-other-core.sqlite"
	expect 3 --release tree lesson bench --lessons "$here/course" --config "$work/my"
	says err 'tree-my-other-core.sqlite is an index of the commands configuration, not of my;'
	cp "$index/tree-commands-core.sqlite" "$work/moved.sqlite"
	expect 0 --index "$work/moved.sqlite" lesson bench --lessons "$here/course"
	says out '(exitwalk index /.*/tree --index /.*/moved.sqlite reads the rest)'
}

# A lesson that leads out of what is read first is told by lesson check.
test_check() {
	lesson 0
	expect 0 index "$work/tree"
	expect 1 lesson check bench --lessons "$here/course"
	never out 'not first'
	printf 'core/\n' >"$work/data/kernel-refs/scopes/lesson.scope"
	expect 1 lesson check bench --lessons "$here/course"
	says out '^warn .*unit  *not first  *tube/'
}

"test_$what"
