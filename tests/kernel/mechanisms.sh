#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# When callbacks run and who registers them, against mechanisms.tsv; ways to the last close of each kind of file, against
# bindings.tsv. Both tables were made by reading the source.
# usage: mechanisms.sh EXITWALK DIRECTORY RELEASE (mechanisms|bindings)
exitwalk=${1:?} directory=${2:?} release=${3:?} what=${4:?}
here=$(dirname "$0")
. "$here/asked.sh"
status=0

ask() {
	"$exitwalk" --index "$index" --color never "$@"
}

fail() {
	echo "$1"
	[ -z "$2" ] || cat "$2"
	status=1
}

# Do the words stand in the answer, whatever lines it has? Their order is checked by who reads the proof.
check_words() {
	tr -s ' \n' '  ' <"$work/why" >"$work/line"
	echo "$3" | tr ';' '\n' | while read -r word; do
		grep -qF -- "$word" "$work/line" || echo "$word"
	done >"$work/missing"
	[ ! -s "$work/missing" ] || {
		echo "why $1 $2 does not say:"
		cat "$work/missing" "$work/why"
		return 1
	}
}

check_mechanisms() {
	ask dump edges >"$work/edges" || exit 1
	rows=0
	grep -v '^#' "$here/mechanisms.tsv" | sed 1d >"$work/rows"
	while IFS=$tab read -r caller callee when expect words; do
		rows=$((rows + 1))
		awk -F '\t' -v a="$caller" -v b="$callee" -v w="$when" -v x="$expect" '
			$1 == a && (x == "count" ? $6 == w : $3 == b && (x == "never" || $6 == w)) { n++ }
			END { print n + 0 }' "$work/edges" >"$work/n"
		read -r n <"$work/n"
		case $expect in
		edge)
			[ "$n" -gt 0 ] || { fail "missing: $caller -> $callee ($when)"; continue; }
			ask why "$caller" "$callee" >"$work/why" 2>&1 || fail "why $caller $callee fails:" "$work/why"
			check_words "$caller" "$callee" "$words" || status=1
			;;
		never)
			[ "$n" -eq 0 ] || fail "wrong: $caller -> $callee"
			;;
		count)
			[ "$n" -gt 0 ] && [ "$n" -le "$words" ] || fail "$caller has $n targets ($when), not 1 to $words"
			;;
		esac
	done <"$work/rows"
	[ "$rows" -ge 30 ] || fail "only $rows rows were compared"
	[ "$status" -ne 0 ] || echo "$rows rows agree"
}

check_bindings() {
	rows=0
	grep -v '^#' "$here/bindings.tsv" | sed 1d >"$work/rows"
	while IFS=$tab read -r binding to hops proof; do
		rows=$((rows + 1))
		ask path do_exit "$to" --as "$binding" >"$work/path" 2>&1 || {
			fail "path do_exit $to --as $binding fails:" "$work/path"
			continue
		}
		awk -v names="do_exit exit_task_work task_work_run ____fput __fput $hops" -f "$here/../in-order.awk" \
			"$work/path" || fail "path do_exit $to --as $binding:" "$work/path"
		grep -qw "$proof" "$work/path" || fail "$proof is no evidence for $binding in:" "$work/path"
	done <"$work/rows"
	[ "$rows" -ge 8 ] || fail "only $rows rows were compared"

	# What is no socket does not come to what only a socket has, not by the work of other objects either (io_uring's
	# worker, which accepts one); nor a socket of one protocol to that of another.
	while read -r binding to; do
		ask path do_exit "$to" --as "$binding" >"$work/path" 2>&1
		[ $? -eq 1 ] && grep -q "no way from do_exit to $to as $binding" "$work/path" ||
			fail "path do_exit $to --as $binding is no honest no:" "$work/path"
	done <<-EOF
		pipe tcp_close
		eventfd tcp_close
		epoll tcp_close
		pipe inet_release
		eventfd unix_release_sock
		udp4 tcp_close
		unix-stream tcp_close
		tcp4 udp_lib_close
	EOF
	ask path __sock_release inet_release --as pipe >"$work/path" 2>&1
	grep -q "a pipe or FIFO has no socket\.ops" "$work/path" ||
		fail "it is not said that a pipe has no socket.ops:" "$work/path"

	# A kind of file does not reach what another comes to; a file system that the index does not hold.
	ask path do_exit pipe_release --as tcp4 >"$work/path" 2>&1
	[ $? -eq 1 ] && grep -q 'no way from do_exit to pipe_release as tcp4' "$work/path" ||
		fail "path do_exit pipe_release --as tcp4 is no honest no:" "$work/path"
	ask path do_exit dput --as plain-file >"$work/path" 2>&1
	[ $? -eq 1 ] && grep -q 'ext4_file_operations' "$work/path" ||
		fail "path do_exit dput --as plain-file is no honest no where no file system is indexed:" "$work/path"
	[ "$status" -ne 0 ] || echo "$rows rows agree"
}

check_"$what"
exit $status
