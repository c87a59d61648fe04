#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The lesson commands on the fixtures: what is confirmed, refuted, refused, kept and lost.
# usage: lessons.sh EXITWALK TEST
exitwalk=${1:?} what=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
fixtures=$here/../fixtures
export LC_ALL=C.UTF-8 COLUMNS=240
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/data" "$work/data/lessons"
ln -s "$fixtures/refs" "$work/data/kernel-refs"
export EXITWALK_DATA="$work/data" XDG_STATE_HOME="$work/state" XDG_CACHE_HOME="$work/cache"
log=$work/state/exitwalk/progress.jsonl

fail() {
	echo "$*"
	cat "$work/out" "$work/err"
	exit 1
}

make_index() {
	"$exitwalk-index" --tree="$fixtures/$1" --scope=all --jobs=2 --out="$work/$1.sqlite" \
		>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

# shellcheck source=tests/lessons/expect.sh
. "$here/expect.sh"

# On both releases, with what was accepted for each; drifting between them is no surprise.
test_check() {
	for release in rel-a rel-b; do
		make_index $release
		[ $release = rel-a ] && code=1 || code=0
		expect "$code" --index "$work/$release.sqlite" lesson check --all bench --lessons "$here/course"
		grep -v 'flush_handle at' "$work/out" >"$work/rest"
		grep -E '^(warn|fail) ' "$work/rest" && fail "$release: see above"
		says out 'exact .*core/table.c:[0-9]* *in function put_table' 'path *proved' 'quiz *solved' \
			'claim *holds' 'check *holds'
	done
	says out '0 warn, 0 fail'
	# rel-a has no flush_handle, and says what was instead
	expect 1 --index "$work/rel-a.sqlite" lesson check bench --lessons "$here/course"
	says out 'lost' 'not in this kernel: before 1.12' ' 1 fail'
	# in JSON too, every finding
	expect 0 --json --index "$work/rel-b.sqlite" lesson check --all bench --lessons "$here/course"
	says out '"schema" *: *"exitwalk.lesson-check/1"' '"verdict" *: *"exact"' '"fail" *: *0'
}

test_astray() {
	make_index rel-a
	expect 1 --index "$work/rel-a.sqlite" lesson check --lessons "$here/astray" astray
	says out 'fail .*ambiguous' '2 places match' 'not in this kernel: it never was' \
		'where the step counts on 3' 'do_leave does not call\|no.*do_leave.*wire_send_end\|does not hold' \
		'do_leave calls leave_handles before leave_jobs' 'unsolved' \
		'the walk does not pass through absent_function' 'broken'
	# the reader of the ambiguous anchor sees both places, of the lost one no line of code
	expect 0 --index "$work/rel-a.sqlite" lesson --lessons "$here/astray" astray
	says out 'ambiguous: 2 places match' 'lost: not in this kernel: it never was'
	[ "$(grep -c '^▶.*say_last();' "$work/out")" -eq 2 ] || fail "say_last is not marked at two places"
	[ "$(sed -n '/lost: not/,/ambiguous: 2 places match where/p' "$work/out" | grep -c '^▶')" -eq 0 ] ||
		fail "code is shown for a lost anchor"
}

test_print() {
	make_index rel-a
	expect 0 --index "$work/rel-a.sqlite" lesson bench --lessons "$here/course"
	says out '^1/3  The table' '^2/3  The job' '^3/3  The wire' 'close_handles(table)' \
		'lost: not in this kernel: before 1.12' 'put_handle  queues end_handle_job with add_job' \
		'line_release  through tube_how.release of wire_how' '^Linux 1.4.2'
	never out 'A header has it' # hints are for those who ask
	never out 'leave_jobs is an inline'
	[ ! -e "$log" ] || fail "a printed lesson was logged as seen"
}

test_step() {
	make_index rel-a
	printf '%s\n' "lesson bench --lessons $here/course" next 'quiz put_handle' hint hint hint \
		'quiz leave_jobs()' next 'quiz tube_release' 'quiz many' 'quiz 10' prev where 'go wire' \
		next 'go 9' >"$work/batch"
	"$exitwalk" --color never --index "$work/rel-a.sqlite" <"$work/batch" >"$work/out" 2>"$work/err"
	says out '^1/3' '^2/3' '^3/3' 'Not so' 'A header has it' 'Its name begins with leave' \
		'There is no further hint' '^Right: leave_jobs' '^Right: tube_release' '^Right: 10' '▶ *2  The job.*seen.*answered'
	says err 'answer with a number' 'this is the last step' 'bench has no step .9.'
	[ "$(wc -l <"$log")" -eq 9 ] || { cat "$log"; fail "the log has not 9 lines"; }
	says state/exitwalk/progress.jsonl '"event":"failed"' '"event":"passed"' '"event":"hint"' '"event":"seen"'
	expect 0 progress bench --lessons "$here/course"
	says out 'job .*yes .*yes .*2'
	# where one left off: every step was seen, so at the first
	expect 2 progress reset bench job --lessons "$here/course"
	says err 'say it again with --yes'
	expect 0 progress reset bench job --yes --lessons "$here/course"
	printf 'lesson bench --lessons %s\n' "$here/course" |
		"$exitwalk" --color never --index "$work/rel-a.sqlite" >"$work/out" 2>"$work/err"
	says out '^2/3'
	# a line that a crash tore is passed over, and nothing after it is lost
	printf '{"time":"20' >>"$log"
	expect 0 progress reset bench --yes --lessons "$here/course"
	expect 0 progress --lessons "$here/course"
	says out 'bench *0 of 3 *0 of 3'
}

# One warning, and the lesson goes on.
test_state() {
	make_index rel-a
	printf '%s\n' "lesson bench --lessons $here/course" next 'quiz leave_jobs' where >"$work/batch"
	mkdir -p "$work/full/exitwalk"
	ln -s /dev/full "$work/full/exitwalk/progress.jsonl"
	: >"$work/file"
	for place in full file; do
		XDG_STATE_HOME=$work/$place "$exitwalk" --color never --index "$work/rel-a.sqlite" \
			<"$work/batch" >"$work/out" 2>"$work/err"
		says out '^1/3' '^2/3' '^Right' '▶ *2  The job.*seen.*answered'
		[ "$(grep -c 'progress is not kept' "$work/err")" -eq 1 ] ||
			fail "$place: not one warning"
	done
}

test_broken() {
	for lesson in unknown-directive ill-anchor; do
		expect 2 lesson "$here/broken/$lesson.md"
		[ ! -s "$work/out" ] || fail "$lesson: there is output"
		says err "$lesson.md:[79]: "
	done
	expect 0 lesson --lessons "$here/broken"
	says out 'unknown-directive.*cannot be read' 'escapes .*T$' 'unknown-directive.md:7: .ancor. is no directive'
	expect 2 lesson none --lessons "$here/broken"
	says err 'no lesson is called .none.; there are: '
	expect 2 lesson a b
	expect 2 lesson check none
}

# No index: the prose is there, what is missing is said, and the exit code tells.
test_without() {
	# beside this copy there is no exitwalk-index, which would make an index
	mkdir "$work/bin"
	cp "$exitwalk" "$work/bin/exitwalk"
	exitwalk=$work/bin/exitwalk
	expect 4 lesson "$here/broken/escapes.md"
	says err 'exitwalk index'
	says out 'A terminal escape: \[31m and a bell \.'
	expect 3 --index "$work/absent" lesson "$here/broken/escapes.md"
	expect 3 lesson check "$here/broken/escapes.md"
	expect 3 lesson check --all "$here/broken/escapes.md"
	says err 'there is no index to check against'
	rmdir "$work/data/lessons"
	expect 1 lesson
	says out 'No lesson was found'
}

# Accepting writes one file, names what changed, and is then silent.
test_accept() {
	make_index rel-a
	mkdir "$work/mine"
	cp "$here/course/bench.md" "$work/mine"
	expect 4 --index "$work/rel-a.sqlite" lesson accept bench --lessons "$work/mine"
	says out 'bench/table#1: new, now core/table.c:' 'bench/job#3: lost, not accepted' '1 anchor was not'
	cmp "$work/mine/anchors/1.4.lock" "$here/course/anchors/1.4.lock" || fail "not as accepted in the tree"
	mv "$work/mine/anchors" "$work/mine/kept"
	: >"$work/mine/anchors"
	expect 3 --index "$work/rel-a.sqlite" lesson accept bench --lessons "$work/mine"
	says err 'cannot write'
}

"test_$what"
