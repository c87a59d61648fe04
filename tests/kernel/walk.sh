#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The program's answers about one release against walk-RELEASE.tsv, which was made by reading the source.
# usage: walk.sh EXITWALK DIRECTORY RELEASE (edges|why|path|callers)
exitwalk=${1:?} directory=${2:?} release=${3:?} what=${4:?}
here=$(dirname "$0")
table=$here/walk-$release.tsv
index=$directory/$release-${EW_KERNEL_SCOPE:-core}.sqlite
[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

ask() {
	"$exitwalk" --index "$index" --color never "$@"
}

# Lines are compared only in the very version that was read; in another one only the file is.
read_version=$(sed -n '1s/.*linux-source-[0-9.]* \([0-9.]*[0-9]\)\. .*/\1/p' "$table")
version=$(dpkg-query -W -f '${Version}' "linux-source-$release" | sed 's/-.*//')
[ "$version" = "$read_version" ] && lines=1 || lines=0
[ "$lines" = 1 ] || echo "the table is of $read_version, the index of $version: lines are not compared"

# Every row marked edge is an edge, just as it says; no row marked never is one.
check_edges() {
	ask dump edges >"$work/edges" || return 1
	awk -F '\t' -v lines="$lines" '
		function place(s) { if (!lines) sub(/:.*/, "", s); return s }
		FNR == NR {
			if (FNR == 1) {
				if ($0 != "caller\tcaller_file\tcallee\tcallee_file\tkind\twhen\tgrade\tcompiled\tsite") {
					print "the header of dump edges is: " $0; bad = 1; exit
				}
				next
			}
			pair[$1, $2, $3, $4] = pair[$1, $2, $3, $4] "\n\t" $0
			if ($8 == "yes" && $7 != "asserted")
				edge[$1, $2, $3, $4, $5, $6, place($9)] = 1
			next
		}
		/^#/ || $1 == "caller" { next }
		$10 == "edge" && !(($1, $2, $3, $4, $5, $6, place($7)) in edge) {
			print "missing: " $1 " -> " $3 " (" $5 ", " $6 ") at " $7
			print "the program says:" (pair[$1, $2, $3, $4] ? pair[$1, $2, $3, $4] : " nothing"); bad = 1
		}
		$10 == "never" && (($1, $2, $3, $4) in pair) {
			print "wrong: " $1 " -> " $3 ":" pair[$1, $2, $3, $4]; bad = 1
		}
		{ rows++ }
		END {
			if (!bad && rows < 30) { print "only " rows + 0 " rows were compared"; bad = 1 }
			if (!bad) print rows " rows agree"
			exit bad
		}' "$work/edges" "$table"
}

# The proof of each pointer hop names the member, and a table that holds it (there may be several).
check_why() {
	status=0
	awk -F '\t' '$10 == "edge" && $5 == "pointer" { print $1, $3, $8, $9 }' "$table" >"$work/hops"
	[ -s "$work/hops" ] || return 1
	while read -r caller callee slot container; do
		ask why "$caller" "$callee" >"$work/why" || { echo "why $caller $callee fails"; status=1; }
		for word in "$slot" "$container"; do
			[ "$word" = - ] || grep -qE "(^|[^A-Za-z0-9_])($word)([^A-Za-z0-9_]|\$)" "$work/why" || {
				echo "why $caller $callee does not say $word:"
				cat "$work/why"
				status=1
			}
		done
	done <"$work/hops"
	return $status
}

# The functions of a path, in the order of the answer; other words may stand between them.
expect_path() {
	names=$1
	shift
	ask path "$@" >"$work/path" || { echo "path $* fails"; return 1; }
	awk -v names="$names" -f "$here/../in-order.awk" "$work/path" || {
		echo "path $*:"
		cat "$work/path"
		return 1
	}
}

check_path() {
	expect_path "exit_files put_files_struct close_files filp_close fput" exit_files fput || return 1
	expect_path "do_exit exit_task_work task_work_run ____fput __fput sock_close __sock_release \
inet_release tcp_close __tcp_close tcp_send_fin" do_exit tcp_send_fin --as tcp4 || return 1
	# What the binding says is proved of this kind of socket, not of another that has the same member.
	for word in task_work socket_file_ops inet_stream_ops tcp_prot sock_alloc_file inet_create; do
		grep -qw "$word" "$work/path" || { echo "no $word in:"; cat "$work/path"; return 1; }
	done
	for word in tcpv6_prot inet6_create unix_create; do
		grep -qw "$word" "$work/path" || continue
		echo "$word proves nothing about tcp4, but is given as evidence:"
		cat "$work/path"
		return 1
	done
	# The other way round there is none, and that is an honest no.
	ask path tcp_send_fin arch_do_signal_or_restart >"$work/path" 2>&1
	[ $? -eq 1 ] || {
		echo "path tcp_send_fin arch_do_signal_or_restart: expected exit status 1, got:"
		cat "$work/path"
		return 1
	}
}

# Who calls sock_close: __fput, through the member, because of the table; each with its place.
check_callers() {
	ask callers sock_close >"$work/callers" || return 1
	site=$(awk -F '\t' '$3 == "sock_close" && $10 == "edge" { print $7 }' "$table")
	[ "$lines" = 1 ] || site=${site%:*}
	for word in __fput file_operations.release socket_file_ops "$site" net/socket.c:; do
		grep -qF "$word" "$work/callers" || {
			echo "callers sock_close does not say $word:"
			cat "$work/callers"
			return 1
		}
	done
}

check_"$what"
