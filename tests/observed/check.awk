# SPDX-License-Identifier: GPL-3.0-or-later
# Is each observed call explained by the edges of the index?
# usage: awk -v release=RELEASE -f check.awk REMAINDER EDGES OBSERVED; EDGES is `dump edges`, the others are described
# in README.md. -v steps_file=FILE: there go the steps that were taken, NAME@FILE and NAME@FILE.
# -v least=N: so many rows must be compared (1000). With
# -v reduce=1, to make OBSERVED: the rows between functions of the index, each with the ways by which it is
# explained, or all of them.
# What the compiler split off a function is the function, as a callee, and as what it is inlined into.
function is_edge(from, to, is_callee,    was_part) {
	was_part = sub(/\.part@/, "@", to)
	sub(/\.part@/, "@", from)
	return from == to && (was_part || !is_callee) || (from, to) in edge
}
# 1: each hop is an edge (@steps has them), 2: each up to a function that the index does not have, 0: no.
function explain(chain,    item, n, k, file, name, last) {
	steps = ""
	sub(/ \?/, " ", chain)
	gsub(/,/, " ", chain)
	n = split(chain, item, " ")
	for (k = 1; k <= n; k++) {
		if (item[k] !~ /@/)
			item[k] = item[k] "@" file
		file = name = item[k]
		sub(/.*@/, "", file)
		sub(/\.part@/, "@", name)
		if (!(name in defined))
			return 2
		if (k > 1 && !is_edge(last, item[k], k == n)) {
			lacking = last " -> " item[k]
			return 0
		}
		steps = k > 1 ? steps (k > 2 ? "\n" : "") last "\t" item[k] : ""
		last = item[k]
	}
	return 1
}
# What is called through a pointer may be reached by a jump as well, from another that was called there.
function other_ways(before, after,    way, n, k, result) {
	n = $6 == "-" ? 0 : split($6, way, "|")
	for (k = 1; k <= n; k++) {
		if (way[k] !~ /^\?/ && explain(before " " way[k] " " after) == 1) {
			count_steps(0)
			result = result (result == "" ? "" : "|") way[k]
		}
	}
	return result == "" ? "-" : result
}
function kind_of(before, after,    way, n, k, result, outside) {
	used = "-"
	if ($5 != "jump" && $5 != "unknown" && explain(before " " after) == 1) {
		count_steps($5 == "call" && $7 !~ /\.part$/)
		used = other_ways(before, after)
		return $3 == "-" ? "direct" : "inlined"
	}
	if ($5 == "pointer-itself") {
		used = $6
		return ""
	}
	n = $6 == "-" ? 0 : split($6, way, "|")
	for (k = 1; k <= n; k++) {
		result = explain(before " " way[k] " " after)
		if (result == 1) {
			used = way[k]
			count_steps(0)
			return "jump"
		}
		if (result == 2 && outside == "")
			outside = way[k]
	}
	used = outside == "" ? $6 : outside
	return outside == "" ? "" : "outside"
}
# What the steps of an explained call show: hops of a way, deferred ones, and whether the call stands in its very line.
function count_steps(is_named,    step, part, n, k, when, m, j) {
	n = split(steps, step, "\n")
	for (k = 1; k <= n; k++) {
		gsub(/\.part@/, "@", step[k])
		split(step[k], part, "\t")
		taken[part[1], part[2]] = 1
		m = split(edge[part[1], part[2]], when, " ")
		for (j = 1; j <= m; j++)
			deferred[when[j], part[1], part[2]] = when[j] != "now"
	}
	if (is_named) {
		named++
		same_line += (part[1], part[2], $4) in at
	}
}
function tell_deferred(    key, part, seen, all, when) {
	for (key in all_deferred) {
		split(key, part, SUBSEP)
		all[part[1]] += all_deferred[key]
		seen[part[1]] += deferred[key]
	}
	for (when in all) {
		if (all[when])
			print "deferred, " when ": " seen[when] + 0 " of " all[when] " edges were taken"
	}
}
BEGIN {
	FS = OFS = "\t"
	if (least == "")
		least = 1000
}
FILENAME == ARGV[1] {
	if (!/^#/ && $1 == release)
		cause[$2, $3] = $4
	next
}
FILENAME == ARGV[2] {
	if ($4 != "-")
		defined[$3 "@" $4] = 1
	defined[$1 "@" $2] = 1
	if ($8 == "yes" && $7 != "asserted") {
		edge[$1 "@" $2, $3 "@" $4] = edge[$1 "@" $2, $3 "@" $4] " " $6
		all_deferred[$6, $1 "@" $2, $3 "@" $4] = $6 != "now"
		at[$1 "@" $2, $3 "@" $4, $9] = 1
	}
	next
}
/^#/ || $1 == "caller" { next }
{
	callee = $7 "@" $8
	sub(/\.part@/, "@", callee)
	if (!(($1 "@" $2) in defined) || !(callee in defined)) {
		strange[++strangers] = $1 " (" $2 ") -> " $7 " (" $8 ")"
		next
	}
	rows++
	pairs += !known_pair[$1, $2, $7, $8]++
	kind = kind_of($1 "@" $2 ($3 == "-" ? "" : " " $3), $7 "@" $8)
	if (verbose && kind == "outside")
		print "by way of what is outside: " $1 " -> " $7 " at " $4 " (" $5 "): " used
	n[kind]++
	if (reduce) {
		$6 = used
		print
	} else if (($1, $7) in cause) {
		met[$1, $7] = 1
		if (kind == "") {
			listed++
		} else {
			print "listed as remainder, but explained: " $1 " -> " $7 " at " $4
			bad++
		}
	} else if (kind == "") {
		print "not explained: " $1 " -> " $7 " at " $4 " (" $5 "); there is no edge " lacking
		bad++
	}
}
END {
	if (reduce)
		exit
	for (i = 1; i <= strangers; i++)
		print "not in the index: " strange[i]
	for (pair in cause) {
		split(pair, name, SUBSEP)
		if (!((name[1], name[2]) in met))
			print "listed as remainder, not observed: " name[1] " -> " name[2]
	}
	if (rows < least) {
		print "only " rows + 0 " calls were compared"
		bad++
	}
	if (same_line < 0.99 * named) {
		print "only " same_line + 0 " of " named " calls stand in the line that the index tells"
		bad++
	}
	print rows " observed calls, " pairs " pairs of functions: " n["direct"] " are an edge, " n["inlined"] \
		" one through inlined functions, " n["jump"] " by jumps from a function that was called, " \
		n["outside"] + 0 " by way of a function outside of the index, " listed + 0 " are listed with their cause, " \
		bad + strangers " are wrong"
	for (pair in taken) {
		split(pair, name, SUBSEP)
		if (steps_file != "")
			print name[1], name[2] >steps_file
	}
	print same_line " of " named " calls by name stand in the very line that the index tells"
	tell_deferred()
	exit bad + strangers > 0
}
