# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154 # read by peers.sh, whose variables these are
#
# Questions as whole processes, of the databases that the part "build" left. An answer is kept in
# answers/; the result says how many it has, and whether a fact that one looks for is among them.

# Every function on a shortest way, as a careful person asks for it by hand. $1 from, $2 to, $3 pointers too
# (each target of each call, with nothing that narrows it). How the edges of a call are found says schema.sql.
path_by_hand() {
	cat <<-SQL
		WITH RECURSIVE
		walk(f, hop) AS (
			SELECT id, 0 FROM function WHERE name = '$1'
			UNION SELECT callee, hop + 1 FROM walk JOIN call ON caller = f
				WHERE callee IS NOT NULL AND hop < 8
			${3:+UNION SELECT edge.callee, hop + 1 FROM walk JOIN call ON caller = f
				JOIN edge ON edge.id BETWEEN call.id << 20 AND call.id << 20 | 1048575 WHERE hop < 8}),
		first(f, hop) AS MATERIALIZED (SELECT f, min(hop) FROM walk GROUP BY f),
		back(f, hop) AS (
			SELECT f, hop FROM first WHERE f IN (SELECT id FROM function WHERE name = '$2')
			UNION SELECT first.f, first.hop FROM back JOIN call ON callee = back.f
				JOIN first ON first.f = caller AND first.hop = back.hop - 1
			${3:+UNION SELECT first.f, first.hop FROM back JOIN edge ON edge.callee = back.f
				JOIN call ON call.id = edge.call
				JOIN first ON first.f = caller AND first.hop = back.hop - 1})
		SELECT hop, name, path, line FROM back JOIN function ON function.id = f
			LEFT JOIN file ON file.id = file ORDER BY hop, name;
	SQL
}

# ask QUESTION TOOL COUNT FACT PATH PROGRAM ARGUMENT…: COUNT matches each answer, FACT the one that is looked
# for, which is called $wanted; PATH is dropped from the page cache, and the sources too for global, which reads
# them.
ask() {
	question=$1 tool=$2 count=$3 fact=$4 path=$5
	shift 5
	command -v "$1" >/dev/null || { row ask "$set" "$tool" "$runs" "$question" - - - - missing "not installed"; return; }
	[ -e "$path" ] || { row ask "$set" "$tool" "$runs" "$question" - - - - missing "no $path: run the part build"; return; }
	drop=
	[ "$tool" != global ] || drop=$dir/src
	answer=$dir/answers/$(echo "$question-$tool" | tr ' /' '__')
	program=$(command -v "$1")
	shift
	(cd "$dir/src" && "$peer" ask "$runs" "$answer" "$path" ${drop:+"$drop"} -- "$program" "$@") >"$dir/times" || return
	answers=$(grep -c -e "$count" "$answer")
	seen=no
	! grep -q -e "$fact" "$answer" || seen=yes
	while read -r how least median greatest status stays; do
		row ask "$set" "$tool" "$runs" "$question ($how)" "$(awk "BEGIN { printf \"%.6f\", $median / 1000 }")" - - - \
			"$([ "$status" -eq 0 ] && echo ok || echo "exit:$status")" \
			"least=$least greatest=$greatest ms answers=$answers wanted=$wanted fact=$seen stays=$stays"
	done <"$dir/times"
}

mkdir -p "$dir/answers"
index=$dir/exitwalk.sqlite
GTAGSROOT=$dir/src GTAGSDBPATH=$dir/gtags
export GTAGSROOT GTAGSDBPATH
exitwalk=$build/exitwalk
cscope=$dir/cscope/cscope.out

# Is the call in __fput, which goes through a pointer, among the callers?
q='callers sock_close' wanted=fs/file_table.c fact=fs/file_table.c
ask "$q" exitwalk ' calls it ' "$fact" "$index" "$exitwalk" --index "$index" callers sock_close
ask "$q" cscope . "$fact" "$dir/cscope" cscope -d -q -f "$cscope" -L -3 sock_close
ask "$q" global . "$fact" "$dir/gtags" global -rx sock_close

q='def tcp_close' wanted=net/ipv4/tcp.c fact=net/ipv4/tcp.c
ask "$q" exitwalk '^[a-z]*  *tcp_close ' "$fact" "$index" "$exitwalk" --index "$index" def tcp_close
ask "$q" cscope . "$fact" "$dir/cscope" cscope -d -q -f "$cscope" -L -1 tcp_close
ask "$q" global . "$fact" "$dir/gtags" global -x tcp_close
ask "$q" readtags . "$fact" "$dir/ctags" readtags -t "$dir/ctags/tags" tcp_close

q='completion tcp_cl' wanted=tcp_close fact='^tcp_close$'
ask "$q" exitwalk . "$fact" "$index" "$exitwalk" help --complete -- --index "$index" callers tcp_cl
ask "$q" global . "$fact" "$dir/gtags" global -c tcp_cl
ask "$q" readtags . '^tcp_close	' "$dir/ctags" readtags -t "$dir/ctags/tags" -p tcp_cl

q='path do_exit filp_close' wanted=put_files_struct fact=put_files_struct
ask "$q" exitwalk '^  [a-z_]*  [a-z]' "$fact" "$index" "$exitwalk" --index "$index" path do_exit filp_close
ask "$q" sqlite3 . "$fact" "$index" sqlite3 -readonly "$index" "$(path_by_hand do_exit filp_close)"

# Is sock_close on it, as it is on the way of a TCP socket?
q='path do_exit tcp_close' wanted=sock_close fact=sock_close
ask "$q" exitwalk '^  [a-z_]*  [a-z]' "$fact" "$index" "$exitwalk" --index "$index" path do_exit tcp_close --as tcp4
ask "$q" sqlite3 . "$fact" "$index" sqlite3 -readonly "$index" "$(path_by_hand do_exit tcp_close pointers)"
